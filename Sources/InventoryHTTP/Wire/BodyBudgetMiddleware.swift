import Hummingbird
import Synchronization

/// Bounds the bytes of all bodies that are being read or worked on, so that many large ones at once are refused
/// instead of filling the memory.
struct BodyBudgetMiddleware: RouterMiddleware {
    private let budget: BodyBudget
    private let limits: HTTPLimits

    init(_ limits: HTTPLimits) {
        budget = BodyBudget(bytesMax: limits.bodiesBytesMax)
        self.limits = limits
    }

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .post || request.method == .put else { return try await next(request, context) }
        // A body without a declared length may turn out as long as the longest.
        let declared = request.headers[.contentLength].flatMap { Int($0) } ?? limits.bulkBodyBytesMax
        let bytes = min(max(0, declared), limits.bulkBodyBytesMax)
        guard budget.take(bytes) else {
            throw Problem(.overloaded, "too many large requests are under way; send the same request again")
        }
        defer { budget.giveBack(bytes) }
        return try await next(request, context)
    }
}

private final class BodyBudget: Sendable {
    private let remaining: Mutex<Int>

    init(bytesMax: Int) { remaining = Mutex(bytesMax) }

    func take(_ bytes: Int) -> Bool {
        remaining.withLock { remaining in
            guard bytes <= remaining else { return false }
            remaining -= bytes
            return true
        }
    }

    func giveBack(_ bytes: Int) { remaining.withLock { $0 += bytes } }
}

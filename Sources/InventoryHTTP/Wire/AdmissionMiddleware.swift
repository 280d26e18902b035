import Hummingbird
import Synchronization

/// Whether a request comes in at all: the database was reached, and there is room for its body.
///
/// One middleware for both, since each costs every request about a microsecond.
struct AdmissionMiddleware: RouterMiddleware {
    /// Before, nobody should wait for what cannot be answered.
    private let hasStarted: @Sendable () -> Bool
    /// Bounds the bytes of all bodies that are being read or worked on, so that many large ones at once are refused
    /// instead of filling the memory.
    private let budget: BodyBudget
    private let limits: HTTPLimits

    init(hasStarted: @escaping @Sendable () -> Bool, _ limits: HTTPLimits) {
        self.hasStarted = hasStarted
        budget = BodyBudget(bytesMax: limits.bodiesBytesMax)
        self.limits = limits
    }

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard hasStarted() else {
            throw Problem(
                .overloaded, "the service is starting; send the same request again")
        }
        guard request.method == .post || request.method == .put else { return try await next(request, context) }
        // A body without a declared length may turn out as long as the longest.
        let declared = request.declaredLength ?? limits.bulkBodyBytesMax
        let bytes = min(max(0, declared), limits.bulkBodyBytesMax)
        guard budget.take(bytes) else {
            throw Problem(.overloaded, "too many large requests at once; send the same request again")
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

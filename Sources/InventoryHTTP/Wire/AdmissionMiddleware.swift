import Hummingbird
import InventoryService

/// Whether a request comes in at all: it can be told whom it is for, the database was reached, and its body is charged
/// to the budget of all bodies. Large ones are worked on where they hold up no small ones.
///
/// One middleware for all, since each costs every request about a microsecond.
struct AdmissionMiddleware: RouterMiddleware {
    /// Before, nobody should wait for what cannot be answered.
    private let hasStarted: @Sendable () -> Bool
    private let budget: BodyBudget

    init(hasStarted: @escaping @Sendable () -> Bool, _ limits: HTTPLimits) {
        self.hasStarted = hasStarted
        budget = BodyBudget(bytesMax: limits.bodiesBytesMax)
    }

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard hasStarted() else {
            throw Problem(
                .overloaded, "the service is starting; send the same request again")
        }
        guard request.method == .post || request.method == .put else { return try await next(request, context) }
        let charge = BodyCharge(budget)
        defer { charge.giveBack() }
        var context = context
        context.charge = charge
        guard request.isBulk else { return try await next(request, context) }
        return try await withTaskExecutorPreference(BulkExecutor.shared) { try await next(request, context) }
    }
}

extension Request {
    /// More than a single call sends, or who knows how much.
    var isBulk: Bool {
        guard let length = declaredLength else { return headers[.transferEncoding] != nil }
        return length > BodyBudget.smallBytesMax
    }
}

import Hummingbird
import InventoryService

/// Whether a request comes in at all, whichever way: the database was reached, and there is room for its body.
struct Admission: Sendable {
    /// Before, nobody should wait for what cannot be answered.
    let hasStarted: @Sendable () -> Bool
    let budget: BodyBudget

    init(hasStarted: @escaping @Sendable () -> Bool, _ limits: HTTPLimits) {
        self.hasStarted = hasStarted
        budget = BodyBudget(bytesMax: limits.bodiesBytesMax)
    }
}

/// Charges the bodies of requests that come in to the budget of all bodies. Large ones are worked on where they hold up no
/// small ones. And refuses parameters of operations that have none: the handlers of others know theirs.
///
/// One middleware for all, since each costs every request about a microsecond.
struct AdmissionMiddleware: RouterMiddleware {
    let admission: Admission
    /// Whether the operation of a method and a path has parameters in its query; true where nobody can say.
    let takesQuery: @Sendable (HTTPRequest.Method, String) -> Bool

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard admission.hasStarted() else {
            throw Problem(
                .overloaded, "the service is starting; send the same request again")
        }
        if request.uri.query != nil, let path = context.endpointPath, !takesQuery(request.method, path) {
            var query = Query(request)
            try query.finish()
        }
        guard request.method == .post || request.method == .put else { return try await next(request, context) }
        let charge = BodyCharge(admission.budget)
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

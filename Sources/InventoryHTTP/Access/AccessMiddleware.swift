import Hummingbird
import Inventory
package import InventoryService
import InventoryWire

/// Whether requests are asked who sends them.
package enum RequestAccess: Sendable {
    /// Nobody is asked. For loopback only.
    case open
    /// Every request needs a token, a key or a certificate that stands for one.
    case token(Authenticator)
}

/// Lets a request through to its handler only when its client may call the operation, and tells the handler who it is.
/// Before the body: whoever may not come in is not listened to.
struct AccessMiddleware: RouterMiddleware {
    let authenticator: Authenticator
    let table: AccessTable

    @concurrent func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        // The router does not let a route be without; what is not known is closed.
        guard let path = context.endpointPath, let operation = table.operation(request.method, path) else {
            throw Problem(.internalError, "internal error")
        }
        var context = context
        let caller = try await caller(of: request, context)
        try Self.admit(caller, to: operation)
        context.caller = caller
        return try await next(request, context)
    }

    private func caller(of request: Request, _ context: AppContext) async throws -> Caller {
        do throws(AccessDenial) {
            return try await authenticator.caller(Credential(request, context))
        } catch {
            throw Problem(error)
        }
    }

    private static func admit(_ caller: Caller, to operation: OperationAccess) throws {
        guard operation.scopes.isEmpty || !caller.scopes.isDisjoint(with: operation.scopes) else {
            throw Problem(needing: operation.scopes)
        }
        if operation.bound == .refused, caller.binding.isBound {
            throw Problem(
                .forbidden,
                "this is about all locations, and the client is bound to some; use a client that is not bound")
        }
    }
}

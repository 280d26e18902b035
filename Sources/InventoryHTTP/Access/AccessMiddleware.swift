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

    /// A token or a key comes before a certificate: who sends one means it.
    private func caller(of request: Request, _ context: AppContext) async throws -> Caller {
        do throws(AccessDenial) {
            if let bearer = try request.bearer { return try await authenticator.caller(bearer: bearer) }
            guard let shown = context.clientCertificate, let certificate = try? Digest(certificate: shown.fingerprint)
            else { throw .missing }
            return try await authenticator.caller(certificate: certificate)
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

extension Request {
    /// What stands behind `Bearer` in `Authorization` (RFC 6750, section 2.1); nil where there is no such header.
    fileprivate var bearer: String? {
        get throws(AccessDenial) {
            let sent = headers[values: .authorization]
            guard let text = sent.first else { return nil }
            guard sent.count == 1 else { throw .malformed("Authorization is sent more than once") }
            let scheme = text.prefix { $0 != " " }
            guard scheme.lowercased() == "bearer" else {
                throw .malformed("Authorization has another scheme than Bearer")
            }
            let token = text.dropFirst(scheme.count).drop { $0 == " " }
            guard !token.isEmpty else { throw .malformed("Authorization: Bearer has no token behind it") }
            return String(token)
        }
    }
}

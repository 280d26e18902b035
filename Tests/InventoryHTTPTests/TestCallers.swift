import Hummingbird
import HummingbirdTesting
import Inventory
import InventoryHTTP

/// Takes a test's word for who calls, where production asks for a token.
struct CallerFromHeaders<Base: HTTPResponder>: HTTPResponder where Base.Context == AppContext {
    let base: Base

    func respond(to request: Request, context: AppContext) async throws -> Response {
        var context = context
        if let client = request.headers.sent("test-client") {
            let scopes = request.headers.sent("test-scopes")?.split(separator: " ").compactMap {
                Scope(rawValue: String($0))
            }
            context.caller = Caller(
                client: ClientID(stored: client),
                subject: request.headers.sent("test-subject").map(ClientID.init(stored:)), scopes: Scopes(scopes ?? []))
        }
        return try await base.respond(to: request, context: context)
    }
}

extension HTTPFields {
    fileprivate func sent(_ name: String) -> String? { first { $0.name.canonicalName == name }?.value }
}

extension TestServer {
    /// The same server, called by a client.
    /// - Parameter subject: the person that it acts for; nil: for itself.
    func called(by client: String, for subject: String? = nil, _ scopes: Scope...) -> TestServer {
        var server = self
        server.caller = [
            .init("Test-Client") ?? .accept: client,
            .init("Test-Subject") ?? .accept: subject ?? client,
            .init("Test-Scopes") ?? .accept: scopes.map(\.rawValue).joined(separator: " "),
        ]
        return server
    }
}

import Hummingbird
import HummingbirdTesting
import Inventory
import InventoryHTTP
import Synchronization

/// What has come to the router.
final class RoutedRequests: Sendable {
    private let paths = Mutex<[String]>([])

    fileprivate func note(_ path: String) { paths.withLock { $0.append(path) } }

    func take() -> [String] {
        paths.withLock { paths in
            defer { paths = [] }
            return paths
        }
    }
}

/// Takes a test's word for who calls, where production asks for a token.
struct CallerFromHeaders<Base: HTTPResponder>: HTTPResponder where Base.Context == AppContext {
    let base: Base
    var routed: RoutedRequests?

    func respond(to request: Request, context: AppContext) async throws -> Response {
        routed?.note(request.uri.string)
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

extension CallerFromHeaders where Base == RouterResponder<AppContext> {
    /// The lane, which leaves the requests of such callers to the router.
    static func lane(_ routes: HoldfastRoutes) -> FastLane? {
        var lane = routes.lane
        lane?.leaves = { $0.sent("test-client") != nil }
        return lane
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

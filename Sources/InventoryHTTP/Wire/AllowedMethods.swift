import Hummingbird
import Synchronization

/// Which methods a path takes, to tell a wrong method from a wrong path (RFC 9110, section 15.5.6).
struct AllowedMethods: Sendable {
    private let routes: [(elements: [Substring], method: HTTPRequest.Method)]

    init(_ routes: [(path: RouterPath, method: HTTPRequest.Method)]) {
        self.routes = routes.map { ($0.path.description.split(separator: "/").map { $0[...] }, $0.method) }
    }

    /// The methods of every route that the path fits, with HEAD where there is a GET; empty for a path that there is not.
    func methods(of path: String) -> [HTTPRequest.Method] {
        let elements = path.split(separator: "/")
        return routes.filter { fits($0.elements, elements) }.flatMap {
            $0.method == .get ? [.get, .head] : [$0.method]
        }
    }

    private func fits(_ route: [Substring], _ path: [Substring]) -> Bool {
        route.count == path.count && zip(route, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}

/// Filled when the router is complete; the middleware that reads it has to be there before the first route.
final class AllowedMethodsBox: Sendable {
    private let methods = Mutex<AllowedMethods?>(nil)

    var value: AllowedMethods? {
        get { methods.withLock { $0 } }
        set { methods.withLock { $0 = newValue } }
    }
}

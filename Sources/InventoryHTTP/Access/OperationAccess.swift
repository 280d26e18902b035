import Hummingbird
import Inventory
import OpenAPIContract

/// What one operation needs, as `api/access.yaml` says.
struct OperationAccess: Sendable {
    /// What becomes of a client that is bound to locations or sources.
    enum Bound: String, Sendable {
        /// It sees and does only what its binding allows; the handler sees to it.
        case held
        /// It may ask for all, and gets what its binding allows; the handler sees to it.
        case filtered
        /// It may not call it, since the answer or the change is about all locations.
        case refused
        /// Nothing in it belongs to a location or a source.
        case free
    }

    /// The `operationId`.
    let name: String
    /// Any one of them opens it; none: anyone may call it.
    let scopes: Scopes
    let bound: Bound
    /// Whether any parameter stands in its query.
    let takesQuery: Bool
}

/// What every operation needs, by its path and method.
struct AccessTable: Sendable {
    private let operations: [String: [HTTPRequest.Method: OperationAccess]]

    /// Of the contract that is in the program.
    static let ofContract = AccessTable(OpenAPIContract.operations)

    /// - Parameter list: one operation a line: method, path, name, what bound clients get, scopes, names in its
    ///   query.
    init(_ list: String) {
        var operations: [String: [HTTPRequest.Method: OperationAccess]] = [:]
        for line in list.split(separator: "\n") {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 6, let method = HTTPRequest.Method(parts[0]),
                let bound = OperationAccess.Bound(rawValue: parts[3])
            else { preconditionFailure("api/operations.txt: '\(line)' is no operation") }
            let scopes = parts[4].split(separator: ",").map { name in
                guard let scope = Scope(rawValue: String(name)) else {
                    preconditionFailure("api/access.yaml names the scope '\(name)', which there is not")
                }
                return scope
            }
            operations[parts[1], default: [:]][method] = OperationAccess(
                name: parts[2], scopes: Scopes(scopes), bound: bound, takesQuery: !parts[5].isEmpty)
        }
        self.operations = operations
    }

    /// - Parameter path: as the router has it, with names in braces. Every `GET` answers `HEAD`.
    func operation(_ method: HTTPRequest.Method, _ path: String) -> OperationAccess? {
        operations[path]?[method == .head ? .get : method]
    }

    /// Of all operations.
    var names: [String] { operations.values.flatMap { $0.values.map(\.name) } }

    /// Routes that nothing is said of.
    func missing(_ routes: [(path: String, method: HTTPRequest.Method)]) -> [String] {
        routes.filter { operation($0.method, $0.path) == nil }.map { "\($0.method) \($0.path)" }
    }
}

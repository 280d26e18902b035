import Hummingbird
import NIOCore

/// Called once, on any thread, with what makes the answer, which the connection's event loop then runs.
typealias LaneAnswer = @Sendable (_ answer: @escaping @Sendable () throws -> Answer) -> Void

/// An operation that the fast lane answers.
struct LaneOperation: Sendable {
    /// Takes a request that was let in, with its whole body. What it throws is the answer.
    typealias Handler = @Sendable (Request, ByteBuffer, AppContext, @escaping LaneAnswer) throws -> Void

    let method: HTTPRequest.Method
    /// As the router has it, its names in braces at its end: `/v1/availability/{sku}/{location}`.
    let path: String
    let access: OperationAccess
    let handler: Handler

    private let prefix: String
    private let names: [Substring]

    /// - Parameter path: one that the table says something of.
    init(_ method: HTTPRequest.Method, _ path: String, in table: AccessTable, _ handler: @escaping Handler) {
        guard let access = table.operation(method, path) else {
            preconditionFailure("api/access.yaml says nothing of \(method) \(path)")
        }
        self.method = method
        self.path = path
        self.access = access
        self.handler = handler
        prefix = String(path.prefix { $0 != "{" })
        names = path.dropFirst(prefix.count).split(separator: "/").map { $0.dropFirst().dropLast() }
    }

    /// - Parameter sent: a path with whatever stands behind it.
    /// - Returns: nil for any other path, and for one that only the router should take apart.
    func parameters(of sent: String) -> Parameters? {
        guard sent.hasPrefix(prefix) else { return nil }
        let rest = sent.utf8.dropFirst(prefix.utf8.count).prefix { $0 != UInt8(ascii: "?") }
        guard !rest.contains(UInt8(ascii: "#")) else { return nil }
        guard !names.isEmpty else { return rest.isEmpty ? Parameters() : nil }
        let elements = rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard elements.count == names.count, elements.allSatisfy({ !$0.isEmpty }) else { return nil }
        return Parameters(zip(names, elements).map { (key: $0, value: Substring($1)) })
    }
}

/// Does what has to wait in a task: what is rare, or takes long beside a task's cost.
func inTask(_ then: @escaping LaneAnswer, _ work: @escaping @Sendable () async throws -> Answer) {
    Task {
        do {
            let answer = try await work()
            then { answer }
        } catch {
            then { throw error }
        }
    }
}

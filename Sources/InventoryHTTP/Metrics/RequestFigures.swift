import HTTPTypes
import Inventory
import InventoryService
import Synchronization

/// What the requests of a process have come to since it started, by operation.
final class RequestFigures: Sendable {
    struct Counts: Sendable {
        /// By status.
        var answers: [Int: Int64] = [:]
        var seconds = Histogram()
    }

    /// One lock for each: two operations never wait for each other.
    private final class Operation: Sendable {
        let counts = Mutex(Counts())
    }

    /// Requests that were not let in, or were for what their client may not have.
    struct Refusal: Sendable, Hashable {
        /// As whom the client came.
        enum Client: String, Sendable {
            /// Nobody could be found for it.
            case unknown
            /// It is bound to locations or sources.
            case bound
            case unbound
        }

        /// The `operationId`; `none` for what is no operation.
        let operation: String
        let code: String
        let client: Client
    }

    private let operations: [String: Operation]
    /// At most a few for each operation.
    private let refused = Mutex<[Refusal: Int64]>([:])
    /// Of paths and methods that are none.
    private let others = Operation()

    /// - Parameter names: of all operations that are told apart.
    init(_ names: some Sequence<String>) {
        operations = Dictionary(names.map { ($0, Operation()) }) { first, _ in first }
    }

    /// - Parameters:
    ///   - operation: its `operationId`; nil where the request was of none.
    ///   - duration: from the head of the request to the head of the answer.
    func answered(_ operation: String?, _ status: HTTPResponse.Status, after duration: Duration) {
        (operation.flatMap { operations[$0] } ?? others).counts.withLock { counts in
            counts.answers[status.code, default: 0] += 1
            counts.seconds.add(duration)
        }
    }

    /// Counts a problem that says that somebody may not, or may not now; others are not refusals.
    func refused(_ problem: Problem, of operation: String?, to caller: Caller) {
        guard [.unauthenticated, .forbidden, .rateLimited].contains(problem.code) else { return }
        let client: Refusal.Client =
            caller.client == nil ? .unknown : caller.binding.isBound ? .bound : .unbound
        let refusal = Refusal(operation: operation ?? "none", code: problem.code.rawValue, client: client)
        refused.withLock { $0[refusal, default: 0] += 1 }
    }

    var refusals: [(refusal: Refusal, count: Int64)] {
        refused.withLock { $0.map { ($0.key, $0.value) } }.sorted {
            ($0.0.operation, $0.0.code, $0.0.client.rawValue) < ($1.0.operation, $1.0.code, $1.0.client.rawValue)
        }
    }

    /// Operations that were called, by name; `none` for requests of no operation.
    var all: [(operation: String, counts: Counts)] {
        (operations.map { ($0.key, $0.value) } + [("none", others)])
            .map { ($0.0, $0.1.counts.withLock { $0 }) }
            .filter { !$0.1.answers.isEmpty }
            .sorted { $0.0 < $1.0 }
    }
}

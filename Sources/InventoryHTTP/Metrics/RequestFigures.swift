import HTTPTypes
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

    private let operations: [String: Operation]
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

    /// Operations that were called, by name; `none` for requests of no operation.
    var all: [(operation: String, counts: Counts)] {
        (operations.map { ($0.key, $0.value) } + [("none", others)])
            .map { ($0.0, $0.1.counts.withLock { $0 }) }
            .filter { !$0.1.answers.isEmpty }
            .sorted { $0.0 < $1.0 }
    }
}

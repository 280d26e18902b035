/// What libpq's results mean while an exchange is answered. Pure: no connection, no thread.
///
/// libpq answers each statement with its results, then "no more results" (a nil), and the exchange
/// with one sync. After a failed statement the rest are answered as skipped, up to the sync.
package struct PipelineState: ~Copyable {
    /// What was sent and is still to be answered, in order.
    package enum Expected: Equatable {
        case prepare(Statement)
        case query(Int)
        case sync
    }

    package enum Event: Equatable {
        case rows
        case failed(ServerError)
        case skipped
        case endOfResults
        case sync
        case other(String)
    }

    /// What the shell does with the result it holds.
    package enum Action: Equatable {
        case discard
        case keep(Int)
        case prepared(Statement)
        /// The sync has come: the exchange is answered, whole or with its first failure.
        case finish(ServerError?)
        case violate(String)
    }

    private enum Phase: Equatable {
        /// Waits for the head's result. Goes to `.answered` with it, or stays on a sync's finish.
        case waiting
        /// The head's result has come. Goes back to `.waiting` on "no more results".
        case answered
        /// The sync has come. No way out: the next exchange has a state of its own.
        case finished
    }

    private var expected: [Expected]
    private var position = 0
    private var phase = Phase.waiting
    private var failure: ServerError?

    package init(expecting expected: [Expected]) {
        self.expected = expected
    }

    package mutating func received(_ event: Event) -> Action {
        guard phase != .finished, position < expected.count else { return .violate("result after the sync") }
        if case .other(let what) = event { return .violate(what) }
        switch (phase, expected[position], event) {
        case (.waiting, .sync, .sync):
            phase = .finished
            return .finish(failure)
        case (.waiting, .sync, _):
            return .violate("a result where the sync was due")
        case (.waiting, .prepare(let statement), .rows):
            phase = .answered
            return .prepared(statement)
        case (.waiting, .query(let index), .rows):
            phase = .answered
            return .keep(index)
        case (.waiting, _, .failed(let error)):
            if failure == nil { failure = error }
            phase = .answered
            return .discard
        case (.waiting, _, .skipped):
            guard failure != nil else { return .violate("skipped without a failure") }
            phase = .answered
            return .discard
        case (.answered, _, .endOfResults):
            position += 1
            phase = .waiting
            return .discard
        default:
            return .violate("result out of turn")
        }
    }

    /// The name to blame for a failure now: the statement whose answer is due.
    package func statementDue(in entries: [Statement]) -> String {
        guard position < expected.count else { return "sync" }
        return switch expected[position] {
        case .prepare(let statement): statement.name
        case .query(let index): entries[index].name
        case .sync: "sync"
        }
    }
}

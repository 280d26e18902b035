package import Inventory
import Synchronization

/// What the batches of a process have come to since it started.
package final class BatchFigures: Sendable {
    package struct Counts: Sendable {
        /// Transactions that were committed.
        package var batches: Int64 = 0
        package var commands: Int64 = 0
        /// Attempts that failed, whatever became of their commands.
        package var failedAttempts: Int64 = 0
        /// From the attempt's begin to its commit.
        package var seconds = Histogram()
        /// Lines of facts, by what became of them.
        package var lines: [Verdict: Int64] = [:]
        /// Requests for promises, by whether they were granted.
        package var granted: Int64 = 0
        package var refused: Int64 = 0

        init() {}
    }

    private let counts = Mutex(Counts())

    package init() {}

    package var all: Counts { counts.withLock { $0 } }

    func committed(_ batch: CommittedBatch, took duration: Duration) {
        counts.withLock { counts in
            counts.batches += 1
            counts.commands += Int64(batch.outcomes.count)
            counts.seconds.add(duration)
            for outcome in batch.outcomes {
                switch outcome {
                case .facts(let facts): for line in facts.lines { counts.lines[line.verdict, default: 0] += 1 }
                case .reservation(.success), .transfer(.success): counts.granted += 1
                case .reservation, .transfer: counts.refused += 1
                }
            }
        }
    }

    func failed() { counts.withLock { $0.failedAttempts += 1 } }
}

/// What waits to be written at the moment.
package struct WaitingFigures: Sendable, Hashable {
    /// Lines of single calls, and of bulk work.
    package var singleLines = 0
    package var bulkLines = 0
    /// Commands that wait for somebody else's lock.
    package var setAside = 0
    /// Commands that were refused since the process started because too much was waiting.
    package var overloaded = 0

    package init() {}
}

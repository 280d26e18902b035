import DequeModule

/// Decides which waiting commands form the next batch. Pure: no clock, no lock, no connection.
///
/// Commands wait in one queue in order of arrival. A free writer takes from the head every command whose keys
/// are free; a command that must wait blocks its keys for later ones. So order per balance is kept, a hot item
/// never fights itself for a row lock, and a command with many keys is no special case.
package struct BatchScheduler<Entry: Sendable>: Sendable {
    package struct Batch: Sendable {
        package let id: Int
        package let entries: [Entry]
    }

    package enum Admission: Sendable, Equatable {
        case admitted
        /// The queue is full: say so at once rather than let everybody wait.
        case overloaded
    }

    private struct Waiting {
        let entry: Entry
        let keys: Set<Int>
        let lines: Int
    }

    /// Lines that may wait; a command that would exceed it is refused.
    package let linesWaitingMax: Int
    /// Lines of one batch, unless its first command alone has more.
    package let linesPerBatchMax: Int
    /// Waiting commands looked at for one batch, so that a long queue behind one hot key costs a bounded search.
    package static var scanMax: Int { 4_096 }

    private var queue: Deque<Waiting> = []
    private var keysInFlight: Set<Int> = []
    private var batchesInFlight: [Int: [Int]] = [:]
    private var batchesMade = 0
    /// The keys of all that waits, once a search has found every one of them blocked; nil while that is not known.
    /// Without it each arrival behind a hot key would search the whole queue again.
    private var keysOfBlockedQueue: Set<Int>?
    package private(set) var linesWaiting = 0

    package init(linesWaitingMax: Int, linesPerBatchMax: Int) {
        self.linesWaitingMax = linesWaitingMax
        self.linesPerBatchMax = linesPerBatchMax
    }

    package var isEmpty: Bool { queue.isEmpty }

    /// - Parameters:
    ///   - keys: hashes of what the entry touches. Two entries that collide merely wait for each other.
    ///   - lines: its weight, 1 or more.
    package mutating func enqueue(_ entry: Entry, keys: Set<Int>, lines: Int) -> Admission {
        guard linesWaiting + lines <= linesWaitingMax || queue.isEmpty else { return .overloaded }
        queue.append(Waiting(entry: entry, keys: keys, lines: lines))
        linesWaiting += lines
        if keysOfBlockedQueue != nil {
            let isBlocked =
                !keysInFlight.isDisjoint(with: keys) || keysOfBlockedQueue?.isDisjoint(with: keys) == false
            if isBlocked { keysOfBlockedQueue?.formUnion(keys) } else { keysOfBlockedQueue = nil }
        }
        return .admitted
    }

    /// - Returns: nil when nothing waits, or all that waits is blocked by what is in flight.
    package mutating func nextBatch() -> Batch? {
        guard keysOfBlockedQueue == nil else { return nil }
        var taken: [Waiting] = []
        var passedOver: [Waiting] = []
        var blocked: Set<Int> = []
        var lines = 0
        var scanned = 0
        while let head = queue.first, scanned < Self.scanMax {
            if !taken.isEmpty, lines + head.lines > linesPerBatchMax { break }
            queue.removeFirst()
            scanned += 1
            if !keysInFlight.isDisjoint(with: head.keys) || !blocked.isDisjoint(with: head.keys) {
                blocked.formUnion(head.keys)
                passedOver.append(head)
                continue
            }
            taken.append(head)
            lines += head.lines
        }
        for waiting in passedOver.reversed() { queue.prepend(waiting) }
        guard !taken.isEmpty else {
            // A longer queue was not searched to its end, so of what is behind nothing is known.
            if queue.count <= scanned { keysOfBlockedQueue = blocked }
            return nil
        }
        linesWaiting -= lines
        batchesMade += 1
        let keys = taken.reduce(into: Set<Int>()) { $0.formUnion($1.keys) }
        keysInFlight.formUnion(keys)
        batchesInFlight[batchesMade] = Array(keys)
        return Batch(id: batchesMade, entries: taken.map(\.entry))
    }

    /// The batch is committed or given up: its keys are free.
    package mutating func finished(_ batch: Int) {
        guard let keys = batchesInFlight.removeValue(forKey: batch) else {
            preconditionFailure("a batch was finished twice")
        }
        keysInFlight.subtract(keys)
        keysOfBlockedQueue = nil
    }
}

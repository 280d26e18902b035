import DequeModule

/// One lane of the scheduler: commands in order of arrival, with what they touch.
struct WaitingCommands<Entry: Sendable>: Sendable {
    struct Command: Sendable {
        let entry: Entry
        let keys: Set<Int>
        let lines: Int
    }

    private var queue: Deque<Command> = []
    /// All that waits.
    private(set) var lines = 0
    /// The keys of those that the last search could not take.
    private(set) var keysPassedOver: Set<Int> = []
    /// The keys of all that waits, once a search has found every one of them blocked; nil while that is not known.
    /// Without it each arrival behind a hot key would search the whole queue again.
    var keysOfBlocked: Set<Int>?

    /// Rises with each command that comes to the head, so that others can tell how long the head has been there.
    private(set) var headNumber = 0

    var isEmpty: Bool { queue.isEmpty }
    var first: Command? { queue.first }

    mutating func append(
        _ command: Command, linesMax: Int, _ keysInFlight: Set<Int>
    ) -> BatchScheduler<Entry>.Admission {
        guard lines + command.lines <= linesMax || queue.isEmpty else { return .overloaded }
        if queue.isEmpty { headNumber += 1 }
        queue.append(command)
        lines += command.lines
        if keysOfBlocked != nil {
            let isBlocked =
                !keysInFlight.isDisjoint(with: command.keys)
                || keysOfBlocked?.isDisjoint(with: command.keys) == false
            if isBlocked {
                keysOfBlocked?.formUnion(command.keys)
                keysPassedOver.formUnion(command.keys)
            } else {
                keysOfBlocked = nil
            }
        }
        return .admitted
    }

    /// Takes from the head every command whose keys are free.
    /// - Parameters:
    ///   - taken: keys in flight.
    ///   - kept: further keys that this lane has to leave to the other.
    mutating func take(linesMax: Int, besides taken: Set<Int>, _ kept: Set<Int>?) -> [Command] {
        guard keysOfBlocked == nil else { return [] }
        var batch: [Command] = []
        var passedOver: [Command] = []
        var blocked: Set<Int> = []
        var batchLines = 0
        var scanned = 0
        while let head = queue.first, scanned < BatchScheduler<Entry>.scanMax {
            if !batch.isEmpty, batchLines + head.lines > linesMax { break }
            queue.removeFirst()
            scanned += 1
            let isFree =
                taken.isDisjoint(with: head.keys) && blocked.isDisjoint(with: head.keys)
                && kept?.isDisjoint(with: head.keys) ?? true
            guard isFree else {
                blocked.formUnion(head.keys)
                passedOver.append(head)
                continue
            }
            if passedOver.isEmpty { headNumber += 1 }
            batch.append(head)
            batchLines += head.lines
        }
        for waiting in passedOver.reversed() { queue.prepend(waiting) }
        keysPassedOver = blocked
        lines -= batchLines
        // A longer queue was not searched to its end, so of what is behind nothing is known. Kept keys come free only
        // through a batch that ends, like those in flight.
        if batch.isEmpty, queue.count <= scanned { keysOfBlocked = blocked }
        return batch
    }

    mutating func removeFirst(while isOver: (Entry) -> Bool) -> [Entry] {
        var removed: [Entry] = []
        while let head = queue.first, isOver(head.entry) {
            queue.removeFirst()
            headNumber += 1
            lines -= head.lines
            removed.append(head.entry)
        }
        // Nobody waits for these keys any more; the next search finds who still does.
        if !removed.isEmpty { keysPassedOver = [] }
        return removed
    }
}

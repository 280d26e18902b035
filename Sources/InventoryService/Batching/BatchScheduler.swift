import DequeModule

/// Decides which waiting commands form the next batch. Pure: no clock, no lock, no connection.
///
/// Commands wait in order of arrival. A free writer takes from the head every command whose keys are free; a command
/// that must wait blocks its keys for later ones. So order per balance is kept, a hot item never fights itself for a
/// row lock, and a command with many keys is no special case.
///
/// Single calls and bulk work wait in lanes of their own (`Lanes`), each in order. Single calls go first, and one writer
/// is theirs while there are any; bulk takes what is left, and a share of it for certain (ADR 24).
package struct BatchScheduler<Entry: Sendable>: Sendable {
    package struct Batch: Sendable {
        package let id: Int
        package let entries: [Entry]
    }

    package enum Admission: Sendable, Equatable {
        case admitted
        /// The lane is full: say so at once rather than let everybody wait.
        case overloaded
    }

    /// Lines of bulk work that may wait; a command that would exceed it is refused.
    package let linesWaitingMax: Int
    /// Lines of one batch, unless its first command alone has more.
    package let linesPerBatchMax: Int
    private let lanes: Lanes
    /// Waiting commands looked at for one batch, so that a long queue behind one hot key costs a bounded search.
    package static var scanMax: Int { 4_096 }
    /// Batches for which a single call counts as having been there just now.
    private static var singlesRememberedFor: Int { 64 }
    /// Batches of single calls in a row while bulk work waits and none of it is under way.
    private static var singlesInRowMax: Int { 4 }
    /// Batches that may be made while one bulk command stays at the head of its lane; after that, single calls leave it the
    /// keys that it needs.
    private static var passesMax: Int { 32 }

    private var singles = WaitingCommands<Entry>()
    private var bulk = WaitingCommands<Entry>()
    private var keysInFlight: Set<Int> = []
    private var batchesInFlight: [Int: (keys: [Int], isBulk: Bool)] = [:]
    /// Keys that stay taken although their batch is finished: their commands wait for somebody else's lock.
    private var keysAside: [Int: Set<Int>] = [:]
    private var batchesMade = 0
    private var bulkInFlight = 0
    private var lastSingles: Int?
    private var singlesInRow = 0
    /// The bulk command at the head of its lane, and the batch that was made last when it came there.
    private var bulkHead = (number: 0, since: 0)

    package init(linesWaitingMax: Int, linesPerBatchMax: Int, lanes: Lanes = .one) {
        self.linesWaitingMax = linesWaitingMax
        self.linesPerBatchMax = linesPerBatchMax
        self.lanes = lanes
    }

    package var isEmpty: Bool { singles.isEmpty && bulk.isEmpty }
    /// Something waits for somebody else's lock.
    package var hasSetAside: Bool { !keysAside.isEmpty }
    /// Nothing waits, nothing is in flight, nothing is set aside.
    package var isIdle: Bool { isEmpty && batchesInFlight.isEmpty && keysAside.isEmpty }
    package var linesWaiting: Int { singles.lines + bulk.lines }
    package var linesWaitingByLane: (singles: Int, bulk: Int) { (singles.lines, bulk.lines) }

    /// - Parameters:
    ///   - keys: hashes of what the entry touches. Two entries that collide merely wait for each other.
    ///   - lines: its weight, 1 or more.
    ///   - total: the weight of all that its caller sent together, of which this may be a part: they go by one lane, so that
    ///     they stay in order. Nil: it is all of it.
    package mutating func enqueue(_ entry: Entry, keys: Set<Int>, lines: Int, of total: Int? = nil) -> Admission {
        let waiting = WaitingCommands.Command(entry: entry, keys: keys, lines: lines)
        if total ?? lines <= lanes.singleLinesMax {
            return singles.append(waiting, linesMax: lanes.singleLinesWaitingMax, keysInFlight)
        }
        return bulk.append(waiting, linesMax: linesWaitingMax, keysInFlight)
    }

    /// - Returns: nil when nothing waits, or all that waits is blocked by what is in flight.
    package mutating func nextBatch() -> Batch? {
        if bulk.headNumber != bulkHead.number { bulkHead = (bulk.headNumber, batchesMade) }
        let isBulksTurn = !bulk.isEmpty && bulkInFlight == 0 && singlesInRow >= Self.singlesInRowMax
        if isBulksTurn, let batch = nextBulk() { return batch }
        return nextSingles() ?? (isBulksTurn ? nil : nextBulk())
    }

    private mutating func nextSingles() -> Batch? {
        guard !singles.isEmpty else { return nil }
        let taken = singles.take(linesMax: linesPerBatchMax, besides: keysInFlight, keptKeys)
        guard !taken.isEmpty else { return nil }
        singlesInRow = bulk.isEmpty ? 0 : singlesInRow + 1
        lastSingles = batchesMade
        return batch(taken, isBulk: false)
    }

    private mutating func nextBulk() -> Batch? {
        let singlesAreAbout = lastSingles.map { batchesMade - $0 < Self.singlesRememberedFor } ?? false
        guard !bulk.isEmpty, !singlesAreAbout || bulkInFlight < lanes.bulkBatchesBesideSinglesMax else { return nil }
        // A single call that waits for a key has it before more bulk work, until that has waited long enough itself.
        let isDue = keptKeys != nil
        let linesMax = singlesAreAbout ? min(linesPerBatchMax, lanes.bulkLinesBesideSinglesMax) : linesPerBatchMax
        let taken = bulk.take(linesMax: linesMax, besides: keysInFlight, isDue ? nil : singles.keysPassedOver)
        guard !taken.isEmpty else { return nil }
        singlesInRow = 0
        bulkInFlight += 1
        return batch(taken, isBulk: true)
    }

    /// Keys that are kept for the bulk command that has waited longest; nil while it has not waited too long, or could not be
    /// written anyway.
    private var keptKeys: Set<Int>? {
        guard bulk.headNumber == bulkHead.number, batchesMade - bulkHead.since >= Self.passesMax,
            let keys = bulk.first?.keys, keysAside.values.allSatisfy({ $0.isDisjoint(with: keys) })
        else { return nil }
        return keys
    }

    private mutating func batch(_ taken: [WaitingCommands<Entry>.Command], isBulk: Bool) -> Batch {
        batchesMade += 1
        let keys = taken.reduce(into: Set<Int>()) { $0.formUnion($1.keys) }
        keysInFlight.formUnion(keys)
        batchesInFlight[batchesMade] = (Array(keys), isBulk)
        return Batch(id: batchesMade, entries: taken.map(\.entry))
    }

    /// The batch is committed or given up: its keys are free, but for those set aside.
    package mutating func finished(_ batch: Int) {
        guard let (keys, isBulk) = batchesInFlight.removeValue(forKey: batch) else {
            preconditionFailure("a batch was finished twice")
        }
        if isBulk { bulkInFlight -= 1 }
        keysInFlight.subtract(keys)
        for keys in keysAside.values { keysInFlight.formUnion(keys) }
        searchAgain()
    }

    // MARK: - Waiting for others

    /// Keeps keys of a batch in flight when that is finished: their command waits for somebody else's lock.
    /// - Returns: what `finishedAside` takes.
    package mutating func setAside(_ keys: Set<Int>) -> Int {
        batchesMade += 1
        keysAside[batchesMade] = keys
        return batchesMade
    }

    package mutating func finishedAside(_ id: Int) {
        guard keysAside.removeValue(forKey: id) != nil else { preconditionFailure("a command was set aside once") }
        // Rare, so it may cost a walk through all that is in flight: others may have the same keys.
        keysInFlight = batchesInFlight.values.reduce(into: []) { $0.formUnion($1.keys) }
        for keys in keysAside.values { keysInFlight.formUnion(keys) }
        searchAgain()
    }

    /// Takes out, from the heads of both lanes, what may not wait any longer.
    package mutating func removeFirst(while isOver: (Entry) -> Bool) -> [Entry] {
        let removed = singles.removeFirst(while: isOver) + bulk.removeFirst(while: isOver)
        // What stood behind them may be free now.
        if !removed.isEmpty { searchAgain() }
        return removed
    }

    private mutating func searchAgain() {
        singles.keysOfBlocked = nil
        bulk.keysOfBlocked = nil
    }
}

/// How single calls and bulk work share the writers.
package struct Lanes: Sendable {
    /// A command of up to so many lines is a single call; 0 for one lane for all.
    package var singleLinesMax: Int
    /// Lines of single calls that may wait; a command that would exceed it is refused.
    package var singleLinesWaitingMax: Int
    /// Batches of bulk work in flight while there are single calls, 1 or more.
    package var bulkBatchesBesideSinglesMax: Int
    /// Lines of one of those: a commit waits until all before it is on disk, so that a large one holds up the next.
    package var bulkLinesBesideSinglesMax: Int

    package init(
        singleLinesMax: Int, singleLinesWaitingMax: Int, bulkBatchesBesideSinglesMax: Int,
        bulkLinesBesideSinglesMax: Int = .max
    ) {
        precondition(bulkBatchesBesideSinglesMax > 0, "bulk work would never be done")
        self.bulkLinesBesideSinglesMax = bulkLinesBesideSinglesMax
        self.singleLinesMax = singleLinesMax
        self.singleLinesWaitingMax = singleLinesWaitingMax
        self.bulkBatchesBesideSinglesMax = bulkBatchesBesideSinglesMax
    }

    package static let one = Lanes(singleLinesMax: 0, singleLinesWaitingMax: 0, bulkBatchesBesideSinglesMax: .max)
}

/// Writes the ledger lines of a batch. Nothing else does, and nothing else changes a balance, its version, its past or
/// its chain.
///
/// Lines are written to an `OpenBalance`, which only `open` makes: it takes holds that have ended out of `reserved` first,
/// so no line is ever recorded before the expiry that precedes it.
struct LedgerWriter {
    /// A balance that lines may be written to.
    struct OpenBalance {
        let key: BalanceKey
        /// In `BatchBalances`.
        let number: Int
        /// The version that whoever sent the command at hand may have read: before it, and before holds that have ended
        /// were taken out.
        let versionBefore: Int64
        fileprivate(set) var balance: Balance

        fileprivate init(_ key: BalanceKey, _ number: Int, _ balance: Balance, versionBefore: Int64) {
            self.key = key
            self.number = number
            self.balance = balance
            self.versionBefore = versionBefore
        }

        var figures: Figures { balance.figures }

        /// When its next line is recorded: strictly after its last one, which may have used up more room than its position
        /// in the batch has.
        func recordedAt(from instant: Timestamp) -> Timestamp {
            max(instant, balance.recordedAt?.advanced(byMicroseconds: 1) ?? instant)
        }
    }

    let clock: BatchClock
    private let hash: Hash
    private(set) var balances: BatchBalances
    private let completeCounts: [BalanceKey: Timestamp]?
    private let expired: [BalanceKey: ExpiredHolds]
    /// The past of balances, with what this batch has added to it.
    private var timelines: [BalanceKey: Timeline]
    /// The number of the command at hand: versions are compared with those before it.
    private var command = 0
    /// Ledger lines, by index, at which a balance went below zero, lost cover, or came back. Of lines that were taken back
    /// some may be left.
    private var crossings: [(balance: Int, line: Int)] = []
    /// Whether all of the past that had to be known was.
    private(set) var isComplete = true
    /// What the lines that are being written belong to besides their balance.
    var origin = LineOrigin()

    // What becomes part of `Changes`.
    private(set) var lines: [LedgerLine] = []
    private(set) var counts: [CountHeader] = []
    private(set) var countLines: [CountLineKey: CountLineChange] = [:]
    private(set) var pendingAlarms: [PendingAlarmKey: PendingAlarm?] = [:]
    private(set) var holds: [HoldKey: Int64] = [:]
    private(set) var folded: [BalanceKey: Timestamp] = [:]
    private(set) var packed: [PackedKey: Int64] = [:]

    /// - Parameter linesExpected: so that nothing has to grow while a batch of plain facts is written.
    init(_ snapshot: Snapshot, clock: BatchClock, linesExpected: Int, hash: Hash) {
        self.clock = clock
        self.hash = hash
        balances = BatchBalances(snapshot.balances, expected: linesExpected)
        completeCounts = snapshot.completeCounts
        expired = snapshot.expired
        timelines = snapshot.timelines
        lines.reserveCapacity(linesExpected)
    }

    /// The instant at which the batch judges holds.
    var now: Timestamp { clock.now }

    /// The balance as the batch has left it so far.
    func balance(_ key: BalanceKey) -> Balance { balances.balance(key) }

    /// Versions are compared with those before this command from now on.
    mutating func beginCommand() { command += 1 }

    /// The command at hand has changed the balance; what it says of versions is about the one before.
    mutating func noteVersion(before open: OpenBalance) {
        balances.entries[open.number].command = command
        balances.entries[open.number].versionBefore = open.versionBefore
    }

    /// Units were sold, for the rate of sale.
    mutating func noteSold(_ units: Int64, at instant: Timestamp, of balance: Int) {
        let sold = SoldUnits(units, at: instant)
        if balances.entries[balance].sold?.add(sold) == nil { balances.entries[balance].sold = sold }
    }

    /// After an atomic command was undone: what its attempt lacked is still needed.
    mutating func needs(whatLacked attempt: LedgerWriter) { isComplete = attempt.isComplete }

    // MARK: - Holds that have ended

    mutating func open(_ key: BalanceKey) -> OpenBalance {
        let number = balances.number(of: key)
        let balance = balances.entries[number].now
        let versionBefore =
            balances.entries[number].command == command ? balances.entries[number].versionBefore : balance.version
        guard isDue(balance) else { return OpenBalance(key, number, balance, versionBefore: versionBefore) }
        fold(key, number)
        return OpenBalance(key, number, balances.entries[number].now, versionBefore: versionBefore)
    }

    /// Takes what has ended out of `reserved` where nothing else may be written, so that what is judged is what is true.
    mutating func foldExpired(of key: BalanceKey) {
        if isDue(balance(key)) { fold(key, balances.number(of: key)) }
    }

    private func isDue(_ balance: Balance) -> Bool {
        guard let next = balance.nextExpiry else { return false }
        return next <= now
    }

    /// One ledger line for all of it.
    private mutating func fold(_ key: BalanceKey, _ number: Int) {
        guard folded[key] == nil else { return }
        guard let expired = expired[key] else {
            isComplete = false
            return
        }
        let before = balances.entries[number].now
        var open = OpenBalance(key, number, before, versionBefore: before.version)
        folded[key] = now
        open.balance.foldedUntil = now
        open.balance.nextExpiry = expired.next
        // What ends next may have been made by this batch.
        for hold in holds.keys where hold.balance == key && hold.expiresAt > now {
            open.balance.nextExpiry = min(open.balance.nextExpiry ?? hold.expiresAt, hold.expiresAt)
        }
        balances.store(open.balance, at: number)
        guard expired.units != 0 else { return }
        let entry = LedgerEntry(
            kind: .expiry, posting: nil, occurredAt: now, source: .holdfast,
            promise: PromiseEntry(id: nil, reservedDelta: -expired.units))
        let header = LineHeader(event: EventID(stored: "expiry"), recordedAt: now)
        // Whatever is being written just now, the ends of holds are no part of it.
        let outer = origin
        origin = LineOrigin()
        _ = write([entry], header, to: &open)
        origin = outer
    }

    /// Units of holds that had ended, where this batch took them out of `reserved`.
    func unitsFolded(of key: BalanceKey) -> Int64 { folded[key] == nil ? 0 : expired[key]?.units ?? 0 }

    // MARK: - Lines

    /// What nearly every fact is: one line, and nothing of the past has a part in it.
    /// - Returns: nil, and nothing is written, when a bucket would leave its bounds.
    mutating func write(_ entry: LedgerEntry, _ header: LineHeader, to open: inout OpenBalance) -> Verdict? {
        if open.balance.version == 0 { begin(&open) }
        let isSeen = entry.posting.map { open.balance.counted.hasSeen(entry.occurredAt, $0) } ?? false
        guard timelines.isEmpty, !isSeen else { return write([entry], header, to: &open) }
        guard append(entry, 0, header, &open) else { return nil }
        if entry.promise != nil { noteHold(of: lines[lines.count - 1]) }
        balances.store(open.balance, at: open.number)
        return .applied
    }

    /// Writes the entries' ledger lines, with what later counts have to be corrected by.
    /// - Returns: nil, and nothing is written, when a bucket would leave its bounds.
    mutating func write(_ entries: [LedgerEntry], _ header: LineHeader, to open: inout OpenBalance) -> Verdict? {
        if open.balance.version == 0 { begin(&open) }
        var moved = CorrectedEntries(timeline: timelines[open.key])
        for entry in entries { moved.move(entry, open.key, open.balance.counted) }
        if !moved.isComplete { isComplete = false }
        guard write(moved, header, &open) else { return nil }
        return moved.verdict
    }

    /// Writes what a count of one bucket says.
    /// - Parameter overruled: gets the count of the same instant that this one comes after.
    /// - Returns: nil, and nothing is written, when a bucket would leave its bounds.
    mutating func write(
        _ statement: CountStatement, of reported: ReportedFact, _ name: KnownName, _ occurredAt: Timestamp,
        _ header: LineHeader, to open: inout OpenBalance, overruled: inout CountPosition?
    ) -> Verdict? {
        if open.balance.version == 0 { begin(&open) }
        guard let timeline = timelines[open.key] else {
            isComplete = false
            return .applied
        }
        let event = reported.fact.eventID.reported
        let position = CountPosition(at: occurredAt, source: reported.sourceID, event: event)
        let id = CountID(source: reported.sourceID, event: event, hash)
        var counted = CorrectedEntries(timeline: timeline)
        guard counted.count(statement, at: position, id, from: reported.source, name) else { return nil }
        open.balance.counted.rise(statement.bucket, to: occurredAt)
        guard write(counted, header, &open) else { return nil }
        overruled = counted.overruled
        // A count that was sent whole is stored already.
        if let mark = counted.mark, !reported.fact.eventID.isOfStoredCount {
            counts.append(
                CountHeader(
                    id: mark.id, source: reported.source, position: mark.position, location: name.location,
                    excludesReady: statement.excludesReady))
        }
        return counted.verdict
    }

    /// Units were packed from an instant on, or were not any more. Writes what counts that left them out are corrected by.
    mutating func pack(_ units: Int64, at instant: Timestamp, _ header: LineHeader, to open: inout OpenBalance) {
        guard units != 0 else { return }
        packed[PackedKey(balance: open.key, at: instant), default: 0] += units
        let timeline = timelines[open.key]
        guard timeline?.packed != nil || open.balance.counted.hasSeen(instant, .onHand) else { return }
        var corrected = CorrectedEntries(timeline: timeline)
        corrected.pack(.init(at: instant, units: units), open.key)
        guard corrected.isComplete else { return isComplete = false }
        let next = LineHeader(
            event: header.event, recordedAt: open.recordedAt(from: header.recordedAt), reference: header.reference)
        // A balance at its bounds is left as it is, for the count that it needs anyway.
        _ = write(corrected, next, &open)
    }

    /// A balance without a line has seen the complete counts of its location.
    private mutating func begin(_ open: inout OpenBalance) {
        guard let completeCounts else {
            isComplete = false
            return
        }
        if let complete = completeCounts[open.key] { open.balance.counted.rise(.onHand, to: complete) }
    }

    /// - Returns: false, and nothing is written, when a bucket would leave its bounds.
    private mutating func write(
        _ corrected: CorrectedEntries, _ header: LineHeader, _ open: inout OpenBalance
    ) -> Bool {
        let first = lines.count
        for (number, entry) in corrected.entries.enumerated() {
            guard append(entry, number, header, &open) else {
                lines.removeSubrange(first...)
                return false
            }
        }
        for line in lines[first...] { noteHold(of: line) }
        balances.store(open.balance, at: open.number)
        guard let timeline = corrected.timeline else { return true }
        timelines[open.key] = timeline
        for (key, change) in corrected.countLines {
            var change = change
            // What was counted stands before all that it corrects.
            if change.isStated { change.recordedAt = lines[first...].first?.recordedAt }
            countLines[key, default: CountLineChange(id: change.id)] += change
        }
        if let position = corrected.touched[.onHand],
            let alarm = varianceAlarm(
                of: position, timeline, open.balance, before: balances.entries[open.number].before, lines.count - 1)
        {
            pendingAlarms[PendingAlarmKey(balance: open.key, type: .countVariance)] = alarm
        }
        return true
    }

    /// Writes one line, and brings the balance to where it is after it.
    /// - Parameter number: of the entry among those of the fact, whose own is the first.
    /// - Returns: false, and nothing is written, when a bucket would leave its bounds.
    private mutating func append(
        _ entry: LedgerEntry, _ number: Int, _ header: LineHeader, _ open: inout OpenBalance
    ) -> Bool {
        guard var after = open.balance.figures.applying(entry.posting) else { return false }
        if let promise = entry.promise { after.reserved += promise.reservedDelta }
        var line = LedgerLine(
            key: open.key, version: open.balance.version + 1,
            recordedAt: header.recordedAt.advanced(byMicroseconds: Int64(number)), kind: entry.kind,
            posting: entry.posting, after: after, occurredAt: entry.occurredAt,
            claimedAt: number == 0 ? header.claimedAt : nil, source: entry.source, eventID: header.event,
            reference: header.reference, reason: header.reason, attributes: number == 0 ? header.attributes : nil,
            chain: .zero)
        line.count = entry.count
        line.transfer = origin.transfer
        line.kit = origin.kit
        line.actor = origin.actor
        if let promise = entry.promise {
            line.reservedDelta = promise.reservedDelta
            line.holdExpiresAt = promise.expiresAt
            line.heldDelta = promise.heldDelta
            line.promise = promise.id
            if let expiresAt = promise.expiresAt, promise.heldDelta > 0 {
                open.balance.nextExpiry = min(open.balance.nextExpiry ?? expiresAt, expiresAt)
            }
        }
        line.chain = line.chained(to: open.balance.chainHead, hash)
        if open.balance.figures.crosses(to: after) { crossings.append((open.number, lines.count)) }
        open.balance.figures = after
        open.balance.version = line.version
        open.balance.recordedAt = line.recordedAt
        open.balance.chainHead = line.chain
        lines.append(consume line)
        return true
    }

    private mutating func noteHold(of line: LedgerLine) {
        if let expiresAt = line.holdExpiresAt {
            holds[HoldKey(balance: line.key, expiresAt: expiresAt), default: 0] += line.heldDelta
        }
    }

    /// Balances that went below zero or lost cover, and those that came back. Once, when the batch is decided.
    mutating func noteSignAlarms() {
        guard !crossings.isEmpty else { return }
        pendingAlarms.reserveCapacity(pendingAlarms.count + crossings.count)
        noteSignAlarms(at: crossings)
    }

    mutating func note(_ type: PendingAlarmType, of key: BalanceKey, _ alarm: PendingAlarm?) {
        pendingAlarms[PendingAlarmKey(balance: key, type: type)] = .some(alarm)
    }
}

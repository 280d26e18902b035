/// How a fact becomes ledger lines: its own, and where a later count has seen it already, an equal and opposite one in that
/// count's name. So the balance stays the fold of its lines, what was counted stays what was counted, and the sum of all
/// lines up to any instant is what was there then, in whatever order they came.
extension BatchDecision {
    /// One ledger line to be.
    struct Entry {
        var kind: FactKind
        var posting: Posting?
        var occurredAt: Timestamp
        var source: SourceNumber
        var count: CountID?
        /// What it does to promises beside.
        var promise: PromiseEntry?
    }

    /// What the ledger lines of one fact or of one step of a request have in common.
    struct LineHeader {
        var event: EventID
        var recordedAt: Timestamp
        var claimedAt: Timestamp?
        var reference: Reference?
        var reason: Reason?
        var attributes: String?
    }

    /// What one fact comes to, before any of it is kept.
    private struct Entries {
        var entries: [Entry] = []
        /// Nil where the past has no part in it.
        var timeline: Timeline?
        var countLines: [CountLineKey: CountLineChange] = [:]
        /// The counts whose variance changed, with the buckets that they state.
        var touched: [CountedBucket: CountPosition] = [:]
        var verdict = Verdict.applied
        /// Of a count: itself.
        var mark: CountMark?

        mutating func add(_ entry: Entry) {
            entries.append(entry)
            if let posting = entry.posting { timeline?.record(posting, at: entry.occurredAt) }
        }
    }

    /// Writes the fact's ledger lines.
    /// - Parameters:
    ///   - unitsEach: base units that one of the fact's units stands for here.
    ///   - balance: as the batch has left it so far, and then with the fact in it.
    /// - Returns: false, and nothing is written, when a bucket would leave its bounds.
    mutating func enter(
        _ fact: FactLine, _ stamp: Stamp, of command: FactCommand, _ name: KnownName, unitsEach: Int64,
        _ balance: inout Balance, _ entered: inout EnteredFact
    ) -> Bool {
        begin(name.key, &balance)
        let header = header(of: fact, stamp, balance)
        if case .count(let statement) = fact.change {
            guard let verdict = enter(statement, fact, stamp, header, of: command, name, &balance) else { return false }
            entered.verdict = verdict
            return true
        }
        guard let posting = fact.change.posting(unitsEach: unitsEach) else { return false }
        let entry = Entry(
            kind: fact.change.kind, posting: posting, occurredAt: stamp.occurredAt, source: command.source)
        guard let soldFor = fact.soldFor, fact.change.kind == .sale, posting.bucket == .onHand else {
            guard let verdict = enter(entry, header, name.key, &balance) else { return false }
            entered.verdict = verdict
            noteSold(-posting.units, fact.change.kind, at: stamp.occurredAt, name.key)
            switch fact.change.kind {
            case .return: noteReturned(posting.units, fact, name, of: command, &entered)
            case .receipt: noteSupplied(posting.units, fact, name, &entered)
            default: break
            }
            return true
        }
        var entries = [entry]
        let kept = sell(-posting.units, for: soldFor, name, &entries, &entered)
        guard let verdict = enter(entries, header, name.key, &balance) else { return false }
        entered.verdict = verdict
        if let kept {
            let promised = entries.reduce(Int64(0)) { $0 + ($1.promise?.reservedDelta ?? 0) }
            note(kept.channel, name.key, promised: promised)
            keep(kept)
        }
        noteSold(-entries.reduce(0) { $0 + ($1.posting?.units ?? 0) }, .sale, at: stamp.occurredAt, name.key)
        return true
    }

    /// What the lines of the fact at one balance have in common.
    func header(of fact: FactLine, _ stamp: Stamp, _ balance: Balance) -> LineHeader {
        var header = LineHeader(
            event: fact.eventID,
            // A sale that keeps many promises has more lines than its place in the batch has room for.
            recordedAt: max(stamp.recordedAt, balance.recordedAt?.advanced(byMicroseconds: 1) ?? stamp.recordedAt),
            claimedAt: stamp.claimedAt, reference: fact.reference)
        header.attributes = fact.attributes
        if case .adjustment(_, _, let reason) = fact.change { header.reason = reason }
        return header
    }

    /// What nearly every fact is: one line, and nothing of the past has a part in it.
    private mutating func enter(
        _ entry: Entry, _ header: LineHeader, _ key: BalanceKey, _ balance: inout Balance
    ) -> Verdict? {
        let isSeen = entry.posting.map { balance.counted.hasSeen(entry.occurredAt, $0) } ?? false
        guard timelines.isEmpty, !isSeen else { return enter([entry], header, key, &balance) }
        guard let line = line(entry, 0, header, key, &balance) else { return nil }
        append(line)
        changes.balances[key] = balance
        return .applied
    }

    /// A balance without a line has seen the complete counts of its location.
    mutating func begin(_ key: BalanceKey, _ balance: inout Balance) {
        guard balance.version == 0 else { return }
        if snapshot.completeCounts == nil { isComplete = false }
        balance.counted = snapshot.counted(balance, key)
    }

    mutating func noteSold(_ units: Int64, _ kind: FactKind, at instant: Timestamp, _ key: BalanceKey) {
        guard kind == .sale, units > 0 else { return }
        let sold = SoldUnits(units, at: instant)
        if changes.sold[key]?.add(sold) == nil { changes.sold[key] = sold }
    }

    /// Writes the entries' ledger lines, with what later counts have to be corrected by.
    /// - Returns: nil, and nothing is written, when a bucket would leave its bounds.
    mutating func enter(
        _ entries: [Entry], _ header: LineHeader, _ key: BalanceKey, _ balance: inout Balance
    ) -> Verdict? {
        var made = Entries(timeline: timelines[key])
        for entry in entries { move(entry, key, balance.counted, &made) }
        guard let lines = lines(made.entries, header, key, &balance) else { return nil }
        keep(made, lines, key, balance)
        return made.verdict
    }

    private mutating func enter(
        _ statement: CountStatement, _ fact: FactLine, _ stamp: Stamp, _ header: LineHeader, of command: FactCommand,
        _ name: KnownName, _ balance: inout Balance
    ) -> Verdict? {
        guard let timeline = timelines[name.key] else {
            isComplete = false
            return .applied
        }
        var made = Entries(timeline: timeline)
        guard count(statement, fact, stamp, of: command, name, &made) else { return nil }
        balance.counted.rise(statement.bucket, to: stamp.occurredAt)
        guard let lines = lines(made.entries, header, name.key, &balance) else { return nil }
        keep(made, lines, name.key, balance)
        // Lines of a count that was sent whole have ids of their own, and their count is stored already.
        if let mark = made.mark, mark.position.event == fact.eventID {
            changes.counts.append(
                CountHeader(
                    id: mark.id, source: command.source, position: mark.position, location: name.location,
                    excludesReady: statement.excludesReady))
        }
        return made.verdict
    }

    /// Goods that moved, and what a count that saw them already is to be corrected by.
    private mutating func move(
        _ entry: Entry, _ key: BalanceKey, _ counted: CountedInstants, _ made: inout Entries
    ) {
        made.add(entry)
        guard let posting = entry.posting else { return }
        for bucket in posting.buckets where counted.hasSeen(entry.occurredAt, bucket) {
            guard let settledBy = bucket.settledBy, let timeline = made.timeline else {
                isComplete = false
                return
            }
            guard let later = timeline.first(seeing: entry.occurredAt, settledBy) else {
                preconditionFailure("the timeline lacks a count that the balance has seen")
            }
            correct(later, settledBy, bucket, by: -posting.units(in: bucket), key, &made)
            made.verdict = .recordedBeforeCount
        }
    }

    /// What was counted against what the ledger says was there, bucket by bucket.
    /// - Returns: false when the units overflow.
    private mutating func count(
        _ statement: CountStatement, _ fact: FactLine, _ stamp: Stamp, of command: FactCommand, _ name: KnownName,
        _ made: inout Entries
    ) -> Bool {
        guard let timeline = made.timeline else { return false }
        let event = fact.eventID.reported
        let position = CountPosition(at: stamp.occurredAt, source: command.sourceID, event: event)
        let id = CountID(source: command.sourceID, event: event, hash)
        let counted = statement.bucket
        let (units, overflows) = statement.quantity.units.multipliedReportingOverflow(by: name.unitsPerCode.units)
        guard !overflows else { return false }
        // Lines of one count for one item add up; what is packed and was left out is added once.
        let known = timeline.mark(at: position, counted)
        let packed = statement.excludesReady && known == nil ? timeline.readyAt[stamp.occurredAt] ?? 0 : 0
        let found = units + packed
        var mark = known ?? CountMark(position: position, id: id)
        mark.quantity += found
        let later = timeline.first(after: position, counted)
        let key = CountLineKey(balance: name.key, counted: counted, position: position)
        var change = CountLineChange(id: id)
        change.quantity = found
        change.isStated = true
        var corrections: [(bucket: Bucket, units: Int64)] = []
        for bucket in counted.seesSuspect ? [Bucket.onHand, .suspect] : [counted.bucket] {
            let believed = timeline.units(in: bucket, after: position, counted)
            let difference = (bucket == .suspect ? 0 : mark.quantity) - believed
            // The line of what was counted is always there, since it also says that somebody looked.
            guard difference != 0 || bucket != .suspect else { continue }
            made.add(
                Entry(
                    kind: .count,
                    posting: Posting(bucket: bucket, counterAccount: .outside(.variance), units: difference),
                    occurredAt: stamp.occurredAt, source: command.source, count: id))
            mark[bucket] += difference
            if bucket == .suspect { change.suspectVariance += difference } else { change.variance += difference }
            if difference != 0 { corrections.append((bucket, -difference)) }
        }
        made.timeline?.add(mark, counted)
        made.countLines[key] = change
        made.touched[counted] = position
        if let later {
            for (bucket, units) in corrections { correct(later, counted, bucket, by: units, name.key, &made) }
            made.verdict = .recordedBeforeCount
        }
        made.mark = mark
        return true
    }

    /// A line against variance in the name of a count that knew better.
    private func correct(
        _ count: CountMark, _ counted: CountedBucket, _ bucket: Bucket, by units: Int64, _ balance: BalanceKey,
        _ made: inout Entries
    ) {
        made.add(
            Entry(
                kind: .variance, posting: Posting(bucket: bucket, counterAccount: .outside(.variance), units: units),
                occurredAt: count.position.at, source: .holdfast, count: count.id))
        var mark = made.timeline?.mark(at: count.position, counted) ?? count
        mark[bucket] += units
        made.timeline?.add(mark, counted)
        let key = CountLineKey(balance: balance, counted: counted, position: count.position)
        var change = made.countLines[key] ?? CountLineChange(id: count.id)
        if bucket == .suspect { change.suspectVariance += units } else { change.variance += units }
        made.countLines[key] = change
        made.touched[counted] = count.position
    }

    /// - Returns: nil when a bucket would leave its bounds.
    private mutating func lines(
        _ entries: [Entry], _ header: LineHeader, _ key: BalanceKey, _ balance: inout Balance
    ) -> [LedgerLine]? {
        var lines: [LedgerLine] = []
        lines.reserveCapacity(entries.count)
        for (number, entry) in entries.enumerated() {
            guard let line = line(entry, number, header, key, &balance) else { return nil }
            lines.append(line)
        }
        return lines
    }

    /// Brings the balance to where it is after the line.
    /// - Parameter number: of the entry among those of the fact, whose own is the first.
    private mutating func line(
        _ entry: Entry, _ number: Int, _ header: LineHeader, _ key: BalanceKey, _ balance: inout Balance
    ) -> LedgerLine? {
        guard var after = balance.figures.applying(entry.posting) else { return nil }
        if let promise = entry.promise { after.reserved += promise.reservedDelta }
        var line = LedgerLine(
            key: key, version: balance.version + 1,
            recordedAt: header.recordedAt.advanced(byMicroseconds: Int64(number)), kind: entry.kind,
            posting: entry.posting, after: after, occurredAt: entry.occurredAt,
            claimedAt: number == 0 ? header.claimedAt : nil, source: entry.source, eventID: header.event,
            reference: header.reference, reason: header.reason, attributes: number == 0 ? header.attributes : nil,
            chain: .zero)
        line.count = entry.count
        line.transfer = origin.transfer
        line.kit = origin.kit
        if let promise = entry.promise {
            line.reservedDelta = promise.reservedDelta
            line.holdExpiresAt = promise.expiresAt
            line.heldDelta = promise.heldDelta
            line.promise = promise.id
            if let expiresAt = promise.expiresAt, promise.heldDelta > 0 {
                balance.nextExpiry = min(balance.nextExpiry ?? expiresAt, expiresAt)
            }
        }
        line.chain = line.chained(to: balance.chainHead, hash)
        changesSign =
            changesSign || (balance.figures.onHand < 0) != (after.onHand < 0)
            || (balance.figures.shortfall > 0) != (after.shortfall > 0)
        balance.figures = after
        balance.version = line.version
        balance.recordedAt = line.recordedAt
        balance.chainHead = line.chain
        return line
    }

    mutating func append(_ line: LedgerLine) {
        changes.lines.append(line)
        if let expiresAt = line.holdExpiresAt {
            changes.holds[HoldKey(balance: line.key, expiresAt: expiresAt), default: 0] += line.heldDelta
        }
    }

    private mutating func keep(_ made: Entries, _ lines: [LedgerLine], _ key: BalanceKey, _ balance: Balance) {
        for line in lines { append(line) }
        changes.balances[key] = balance
        guard let timeline = made.timeline else { return }
        timelines[key] = timeline
        for (key, change) in made.countLines {
            var sum = changes.countLines[key] ?? CountLineChange(id: change.id)
            sum.quantity += change.quantity
            sum.isStated = sum.isStated || change.isStated
            sum.variance += change.variance
            sum.suspectVariance += change.suspectVariance
            changes.countLines[key] = sum
        }
        if let position = made.touched[.onHand] { noteVarianceAlarm(of: position, timeline, key, balance) }
    }
}

/// What one fact comes to at one balance, before any of it is kept: its own ledger lines, and where a later count has seen
/// it already, an equal and opposite one in that count's name. So the balance stays the fold of its lines, what was counted
/// stays what was counted, and the sum of all lines up to any instant is what was there then, in whatever order they came.
struct CorrectedEntries {
    private(set) var entries: [LedgerEntry] = []
    /// Nil where the past has no part in it.
    private(set) var timeline: Timeline?
    private(set) var countLines: [CountLineKey: CountLineChange] = [:]
    /// The counts whose variance changed, with the buckets that they state.
    private(set) var touched: [CountedBucket: CountPosition] = [:]
    private(set) var verdict = Verdict.applied
    /// Of a count: itself.
    private(set) var mark: CountMark?
    /// Of a count: the one before it of the same instant, which it overrules.
    private(set) var overruled: CountPosition?
    /// Whether all of the past that had to be known was.
    private(set) var isComplete = true

    init(timeline: Timeline?) { self.timeline = timeline }

    /// Goods that moved, and what a count that saw them already is to be corrected by.
    mutating func move(_ entry: LedgerEntry, _ key: BalanceKey, _ counted: CountedInstants) {
        add(entry)
        guard let posting = entry.posting else { return }
        for bucket in posting.buckets where counted.hasSeen(entry.occurredAt, bucket) {
            guard let settledBy = bucket.settledBy, let timeline else {
                isComplete = false
                return
            }
            guard let later = timeline.first(seeing: entry.occurredAt, settledBy) else {
                preconditionFailure("the timeline lacks a count that the balance has seen")
            }
            correct(later, settledBy, bucket, by: -posting.units(in: bucket), key)
            verdict = .recordedBeforeCount
        }
    }

    /// What was counted against what the ledger says was there, bucket by bucket.
    /// - Returns: false when the units overflow.
    mutating func count(
        _ statement: CountStatement, at position: CountPosition, _ id: CountID, from source: SourceNumber,
        _ name: KnownName
    ) -> Bool {
        guard let timeline else { return false }
        let counted = statement.bucket
        let (units, overflows) = statement.quantity.units.multipliedReportingOverflow(by: name.unitsPerCode.units)
        guard !overflows else { return false }
        // Lines of one count for one item add up; what is packed and was left out is added once.
        let known = timeline.mark(at: position, counted)
        var mark = known ?? CountMark(position: position, id: id)
        var packed: Int64 = 0
        if statement.excludesReady {
            guard let all = timeline.packed else {
                preconditionFailure("the timeline was not asked what was packed at the count's instant")
            }
            packed = all.units(at: position.at) - mark.packed
            mark.excludesReady = true
            mark.packed += packed
        }
        let found = units + packed
        // A later count takes back what each line adds, so the bounds of the bucket do not end this sum.
        guard mark.quantity + found <= Figures.sumMax else { return false }
        mark.quantity += found
        let later = timeline.first(after: position, counted)
        overruled = timeline.last(before: position, counted)?.position
        let key = CountLineKey(balance: name.key, counted: counted, position: position)
        var change = CountLineChange(id: id)
        change.quantity = found
        change.packed = packed
        change.isStated = true
        var corrections: [(bucket: Bucket, units: Int64)] = []
        for bucket in counted.seesSuspect ? [Bucket.onHand, .suspect] : [counted.bucket] {
            let believed = timeline.units(in: bucket, after: position, counted)
            let difference = (bucket == .suspect ? 0 : mark.quantity) - believed
            // The line of what was counted is always there, since it also says that somebody looked.
            guard difference != 0 || bucket != .suspect else { continue }
            add(
                LedgerEntry(
                    kind: .count,
                    posting: Posting(bucket: bucket, counterAccount: .outside(.variance), units: difference),
                    occurredAt: position.at, source: source, count: id))
            mark[bucket] = mark[bucket].addingUnits(difference)
            if bucket == .suspect { change.suspectVariance += difference } else { change.variance += difference }
            if difference != 0 { corrections.append((bucket, -difference)) }
        }
        self.timeline?.add(mark, counted)
        countLines[key] = change
        touched[counted] = position
        if let later {
            for (bucket, units) in corrections { correct(later, counted, bucket, by: units, name.key) }
            verdict = .recordedBeforeCount
        }
        self.mark = mark
        return true
    }

    /// It is known now that units were packed from an instant on, or were not any more. So each count since that left out
    /// what was packed has found more or less than was thought, and the next one after it still says what it says.
    mutating func pack(_ change: PackedUnits.Change, _ balance: BalanceKey) {
        timeline?.packed?.add(change)
        guard let timeline, let packed = timeline.packed else {
            isComplete = false
            return
        }
        // By how much what was there after the last count looked at has changed.
        var carried: Int64 = 0
        for count in timeline.all(seeing: change.at, .onHand) {
            let more = count.excludesReady ? packed.units(at: count.position.at) - count.packed : 0
            if more != 0 { find(more, in: count, balance) }
            if more != carried { correct(count, .onHand, .onHand, by: more - carried, balance) }
            carried = more
        }
    }

    /// A count has found more than was thought, since so much more was packed.
    private mutating func find(_ packed: Int64, in count: CountMark, _ balance: BalanceKey) {
        var mark = count
        mark.quantity += packed
        mark.packed += packed
        timeline?.add(mark, .onHand)
        let key = CountLineKey(balance: balance, counted: .onHand, position: count.position)
        countLines[key, default: CountLineChange(id: count.id)].quantity += packed
        countLines[key]?.packed += packed
        touched[.onHand] = count.position
    }

    private mutating func add(_ entry: LedgerEntry) {
        entries.append(entry)
        if let posting = entry.posting { timeline?.record(posting, at: entry.occurredAt) }
    }

    /// A line against variance in the name of a count that knew better.
    private mutating func correct(
        _ count: CountMark, _ counted: CountedBucket, _ bucket: Bucket, by units: Int64, _ balance: BalanceKey
    ) {
        add(
            LedgerEntry(
                kind: .variance, posting: Posting(bucket: bucket, counterAccount: .outside(.variance), units: units),
                occurredAt: count.position.at, source: .holdfast, count: count.id))
        var mark = timeline?.mark(at: count.position, counted) ?? count
        // However many facts come late, their corrections must not make the count unwritable.
        mark[bucket] = mark[bucket].addingUnits(units)
        timeline?.add(mark, counted)
        let key = CountLineKey(balance: balance, counted: counted, position: count.position)
        var change = countLines[key] ?? CountLineChange(id: count.id)
        if bucket == .suspect {
            change.suspectVariance = change.suspectVariance.addingUnits(units)
        } else {
            change.variance = change.variance.addingUnits(units)
        }
        countLines[key] = change
        touched[counted] = count.position
    }
}

extension CountLineChange {
    static func += (sum: inout Self, change: Self) {
        sum.quantity += change.quantity
        sum.isStated = sum.isStated || change.isStated
        sum.recordedAt = sum.recordedAt ?? change.recordedAt
        sum.variance = sum.variance.addingUnits(change.variance)
        sum.suspectVariance = sum.suspectVariance.addingUnits(change.suspectVariance)
        sum.packed += change.packed
    }
}

/// How far from the future a fact may come before its clock is not believed, in microseconds: 5 minutes.
package let clockSkewMaxMicroseconds: Int64 = 5 * 60 * 1_000_000

/// The times of one line.
struct Stamp {
    /// Of its first ledger line; further ones follow by a microsecond each.
    let recordedAt: Timestamp
    let occurredAt: Timestamp
    /// What the source said, where that was too far in the future to be true.
    let claimedAt: Timestamp?
}

/// Gives the lines of a batch their times. A line's arrival follows from its position in the batch alone, so that what has
/// to be known of the past can be asked for before anything is decided.
///
/// All of a batch is decided at one instant, `now`, and what it writes is recorded within the same whole second: holds end at
/// whole seconds, so none ends between the decision and its last ledger line.
struct BatchClock {
    /// The database's clock, unless a balance of the batch is ahead of it.
    let now: Timestamp
    private let databaseNow: Timestamp

    /// Ledger lines that one batch position has room for: those of a fact and of the two corrections of a later count, or of what
    /// happens to one allocation.
    fileprivate static let ledgerLinesMax: Int64 = 8

    /// - Parameters:
    ///   - databaseNow: the database's clock.
    ///   - balances: all that the batch may touch, as they were before it.
    init(_ databaseNow: Timestamp, _ balances: some Collection<Balance>, _ commands: [Command]) {
        self.databaseNow = databaseNow
        // The database's clock may step back between transactions, and processes' clocks differ; the order of a balance's
        // lines and the end of its holds may not.
        var instant = databaseNow
        for balance in balances {
            if let folded = balance.foldedUntil { instant = max(instant, folded) }
            if let last = balance.recordedAt { instant = max(instant, last.advanced(byMicroseconds: 1)) }
        }
        let end = instant.advanced(byMicroseconds: commands.recordedMicroseconds)
        let second = end.startOfSecond
        now = second > instant ? second : instant
    }

    /// When what stands at that position of the batch is recorded. The first positions belong to holds that have ended.
    func instant(ofBatchPosition batchPosition: Int) -> Timestamp {
        now.advanced(byMicroseconds: Self.ledgerLinesMax * Int64(batchPosition + 1))
    }

    /// - Parameters:
    ///   - claimed: when it happened by its source's clock; nil: at its arrival.
    ///   - arrivedAt: when it came, if that was before this batch.
    ///   - batchPosition: of the line in its batch.
    func stamp(claimed: Timestamp?, arrivedAt: Timestamp?, at batchPosition: Int) -> Stamp {
        let recordedAt = instant(ofBatchPosition: batchPosition)
        let latest = (arrivedAt ?? databaseNow).advanced(byMicroseconds: clockSkewMaxMicroseconds)
        let arrivedAt = arrivedAt ?? recordedAt
        guard let claimed else {
            return Stamp(recordedAt: recordedAt, occurredAt: arrivedAt, claimedAt: nil)
        }
        guard claimed <= latest else {
            return Stamp(recordedAt: recordedAt, occurredAt: arrivedAt, claimedAt: claimed)
        }
        return Stamp(recordedAt: recordedAt, occurredAt: claimed, claimedAt: nil)
    }

    /// The times of what a request says happened: judged as a fact's, by the same rule.
    func stamp(requested claimed: Timestamp?, at batchPosition: Int) -> Stamp {
        stamp(claimed: claimed, arrivedAt: nil, at: batchPosition)
    }
}

extension [Command] {
    /// The time that the ledger lines of a batch of these take up from its instant on.
    package var recordedMicroseconds: Int64 {
        BatchClock.ledgerLinesMax * Int64(reduce(1) { $0 + $1.batchPositions })
    }
}

extension Timestamp {
    /// The last whole second that is not after it.
    package var startOfSecond: Timestamp {
        Timestamp(microseconds: microseconds.flooredDivision(by: 1_000_000).quotient * 1_000_000)
    }
}

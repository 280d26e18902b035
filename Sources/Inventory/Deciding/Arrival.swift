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

/// Gives the lines of a batch their times. A line's arrival follows from its place in the batch alone, so that what has
/// to be known of the past can be asked for before anything is decided.
struct ArrivalClock {
    let now: Timestamp

    /// Ledger lines that one fact becomes, at most: a count of two buckets and the two corrections of a later count.
    private static let ledgerLinesMax: Int64 = 4

    /// - Parameters:
    ///   - place: of the line in its batch.
    ///   - before: the balance before the batch.
    func stamp(_ fact: FactLine, of line: SubmittedLine, at place: Int, on before: Balance) -> Stamp {
        // The database's clock may step back between transactions; the order of a balance's lines may not.
        var clock = max(now, before.foldedUntil ?? now)
        if let last = before.recordedAt { clock = max(clock, last.advanced(byMicroseconds: 1)) }
        let recordedAt = clock.advanced(byMicroseconds: Self.ledgerLinesMax * Int64(place))
        let arrivedAt = line.arrivedAt ?? recordedAt
        guard let claimed = fact.occurredAt else {
            return Stamp(recordedAt: recordedAt, occurredAt: arrivedAt, claimedAt: nil)
        }
        guard claimed <= (line.arrivedAt ?? now).advanced(byMicroseconds: clockSkewMaxMicroseconds) else {
            return Stamp(recordedAt: recordedAt, occurredAt: arrivedAt, claimedAt: claimed)
        }
        return Stamp(recordedAt: recordedAt, occurredAt: claimed, claimedAt: nil)
    }
}

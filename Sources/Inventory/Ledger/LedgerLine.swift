/// One append-only entry of the ledger.
package struct LedgerLine: Sendable, Hashable {
    package var key: BalanceKey
    /// The balance's version after this line: 1 for its first.
    package var version: Int64
    /// Strictly increasing per balance.
    package var recordedAt: Timestamp
    package var kind: FactKind
    package var posting: Posting
    /// The balance after this line.
    package var after: Figures
    package var occurredAt: Timestamp
    /// What the source said, where that was too far in the future to be true.
    package var claimedAt: Timestamp?
    package var source: SourceNumber
    package var eventID: EventID
    package var reference: Reference?
    package var reason: Reason?
    package var attributes: String?
    /// What the line adds to `reserved`. Facts move units and leave promises alone: 0.
    package var reservedDelta: Int64 = 0
    /// When the promise that this line makes ends by itself; nil for facts.
    package var holdExpiresAt: Timestamp?
    /// The sequence of the line that this one corrects.
    package var corrects: Int64?
    /// The count that this line is part of, or in whose name it corrects the variance.
    package var count: CountID?
    /// Who did it, by the store's own number; nil while access is open.
    package var actor: Int32?
    package var chain: Digest

    package init(
        key: BalanceKey, version: Int64, recordedAt: Timestamp, kind: FactKind, posting: Posting, after: Figures,
        occurredAt: Timestamp, claimedAt: Timestamp?, source: SourceNumber, eventID: EventID,
        reference: Reference?, reason: Reason?, attributes: String?, chain: Digest
    ) {
        self.key = key
        self.version = version
        self.recordedAt = recordedAt
        self.kind = kind
        self.posting = posting
        self.after = after
        self.occurredAt = occurredAt
        self.claimedAt = claimedAt
        self.source = source
        self.eventID = eventID
        self.reference = reference
        self.reason = reason
        self.attributes = attributes
        self.chain = chain
    }

    /// The chain value of this line when `previous` is that of the line before it. The line's place in the
    /// commit order is left out: it is drawn after the line is decided.
    package func chained(to previous: Digest, _ hash: Hash) -> Digest {
        var writer = CanonicalWriter(reservingCapacity: 320)
        // What came later is only part of the lines that have it, so that older chains still hold.
        writer.integer(count == nil ? 1 as UInt8 : 2)
        writer.digest(previous)
        writer.integer(key.item.rawValue)
        writer.integer(key.location.rawValue)
        writer.integer(version)
        writer.integer(recordedAt.microseconds)
        writer.integer(kind.rawValue)
        writer.integer(posting.bucket.rawValue)
        writer.integer(posting.counterAccount.rawValue)
        writer.integer(posting.units)
        for bucket in Bucket.allCases { writer.integer(after[bucket]) }
        writer.integer(after.reserved)
        writer.integer(reservedDelta)
        writer.optionalInteger(holdExpiresAt?.microseconds)
        writer.integer(occurredAt.microseconds)
        writer.optionalInteger(claimedAt?.microseconds)
        writer.integer(source.rawValue)
        writer.text(eventID.text)
        writer.text(reference?.text)
        writer.text(reason?.text)
        writer.text(attributes)
        writer.optionalInteger(corrects)
        writer.optionalInteger(actor.map(Int64.init))
        if let count { writer.text(count.description) }
        return hash(writer.bytes)
    }
}

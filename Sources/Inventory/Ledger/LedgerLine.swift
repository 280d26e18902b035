/// One append-only entry of the ledger.
package struct LedgerLine: Sendable, Hashable {
    package var key: BalanceKey
    /// The balance's version after this line: 1 for its first.
    package var version: Int64
    /// Strictly increasing per balance.
    package var recordedAt: Timestamp
    package var kind: FactKind
    /// Nil where only promises change.
    package var posting: Posting?
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
    /// What the line adds to `reserved`.
    package var reservedDelta: Int64 = 0
    /// The end of the holds that this line makes or takes away; nil where it changes none.
    package var holdExpiresAt: Timestamp?
    /// By how many units what ends at `holdExpiresAt` changes. Only where nothing is posted may it differ from
    /// `reservedDelta`: a confirmation takes the end away and leaves the promise.
    package var heldDelta: Int64 = 0
    /// The promise that the line is about; nil for facts without one, and for expired holds, which go together.
    package var promise: AllocationID?
    /// The sequence of the line that this one corrects.
    package var corrects: Int64?
    /// The count that this line is part of, or in whose name it corrects the variance.
    package var count: CountID?
    /// The transfer that moved the units.
    package var transfer: TransferID?
    /// The kit as whose part the units moved.
    package var kit: ItemNumber?
    /// Who did it; nil in mode `open`, and of what Holdfast writes itself.
    package var actor: ActorNumber?
    package var chain: Digest

    package init(
        key: BalanceKey, version: Int64, recordedAt: Timestamp, kind: FactKind, posting: Posting?, after: Figures,
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
        CanonicalWriter.withBytes {
            write(to: &$0, after: previous)
        } _: {
            hash($0)
        }
    }

    private func write(to writer: inout CanonicalWriter, after previous: Digest) {
        // What came later is only part of the lines that have it, so that older chains still hold.
        let encoding: UInt8 = transfer != nil || kit != nil ? 4 : promise != nil ? 3 : count == nil ? 1 : 2
        writer.integer(encoding)
        writer.digest(previous)
        writer.integer(key.item.rawValue)
        writer.integer(key.location.rawValue)
        writer.integer(version)
        writer.integer(recordedAt.microseconds)
        writer.integer(kind.rawValue)
        writer.integer(posting?.bucket.rawValue ?? 0)
        writer.integer(posting?.counterAccount.rawValue ?? 0)
        writer.integer(storedUnits)
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
        writer.optionalInteger(actor.map { Int64($0.rawValue) })
        if encoding == 4 {
            writer.text(count?.description)
            writer.text(promise?.description)
            writer.text(transfer?.description)
            writer.optionalInteger(kit?.rawValue)
        } else if let promise {
            writer.text(count?.description)
            writer.text(promise.description)
        } else if let count {
            writer.text(count.description)
        }
    }

    /// What the ledger keeps as units: those posted, or those whose end changes.
    package var storedUnits: Int64 { posting?.units ?? heldDelta }
}

package import Inventory

/// Where facts are decided and kept.
package protocol FactStore: Sendable {
    /// Decides and writes the commands as one transaction: locks the balances in key order, reads, decides,
    /// writes, commits. All is written or nothing.
    ///
    /// - Throws: `.outcomeUnknown` when the commit's fate is not known; every other error wrote nothing.
    func commit(_ commands: [FactCommand]) async throws(StoreError) -> CommittedBatch

    /// The number of a source, which is created on its first use.
    func sourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber

    /// Parked lines whose item and location are both known now, at most `limit`, in order of their key.
    func parkedReady(_ selection: ParkedSelection, limit: Int) async throws(StoreError) -> [ParkedReady]
}

/// Which parked lines to look at.
package enum ParkedSelection: Sendable, Hashable {
    case item(SKU)
    case code(CodeSystem, Code)
    case location(LocationID)
    case events([EventKey])
    /// Any, behind a key; nil from the start.
    case all(after: EventKey?)
}

/// A parked line that can be applied.
package struct ParkedReady: Sendable {
    package let key: EventKey
    package let fact: FactLine
    package let fingerprint: Fingerprint
    /// The line's JSON as it was sent.
    package let raw: [UInt8]

    package init(key: EventKey, fact: FactLine, fingerprint: Fingerprint, raw: [UInt8]) {
        self.raw = raw
        self.key = key
        self.fact = fact
        self.fingerprint = fingerprint
    }
}

/// A batch that is in the ledger.
package struct CommittedBatch: Sendable {
    /// One per command, same order.
    package let outcomes: [CommandOutcome]
    /// The sequence of the batch's first ledger line; nil when it wrote none.
    package let firstSequence: Int64?
    /// The balances named by the batch, as they are after it.
    package let balances: [BalanceKey: Balance]
    package let asOf: Timestamp

    package init(
        outcomes: [CommandOutcome], firstSequence: Int64?, balances: [BalanceKey: Balance], asOf: Timestamp
    ) {
        self.outcomes = outcomes
        self.firstSequence = firstSequence
        self.balances = balances
        self.asOf = asOf
    }
}

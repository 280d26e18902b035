package import Inventory

/// Where facts are decided and kept.
package protocol BatchStore: Sendable {
    /// Decides and writes the commands as one transaction: locks the balances in key order, reads, decides,
    /// writes, commits. All is written or nothing.
    ///
    /// - Parameters:
    ///   - within: for waiting and working together.
    ///   - isAside: they were `locked` before; they then keep no other batch from a connection, and wait less.
    /// - Throws: `.outcomeUnknown` when the commit's fate is not known; every other error wrote nothing. `.locked` when
    ///   others have held what some of the commands need for longer than a batch may wait.
    func commit(_ commands: [Command], within: Duration, isAside: Bool) async throws(StoreError) -> CommittedBatch

    /// Which of the commands, by their places, need balances that somebody has locked at this moment.
    func locked(_ commands: [Command], within: Duration) async throws(StoreError) -> [Int]

    /// The number of a source, which is created on its first use.
    func sourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber
    /// How a source's labels are read.
    func labels(of source: SourceNumber) async throws(StoreError) -> KnownLabels
    /// Those of some codes of system `gtin`, of 14 digits, that are known.
    func articles(_ codes: [Code]) async throws(StoreError) -> [KnownArticle]

    /// The number of whoever sends something, who gets it on the first use and keeps it. Those who were seen lately are
    /// remembered.
    func actorNumber(_ name: ActorName) async throws(StoreError) -> ActorNumber
    /// The same where it is remembered, without waiting; nil where it has to be asked for.
    func rememberedActorNumber(_ name: ActorName) -> ActorNumber?

    /// Looks at one page of parked lines, at most `limit`, in order of their key.
    /// - Parameter after: the last key of the page before; nil from the start.
    func parkedReady(
        _ selection: ParkedSelection, after: EventKey?, limit: Int
    ) async throws(StoreError) -> ParkedPage
}

extension BatchStore {
    package func commit(_ commands: [Command], within: Duration) async throws(StoreError) -> CommittedBatch {
        try await commit(commands, within: within, isAside: false)
    }
}

/// One page of parked lines.
package struct ParkedPage: Sendable {
    /// Those whose item and location are both known now.
    package let ready: [ParkedReady]
    /// The last key looked at; nil when there are no more.
    package let last: EventKey?

    package init(ready: [ParkedReady], last: EventKey?) {
        self.ready = ready
        self.last = last
    }
}

/// Which parked lines to look at.
package enum ParkedSelection: Sendable, Hashable {
    case item(SKU)
    case code(CodeSystem, Code)
    case location(LocationID)
    case locationCode(CodeSystem, Code)
    case events([EventKey])
    case all
}

/// A parked line that can be applied.
package struct ParkedReady: Sendable {
    package let key: EventKey
    package let source: SourceID
    package let fact: FactLine
    package let fingerprint: Fingerprint
    /// The line's JSON as it was sent.
    package let raw: [UInt8]
    package let arrivedAt: Timestamp
    /// Its label says nothing of how much was sold: a price, of an article that is kept by weight, or grams of another.
    package let isLabelUnclear: Bool

    package init(
        key: EventKey, source: SourceID, fact: FactLine, fingerprint: Fingerprint, raw: [UInt8], arrivedAt: Timestamp,
        isLabelUnclear: Bool = false
    ) {
        self.isLabelUnclear = isLabelUnclear
        self.raw = raw
        self.arrivedAt = arrivedAt
        self.source = source
        self.key = key
        self.fact = fact
        self.fingerprint = fingerprint
    }
}

/// A batch that is in the ledger.
package struct CommittedBatch: Sendable {
    /// One per command, same order.
    package let outcomes: [Outcome]
    /// The sequence of the batch's first ledger line; nil when it wrote none.
    package let firstSequence: Int64?
    /// The balances named by the batch, as they are after it.
    package let balances: [BalanceKey: Balance]
    package let asOf: Timestamp

    package init(
        outcomes: [Outcome], firstSequence: Int64?, balances: [BalanceKey: Balance], asOf: Timestamp
    ) {
        self.outcomes = outcomes
        self.firstSequence = firstSequence
        self.balances = balances
        self.asOf = asOf
    }
}

extension BatchStore {
    /// Without rules, and without aliases, no label is known.
    package func labels(of source: SourceNumber) async throws(StoreError) -> KnownLabels { KnownLabels() }
    package func articles(_ codes: [Code]) async throws(StoreError) -> [KnownArticle] { [] }
    /// Nothing is remembered.
    package func rememberedActorNumber(_ name: ActorName) -> ActorNumber? { nil }
}

package import Inventory

/// A count as its source sent it, with its lines as facts of their own.
package struct PostedCount: Sendable {
    package let source: SourceID
    package let event: EventID
    package let location: LocationID
    /// As sent; nil: at its arrival.
    package let countedAt: Timestamp?
    package let isComplete: Bool
    package let excludesReady: Bool
    /// In the order sent. Their event ids name the count and their place in it.
    package let lines: [SubmittedLine]
    /// Items of lines that cannot be meant. They were listed, so a complete count says nothing of them.
    package let unread: [ItemReference]
    /// Of everything in the count that has a meaning.
    package let fingerprint: Fingerprint
    /// The beginning of the body, for whoever has to find out what was meant.
    package let raw: ArraySlice<UInt8>

    package init(
        source: SourceID, event: EventID, location: LocationID, countedAt: Timestamp?, isComplete: Bool,
        excludesReady: Bool, lines: [SubmittedLine], unread: [ItemReference] = [], fingerprint: Fingerprint,
        raw: ArraySlice<UInt8>
    ) {
        self.source = source
        self.event = event
        self.location = location
        self.countedAt = countedAt
        self.isComplete = isComplete
        self.excludesReady = excludesReady
        self.lines = lines
        self.unread = unread
        self.fingerprint = fingerprint
        self.raw = raw
    }
}

/// A count that is stored and has to be applied, or has been.
package struct StoredCount: Sendable, Hashable {
    package var id: CountID
    package var source: SourceID
    package var event: EventID
    package var location: LocationID
    /// What the source said, where that could be believed; else its arrival.
    package var countedAt: Timestamp
    package var recordedAt: Timestamp
    package var isComplete: Bool
    package var excludesReady: Bool
    package var lineCount: Int
    /// Items that a complete count leaves as they are: they were listed, on lines that were rejected.
    package var leftAlone: Int
    package var isApplied: Bool

    package init(
        id: CountID, source: SourceID, event: EventID, location: LocationID, countedAt: Timestamp,
        recordedAt: Timestamp, isComplete: Bool, excludesReady: Bool, lineCount: Int, leftAlone: Int, isApplied: Bool
    ) {
        self.id = id
        self.source = source
        self.event = event
        self.location = location
        self.countedAt = countedAt
        self.recordedAt = recordedAt
        self.isComplete = isComplete
        self.excludesReady = excludesReady
        self.lineCount = lineCount
        self.leftAlone = leftAlone
        self.isApplied = isApplied
    }
}

/// What one count found of one item.
package struct CountFinding: Sendable, Hashable {
    package var sku: SKU
    package var counted: CountedBucket
    package var quantity: Int64
    /// Counted less believed, by all that is known now.
    package var variance: Int64
    /// Units not found earlier that the count settled; negative.
    package var suspectVariance: Int64

    package init(sku: SKU, counted: CountedBucket, quantity: Int64, variance: Int64, suspectVariance: Int64) {
        self.sku = sku
        self.counted = counted
        self.quantity = quantity
        self.variance = variance
        self.suspectVariance = suspectVariance
    }
}

/// How counts and the ledger agreed.
package struct CountAccuracy: Sendable, Hashable {
    /// What the figures are of: a location, or an item at one.
    package var location: LocationID
    package var sku: SKU?
    package var counts: Int64 = 0
    /// Items counted, and those of them that were as believed.
    package var lines: Int64 = 0
    package var linesExact: Int64 = 0
    package var unitsCounted: Int64 = 0
    /// Found less believed, and the same without its signs.
    package var variance: Int64 = 0
    package var absoluteVariance: Int64 = 0
    package var lastCountedAt: Timestamp?

    package init(location: LocationID, sku: SKU?) {
        self.location = location
        self.sku = sku
    }

    /// The share of counted items that were as believed, 0 to 1; nil when nothing was counted.
    package var accuracy: Double? { lines == 0 ? nil : Double(linesExact) / Double(lines) }
}

/// Which counts an accuracy is of; every given part must match.
package struct CountFilter: Sendable, Hashable {
    package var location: LocationID?
    package var item: ItemReference?
    /// Counted at or after, and before.
    package var from: Timestamp?
    package var to: Timestamp?
    /// A row for each item at a location instead of one for each location.
    package var byItem = false

    package init() {}
}

package enum UnknownInCount: Error, Sendable, Hashable {
    case item, location
}

/// Counts, and what they found.
package protocol CountStore: Sendable {
    /// Stores a count whole, so that it is applied whatever happens next. For a complete count this is the instant from
    /// which no balance of its location can begin without knowing of it.
    /// - Returns: the count, also when the same was stored before; nil when its event id is another's.
    func open(_ count: PostedCount, from source: SourceNumber) async throws(StoreError) -> StoredCount?

    /// A complete count says nothing of these items either: their lines were rejected.
    /// - Returns: the count with them.
    func leaveAlone(_ items: [ItemReference], in id: CountID) async throws(StoreError) -> StoredCount?

    /// All of the count is applied.
    func finish(_ id: CountID) async throws(StoreError)

    /// Counts stored before `before` that are not applied yet, oldest first, with their lines.
    func unfinished(
        before: Timestamp, limit: Int
    ) async throws(StoreError) -> [(count: StoredCount, lines: [SubmittedLine])]

    /// Items with lines at the count's location that the count has not come to, in order of number.
    /// - Parameter after: the last number of the page before; nil from the start.
    func notListed(
        _ count: StoredCount, after: ItemNumber?, limit: Int
    ) async throws(StoreError) -> [(number: ItemNumber, sku: SKU)]

    func count(_ id: CountID) async throws(StoreError) -> StoredCount?

    /// What the count found, by item.
    func findings(_ id: CountID, _ page: PageRequest) async throws(StoreError) -> Page<CountFinding>

    /// Of all findings of a count.
    func summary(_ id: CountID) async throws(StoreError) -> CountAccuracy?

    func accuracy(
        _ filter: CountFilter, _ page: PageRequest
    ) async throws(StoreError) -> Result<Page<CountAccuracy>, UnknownInCount>

    /// What is known of each item at a location that speaks for or against counting it, in order of item number.
    /// - Returns: nil when the location is unknown.
    func candidates(
        _ location: LocationID, after: ItemNumber?, limit: Int
    ) async throws(StoreError) -> (candidates: [CountCandidate], last: ItemNumber?)?

    func now() async throws(StoreError) -> Timestamp
}

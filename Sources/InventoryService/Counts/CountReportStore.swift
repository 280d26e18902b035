package import Inventory

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

/// What counts found, and what speaks for counting next.
package protocol CountReportStore: Sendable {
    /// What a count found, by item, and the sum of all of it, nil where it found nothing.
    func findings(
        _ id: CountID, _ page: PageRequest
    ) async throws(StoreError) -> (page: Page<CountFinding>, summary: CountAccuracy?)

    func accuracy(
        _ filter: CountFilter, _ page: PageRequest
    ) async throws(StoreError) -> Result<Page<CountAccuracy>, UnknownInCount>

    /// What is known of each item at a location that speaks for or against counting it, in order of item number.
    /// - Returns: nil when the location is unknown.
    func candidates(
        _ location: LocationID, after: ItemNumber?, limit: Int
    ) async throws(StoreError) -> (candidates: [CountCandidate], last: ItemNumber?)?
}

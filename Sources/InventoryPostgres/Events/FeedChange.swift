import Inventory

/// What a row of `feed_change` tells. Raw values are stored.
enum FeedChangeKind: Int16, CaseIterable {
    case availability = 1
    case locationBand = 2
    case networkBand = 3
    case atRisk = 4
    case covered = 5
}

/// Bands as numbers in the feed's tables.
enum StoredBand {
    static func band(_ number: Int16) -> Band {
        switch number {
        case 1: .low
        case 2: .inStock
        default: .out
        }
    }

    /// The number of a band, of an expression of what is available and one of what is low.
    static func sql(available: String, threshold: String) -> String {
        "(case when \(available) < 1 then 0 when \(available) <= \(threshold) then 1 else 2 end)::int2"
    }
}

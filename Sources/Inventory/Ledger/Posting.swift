/// Units that move between a bucket of one balance and its counter-account.
package struct Posting: Sendable, Hashable {
    package let bucket: Bucket
    package let counterAccount: CounterAccount
    /// Seen from the bucket: positive comes in, negative goes out. 0 only for a count that found what was believed.
    package let units: Int64

    package init(bucket: Bucket, counterAccount: CounterAccount, units: Int64) {
        self.bucket = bucket
        self.counterAccount = counterAccount
        self.units = units
    }
}

extension Posting {
    /// The buckets whose units it changes.
    package var buckets: [Bucket] {
        if case .sibling(let sibling) = counterAccount { [bucket, sibling] } else { [bucket] }
    }

    /// What it does to one of its buckets.
    package func units(in bucket: Bucket) -> Int64 { bucket == self.bucket ? units : -units }
}

extension FactChange {
    /// What the change means for the ledger, in base units. What a count means depends on what was believed.
    /// - Parameter unitsEach: base units that one of its units stands for: those of a code, or of a part in a kit.
    /// - Returns: nil when the units overflow, for a count, and for what a transfer does to several balances.
    package func posting(unitsEach: Int64) -> Posting? {
        func posting(_ bucket: Bucket, _ counter: CounterAccount, _ units: Int64) -> Posting? {
            let (total, overflows) = units.multipliedReportingOverflow(by: unitsEach)
            return overflows ? nil : Posting(bucket: bucket, counterAccount: counter, units: total)
        }
        return switch self {
        case .opening(let bucket, let quantity): posting(bucket, .outside(.opening), quantity.units)
        case .receipt(let bucket, let quantity): posting(bucket, .outside(.supplier), quantity.units)
        case .sale(let bucket, let quantity): posting(bucket, .outside(.customer), -quantity.units)
        case .return(let disposition, let quantity):
            posting(disposition.bucket, .outside(.customer), quantity.units)
        case .adjustment(let bucket, let delta, let reason):
            posting(bucket, .outside(reason.isWriteOff && delta.units < 0 ? .writeOff : .variance), delta.units)
        case .stateChange(let from, let to, let quantity): posting(from, .sibling(to), -quantity.units)
        case .vendorReturn(let bucket, let quantity): posting(bucket, .outside(.supplier), -quantity.units)
        case .count, .transfer, .ship, .receive: nil
        }
    }
}

extension Reason {
    /// Reasons for which units that leave are known to be lost, so that they count as write-off and not as
    /// variance, which nobody can explain.
    package static let writeOffs: Set<String> = [
        "breakage", "donation", "expired", "ownUse", "recall", "spoilage", "theft", "writeOff",
    ]

    fileprivate var isWriteOff: Bool { Self.writeOffs.contains(text) }
}

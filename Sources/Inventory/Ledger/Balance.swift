/// Names one balance: an item at a location.
package struct BalanceKey: Sendable, Hashable, Comparable {
    package let item: ItemNumber
    package let location: LocationNumber

    package init(item: ItemNumber, location: LocationNumber) {
        self.item = item
        self.location = location
    }

    /// The two numbers in one word: every line is looked up by them, and the store draws them, so nobody can choose ones
    /// that meet.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(UInt64(bitPattern: item.rawValue) ^ UInt64(UInt32(bitPattern: location.rawValue)) << 32)
    }

    /// The order in which balances are locked, everywhere.
    package static func < (left: Self, right: Self) -> Bool {
        left.item == right.item ? left.location < right.location : left.item < right.item
    }
}

/// The units of one balance by bucket. `reserved` is an overlay on `onHand`, not a bucket.
package struct Figures: Sendable, Hashable {
    package var onHand: Int64 = 0
    package var damaged: Int64 = 0
    package var inspection: Int64 = 0
    package var suspect: Int64 = 0
    package var inTransit: Int64 = 0
    package var reserved: Int64 = 0

    package init() {}

    package init(
        onHand: Int64, damaged: Int64, inspection: Int64, suspect: Int64, inTransit: Int64, reserved: Int64
    ) {
        self.onHand = onHand
        self.damaged = damaged
        self.inspection = inspection
        self.suspect = suspect
        self.inTransit = inTransit
        self.reserved = reserved
    }

    package subscript(bucket: Bucket) -> Int64 {
        get {
            switch bucket {
            case .onHand: onHand
            case .damaged: damaged
            case .inspection: inspection
            case .suspect: suspect
            case .inTransit: inTransit
            }
        }
        set {
            switch bucket {
            case .onHand: onHand = newValue
            case .damaged: damaged = newValue
            case .inspection: inspection = newValue
            case .suspect: suspect = newValue
            case .inTransit: inTransit = newValue
            }
        }
    }

    /// Promised units that nothing covers.
    package var shortfall: Int64 { max(0, reserved - max(0, onHand)) }

    /// - Returns: the figures after the posting, nil when one would leave ±`unitsMax`.
    package func applying(_ posting: Posting?) -> Figures? {
        var after = self
        guard let posting else { return after }
        guard after.add(posting.units, to: posting.bucket) else { return nil }
        if case .sibling(let sibling) = posting.counterAccount {
            let (opposite, overflows) = Int64(0).subtractingReportingOverflow(posting.units)
            guard !overflows, after.add(opposite, to: sibling) else { return nil }
        }
        return after
    }

    private mutating func add(_ units: Int64, to bucket: Bucket) -> Bool {
        let (sum, overflows) = self[bucket].addingReportingOverflow(units)
        self[bucket] = sum
        return !overflows && (-Self.unitsMax...Self.unitsMax).contains(sum)
    }

    /// Units of one bucket, either way. Leaves room to sum thousands of locations in 64 bits.
    package static let unitsMax: Int64 = 1_000_000_000_000_000

    /// What a sum over many balances is cut off at, either way: more than all shops have, and twice it fits in 64 bits.
    package static let sumMax: Int64 = 2_000_000_000_000_000_000
}

extension Int64 {
    /// A sum of units over balances, cut off at `Figures.sumMax`.
    /// - Precondition: neither is further from 0 than that.
    package func addingUnits(_ units: Int64) -> Int64 {
        Swift.min(Swift.max(self + units, -Figures.sumMax), Figures.sumMax)
    }
}

/// One balance as the store keeps it: exactly the fold of its ledger lines.
package struct Balance: Sendable, Hashable {
    package var figures: Figures
    /// Rises by one with every ledger line, so it is also their number.
    package var version: Int64
    /// When the last line was written; nil without lines.
    package var recordedAt: Timestamp?
    /// Holds that expired up to here are already taken out of `reserved`.
    package var foldedUntil: Timestamp?
    /// No hold that is still in `reserved` ends before; nil when none ends by itself.
    package var nextExpiry: Timestamp?
    /// The last counts that this balance has seen, those of its location as a whole included.
    package var counted: CountedInstants
    package var chainHead: Digest

    package init(
        figures: Figures = Figures(), version: Int64 = 0, recordedAt: Timestamp? = nil,
        foldedUntil: Timestamp? = nil, nextExpiry: Timestamp? = nil, counted: CountedInstants = CountedInstants(),
        chainHead: Digest = .zero
    ) {
        self.figures = figures
        self.version = version
        self.recordedAt = recordedAt
        self.foldedUntil = foldedUntil
        self.nextExpiry = nextExpiry
        self.counted = counted
        self.chainHead = chainHead
    }
}

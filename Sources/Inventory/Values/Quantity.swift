/// A whole number of units, 1 or more.
package struct Quantity: Sendable, Hashable {
    package let units: Int64

    /// - Returns: nil unless `1...maxUnits`.
    package init?(units: Int64) {
        guard (1...Self.maxUnits).contains(units) else { return nil }
        self.units = units
    }

    /// The contract's bound for one line.
    package static let maxUnits: Int64 = 1_000_000_000
}

/// Units that somebody counted: 0 or more.
package struct CountedQuantity: Sendable, Hashable {
    package let units: Int64

    /// - Returns: nil unless `0...Quantity.maxUnits`.
    package init?(units: Int64) {
        guard (0...Quantity.maxUnits).contains(units) else { return nil }
        self.units = units
    }

    package static let none = CountedQuantity(none: 0)

    private init(none units: Int64) { self.units = units }
}

/// A signed, non-zero change of a balance by an adjustment.
package struct Delta: Sendable, Hashable {
    package let units: Int64

    /// - Returns: nil for 0 and beyond ±`Quantity.maxUnits`.
    package init?(units: Int64) {
        guard units != 0, (-Quantity.maxUnits...Quantity.maxUnits).contains(units) else { return nil }
        self.units = units
    }
}

/// How many base units one code stands for: 12 for a case of twelve.
package struct UnitsPerCode: Sendable, Hashable {
    package let units: Int64

    /// - Returns: nil unless `1...1_000_000`.
    package init?(units: Int64) {
        guard (1...1_000_000).contains(units) else { return nil }
        self.units = units
    }

    package static let one = UnitsPerCode(one: 1)

    private init(one units: Int64) { self.units = units }
}

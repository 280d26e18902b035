/// When a rule applies: from its first instant on and before its last.
package struct RuleValidity: Sendable, Hashable {
    /// Nil: always has.
    package let from: Timestamp?
    /// Nil: for ever. Later than `from`.
    package let to: Timestamp?

    package static let always = RuleValidity()

    private init() { (from, to) = (nil, nil) }

    /// - Returns: nil when it would end before it begins, or as it does.
    package init?(from: Timestamp?, to: Timestamp?) {
        if let from, let to, to <= from { return nil }
        self.from = from
        self.to = to
    }

    package func contains(_ instant: Timestamp) -> Bool {
        from.map { $0 <= instant } ?? true && to.map { instant < $0 } ?? true
    }
}

/// What safety stock is computed from: units, and a share of what is on hand.
///
/// Both in one number, as the SQL function `held_units` reads it: units in the lower 40 bits and per cent above them. So a
/// term without a share is its units, and arrays of terms are no longer than arrays of units.
package struct SafetyTerm: Sendable, Hashable {
    private let stored: Int64

    private static let shift: Int64 = 40

    package init(stored: Int64) { self.stored = stored }

    /// - Parameters:
    ///   - quantity: 0 to `StockRule.quantityMax`.
    ///   - percent: 0 to 100.
    package init(quantity: Int64, percent: Int64) { stored = quantity + percent << Self.shift }

    private var quantity: Int64 { stored & (1 << Self.shift - 1) }
    private var percent: Int64 { stored >> Self.shift }

    /// The greater of the units and of the share; of a share, a part of a unit counts as a whole one.
    package func units(of onHand: Int64) -> Int64 {
        let there = max(0, onHand)
        // In hundreds, so that no number of units is too great.
        return max(quantity, there / 100 * percent + (there % 100 * percent + 99) / 100)
    }
}

package enum ReconciliationRuleKind: IdentifierKind {
    package static let name = "id"
}

package typealias ReconciliationRuleID = Identifier<ReconciliationRuleKind>

/// What difference between another system's figure and ours is let pass, and what is put right. The most specific rule
/// applies: of a source at a location, of a location, of a source, of all.
package struct ReconciliationRule: Sendable, Hashable {
    package var id: ReconciliationRuleID
    /// Nil: every source's figures.
    package var source: SourceID?
    /// Nil: at every location.
    package var location: LocationID?
    package var limits: ReconciliationLimits

    package init(
        id: ReconciliationRuleID, source: SourceID? = nil, location: LocationID? = nil, limits: ReconciliationLimits
    ) {
        self.id = id
        self.source = source
        self.location = location
        self.limits = limits
    }
}

/// What a rule says of a difference.
package struct ReconciliationLimits: Sendable, Hashable {
    /// A difference of so many units is let pass, 0 to `unitsMax`.
    package var toleranceUnits: Int64
    /// And one of so many percent of our figure, rounded down, 0 to 100. The greater of the two counts.
    package var tolerancePercent: Int64
    /// A variance up to so many units is corrected, 0 to `unitsMax`, where the source has the authority and asks for it.
    package var autoCorrectUnits: Int64

    package static let unitsMax = Quantity.maxUnits

    /// Where no rule applies: nothing is let pass and nothing corrected.
    package static let none = ReconciliationLimits()

    package init(toleranceUnits: Int64 = 0, tolerancePercent: Int64 = 0, autoCorrectUnits: Int64 = 0) {
        self.toleranceUnits = toleranceUnits
        self.tolerancePercent = tolerancePercent
        self.autoCorrectUnits = autoCorrectUnits
    }

    /// The greatest difference from our figure that is let pass, in units.
    package func tolerance(of ours: Int64) -> Int64 {
        max(
            toleranceUnits,
            Int64(ours.magnitude) / 100 * tolerancePercent + Int64(ours.magnitude) % 100 * tolerancePercent / 100)
    }
}

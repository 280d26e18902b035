package import Inventory

/// What a file holds. Raw values are stored, and are the names in the API and in mappings.
package enum ImportKind: String, Sendable, Hashable, CaseIterable {
    case locations, items, aliases, locationAliases, locationGroups, sources
    case safetyStockRules, thresholds, ringFences, saleRestrictions
    case expectedSupply, transfers
    /// What somebody saw at one instant.
    case counts
    /// The older name of `counts`.
    case snapshots
    /// What another system computes that was there at one instant.
    case bookFigures
    case movements

    package var isCounts: Bool { self == .counts || self == .snapshots }

    package var isFacts: Bool { isCounts || self == .movements }

    /// Rows of one item, place and instant are one figure.
    package var addsUp: Bool { isCounts || self == .bookFigures }

    /// Things that are put, each by its name.
    package var isMaster: Bool { !isFacts && self != .bookFigures }

    /// The rules about stock that a file may hold.
    package var stockRule: StockRuleKind? {
        switch self {
        case .safetyStockRules: .safetyStock
        case .thresholds: .threshold
        case .ringFences: .ringFence
        case .saleRestrictions: .saleRestriction
        default: nil
        }
    }

    package var isRule: Bool { stockRule != nil }

    /// All rows with one name are one thing together: members of a group, lines of a transfer.
    package var joinsRows: Bool { self == .locationGroups || self == .sources || self == .transfers }
}

/// What a rule says: how much is kept back, for whom, or from where on little is left.
package enum StockRuleKind: Int16, Sendable, Hashable, CaseIterable {
    case safetyStock = 1
    case threshold = 2
    case ringFence = 3
}

package enum StockRuleKindName: IdentifierKind {
    package static let name = "id"
}

package typealias StockRuleID = Identifier<StockRuleKindName>

/// What a rule is about; whatever is not named is meant without exception.
package struct StockRuleScope: Sendable, Hashable {
    package var sku: SKU?
    package var location: LocationID?
    /// Never beside a location.
    package var group: GroupID?
    package var channel: Channel?

    package init(sku: SKU? = nil, location: LocationID? = nil, group: GroupID? = nil, channel: Channel? = nil) {
        self.sku = sku
        self.location = location
        self.group = group
        self.channel = channel
    }

    /// The contract's precedence, the smaller wins: item and location, item and group, item, location, group, default.
    package var level: Int {
        (sku == nil ? 3 : 0) + (location != nil ? 1 : group != nil ? 2 : 3)
    }

    /// - Parameter groups: that the location belongs to.
    package func covers(_ sku: SKU, at location: LocationID, in groups: Set<GroupID>) -> Bool {
        (self.sku == nil || self.sku == sku) && (self.location == nil || self.location == location)
            && group.map(groups.contains) ?? true
    }
}

/// One rule about what is held back, or about what counts as low.
package struct StockRule: Sendable, Hashable {
    package var kind: StockRuleKind
    package var id: StockRuleID
    package var scope: StockRuleScope
    /// Units of the item's base unit at each location, 0 to `quantityMax`.
    package var quantity: Int64
    /// Of ring-fences: the greater comes before the smaller. 0 to `priorityMax`.
    package var priority: Int64

    package static let quantityMax: Int64 = 1_000_000_000
    package static let priorityMax: Int64 = 1_000_000

    package init(
        kind: StockRuleKind, id: StockRuleID, scope: StockRuleScope, quantity: Int64, priority: Int64 = 0
    ) {
        self.kind = kind
        self.id = id
        self.scope = scope
        self.quantity = quantity
        self.priority = priority
    }
}

/// Of rules that all cover one item at one location.
extension Sequence<StockRule> {
    /// The one rule of a kind that applies: the most specific; at one level a channel's before one without; of equals the
    /// larger.
    package func applying(_ kind: StockRuleKind, to channel: Channel?) -> StockRule? {
        filter { $0.kind == kind && ($0.scope.channel == nil || $0.scope.channel == channel) }
            .min { $0.precedes($1) }
    }

    /// The fences that stand: of each channel the most specific, and the one for nobody.
    package func fences() -> [StockRule] {
        Dictionary(grouping: filter { $0.kind == .ringFence }, by: \.scope.channel)
            .compactMap { $0.value.min { $0.precedes($1) } }
            .sorted { ($0.priority, $1.id) > ($1.priority, $0.id) }
    }
}

extension StockRule {
    fileprivate func precedes(_ other: StockRule) -> Bool {
        if scope.level != other.scope.level { return scope.level < other.scope.level }
        if (scope.channel == nil) != (other.scope.channel == nil) { return scope.channel != nil }
        if quantity != other.quantity { return quantity > other.quantity }
        // So that the choice among equals is the same everywhere.
        return priority == other.priority ? id < other.id : priority > other.priority
    }
}

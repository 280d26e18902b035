/// What a rule says: how much is kept back, for whom, from where on little is left, or what is not sold.
package enum StockRuleKind: Int16, Sendable, Hashable, CaseIterable {
    case safetyStock = 1
    case threshold = 2
    case ringFence = 3
    /// What it covers is not sold.
    case saleRestriction = 4
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
    /// Only what is asked for in this way.
    package var method: FulfilmentMethod?

    package init(
        sku: SKU? = nil, location: LocationID? = nil, group: GroupID? = nil, channel: Channel? = nil,
        method: FulfilmentMethod? = nil
    ) {
        self.sku = sku
        self.location = location
        self.group = group
        self.channel = channel
        self.method = method
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

    /// Whether it is about questions for a channel and a method. One that names either is not about questions that do not.
    package func concerns(_ channel: Channel?, by method: FulfilmentMethod?) -> Bool {
        (self.channel == nil || self.channel == channel) && (self.method == nil || self.method == method)
    }
}

/// One rule about what is held back, what counts as low, or what is not sold.
package struct StockRule: Sendable, Hashable {
    package var kind: StockRuleKind
    package var id: StockRuleID
    package var scope: StockRuleScope
    /// Units of the item's base unit at each location, 0 to `quantityMax`; 0 of a sale restriction.
    package var quantity: Int64
    /// Of safety stock: a share of the units on hand in per cent, 0 to `percentMax`.
    package var percent: Int64
    /// Of ring-fences: the greater comes before the smaller. 0 to `priorityMax`.
    package var priority: Int64
    /// When it applies; outside of that it is as if it was not there.
    package var validity: RuleValidity

    package static let quantityMax: Int64 = 1_000_000_000
    package static let percentMax: Int64 = 100
    package static let priorityMax: Int64 = 1_000_000

    package init(
        kind: StockRuleKind, id: StockRuleID, scope: StockRuleScope, quantity: Int64, percent: Int64 = 0,
        priority: Int64 = 0, validity: RuleValidity = .always
    ) {
        self.kind = kind
        self.id = id
        self.scope = scope
        self.quantity = quantity
        self.percent = percent
        self.priority = priority
        self.validity = validity
    }

    /// Units that it holds back, or up to which an item is low, where so many are on hand. The greater of quantity and share,
    /// so that a share never leaves less than the quantity.
    package func units(of onHand: Int64) -> Int64 {
        SafetyTerm(quantity: quantity, percent: percent).units(of: onHand)
    }
}

/// Of rules that all cover one item at one location and are in force.
extension Sequence<StockRule> {
    /// The one rule of a kind that applies: the most specific; at one level a channel's before one without, then a method's
    /// before one without; of equals the larger.
    /// - Parameter onHand: units there, which decide which of two shares or quantities is the larger.
    package func applying(
        _ kind: StockRuleKind, to channel: Channel?, by method: FulfilmentMethod?, onHand: Int64
    ) -> StockRule? {
        filter { $0.kind == kind && $0.scope.concerns(channel, by: method) }
            .min { $0.precedes($1, onHand: onHand) }
    }

    /// The fences that stand for what is asked for by a method: of each channel the most specific, and the one for nobody.
    package func fences(by method: FulfilmentMethod?) -> [StockRule] {
        Dictionary(
            grouping: filter { $0.kind == .ringFence && ($0.scope.method == nil || $0.scope.method == method) },
            by: \.scope.channel
        )
        .compactMap { $0.value.min { $0.precedes($1, onHand: 0) } }
        .sorted { ($0.priority, $1.id) > ($1.priority, $0.id) }
    }

    /// Why the item is not sold there for what is asked: of several the most specific restriction; nil where there is none.
    package func restriction(for channel: Channel?, by method: FulfilmentMethod?) -> StockRule? {
        applying(.saleRestriction, to: channel, by: method, onHand: 0)
    }
}

extension StockRule {
    fileprivate func precedes(_ other: StockRule, onHand: Int64) -> Bool {
        if scope.level != other.scope.level { return scope.level < other.scope.level }
        if (scope.channel == nil) != (other.scope.channel == nil) { return scope.channel != nil }
        if (scope.method == nil) != (other.scope.method == nil) { return scope.method != nil }
        let (units, otherUnits) = (units(of: onHand), other.units(of: onHand))
        if units != otherUnits { return units > otherUnits }
        // So that the choice among equals is the same everywhere.
        return priority == other.priority ? id < other.id : priority > other.priority
    }
}

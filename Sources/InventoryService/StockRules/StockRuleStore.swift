package import Inventory

/// Which rules of a kind to list: those whose scope names just what is given.
package struct StockRuleFilter: Sendable, Hashable {
    package var sku: SKU?
    package var location: LocationID?
    package var group: GroupID?
    package var channel: Channel?
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
}

/// Where rules are put: all that files need of their store.
package protocol StockRuleWriter: Sendable {
    /// - Parameter item: what the scope names by sku or code; the rule's own `sku` is ignored.
    func putRule(
        _ rule: StockRule, about item: ItemReference?, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<StockRule>>
}

/// What is held back, what counts as low, and what is not sold. Every change is one transaction and is obeyed by every grant in every process
/// from its commit; what was in force before is kept for questions about the past.
package protocol StockRuleStore: StockRuleWriter, RulePreviewStore {
    func rule(_ kind: StockRuleKind, _ id: StockRuleID) async throws(StoreError) -> Stored<StockRule>?
    func rules(
        _ kind: StockRuleKind, _ filter: StockRuleFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<StockRule>>
    /// Brings what is stored of rules with items and locations up to date with rules that began or ended.
    /// - Parameter limit: rules at most.
    /// - Returns: how many there were.
    func settleRules(limit: Int) async throws(StoreError) -> Int
    func deleteRule(
        _ kind: StockRuleKind, _ id: StockRuleID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void>
}

package import Inventory

/// Which rules of a kind to list: those whose scope names just what is given.
package struct StockRuleFilter: Sendable, Hashable {
    package var sku: SKU?
    package var location: LocationID?
    package var group: GroupID?
    package var channel: Channel?

    package init(
        sku: SKU? = nil, location: LocationID? = nil, group: GroupID? = nil, channel: Channel? = nil
    ) {
        self.sku = sku
        self.location = location
        self.group = group
        self.channel = channel
    }
}

/// What is held back, and what counts as low. Every change is one transaction and is obeyed by every grant in every process
/// from its commit; what was in force before is kept for questions about the past.
package protocol StockRuleStore: Sendable {
    /// - Parameter item: what the scope names by sku or code; the rule's own `sku` is ignored.
    func putRule(
        _ rule: StockRule, about item: ItemReference?, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<StockRule>>
    func rule(_ kind: StockRuleKind, _ id: StockRuleID) async throws(StoreError) -> Stored<StockRule>?
    func rules(
        _ kind: StockRuleKind, _ filter: StockRuleFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<StockRule>>
    func deleteRule(
        _ kind: StockRuleKind, _ id: StockRuleID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void>
}

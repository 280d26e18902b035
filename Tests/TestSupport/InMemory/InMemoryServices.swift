package import Inventory
package import InventoryService
import Logging

/// Refuses loudly: what shipping has cost is not added up in memory.
package struct NoFulfilmentCosts: FulfilmentCostStore {
    package init() {}

    package func costs(
        _ days: Range<Int64>, _ objective: SourcingObjective?
    ) async throws(StoreError) -> Dated<[FulfilmentCost]> {
        throw .broken("costs of shipping are not added up in memory")
    }
}

/// Refuses loudly: rules and dated supply are not kept in memory.
package struct NoRulesOrSupply: StockRuleWriter, SupplyWriter {
    package init() {}

    package func putRule(
        _ rule: StockRule, about item: ItemReference?, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<StockRule>> { throw .broken("rules are not kept in memory") }

    package func putSupply(
        _ supply: ExpectedSupply, of item: ItemReference, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ExpectedSupply>> {
        throw .broken("dated supply is not kept in memory")
    }
}

/// Runs `body` with a queue that writes to the store, and ends it behind it.
package func withFacts<T>(
    _ store: any BatchStore, _ change: (inout FactService.Limits) -> Void = { _ in },
    heard: LastSeenTracker = LastSeenTracker(), _ body: (FactService) async throws -> T
) async throws -> T {
    var limits = FactService.Limits.patient
    change(&limits)
    let facts = FactService(
        store: store, limits: limits, heard: heard, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    async let running: Void = facts.run()
    defer { facts.drain() }
    let result = try await body(facts)
    facts.drain()
    await running
    return result
}

package import Inventory
package import InventoryService
import Logging

/// Refuses loudly: plans are not made in memory.
package struct NoSourcing: SourcingStore {
    package init() {}

    private static var refusal: StoreError { .broken("sourcing is not kept in memory") }

    package func stock(_ question: SourcingQuestion) async throws(StoreError) -> Result<
        SourcingStock, UnknownInSourcing
    > { throw Self.refusal }

    package func places(_ ids: [LocationID]) async throws(StoreError) -> [LocationID: SourcingPlace] {
        throw Self.refusal
    }

    package func coming(
        _ skus: [SKU], at location: LocationID?, _ filter: NetworkFilter
    ) async throws(StoreError) -> [SKU: [ComingSupply]] { throw Self.refusal }

    package func costs(
        _ days: Range<Int64>, _ objective: SourcingObjective?
    ) async throws(StoreError) -> Dated<[FulfilmentCost]> { throw Self.refusal }
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

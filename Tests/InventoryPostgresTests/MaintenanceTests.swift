import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import Logging
import TestSupport
import Testing

/// What the service does by itself, beside a list that takes long.
@Suite struct MaintenanceTests {
    @Test func `a slow list holds up neither counts nor partitions nor silence nor the past`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            let slow = Task {
                try await shop.pools.report.run(timeout: .seconds(30)) { session throws(PQError) in
                    try session.query(Statement("test_slow_list", sql: "select pg_sleep(6)")).count
                }
            }
            try await Task.sleep(for: .milliseconds(200))
            let started = ContinuousClock.now
            _ = try await PartitionMaintenance(pools: shop.pools, logger: Logger(label: "test")).pass()
            let before = try await shop.countStore.now()
            #expect(try await shop.countStore.unfinished(before: before, limit: 10).isEmpty)
            #expect(try await shop.lastSeenStore.lastHeard(since: nil).isEmpty)
            for basis in [true, false] {
                let item = ItemReference.sku(SKU(stored: "A"))
                let isKnown =
                    basis
                    ? try await shop.availability.occurred(item, at: nil, before) != nil
                    : try await shop.availability.known(item, NetworkFilter(), named: [], around: nil, at: before)
                        != nil
                #expect(isKnown)
            }
            #expect(started.duration(to: .now) < .seconds(4))
            #expect(try await slow.value == 1)
        }
    }
}

import Dispatch
import Foundation
import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import Logging
import TestSupport
import Testing

/// What the service does by itself, beside a list that takes long.
@Suite struct MaintenanceTests {
    @Test func `slow lists hold up neither counts nor partitions nor silence nor the past, nor what is one object`()
        async throws
    {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            // Lists that do not end before the rest of the test has.
            let (begun, end) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let lists = PostgresPools.Sizes().report
            for _ in 0..<lists {
                shop.pools.report.enqueue(timeout: .seconds(60)) { _ in
                    begun.signal()
                    end.wait()
                }
            }
            await withCheckedContinuation { all in
                Thread.detachNewThread {
                    for _ in 0..<lists { begun.wait() }
                    all.resume()
                }
            }
            defer { for _ in 0..<lists { end.signal() } }
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
            let place = LocationID(stored: "L")
            #expect(try await shop.lastSeenStore.silent(among: [place]).isEmpty)
            #expect(try await shop.exceptions.store.exception(1) == nil)
            #expect(try await shop.reconciliationStore.unfinished(before: before, limit: 10).isEmpty)
            let evidence = try await shop.views.store.evidence(
                .sku(SKU(stored: "A")), at: place, NetworkFilter())
            #expect((try? evidence.get()) != nil)
        }
    }
}

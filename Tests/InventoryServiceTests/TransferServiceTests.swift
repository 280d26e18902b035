import Inventory
import InventoryService
import TestSupport
import Testing

/// Requests about transfers over a store in memory, which fails when it is told.
@Suite struct TransferServiceTests {
    private func withService(
        _ steps: [ScriptedBatchStore.Step],
        _ body: (TransferService, InMemoryStore) async throws -> Void
    ) async throws {
        let store = InMemoryStore(items: ["A"], locations: ["L", "M"])
        try await withFacts(store) { facts async throws in
            _ = try await facts.submit(
                source: SourceID(stored: "wms"), lines: [FactLine.receipt("r", "A", at: "L", 10).submitted],
                isAtomic: false)
        }
        try await withFacts(ScriptedBatchStore(store, steps)) { facts async throws in
            try await body(TransferService(store: store, facts: facts), store)
        }
    }

    private func new(_ units: Int64, reserves: Bool = false) -> NewTransfer {
        NewTransfer(
            reference: nil, from: LocationID(stored: "L"), to: LocationID(stored: "M"), reserves: reserves,
            expectedAt: nil,
            lines: [
                .init(
                    id: LineID(stored: "1"), item: .sku(SKU(stored: "A")), quantity: .of(units), pointer: "/lines/0")
            ])
    }

    private func key(_ text: String) -> RequestKey {
        RequestKey(text: RequestKeyText(stored: text), fingerprint: Fingerprint(testHash(Array(text.utf8))))
    }

    @Test func `a transfer whose commit was in doubt is made once, and reserves its units once`() async throws {
        try await withService([.commitAndLose]) { service, store async throws in
            let made = try await service.create(new(4, reserves: true), key: key("k")).get()
            #expect(store.world.transfers.count == 1)
            #expect(store.world.balance("A", "L").figures.reserved == 4)
            // And under the same key later.
            let again = try await service.create(new(4, reserves: true), key: key("k")).get()
            #expect(again.isReplay)
            #expect(again.transfer.id == made.transfer.id)
            #expect(store.world.balance("A", "L").figures.reserved == 4)
        }
    }

    @Test func `a transfer whose end was in doubt is answered as ended, and its units come free once`() async throws {
        try await withService([.pass, .commitAndLose]) { service, store async throws in
            let id = try await service.create(new(4, reserves: true), key: key("k")).get().transfer.id
            let ended = try await service.act(.cancel, on: id, key: nil).get()
            #expect(ended.transfer.version == store.world.transfers[id]?.version)
            #expect(store.world.balance("A", "L").figures.reserved == 0)
        }
    }

    @Test func `a store that fails answers nothing as done`() async throws {
        try await withService([.fail(.broken("x")), .pass, .fail(.broken("x"))]) { service, store async throws in
            await #expect(throws: StoreError.broken("x")) {
                try await service.create(new(4, reserves: true), key: key("k"))
            }
            #expect(store.world.transfers.isEmpty)
            let id = try await service.create(new(4, reserves: true), key: key("k")).get().transfer.id
            await #expect(throws: StoreError.broken("x")) { try await service.act(.cancel, on: id, key: nil) }
            #expect(store.world.balance("A", "L").figures.reserved == 4)
        }
    }

    @Test func `what is asked of a transfer that there is not is said so`() async throws {
        try await withService([]) { service, _ async throws in
            let outcome = try await service.act(
                .cancel, on: TransferID(ReservationID(milliseconds: 1, random: (2, 3))), key: nil)
            guard case .failure(.notFound) = outcome else {
                Issue.record("answered \(outcome)")
                return
            }
        }
    }
}

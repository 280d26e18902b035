import Inventory
import InventoryService
import Logging
import TestSupport
import Testing

/// Counts over a store in memory, which fails when it is told.
@Suite struct CountServiceTests {
    /// A shop with 10 units of A, B and C at L, behind a script that begins once they are there.
    private func withService(
        _ steps: [ScriptedBatchStore.Step] = [],
        _ body: (CountService, InMemoryStore, CountSweep) async throws -> Void
    ) async throws {
        let store = InMemoryStore(items: ["A", "B", "C"], locations: ["L"])
        try await withFacts(store) { facts async throws in
            let lines = ["A", "B", "C"].map { FactLine.receipt($0, $0, at: "L", 10) }
            _ = try await facts.submit(source: SourceID(stored: "wms"), lines: lines.map(\.submitted), isAtomic: false)
        }
        let scripted = ScriptedBatchStore(store, steps)
        let counts = InMemoryCountStore(store)
        try await withFacts(scripted) { facts async throws in
            let service = CountService(
                store: counts, reports: NoCountReports(), facts: facts, sources: scripted, hash: testHash)
            let sweep = CountSweep(
                counts: service, store: counts, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await body(service, store, sweep)
        }
    }

    private func onHand(_ store: InMemoryStore) -> [Int64] {
        ["A", "B", "C"].map { store.world.balance($0, "L").figures.onHand }
    }

    @Test func `a complete count sets what it lists, and what it does not list to nothing`() async throws {
        try await withService { service, store, sweep async throws in
            let count = PostedCount.of("c", store.world.now, ["B": 7], isComplete: true)
            let answer = try await service.submit(count)
            #expect(answer.lines.map(\.verdict) == [.applied])
            #expect(answer.notListed == 2)
            #expect(answer.count?.isApplied == true)
            #expect(onHand(store) == [0, 7, 0])
            // Sent again it says the same and changes nothing, whatever was sold meanwhile.
            let again = try await service.submit(count)
            #expect(again.lines.map(\.verdict) == [.duplicate])
            #expect(again.lines.map(\.firstVerdict) == [.applied])
            #expect(again.count?.id == answer.count?.id)
            #expect(onHand(store) == [0, 7, 0])
            #expect(try await sweep.pass().items == 0)
        }
    }

    @Test func `items of lines that cannot be meant are left as they are`() async throws {
        try await withService { service, store, _ async throws in
            let answer = try await service.submit(
                .of("c", store.world.now, ["A": 1], isComplete: true, unread: ["C"]))
            #expect(answer.count?.leftAlone == 1)
            #expect(onHand(store) == [1, 0, 10])
        }
    }

    @Test func `a count that fails half way is finished by the sweep, and only then`() async throws {
        // Its own line is written, and what it does not list is not.
        try await withService([.pass, .fail(.broken("x"))]) { service, store, sweep async throws in
            let count = PostedCount.of("c", store.world.now, ["A": 4], isComplete: true)
            await #expect(throws: StoreError.broken("x")) { try await service.submit(count) }
            #expect(onHand(store) == [4, 10, 10])
            // It may still be under way in the process that took it.
            #expect(try await sweep.pass().items == 0)
            #expect(onHand(store) == [4, 10, 10])
            store.advanceClock(bySeconds: 61)
            #expect(try await sweep.pass().items == 1)
            #expect(onHand(store) == [4, 0, 0])
            #expect(try await sweep.pass().items == 0)
            #expect(try await service.submit(count).lines.map(\.verdict) == [.duplicate])
        }
    }

    @Test func `a count that failed is finished by whoever sends it again`() async throws {
        try await withService([.fail(.broken("x"))]) { service, store, sweep async throws in
            let count = PostedCount.of("c", store.world.now, ["A": 4, "B": 5])
            await #expect(throws: StoreError.broken("x")) { try await service.submit(count) }
            #expect(onHand(store) == [10, 10, 10])
            #expect(try await service.submit(count).lines.map(\.verdict) == [.applied, .applied])
            #expect(onHand(store) == [4, 5, 10])
            store.advanceClock(bySeconds: 61)
            #expect(try await sweep.pass().items == 0)
        }
    }

    @Test func `a count whose commit was in doubt is answered as applied, and counted once`() async throws {
        try await withService([.commitAndLose]) { service, store, _ async throws in
            let answer = try await service.submit(.of("c", store.world.now, ["A": 4]))
            #expect(answer.lines.map(\.verdict) == [.applied])
            #expect(onHand(store) == [4, 10, 10])
            #expect(store.world.countLines.values.map(\.variance) == [-6])
        }
    }

    @Test func `a sale from before a count that comes while the count waits to be finished is seen by it`() async throws
    {
        try await withService([.fail(.broken("x"))]) { service, store, sweep async throws in
            let at = store.world.now
            let count = PostedCount.of("c", at, [:], isComplete: true)
            await #expect(throws: StoreError.broken("x")) { try await service.submit(count) }
            store.advanceClock(bySeconds: 61)
            #expect(try await sweep.pass().items == 1)
            try await withFacts(store) { facts async throws in
                let sale = FactLine.sale("s", "A", at: "L", 3, occurredAt: at.advanced(byMicroseconds: -1))
                let answer = try await facts.submit(
                    source: SourceID(stored: "till"), lines: [sale.submitted], isAtomic: false)
                #expect(answer.lines.map(\.verdict) == [.recordedBeforeCount])
            }
            #expect(onHand(store) == [0, 0, 0])
        }
    }

    @Test func `a count under an event id that is another's is kept, and answered for each of its lines`() async throws
    {
        try await withService { service, store, _ async throws in
            _ = try await service.submit(.of("c", store.world.now, ["A": 4]))
            let answer = try await service.submit(.of("c", store.world.now, ["A": 5, "B": 6], content: "other"))
            #expect(answer.count == nil)
            #expect(answer.lines.map(\.verdict) == [.rejected, .rejected])
            #expect(answer.lines.map { $0.problem?.code } == [.eventIdReused, .eventIdReused])
            #expect(onHand(store) == [4, 10, 10])
            #expect(store.world.exceptions.count == 1)
        }
    }
}

import Inventory
import InventoryService
import Logging
import TestSupport
import Testing

/// What a store that fails, or a clock that jumps, makes of requests: over a store in memory, which does so when told.
@Suite struct ReservationServiceTests {
    /// A shop with 10 units of A at L and at M, behind a script that begins once they are there.
    private func withService(
        _ steps: [ScriptedBatchStore.Step],
        _ body: (ReservationService, InMemoryStore, ScriptedBatchStore) async throws -> Void
    ) async throws {
        let store = InMemoryStore(items: ["A"])
        store.add(location: "L")
        store.add(location: "M", late: .release)
        try await withFacts(store) { facts async throws in
            let lines = [FactLine.receipt("l", "A", at: "L", 10), .receipt("m", "A", at: "M", 10)]
            _ = try await facts.submit(
                source: SourceID(stored: "wms"), lines: lines.map(\.submitted), isAtomic: false)
        }
        let scripted = ScriptedBatchStore(store, steps)
        try await withFacts(scripted) { facts async throws in
            try await body(
                ReservationService(
                    store: store, sourcing: InMemorySourcingStore(InMemoryCatalogStore(store)),
                    costs: NoFulfilmentCosts(), facts: facts), store, scripted)
        }
    }

    private func new(_ units: Int64, at location: String = "L", holdSeconds: Int64? = nil, pickupBy: Timestamp? = nil)
        -> NewReservation
    {
        let place = LocationID(stored: location)
        let line = WantedLine(
            id: LineID(stored: "1"), item: .sku(SKU(stored: "A")), location: place, method: .pickup,
            quantity: .of(units), pointer: "/lines/0", locationPointer: "/location")
        return NewReservation(
            reference: nil, owner: nil, channel: nil, method: .pickup, location: place, holdSeconds: holdSeconds,
            allowsPartial: false, replaces: nil, lines: [line], pickupBy: pickupBy, shipTo: nil)
    }

    private func key(_ text: String) -> RequestKey {
        RequestKey(text: RequestKeyText(stored: text), fingerprint: Fingerprint(testHash(Array(text.utf8))))
    }

    private func onHand(_ store: InMemoryStore) -> Int64 { store.world.balance("A", "L").figures.onHand }

    @Test func `a reservation whose commit was in doubt is answered as granted, and taken once`() async throws {
        try await withService([.commitAndLose]) { service, store, scripted async throws in
            let answer = try await service.create(new(4), key: key("k")).get()
            #expect(answer.reservation.state(at: answer.asOf) == .confirmed)
            #expect(store.world.reservations.count == 1)
            #expect(store.world.balance("A", "L").figures.reserved == 4)
            #expect(await scripted.commitsBegun == 2)
        }
    }

    @Test func `a handover whose commit was in doubt is answered as done, and sold once`() async throws {
        try await withService([.pass, .commitAndLose]) { service, store, _ async throws in
            let id = try await service.create(new(4), key: key("k")).get().reservation.id
            let done = try await service.act(.fulfil(.everything, occurredAt: nil), on: id, key: nil).get()
            #expect(done.reservation.state(at: done.asOf) == .fulfilled)
            #expect(onHand(store) == 6)
        }
    }

    @Test func `a handover that was not written at first is written, and told again sells nothing more`() async throws {
        try await withService([.pass, .fail(.unavailable)]) { service, store, scripted async throws in
            let id = try await service.create(new(4), key: key("k")).get().reservation.id
            for _ in 0..<2 {
                let done = try await service.act(.fulfil(.everything, occurredAt: nil), on: id, key: nil).get()
                #expect(done.reservation.state(at: done.asOf) == .fulfilled)
                #expect(onHand(store) == 6)
            }
            #expect(await scripted.commitsBegun == 4)
        }
    }

    @Test func `a defect of the store is told at once and promises nothing`() async throws {
        try await withService([.fail(.broken("x"))]) { service, store, scripted async throws in
            await #expect(throws: StoreError.broken("x")) { try await service.create(new(4), key: key("k")) }
            #expect(store.world.reservations.isEmpty)
            #expect(await scripted.commitsBegun == 1)
        }
    }

    @Test func `a clock that is set back revives no hold whose units were promised anew`() async throws {
        try await withService([]) { service, store, _ async throws in
            let first = try await service.create(new(10, holdSeconds: 60), key: key("k1")).get().reservation.id
            store.advanceClock(bySeconds: 61)
            let second = try await service.create(new(10, holdSeconds: 600), key: key("k2")).get().reservation.id
            store.advanceClock(bySeconds: -3_600)
            guard
                case .failure(.insufficient) = try await service.act(
                    .confirm(.everything, acceptAtRisk: false), on: first, key: nil)
            else {
                Issue.record("10 units were promised twice")
                return
            }
            let kept = try await service.act(.confirm(.everything, acceptAtRisk: false), on: second, key: nil).get()
            #expect(kept.uncovered.isEmpty)
            #expect(store.world.balance("A", "L").figures.reserved == 10)
            let key = store.world.key("A", "L")
            let times = store.world.lines.filter { $0.key == key }.map(\.recordedAt)
            #expect(zip(times, times.dropFirst()).allSatisfy(<), "\(times)")
        }
    }

    @Test func `ended holds that could not be written down are written by the next pass`() async throws {
        try await withService([.pass, .pass, .fail(.broken("x"))]) { service, store, _ async throws in
            for number in 0..<2 { _ = try await service.create(new(2, holdSeconds: 60), key: key("k\(number)")).get() }
            store.advanceClock(bySeconds: 61)
            let sweep = ReservationSweep(reservations: service)
            await #expect(throws: StoreError.broken("x")) { try await sweep.pass() }
            _ = try await sweep.pass()
            #expect(try await store.expired(limit: 10) == [])
            #expect(store.world.balance("A", "L").figures.reserved == 0)
            #expect(try await sweep.pass().items == 0)
        }
    }

    @Test func `a pickup that nobody fetched is given back where the location wants it, and else told of once`()
        async throws
    {
        try await withService([]) { service, store, _ async throws in
            let until = store.world.now.advanced(byMicroseconds: 3_600_000_000)
            let told = try await service.create(new(1, pickupBy: until), key: key("k1")).get().reservation.id
            let given = try await service.create(new(2, at: "M", pickupBy: until), key: key("k2")).get().reservation.id
            _ = try await service.act(.ready(.everything), on: given, key: nil).get()
            store.advanceClock(bySeconds: 3_601)
            let sweep = ReservationSweep(reservations: service)
            #expect(try await sweep.pass().items == 2)
            #expect(store.world.reservations[told]?.state(at: store.world.now) == .confirmed)
            #expect(store.world.reservations[given]?.state(at: store.world.now) == .released)
            // On nobody's shelf until somebody puts them back.
            #expect(store.world.balance("A", "M").figures.inspection == 2)
            #expect(try await sweep.pass().items == 0)
        }
    }
}

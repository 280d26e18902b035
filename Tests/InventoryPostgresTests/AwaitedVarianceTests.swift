import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// Variances that may be data on its way.
extension ReconciliationTests {
    /// A till at S1 and S2 that tells of what it sold with some delay.
    private func withTill(_ body: @escaping @Sendable (TestShop, Timestamp) async throws -> Void) async throws {
        try await withShop { shop async throws in
            try await prepare(shop)
            _ = try await shop.masterStore.putSource(
                Source(id: SourceID(stored: "till"), locations: ["S1", "S2"].map(LocationID.init(stored:))), .none
            ).get()
            let start = try await shop.reconciliationStore.now().advanced(byMicroseconds: -1_800 * Self.second)
            try await shop.send(
                ["S1", "S2"].flatMap { store in
                    ["I1", "I2"].map { sku in
                        FactLine(
                            eventID: EventID(stored: "r \(store) \(sku)"), item: .sku(SKU(stored: sku)),
                            location: LocationID(stored: store), change: .receipt(.onHand, .of(10)), occurredAt: start)
                    }
                })
            await shop.flushHeard()
            try await body(shop, start.advanced(byMicroseconds: 900 * Self.second))
        }
    }

    private func sale(_ event: String, _ sku: String, _ store: String, _ units: Int64, _ at: Timestamp) -> FactLine {
        FactLine(
            eventID: EventID(stored: event), item: .sku(SKU(stored: sku)), location: LocationID(stored: store),
            change: .sale(.onHand, .of(units)), occurredAt: at)
    }

    @Test func `nothing is corrected and nobody told while other sources may still send`() async throws {
        try await withTill { shop, asOf in
            let pairs = ["S1", "S2"].flatMap { store in ["I1", "I2"].map { Pair(sku: $0, location: store) } }
            let theirs = [pairs[0]: Int64(8), pairs[1]: 9, pairs[2]: 8, pairs[3]: 500]
            let found = try await shop.reconciliations.submit(posted(theirs, "soon", asOf, corrects: true)).get()
            let lines = try await lines(found.reconciliation, of: shop)
            #expect(lines.values.allSatisfy { $0.status == .variance })
            #expect(lines.values.allSatisfy { $0.problem?.contains("'till'") == true }, "\(lines)")
            #expect(try await shop.onHand("I1", "S1") == 10)
            #expect(try await openVariances(shop).isEmpty)
            #expect(try await shop.reconciliations.tellOfAwaited() == 0)

            // What was missing comes to S1, and that the till has told of everything until the instant.
            try await shop.send([
                sale("s1", "I1", "S1", 2, asOf.advanced(byMicroseconds: -600 * Self.second)),
                sale("s2", "I2", "S1", 3, asOf.advanced(byMicroseconds: Self.second)),
            ])
            await shop.flushHeard()
            #expect(try await shop.reconciliations.tellOfAwaited() == 2)
            #expect(try await openVariances(shop) == [pairs[1]])
            #expect(try await shop.reconciliations.tellOfAwaited() == 0)

            // The same again: heard at S1, so that it is corrected there, and waits at S2 still.
            let again = try await shop.reconciliations.submit(posted(theirs, "again", asOf, corrects: true)).get()
            let now = try await self.lines(again.reconciliation, of: shop)
            #expect(now[pairs[0]]?.status == .matched)
            #expect(now[pairs[1]]?.status == .corrected)
            #expect(now[pairs[2]]?.status == .variance && now[pairs[2]]?.problem != nil)
            #expect(try await openVariances(shop).isEmpty)
        }
    }

    @Test func `after the wait people are told of the newest figures, whoever was not heard`() async throws {
        try await withTill { shop, asOf in
            // The wait is over for what is 800 seconds old: a service that waits less looks at the same lines.
            let impatient = ReconciliationService(
                store: shop.reconciliationStore, facts: shop.facts, sources: shop.factStore, wait: .seconds(600))
            let (one, two) = (Pair(sku: "I1", location: "S1"), Pair(sku: "I2", location: "S1"))
            let older = asOf.advanced(byMicroseconds: -10 * Self.second)
            let first = [one: Int64(900), two: 900]
            _ = try await shop.reconciliations.submit(posted(first, "1", older, corrects: false)).get()
            _ = try await shop.reconciliations.submit(posted([one: 10, two: 800], "2", asOf, corrects: false)).get()
            #expect(try await openVariances(shop).isEmpty)
            #expect(try await shop.reconciliations.tellOfAwaited() == 0)
            #expect(try await impatient.tellOfAwaited() == 3)
            #expect(try await openVariances(shop) == [two])
            var filter = ExceptionFilter()
            filter.type = .reconciliationVariance
            let open = try await shop.exceptions.store.exceptions(filter, PageRequest(limit: 10))
            #expect(open.value.elements.map(\.units) == [790])
            #expect(open.value.elements.map(\.eventID) == ["2"])
            // Whoever does not wait tells at once.
            let third = try await impatient.submit(posted([one: 700], "3", asOf, corrects: false)).get()
            #expect(try await lines(third.reconciliation, of: shop)[one]?.problem == nil)
            #expect(try await openVariances(shop) == [one, two])
        }
    }
}

import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import TestSupport
import Testing

@Suite struct ParkingTests {
    @Test func `a line of an unknown item is applied by itself when the item is put, as of when it happened`()
        async throws
    {
        try await withShop { shop async throws in
            try await shop.addLocation("L")
            let happened = Timestamp(microseconds: 1_700_000_000_000_000)
            let fact = FactLine.sale("s", "NEW", at: "L", 3, occurredAt: happened)
            #expect(try await shop.send([fact]).lines[0].verdict == .parked)
            #expect(try await shop.send([fact]).lines[0].verdict == .parked)
            #expect(try await shop.count("parked_line") == 1)
            try await shop.addItem("NEW")
            #expect(try await shop.onHand("NEW", "L") == -3)
            #expect(try await shop.count("parked_line") == 0)
            let again = try await shop.send([fact]).lines[0]
            #expect(again.verdict == .duplicate)
            #expect(again.sequence != nil)
            let entries = try await shop.ledger.lines(LedgerFilter(), after: nil, limit: 10).get().entries
            #expect(entries.map(\.line.occurredAt) == [happened])
            #expect(try await shop.prove().isProved)
        }
    }

    @Test func `lines of unknown codes and locations are applied when alias and location come`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            _ = try await shop.send([.scan("s", "gtin", "96385074", at: "FAR", 2)])
            try await shop.addAlias("gtin", "96385074", "A", units: 6)
            #expect(try await shop.count("parked_line") == 1, "the location is still missing")
            try await shop.addLocation("FAR")
            #expect(try await shop.onHand("A", "FAR") == -12)
            #expect(try await shop.count("parked_line") == 0)
        }
    }

    @Test func `a GTIN with a wrong check digit is parked, and applied once somebody maps it all the same`()
        async throws
    {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            let answer = try await shop.send([.scan("s", "gtin", "96385075")])
            #expect(answer.lines[0].problem?.code == .wrongCheckDigit)
            try await shop.addAlias("gtin", "96385075", "A")
            #expect(try await shop.onHand("A", "L") == -1)
        }
    }

    @Test func `a thousand lines of one unknown code are one open exception, which closes with the mapping`()
        async throws
    {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            _ = try await shop.send((0..<1_000).map { .scan("s\($0)", "erp", "X") })
            #expect(try await shop.count("exception") == 1)
            #expect(try await shop.count("parked_line") == 1_000)
            try await shop.addAlias("erp", "X", "A")
            #expect(try await shop.onHand("A", "L") == -1_000)
            #expect(try await shop.count("exception where status = 'open'") == 0)
        }
    }

    @Test func `a line that was parked just as its item came is found by whoever parked it`() async throws {
        try await withShop { shop async throws in
            try await shop.addLocation("L")
            // The store alone parks, without the service's second look; the item comes without the service's first.
            let source = try await shop.factStore.sourceNumber(SourceID(stored: "till"))
            let fact = FactLine.sale("s", "NEW")
            let batch = try await shop.factStore.commit(
                [.facts(FactCommand(source: source, sourceID: SourceID(stored: "till"), lines: [fact.submitted]))],
                within: .seconds(60))
            #expect(batch.outcomes[0].facts?.lines[0].verdict == .parked)
            _ = try await shop.masterStore.putItem(Item(sku: SKU(stored: "NEW"), name: "New"), parts: [], .none)
            #expect(try await shop.count("parked_line") == 1)
            let key = EventKey(source: source, event: EventID(stored: "s"))
            #expect(try await shop.facts.applyParked(.events([key]), stepsMax: 1) == 1)
            #expect(try await shop.onHand("NEW", "L") == -1)
        }
    }

    @Test func `the sweep applies what both missed`() async throws {
        try await withShop { shop async throws in
            try await shop.addLocation("L")
            let source = try await shop.factStore.sourceNumber(SourceID(stored: "till"))
            let lines = (0..<2_500).map { FactLine.sale("s\($0)", "NEW").submitted }
            for start in stride(from: 0, to: lines.count, by: 500) {
                _ = try await shop.factStore.commit(
                    [
                        .facts(
                            FactCommand(
                                source: source, sourceID: SourceID(stored: "till"),
                                lines: Array(lines[start..<start + 500])))
                    ], within: .seconds(60))
            }
            _ = try await shop.masterStore.putItem(Item(sku: SKU(stored: "NEW"), name: "New"), parts: [], .none)
            #expect(try await shop.facts.applyParked(.all, stepsMax: 100) == 2_500)
            #expect(try await shop.onHand("NEW", "L") == -2_500)
        }
    }

    @Test func `parking and putting the item at the same time never loses the line`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                try await left.addLocation("L")
                try await withShop(on: database) { right in
                    for round in 0..<40 {
                        async let sent = left.send([.sale("s", "N\(round)")], source: "till\(round)")
                        async let put: Void = right.addItem("N\(round)")
                        _ = try await (sent, put)
                        #expect(try await left.onHand("N\(round)", "L") == -1, "round \(round)")
                    }
                    #expect(try await left.count("parked_line") == 0)
                    #expect(try await left.count("exception where status = 'open'") == 0)
                    #expect(try await left.prove().isProved)
                }
            }
        }
    }

    @Test func `a parked line that cannot be applied moves to an exception, and its event id is free`() async throws {
        try await withShop { shop async throws in
            try await shop.addLocation("L")
            var fact = FactLine.sale("s", "NEW")
            fact.change = .adjustment(.onHand, try #require(Delta(units: 4)), Reason(stored: "found"))
            fact.expectedVersion = 7
            _ = try await shop.send([fact])
            try await shop.addItem("NEW")
            #expect(try await shop.count("parked_line") == 0)
            #expect(try await shop.count("event_key") == 0)
            #expect(try await shop.count("exception where type = 'rejectedLine' and raw is not null") == 1)
            #expect(try await shop.prove().isProved)
        }
    }
}

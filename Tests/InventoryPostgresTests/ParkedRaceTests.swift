import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// Two processes that find one parked line under two mappings of its code: no lock of a balance shows it to both, so what
/// is written checks that the line is still parked.
@Suite struct ParkedRaceTests {
    private static let line = "select from event_key where event_id = 'p' for update;"

    /// Two processes on one database, with items A and B and a line of a code that nobody knows, race to apply it.
    private func afterRace(
        over fact: FactLine, _ body: @escaping @Sendable (TestShop) async throws -> Void
    ) async throws {
        try await withDatabase { database in
            try await withShop(on: database, lockWaits: .patient) { left async throws in
                try await withShop(on: database, lockWaits: .patient) { right in
                    for sku in ["A", "B"] { try await left.addItem(sku) }
                    try await left.addLocation("L")
                    _ = try await left.send([.receipt("a", "A", at: "L", 100)])
                    _ = try await left.send([.receipt("b1", "B", at: "L", 50), .receipt("b2", "B", at: "L", 50)])
                    #expect(try await left.send([fact]).lines[0].verdict == .parked)
                    // Both find it parked: the one under A, the other behind it under B.
                    try await whileHeld(Self.line, on: database, untilWaiting: 2) {
                        async let first: Void = left.addAlias("erp", "X", "A")
                        try await left.awaitWaiting(1)
                        try await right.addAlias("erp", "X", "B")
                        async let second = right.facts.applyParked(.all, stepsMax: 1)
                        _ = try await (first, second)
                    }
                    try await body(left)
                    #expect(try await left.count("parked_line") == 0)
                    #expect(try await left.prove().isProved)
                }
            }
        }
    }

    @Test func `it is applied once, by whoever comes first`() async throws {
        try await afterRace(over: .scan("p", "erp", "X", at: "L", 7)) { left async throws in
            #expect(try await left.onHand("A", "L") == 93)
            #expect(try await left.onHand("B", "L") == 100)
            #expect(try await left.count("movement where event_id = 'p'") == 1)
        }
    }

    /// By the first mapping it is applied, by the second its version is not the balance's.
    @Test func `what one applies, the other does not take away as impossible`() async throws {
        var fact = FactLine.scan("p", "erp", "X", at: "L")
        fact.change = .adjustment(.onHand, try #require(Delta(units: 4)), Reason(stored: "found"))
        fact.expectedVersion = 1
        try await afterRace(over: fact) { left async throws in
            #expect(try await left.onHand("A", "L") == 104)
            #expect(try await left.onHand("B", "L") == 100)
            #expect(try await left.count("event_key where event_id = 'p'") == 1, "it owns its id for ever")
            #expect(try await left.count("exception where type = 'rejectedLine'") == 0)
        }
    }

    /// By the first mapping it is impossible, and its id is free; the second must not bring it back.
    @Test func `what one takes away as impossible, the other does not apply`() async throws {
        var fact = FactLine.scan("p", "erp", "X", at: "L")
        fact.change = .adjustment(.onHand, try #require(Delta(units: 4)), Reason(stored: "found"))
        fact.expectedVersion = 2
        try await afterRace(over: fact) { left async throws in
            #expect(try await left.count("exception where type = 'rejectedLine' and status = 'open'") == 1)
            #expect(try await left.onHand("A", "L") == 100)
            #expect(try await left.onHand("B", "L") == 100)
        }
    }
}

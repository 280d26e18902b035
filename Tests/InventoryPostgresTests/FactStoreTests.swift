import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import TestSupport
import Testing

@Suite struct FactStoreTests {
    @Test func `facts are written, judged again as duplicates, and prove`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            let first = try await shop.send([.receipt("r", "A", at: "L", 9), .sale("s", "A", at: "L", 2)])
            #expect(first.lines.map(\.verdict) == [.applied, .applied])
            #expect(first.lines[1].availability?.figures.onHand == 7)
            #expect(first.lines[1].availability?.version == 2)
            let sequences = first.lines.compactMap(\.sequence)
            #expect(sequences.count == 2 && sequences[0] + 1 == sequences[1])
            let again = try await shop.send([.sale("s", "A", at: "L", 2)])
            #expect(again.lines[0].verdict == .duplicate)
            #expect(again.lines[0].firstVerdict == .applied)
            #expect(again.lines[0].sequence == sequences[1])
            #expect(again.lines[0].availability?.figures.onHand == 7)
            let report = try await shop.prove()
            #expect(report.isProved, "\(report.summary)")
            #expect(report.lines == 2)
        }
    }

    @Test func `every bucket, account and optional field comes back as it went in`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            func fact(_ event: String, _ change: FactChange) -> FactLine {
                FactLine(
                    eventID: EventID(stored: event), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"),
                    change: change, occurredAt: Timestamp(microseconds: 1_000_000),
                    reference: Reference(stored: "ref é"), attributes: "{\"till\": 7}")
            }
            let facts = [
                fact("1", .opening(.onHand, .of(100))), fact("2", .return(.damaged, .of(3))),
                fact("3", .return(.inspection, .of(4))), fact("4", .stateChange(from: .onHand, to: .suspect, .of(5))),
                fact("5", .adjustment(.damaged, try #require(Delta(units: -2)), Reason(stored: "breakage"))),
                fact("6", .sale(.damaged, .of(1))),
            ]
            _ = try await shop.send(facts)
            let view = try await shop.balance("A", "L")
            #expect(
                view.figures
                    == Figures(onHand: 95, damaged: 0, inspection: 4, suspect: 5, inTransit: 0, reserved: 0))
            let entries = try await shop.ledger.lines(LedgerFilter(), after: nil, limit: 100).get().entries
            #expect(entries.map(\.line.eventID.text) == ["1", "2", "3", "4", "5", "6"])
            #expect(entries.map(\.line.kind) == facts.map(\.change.kind))
            #expect(
                entries.map(\.line.posting?.counterAccount.name)
                    == ["opening", "customer", "customer", "suspect", "writeOff", "customer"])
            #expect(entries.allSatisfy { $0.line.reference?.text == "ref é" && $0.line.attributes == "{\"till\": 7}" })
            #expect(entries[4].line.reason?.text == "breakage")
            #expect(try await shop.prove().isProved)
        }
    }

    /// Half-lives of the rate of sale between the two: more than a floating-point number can be halved.
    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `a till whose clock stands at 1970 sells beside one that is right`(path: PostgresBatchStore.WritePath)
        async throws
    {
        try await withDatabase { database in
            try await withShop(on: database, path: path) { shop async throws in
                for item in ["A", "B"] { try await shop.addItem(item) }
                try await shop.addLocation("L")
                let dead = Timestamp(microseconds: 1_000_000)
                for round in 0..<3 {
                    let answer = try await shop.send([
                        .sale("now \(round)", "A"), .sale("dead \(round)", "A", occurredAt: dead),
                        .sale("beside \(round)", "B"),
                    ])
                    #expect(answer.lines.map(\.verdict) == [.applied, .applied, .applied])
                }
                #expect(try await shop.onHand("A", "L") == -6)
                #expect(try await shop.prove().isProved)
            }
        }
    }

    @Test func `rejected lines are kept in one exception each and change nothing`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            _ = try await shop.send([.sale("s", "A", at: "L", 1)])
            for _ in 0..<3 {
                let answer = try await shop.send([.sale("s", "A", at: "L", 2)])
                #expect(answer.lines[0].problem?.code == .eventIdReused)
            }
            #expect(try await shop.onHand("A", "L") == -1)
            #expect(try await shop.count("exception") == 1)
        }
    }

    @Test func `an atomic request with a bad line leaves no trace`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            let answer = try await shop.send([.sale("a"), .sale("b", "Z")], isAtomic: true)
            #expect(answer.isRefused)
            for table in ["movement", "event_key", "parked_line", "exception"] {
                #expect(try await shop.count(table) == 0, "\(table)")
            }
            #expect(
                try await shop.send([.sale("a"), .sale("c")], isAtomic: true).lines.map(\.verdict) == [
                    .applied, .applied,
                ])
        }
    }

    @Test func `one event id sent for two balances at once is written once`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                try await left.addItem("A")
                try await left.addItem("B")
                try await left.addLocation("L")
                try await withShop(on: database) { right in
                    for round in 0..<30 {
                        async let one = left.send([.sale("e\(round)", "A")])
                        async let two = right.send([.sale("e\(round)", "B")])
                        let verdicts = [try await one.lines[0].verdict, try await two.lines[0].verdict]
                        #expect(Set(verdicts) == [.applied, .rejected], "round \(round)")
                    }
                    let sold = try await left.onHand("A", "L") + left.onHand("B", "L")
                    #expect(sold == -30)
                    #expect(try await left.prove().isProved)
                }
            }
        }
    }

    @Test func `a source that was deleted is there again with its next fact`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            _ = try await shop.send([.sale("a"), .sale("b", "Z")], isAtomic: true)
            _ = try await shop.masterStore.deleteSource(SourceID(stored: "till"), .none).get()
            #expect(try await shop.masterStore.source(SourceID(stored: "till")) == nil)
            // Another one's facts bring everything that is remembered up to date, but not this source.
            for event in ["x", "y"] { _ = try await shop.send([.sale(event)], source: "other") }
            _ = try await shop.send([.sale("a")])
            #expect(try await shop.masterStore.source(SourceID(stored: "till")) != nil)
        }
    }

    @Test func `two processes that send shuffled lines of many items do not deadlock`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                let skus = (0..<40).map { "S\($0)" }
                for sku in skus { try await left.addItem(sku) }
                try await left.addLocation("L")
                try await withShop(on: database) { right in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for client in 0..<12 {
                            group.addTask {
                                var generator = SeededGenerator(seed: UInt64(client))
                                let shop = client.isMultiple(of: 2) ? left : right
                                for round in 0..<10 {
                                    let facts = skus.shuffled(using: &generator).prefix(20).map {
                                        FactLine.sale("\(client)/\(round)/\($0)", $0)
                                    }
                                    let answer = try await shop.send(Array(facts), isAtomic: generator.isOne(in: 2))
                                    #expect(answer.lines.allSatisfy { $0.verdict == .applied })
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    let report = try await left.prove()
                    #expect(report.isProved, "\(report.summary)")
                    #expect(report.lines == 12 * 10 * 20)
                    let deadlocks = try await left.pools.report.run(timeout: .seconds(5)) { session throws(PQError) in
                        try session.query(
                            Statement(
                                "test_deadlocks",
                                sql: "select deadlocks from pg_stat_database where datname = current_database()"))[0]
                            .int8(0)
                    }
                    #expect(deadlocks == 0)
                }
            }
        }
    }

    @Test func `a long history of one balance is proved page by page`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            for start in stride(from: 0, to: 11_000, by: 1_000) {
                _ = try await shop.send((start..<start + 1_000).map { .sale("e\($0)") })
            }
            let report = try await shop.prove()
            #expect(report.isProved, "\(report.summary)")
            #expect(report.lines == 11_000)
            try await shop.pools.write.run(timeout: .seconds(5)) { session throws(PQError) in
                try session.script("update movement set units = -2 where version = 7777", name: "tamper")
            }
            #expect(try await !shop.prove().isProved)
        }
    }

    @Test func `the proof finds what was changed behind the service's back`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            _ = try await shop.send((0..<5).map { .sale("e\($0)") })
            #expect(try await shop.prove().isProved)
            func tamper(_ sql: String, back: String) async throws {
                try await shop.pools.write.run(timeout: .seconds(5)) { session throws(PQError) in
                    try session.script(sql, name: "tamper")
                }
                #expect(try await !shop.prove().isProved, "\(sql)")
                try await shop.pools.write.run(timeout: .seconds(5)) { session throws(PQError) in
                    try session.script(back, name: "mend")
                }
                #expect(try await shop.prove().isProved, "\(back)")
            }
            try await tamper(
                "update balance set on_hand = on_hand + 1", back: "update balance set on_hand = on_hand - 1")
            try await tamper(
                "update movement set units = units - 1 where version = 3",
                back: "update movement set units = units + 1 where version = 3")
            try await tamper(
                "update movement set event_id = 'x' where version = 3",
                back: "update movement set event_id = 'e2' where version = 3")
            try await tamper(
                "create table kept as select * from movement where version = 5; delete from movement where version = 5",
                back: "insert into movement select * from kept; drop table kept")
            try await tamper(
                "create table gone as select * from balance; delete from balance",
                back: "insert into balance select * from gone; drop table gone")
        }
    }
}

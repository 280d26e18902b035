import Foundation
import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import TestSupport
import Testing

/// Who is silent, and what is held back for it, in every process.
@Suite struct SilenceStoreTests {
    private static let here = LocationID(stored: "L")
    private static let daySeconds: Int64 = 86_400

    private static func ago(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: (Int64(Date().timeIntervalSince1970) - seconds) * 1_000_000)
    }

    /// 40 of A at L, of which four are sold today, and at M, which nobody asks to hold anything back.
    private static func stock(_ shop: TestShop) async throws {
        try await shop.addItem("A")
        try await shop.addLocation("L") { $0.lagBuffer = true }
        try await shop.addLocation("M") { $0.silenceLimitSeconds = 120 }
        _ = try await shop.send([
            .receipt("1", "A", at: "L", 40), .receipt("2", "A", at: "M", 40), .sale("3", "A", at: "L", 4),
            .sale("4", "A", at: "M", 4),
        ])
    }

    private static func hold(_ units: Int64, _ shop: TestShop) async throws -> Int64? {
        let line = WantedLine(
            id: LineID(stored: "1"), item: .sku(SKU(stored: "A")), location: here, method: .pickup,
            quantity: .of(units), pointer: "", locationPointer: "")
        let new = NewReservation(
            reference: nil, owner: nil, channel: nil, method: .pickup, location: here, holdSeconds: 600,
            allowsPartial: false, replaces: nil, lines: [line], pickupBy: nil, shipTo: nil)
        let text = UUID().uuidString
        let key = RequestKey(text: RequestKeyText(stored: text), fingerprint: Fingerprint(sha256(Array(text.utf8))))
        switch try await shop.reservations.create(new, key: key) {
        case .success: return nil
        case .failure(.insufficient(let lines)): return lines.first?.available
        case .failure(let refusal):
            Issue.record("refused for another reason: \(refusal)")
            return nil
        }
    }

    private static func epoch(_ shop: TestShop) async throws -> Int64 {
        try await shop.pools.report.run(timeout: .seconds(5)) { session throws(PQError) in
            try session.query(Statement("test_epoch", sql: "select epoch from config_epoch"))[0].int8(0)
        }
    }

    private static func available(_ shop: TestShop, _ location: String = "L") async throws -> Int64 {
        try await shop.balance("A", location).availableToSell
    }

    @Test func `two processes hold units back for a silent store, and grant them once it is heard`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                try await Self.stock(left)
                try await withShop(on: database) { right in
                    #expect(try await Self.hold(1, right) == nil)
                    // 84,480 s, the last step before a day, at 4.1 a day: 4.01, so 5.
                    try await left.fallSilent("L", since: Self.ago(Self.daySeconds))
                    for shop in [left, right] {
                        #expect(try await Self.available(shop) == 30)
                        #expect(try await shop.balance("A", "L").holdBack.lagBuffer == 5)
                        #expect(try await Self.hold(31, shop) == 30)
                    }
                    #expect(try await Self.hold(30, right) == nil)
                    #expect(try await Self.hold(1, left) == 0)
                    // A word from the store, taken by the one process, frees them in the other.
                    _ = try await right.send([.receipt("5", "A", at: "L", 1)])
                    await right.flushHeard()
                    #expect(try await Self.available(left) == 6)
                    #expect(try await Self.hold(6, left) == nil)
                    #expect(try await left.prove().isProved)
                }
            }
        }
    }

    @Test func `who holds nothing back keeps its figures and costs nobody a reading`() async throws {
        try await withShop { shop async throws in
            try await Self.stock(shop)
            let before = try await Self.epoch(shop)
            try await shop.fallSilent("M", since: Self.ago(3_600))
            #expect(try await shop.lastSeenStore.silent(among: [LocationID(stored: "M"), Self.here]).count == 1)
            #expect(try await Self.available(shop, "M") == 36)
            #expect(try await Self.epoch(shop) == before)
            try await shop.fallSilent("L", since: Self.ago(3_600))
            #expect(try await Self.epoch(shop) == before + 1)
            // Nothing new, so nothing is written.
            #expect(try await shop.silence.sweep() == 0)
            #expect(try await shop.silence.settleHeard() == 0)
            #expect(try await Self.epoch(shop) == before + 1)
        }
    }

    @Test func `what is held back grows with the silence, and ends with the wish for it`() async throws {
        try await withShop { shop async throws in
            try await Self.stock(shop)
            var last: Int64 = 36
            for days in [1, 2, 3] as [Int64] {
                try await shop.fallSilent("L", since: Self.ago(days * Self.daySeconds))
                let now = try await Self.available(shop)
                #expect(now < last && now >= 36 - days * 5)
                last = now
            }
            // A rule is not lost under it, and does not take it away.
            let rule = StockRule(
                kind: .safetyStock, id: StockRuleID(stored: "r"), scope: StockRuleScope(location: Self.here),
                quantity: 2)
            _ = try await shop.masterStore.putRule(rule, about: nil, .none).get()
            #expect(try await Self.available(shop) == last - 2)
            try await shop.addLocation("L") { $0.lagBuffer = false }
            #expect(try await Self.available(shop) == 34)
            #expect(try await shop.lastSeenStore.silent(among: [Self.here]).count == 1)
            try await shop.addLocation("L") { $0.lagBuffer = true }
            #expect(try await shop.silence.sweep() == 1)
            #expect(try await Self.available(shop) == last - 2)
        }
    }

    @Test func `a paused location is not silent, nor one that was never heard`() async throws {
        try await withShop { shop async throws in
            try await Self.stock(shop)
            try await shop.addLocation("N") { $0.silenceLimitSeconds = 10 }
            try await shop.fallSilent("L", since: Self.ago(Self.daySeconds))
            try await shop.fallSilent("M", since: Self.ago(Self.daySeconds))
            let all = ["L", "M", "N"].map(LocationID.init(stored:))
            #expect(try await Set(shop.lastSeenStore.silent(among: all).keys.map(\.text)) == ["L", "M"])
            try await shop.addLocation("L") {
                $0.status = .paused
                $0.lagBuffer = true
            }
            #expect(try await shop.lastSeenStore.silent(among: all).keys.map(\.text) == ["M"])
            #expect(try await shop.silence.sweep() == 1)
            #expect(try await shop.balance("A", "L").holdBack.lagBuffer == 0)
            // A limit that it has kept.
            try await shop.addLocation("M") { $0.silenceLimitSeconds = 86_400 }
            try await shop.fallSilent("M", since: Self.ago(Self.daySeconds - 100))
            #expect(try await shop.lastSeenStore.silent(among: all).isEmpty)
        }
    }

    @Test func `sweeps of two processes and words from the store at one time end with the truth`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                try await Self.stock(left)
                // What was sent until here is written down, so that both locations were heard once.
                await left.flushHeard()
                // The same in every round: who was silent before is not heard again by it.
                let before = Self.ago(3_600)
                try await withShop(on: database) { right in
                    for round in 0..<20 {
                        try await left.runSQL("update location_heard set heard_at = '\(before)'")
                        try await withThrowingTaskGroup(of: Void.self) { tasks in
                            for shop in [left, right] { tasks.addTask { try await shop.silence.sweep() } }
                            tasks.addTask {
                                _ = try await right.send([.receipt("w\(round)", "A", at: "L", 1)])
                                await right.flushHeard()
                            }
                            try await tasks.waitForAll()
                        }
                        // The next second.
                        await left.flushHeard()
                        let silent = try await left.lastSeenStore.silent(among: [Self.here, LocationID(stored: "M")])
                        #expect(silent.keys.map(\.text) == ["M"], "round \(round)")
                        #expect(try await Self.available(left) == 37 + Int64(round), "round \(round)")
                    }
                    var filter = ExceptionFilter()
                    filter.type = .silentLocation
                    let open = try await left.exceptions.store.exceptions(filter, PageRequest())
                    #expect(open.value.elements.map(\.location?.text) == ["M"])
                }
            }
        }
    }

    @Test(arguments: seeds)
    func `SQL and Swift agree on the rate of sale that is held back by`(seed: UInt64) async throws {
        let ask = Statement(
            "test_lag_buffer", [.int4Array, .timestamptzArray, .float8Array, .timestamptzArray, .timestamptzArray],
            sql: """
                select lag_buffer(a, b, c, d, e)
                from unnest($1, $2, $3, $4, $5) with ordinality as t(a, b, c, d, e, o) order by o
                """)
        try await withShop { shop async throws in
            var random = SeededGenerator(seed: seed)
            let year: Int64 = 365 * 86_400_000_000
            let now = Self.ago(0)
            let cases = (0..<500).map { _ in
                let since = now.advanced(byMicroseconds: -Int64.random(in: 0...year, using: &random))
                let at = now.advanced(byMicroseconds: -Int64.random(in: 0...year, using: &random))
                let first = at.advanced(byMicroseconds: -Int64.random(in: 0...2 * year, using: &random))
                return (
                    seconds: Int32.random(in: 1...2_592_000, using: &random), since: since,
                    sold: SoldUnits(units: Double.random(in: 1...5_000, using: &random), asOf: at, since: first)
                )
            }
            let answers = try await shop.pools.read.run(timeout: .seconds(5)) { session throws(PQError) in
                try session.query(ask) {
                    $0.int4s(cases) { $0.seconds }
                    $0.timestamptzs(cases) { $0.since.microseconds }
                    $0.float8s(cases.map { $0.sold.units })
                    $0.timestamptzs(cases) { $0.sold.asOf.microseconds }
                    $0.timestamptzs(cases) { $0.sold.since.microseconds }
                }.map { $0.int8(0) }
            }
            let swift = cases.map { one in
                Int64((Double(one.seconds) / 86_400 * one.sold.unitsPerDay(now: one.since)).rounded(.up))
            }
            #expect(answers == swift, "seed \(seed)")
            #expect(Set(answers).count > 50)
        }
    }
}

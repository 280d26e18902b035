import Foundation
import Hummingbird
import Inventory
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// No legal value of a client makes a balance unusable, or an answer one of the 500s.
@Suite struct ExtremeValueTests {
    private static let steps = 120

    @Test(arguments: PostgresBatchStore.WritePath.allCases, [1, 2, 3] as [UInt64])
    func `extremes of every kind are answered, and every balance stays usable`(
        path: PostgresBatchStore.WritePath, seed: UInt64
    ) async throws {
        var holds = HoldLimits()
        holds.holdSeconds = 34_560_000
        try await TestServer.run(path: path, holds: holds) { server async throws in
            try await Self.setUp(server)
            var values = ExtremeValues(random: SeededGenerator(seed: seed))
            var (number, reservations, transfers): (Int, [String], [String]) = (0, [], [])
            for step in 0..<Self.steps {
                let answer: TestServer.Answer
                switch values.random.next() % 12 {
                case 0: answer = try await server.post("/v1/counts", values.count(step))
                case 1, 2:
                    answer = try await server.reserve(values.reservation())
                    if answer.status == 201 { reservations.append(try answer.id) }
                case 3 where !reservations.isEmpty:
                    let action = values.random.pick(["confirm", "ready", "fulfil", "release", "not-found", "extend"])
                    let body =
                        action == "extend"
                        ? "{\"expiresAt\":\"\(values.instant())\"}"
                        : ["confirm", "ready"].contains(action) ? "{}" : "{\"occurredAt\":\"\(values.instant())\"}"
                    answer = try await server.act(action, values.random.pick(reservations), body)
                case 4:
                    answer = try await server.send(
                        .post, "/v1/transfers", values.transfer(), headers: keyed("transfer \(step)"))
                    if answer.status == 201 { transfers.append(try answer.id) }
                case 5 where !transfers.isEmpty:
                    let id = values.random.pick(transfers)
                    answer =
                        values.random.isOne(in: 4)
                        ? try await server.send(
                            .post, "/v1/transfers/\(id)/close", "{\"reason\":\"lost\"}", headers: keyed("close \(step)")
                        )
                        : try await server.post(
                            "/v1/transfers/\(id)/\(values.random.pick(["ship", "receive"]))",
                            """
                            {"source":"wms","eventId":"\(step)","occurredAt":"\(values.instant())",
                             "lines":[{"id":"1","quantity":\(values.quantity())}]}
                            """)
                case 6: answer = try await server.post("/v1/reconciliations", values.reconciliation(step))
                case 7: answer = try await server.get(values.question())
                default:
                    let lines = (0..<Int.random(in: 1...20, using: &values.random)).map { values.fact(number + $0) }
                    number += lines.count
                    answer = try await server.post(
                        "/v1/movements",
                        "{\"source\":\"\(ExtremeValues.source)\",\"lines\":[\(lines.joined(separator: ","))]}")
                }
                #expect(answer.status < 500, "seed \(seed), step \(step): \(answer.body)")
            }
            for _ in 0..<80 {
                let question = values.question()
                let answer = try await server.get(question)
                #expect(answer.status < 500, "seed \(seed): \(question): \(answer.body)")
            }
            try await Self.expectUsable(server, "seed \(seed)")
            let report = try await server.shop.prove()
            #expect(report.isProved, "seed \(seed): \(report)")
        }
    }

    /// A plain line applies at every balance: of one that stands at its bound, the one that leads away from it.
    private static func expectUsable(_ server: TestServer, _ seed: String) async throws {
        for (row, sku) in ExtremeValues.skus.enumerated() {
            for (column, location) in ExtremeValues.locations.enumerated() {
                func line(_ type: String) -> String {
                    """
                    {"eventId":"plain \(type) \(row) \(column)","type":"\(type)","sku":"\(sku)","location":"\(location)",
                     "quantity":1}
                    """
                }
                let sale = try await server.facts(line("sale"), source: "plain")
                let told = isKept(sale) ? sale : try await server.facts(line("receipt"), source: "plain")
                #expect(isKept(told), "\(seed), \(row)/\(column): \(told.body)")
            }
        }
    }

    /// A count may be dated a few minutes ahead, and has seen a sale of now then.
    private static func isKept(_ answer: TestServer.Answer) -> Bool {
        ["applied", "appliedUncovered", "recordedBeforeCount"].contains(answer.verdicts.first)
    }

    private static func setUp(_ server: TestServer) async throws {
        func put(_ path: String, _ body: String) async throws {
            let escaped = path.split(separator: "/").map {
                $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-"))) ?? ""
            }.joined(separator: "/")
            let answer = try await server.put("/\(escaped)", body)
            #expect(answer.status == 201, "\(path): \(answer.body)")
        }
        for sku in ExtremeValues.skus { try await put("v1/items/\(sku)", "{\"name\":\"Item\"}") }
        try await put(
            "v1/items/\(ExtremeValues.kit)",
            """
            {"name":"Kit","components":[{"sku":"A","quantity":1000000},{"sku":"\(ExtremeValues.wide)","quantity":1}]}
            """)
        let corners = [("90", "180"), ("-90", "-180"), ("5e-324", "1e-300"), ("0", "-1e-310")]
        for (location, corner) in zip(ExtremeValues.locations, corners) {
            try await put(
                "v1/locations/\(location)",
                """
                {"name":"Store","coordinates":{"latitude":\(corner.0),"longitude":\(corner.1)},"leadTimeMinutes":525600,
                 "dailyCapacity":1000000,"priority":1000000,"pickupWindowHours":8760,
                 "costPerShipment":{"amount":1000000000,"currency":"EUR"},"costPerKm":{"amount":1000000000,"currency":"EUR"}}
                """)
        }
        let all = ExtremeValues.locations.map { "\"\($0)\"" }.joined(separator: ",")
        try await put("v1/location-groups/all", "{\"name\":\"All\",\"channel\":\"web\",\"locations\":[\(all)]}")
        try await put("v1/sources/erp", "{\"name\":\"ERP\",\"codeSystem\":\"pallet\"}")
        let alias = try await server.put(
            "/v1/aliases",
            """
            {"codeSystem":"pallet","code":"\(ExtremeValues.longText)","sku":"A","unitsPerCode":1000000}
            """)
        #expect(alias.status == 201, "\(alias.body)")
        for rule in ["safety-stock-rules", "thresholds", "ring-fences"] {
            let fence = rule == "ring-fences" ? ",\"priority\":1000000" : ""
            for (name, scope) in [
                ("one", "\"sku\":\"\(ExtremeValues.wide)\",\"channel\":\"app\""), ("two", "\"channel\":\"web\""),
            ] {
                try await put("v1/\(rule)/\(name)", "{\"scope\":{\(scope)},\"quantity\":1000000000\(fence)}")
            }
        }
        for (number, instant) in ExtremeValues.instants.suffix(2).enumerated() {
            try await put(
                "v1/expected-supply/far \(number)",
                """
                {"sku":"A","location":"north","quantity":1000000000,"expectedAt":"\(instant)",
                 "reference":"\(ExtremeValues.longText)"}
                """)
        }
    }

    /// What one count was corrected by adds up to more than 64 bits hold; and so does what was there between.
    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `late facts of the greatest quantity never make a count unwritable`(
        path: PostgresBatchStore.WritePath
    ) async throws {
        try await TestServer.run(path: path) { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            try await server.shop.addAlias("pallet", "P", "A", units: 1_000_000)
            let counted = try await server.facts(
                """
                {"eventId":"count","type":"count","sku":"A","location":"L","quantity":5,"occurredAt":"2026-01-02T00:00:00Z"}
                """)
            #expect(counted.verdicts == ["applied"])
            for batch in 0..<5 {
                let lines = (0..<2_000).map { line in
                    """
                    {"eventId":"late \(batch)/\(line)","type":"receipt","codeSystem":"pallet","code":"P","location":"L",
                     "quantity":999999999,"occurredAt":"2026-01-01T00:00:00Z"}
                    """
                }
                let answer = try await server.post(
                    "/v1/movements", "{\"source\":\"till\",\"lines\":[\(lines.joined(separator: ","))]}")
                #expect(
                    answer.status == 200 && Set(answer.verdicts) == ["recordedBeforeCount"],
                    "\(answer.body.prefix(500))")
            }
            let again = """
                {"eventId":"count/2","type":"count","sku":"A","location":"L","quantity":7,"occurredAt":"2026-01-01T12:00:00Z"}
                """
            // There were more than can be: the count says so, and the balance goes on.
            #expect(try await server.facts(again).status == 200)
            let past = try await server.get("/v1/availability/A/L?asOf=2026-01-01T12:00:00Z&basis=occurred")
            #expect(past.status == 200, "\(past.body)")
            #expect(try await server.facts(sale("plain")).verdicts == ["applied"])
            #expect(try await server.get("/v1/availability/A/L").json?["onHand"]?.integer == 4)
            #expect(try await server.get("/v1/count-accuracy").status == 200)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `sums over a great network are cut off, not refused`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            let kit = try await server.put(
                "/v1/items/K", "{\"name\":\"Kit\",\"components\":[{\"sku\":\"A\",\"quantity\":1}]}")
            #expect(kit.status == 201)
            try await server.shop.addLocation("L")
            try await server.shop.runSQL(
                """
                insert into location (id, name, kind, status, mode, can_pickup, can_ship, time_zone)
                    select 'S' || n, 'Store', 'store', 'active', 'live', true, true, 'UTC' from generate_series(1, 9300) n;
                insert into location_history (
                        location_id, version, recorded_at, status, mode, can_pickup, can_ship, is_deleted)
                    select location_id, 1, now(), 'active', 'live', true, true, false from location where id <> 'L';
                insert into balance (item_id, location_id, on_hand, version, recorded_at)
                    select item_id, location_id, 1000000000000000, 1, now() from item, location where sku = 'A';
                insert into movement (
                        item_id, location_id, recorded_at, version, sequence, units, on_hand_after, reserved_after,
                        occurred_at, source_id, kind, bucket, counter_account, event_id, chain)
                    select item_id, location_id, recorded_at, 1, 0, on_hand, on_hand, 0, recorded_at, 0, 1, 1, 12, 'x', chain_head
                    from balance;
                update config_epoch set epoch = epoch + 1;
                \(analyzeOwnTables)
                """)
            let most = Figures.sumMax
            let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)).description
            for path in ["/v1/availability/A", "/v1/availability/K", "/v1/availability/A?asOf=\(now)"] {
                let answer = try await server.get("\(path)\(path.contains("?") ? "&" : "?")limit=1")
                #expect(answer.status == 200, "\(path): \(answer.body.prefix(500))")
                #expect(answer.json?["availableToSell"]?.integer == most, "\(path): \(answer.body.prefix(500))")
            }
            let listed = try await server.get("/v1/availability")
            #expect(
                listed.json?["items"]?.elements?.map { $0["availableToSell"]?.integer } == [most, most],
                "\(listed.body)")
            let pairs = try await server.post(
                "/v1/availability-queries", "{\"pairs\":[{\"sku\":\"A\"},{\"sku\":\"K\"}]}")
            #expect(pairs.status == 200, "\(pairs.body)")
            let order = """
                {"shipTo":{"latitude":1,"longitude":1},"objective":"balanced",
                 "lines":[{"sku":"A","quantity":1000000000}]}
                """
            let preview = try await server.post("/v1/sourcing-previews", order)
            #expect(preview.status == 200, "\(preview.body.prefix(500))")
        }
    }
}

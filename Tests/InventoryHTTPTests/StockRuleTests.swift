import Foundation
import Hummingbird
import Inventory
import InventoryPostgres
import InventoryService
import StrictJSON
import Synchronization
import TestSupport
import Testing

/// Safety stock, thresholds and ring-fences, as clients meet them.
@Suite struct StockRuleTests {
    private static let paths = ["safety-stock-rules", "thresholds", "ring-fences"]

    @Test(arguments: paths) func `a rule is put, read, listed, changed by its version, and deleted`(path: String)
        async throws
    {
        try await withStock { server async throws in
            let one = "/v1/\(path)/r1"
            let created = try await server.put(one, "{\"scope\":{\"sku\":\"A\",\"channel\":\"web\"},\"quantity\":2}")
            #expect(created.status == 201 && created.headers[.eTag] == "\"1\"")
            let scope = try #require(created.json?["scope"])
            #expect(scope["sku"]?.string == "A" && scope["channel"]?.string == "web")
            #expect(scope["location"]?.isNull == true && scope["group"]?.isNull == true)
            #expect(try await server.get(one).body == created.body)
            #expect(try await server.get(one, headers: [.ifNoneMatch: "\"1\""]).status == 304)
            let stale = try await server.put(one, "{\"scope\":{},\"quantity\":3}", headers: [.ifMatch: "\"7\""])
            #expect(stale.code == "preconditionFailed")
            let changed = try await server.put(one, "{\"scope\":{},\"quantity\":3}", headers: [.ifMatch: "\"1\""])
            #expect(changed.status == 200 && changed.json?["version"]?.integer == 2)
            _ = try await server.put("/v1/\(path)/r2", "{\"scope\":{\"location\":\"L\"},\"quantity\":1}")
            let list = try await server.get("/v1/\(path)?limit=1&includeTotal=true")
            let plural = try #require(list.json?.members?.first?.value)
            #expect(plural[0]?["id"]?.string == "r1" && list.json?["total"]?.integer == 2)
            let cursor = try #require(list.json?["nextCursor"]?.string)
            let rest = try await server.get("/v1/\(path)?limit=1&includeTotal=true&cursor=\(cursor)")
            #expect(rest.json?.members?.first?.value[0]?["id"]?.string == "r2")
            #expect(try await server.get("/v1/\(path)?location=L").json?.members?.first?.value.elements?.count == 1)
            #expect(try await server.send(.delete, one, headers: [.ifMatch: "\"1\""]).status == 412)
            #expect(try await server.send(.delete, one).status == 204)
            #expect(try await server.get(one).status == 404)
            #expect(try await server.send(.delete, one).status == 404)
            // Its versions go on, so that nobody takes the new one for the old.
            #expect(try await server.put(one, "{\"scope\":{},\"quantity\":3}").json?["version"]?.integer == 3)
        }
    }

    @Test(arguments: paths) func `what a rule cannot mean is refused with a pointer`(path: String) async throws {
        try await withStock { server async throws in
            func refused(_ body: String, _ status: Int, _ pointer: String) async throws {
                let answer = try await server.put("/v1/\(path)/r1", body)
                #expect(answer.status == status, "\(body): \(answer.body)")
                #expect(answer.pointers == [pointer], "\(body)")
            }
            try await refused("{\"quantity\":1}", 400, "/scope")
            try await refused("{\"scope\":{}}", 400, "/quantity")
            try await refused("{\"scope\":{},\"quantity\":-1}", 400, "/quantity")
            try await refused("{\"scope\":{},\"quantity\":1.5}", 400, "/quantity")
            try await refused("{\"scope\":{\"color\":\"x\"},\"quantity\":1}", 400, "/scope/color")
            try await refused("{\"scope\":{\"location\":\"L\",\"group\":\"G\"},\"quantity\":1}", 400, "/scope/group")
            try await refused("{\"scope\":{\"sku\":\"nope\"},\"quantity\":1}", 422, "/scope/sku")
            try await refused("{\"scope\":{\"code\":\"1\",\"codeSystem\":\"x\"},\"quantity\":1}", 422, "/scope/code")
            try await refused("{\"scope\":{\"location\":\"nope\"},\"quantity\":1}", 422, "/scope/location")
            try await refused("{\"scope\":{\"group\":\"nope\"},\"quantity\":1}", 422, "/scope/group")
            #expect(try await server.get("/v1/\(path)").json?.members?.first?.value.elements?.isEmpty == true)
        }
    }

    @Test func `a location or group that a rule names cannot be deleted`() async throws {
        try await withStock { server async throws in
            try await server.shop.addLocation("empty")
            _ = try await server.put("/v1/location-groups/G", "{\"name\":\"G\",\"locations\":[\"L\"]}")
            _ = try await server.put("/v1/thresholds/t", "{\"scope\":{\"location\":\"empty\"},\"quantity\":1}")
            _ = try await server.put("/v1/ring-fences/f", "{\"scope\":{\"group\":\"G\"},\"quantity\":1}")
            #expect(try await server.send(.delete, "/v1/locations/empty").code == "resourceInUse")
            #expect(try await server.send(.delete, "/v1/location-groups/G").code == "resourceInUse")
            for rule in ["thresholds/t", "ring-fences/f"] { _ = try await server.send(.delete, "/v1/\(rule)") }
            #expect(try await server.send(.delete, "/v1/locations/empty").status == 204)
            #expect(try await server.send(.delete, "/v1/location-groups/G").status == 204)
        }
    }

    @Test func `safety stock is held back from every grant, and shown in every answer`() async throws {
        try await withStock { server async throws in
            _ = try await server.put("/v1/safety-stock-rules/s", "{\"scope\":{\"sku\":\"A\"},\"quantity\":3}")
            let shown = try await server.get("/v1/availability/A/L")
            #expect(shown.json?["safetyStock"]?.integer == 3 && shown.json?["availableToSell"]?.integer == 2)
            let refused = try await server.reserve(lines: [("A", 3)])
            #expect(refused.code == "insufficientAvailability")
            #expect(refused.json?["lines"]?[0]?["available"]?.integer == 2)
            #expect(try await server.reserve(lines: [("A", 2)]).status == 201)
            // A till's answer shows it too; a fact is never refused for it.
            let sold = try await server.facts(sale("s1"))
            let availability = try #require(sold.json?["results"]?[0]?["availability"])
            #expect(availability["safetyStock"]?.integer == 3 && availability["availableToSell"]?.integer == 0)
            _ = try await server.send(.delete, "/v1/safety-stock-rules/s")
            #expect(try await server.available("A") == 2)
            // A default that names no item needs no second look.
            _ = try await server.put("/v1/safety-stock-rules/all", "{\"scope\":{},\"quantity\":1}")
            let again = try await server.facts(sale("s2"))
            #expect(again.json?["results"]?[0]?["availability"]?["availableToSell"]?.integer == 0)
            #expect(again.json?["results"]?[0]?["availability"]?["safetyStock"]?.integer == 1)
        }
    }

    @Test func `thresholds make bands, of a location and of a network`() async throws {
        try await withStock { server async throws in
            _ = try await server.put("/v1/thresholds/all", "{\"scope\":{},\"quantity\":4}")
            #expect(try await server.get("/v1/availability/A/L").json?["band"]?.string == "inStock")
            #expect(try await server.get("/v1/availability/A/M").json?["band"]?.string == "low")
            #expect(try await server.get("/v1/availability/A").json?["band"]?.string == "inStock")
            _ = try await server.put("/v1/thresholds/a", "{\"scope\":{\"sku\":\"A\"},\"quantity\":8}")
            #expect(try await server.get("/v1/availability/A").json?["band"]?.string == "low")
            let low = try await server.get("/v1/availability?band=low&includeTotal=true")
            #expect(low.json?["items"]?.elements?.compactMap { $0["sku"]?.string } == ["A"])
            #expect(low.json?["total"]?.integer == 1)
            let here = try await server.get("/v1/locations/M/availability?band=low")
            #expect(here.json?["availability"]?.elements?.count == 1)
        }
    }

    @Test func `a ring-fence keeps units for its channel, and promises of that channel use it up`() async throws {
        try await withStock(10) { server async throws in
            _ = try await server.put(
                "/v1/ring-fences/app", "{\"scope\":{\"sku\":\"A\",\"channel\":\"app\"},\"quantity\":4}")
            func available(_ channel: String?) async throws -> Int64? {
                let query = channel.map { "?channel=\($0)" } ?? ""
                return try await server.get("/v1/availability/A/L\(query)").json?["availableToSell"]?.integer
            }
            #expect(try await available(nil) == 6)
            #expect(try await available("web") == 6)
            #expect(try await available("app") == 10)
            let shown = try await server.get("/v1/availability/A/L?channel=web")
            #expect(shown.json?["ringFencedForOthers"]?.integer == 4)
            #expect(shown.json?["ringFencedForChannel"]?.integer == 0)
            #expect(try await server.reserve(lines: [("A", 7)], more: ",\"channel\":\"web\"").status == 409)
            #expect(try await server.reserve(lines: [("A", 3)], more: ",\"channel\":\"app\"").status == 201)
            // Seven are left, and one of them is still the app's.
            #expect(try await available("web") == 6)
            #expect(try await available("app") == 7)
            #expect(try await server.reserve(lines: [("A", 6)], more: ",\"channel\":\"web\"").status == 201)
            #expect(try await available("web") == 0)
            #expect(try await available("app") == 1)
            #expect(try await server.reserve(lines: [("A", 1)]).status == 409)
            #expect(try await server.reserve(lines: [("A", 1)], more: ",\"channel\":\"app\"").status == 201)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a hold that ends gives its fence back`() async throws {
        try await withStock(4, clock: .settable) { server async throws in
            _ = try await server.put(
                "/v1/ring-fences/app", "{\"scope\":{\"channel\":\"app\"},\"quantity\":4}")
            let id = try await server.reserve(
                lines: [("A", 3)], more: ",\"channel\":\"app\",\"expiresInSeconds\":300"
            ).id
            #expect(try await server.available("A") == 0)
            try await server.passExpiry(of: id)
            let app = try await server.get("/v1/availability/A/L?channel=app").json
            #expect(app?["availableToSell"]?.integer == 4 && app?["ringFencedForChannel"]?.integer == 4)
            #expect(try await server.reserve(lines: [("A", 1)]).status == 409)
            // The same units, taken again by whom they are kept for.
            #expect(try await server.act("confirm", id).status == 200)
            #expect(try await server.get("/v1/availability/A/L?channel=app").json?["availableToSell"]?.integer == 1)
        }
    }

    @Test func `a location outside a channel's network promises that channel nothing`() async throws {
        try await withStock { server async throws in
            _ = try await server.put(
                "/v1/location-groups/G", "{\"name\":\"G\",\"channel\":\"web\",\"locations\":[\"M\"]}")
            let shown = try await server.get("/v1/availability/A/L?channel=web")
            #expect(shown.json?["eligible"]?.boolean == false && shown.json?["availableToSell"]?.integer == 0)
            let refused = try await server.reserve(lines: [("A", 1)], more: ",\"channel\":\"web\"")
            #expect(refused.code == "locationUnavailable" && refused.pointers == ["/location"])
            #expect(try await server.reserve(lines: [("A", 1)]).status == 201)
            let there = try await server.reserve(lines: [("A", 1)], at: "M", more: ",\"channel\":\"web\"")
            #expect(there.status == 201)
        }
    }

    @Test func `a rule that is put again as it is keeps its version`() async throws {
        try await withStock { server async throws in
            let body = "{\"scope\":{\"sku\":\"A\",\"channel\":\"app\"},\"quantity\":2,\"priority\":1}"
            #expect(try await server.put("/v1/ring-fences/f", body).status == 201)
            let again = try await server.put("/v1/ring-fences/f", body)
            #expect(again.status == 200 && again.json?["version"]?.integer == 1)
            #expect(try await server.shop.count("stock_rule") == 1)
        }
    }

    @Test func `answers to more lines than a query takes show what is held back`() async throws {
        try await withStock { server async throws in
            let items = (0..<5_001).map { Item(sku: SKU(stored: "C\($0)"), name: "Item") }
            for start in stride(from: 0, to: items.count, by: 1_000) {
                try await server.shop.masterStore.putItems(Array(items[start..<min(start + 1_000, items.count)]))
            }
            _ = try await server.put("/v1/ring-fences/f", "{\"scope\":{\"location\":\"L\"},\"quantity\":1}")
            let lines = items.map { "{\"sku\":\"\($0.sku)\",\"quantity\":3}" }.joined(separator: ",")
            let count =
                "{\"source\":\"hht\",\"eventId\":\"c\",\"location\":\"L\",\"countedAt\":\"2026-01-01T00:00:00Z\","
                + "\"lines\":[\(lines)]}"
            var answer = try await server.post("/v1/counts?include=availability", count)
            // A busy machine may need longer than an answer may take; then the same is sent again.
            for _ in 0..<10 where answer.status == 503 {
                answer = try await server.post("/v1/counts?include=availability", count)
            }
            let results = try #require(answer.json?["results"]?.elements)
            #expect(results.count == 5_001)
            #expect(results.allSatisfy { $0["availability"]?["availableToSell"]?.integer == 2 })
        }
    }

    @Test func `a group that is being deleted takes no rule, and no rule outlives its group`() async throws {
        try await withStock { server async throws in
            for _ in 0..<10 {
                _ = try await server.put("/v1/location-groups/G", "{\"name\":\"G\",\"locations\":[\"L\"]}")
                async let gone = server.onOwnConnection { try await $0.send(.delete, "/v1/location-groups/G") }
                async let put = server.put("/v1/safety-stock-rules/s", "{\"scope\":{\"group\":\"G\"},\"quantity\":4}")
                let (deleted, stored) = try await (gone.status, put.status)
                // Whoever came first: either the group was gone, or it is in use.
                #expect((deleted, stored) == (204, 422) || (deleted, stored) == (409, 201))
                #expect(try await server.available("A") == (stored == 201 ? 1 : 5))
                _ = try await server.send(.delete, "/v1/safety-stock-rules/s")
                _ = try await server.send(.delete, "/v1/location-groups/G")
            }
        }
    }

    @Test(arguments: [StockRuleKind.safetyStock, .saleRestriction])
    func `a rule is obeyed by every grant in every process from its commit`(kind: StockRuleKind) async throws {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                try await left.addItem("A")
                try await left.addLocation("L")
                _ = try await left.send([.receipt("in", "A", at: "L", 100_000)])
                let rush = Rush()
                try await withShop(on: database) { right in
                    try await withThrowingTaskGroup(of: Void.self) { tasks in
                        for client in 0..<16 {
                            tasks.addTask { try await rush.run(client, client.isMultiple(of: 2) ? left : right) }
                        }
                        tasks.addTask {
                            defer { rush.end() }
                            #expect(try await eventually { try await left.count("movement where kind = 9") > 0 })
                            let rule = StockRule(
                                kind: kind, id: StockRuleID(stored: "s"), scope: StockRuleScope(method: .pickup),
                                quantity: kind == .safetyStock ? 1_000_000 : 0)
                            _ = try await left.masterStore.putRule(rule, about: nil, .none).get()
                        }
                        try await tasks.waitForAll()
                    }
                }
                #expect(try await left.count("movement where kind = 9") > 0, "some came before the rule")
                #expect(
                    try await left.count(
                        "movement m where m.kind = 9 and m.recorded_at > (select valid_from from stock_rule)") == 0)
                #expect(try await left.count("reservation") < rush.count, "some came after it")
            }
        }
    }

    @Test func `every grant in every process obeys a rule from the instant at which it begins`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { left in
                try await left.addItem("A")
                try await left.addLocation("L")
                _ = try await left.send([.receipt("in", "A", at: "L", 100_000)])
                let rush = Rush()
                try await withShop(on: database) { right in
                    // Both have made a promise, so the instant may be near: what takes long the first time is done.
                    for (name, shop) in [("left", left), ("right", right)] { try await Self.hold(shop, name) }
                    let begins = Timestamp(microseconds: (Int64(Date().timeIntervalSince1970) + 2) * 1_000_000)
                    let rule = StockRule(
                        kind: .saleRestriction, id: StockRuleID(stored: "s"),
                        scope: StockRuleScope(sku: SKU(stored: "A")), quantity: 0,
                        validity: try #require(RuleValidity(from: begins, to: nil)))
                    _ = try await left.masterStore.putRule(rule, about: .sku(SKU(stored: "A")), .none).get()
                    try await withThrowingTaskGroup(of: Void.self) { tasks in
                        for client in 0..<8 {
                            tasks.addTask {
                                try await rush.run(
                                    client, client.isMultiple(of: 2) ? left : right, pause: .milliseconds(50))
                            }
                        }
                        tasks.addTask {
                            defer { rush.end() }
                            let isPast = "stock_rule where starts_at < clock_timestamp() - interval '1 second'"
                            let hasBegun = try await eventually { try await left.count(isPast) == 1 }
                            #expect(hasBegun)
                        }
                        try await tasks.waitForAll()
                    }
                }
                #expect(try await left.count("movement where kind = 9") >= 2, "some came before it")
                // The lines of one batch follow one another by microseconds.
                let late = "m.recorded_at > (select starts_at from stock_rule) + interval '10 milliseconds'"
                #expect(try await left.count("movement m where m.kind = 9 and \(late)") == 0)
                #expect(try await left.count("reservation") < rush.count + 2, "some came after it")
            }
        }
    }

    /// Holds that clients ask for until it is over, and ten more each.
    private final class Rush: Sendable {
        private let isOver = Mutex(false)
        private let asked = Mutex<Int64>(0)

        var count: Int64 { asked.withLock { $0 } }

        func end() { isOver.withLock { $0 = true } }

        func run(_ client: Int, _ shop: TestShop, pause: Duration = .zero) async throws {
            var (step, stepsLeft) = (0, 10)
            while stepsLeft > 0, !Task.isCancelled {
                if isOver.withLock({ $0 }) { stepsLeft -= 1 }
                asked.withLock { $0 += 1 }
                try await StockRuleTests.hold(shop, "\(client)/\(step)")
                if pause > .zero { try await Task.sleep(for: pause) }
                step += 1
            }
        }
    }

    private static func hold(_ shop: TestShop, _ name: String) async throws {
        let line = WantedLine(
            id: LineID(stored: "1"), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"), method: .pickup,
            quantity: .of(1), pointer: "", locationPointer: "")
        let new = NewReservation(
            reference: nil, owner: nil, channel: nil, method: .pickup, location: LocationID(stored: "L"),
            holdSeconds: 600, allowsPartial: false, replaces: nil, lines: [line], pickupBy: nil, shipTo: nil)
        let key = RequestKey(
            text: RequestKeyText(stored: name), fingerprint: Fingerprint(sha256(Array(name.utf8))))
        _ = try await shop.reservations.create(new, key: key)
    }
}

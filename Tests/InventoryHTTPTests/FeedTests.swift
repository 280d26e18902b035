import Foundation
import Hummingbird
import HummingbirdTesting
import Inventory
import InventoryHTTP
import InventoryImport
import InventoryPostgres
import InventoryService
import NIOCore
import StrictJSON
import TestSupport
import Testing

/// Feeds as a marketplace fetches them.
@Suite struct FeedTests {
    private static let columns = ["store_code", "id", "quantity", "availability", "pickup_method", "pickup_sla"]
    private static let bands = ["inStock": "in_stock", "low": "limited_availability", "out": "out_of_stock"]

    @Test func `every figure is that of the availability answer, at eligible locations only`() async throws {
        try await TestServer.run { server async throws in
            try await Self.fill(server)
            #expect(try await server.put("/v1/feeds/g", "{\"group\":\"G\",\"channel\":\"web\"}").status == 201)
            let rows = try await server.feed("/v1/feeds/g").rows
            var seen: Set<String> = []
            for row in rows {
                let (store, sku) = (try #require(row["store_code"]), try #require(row["id"]))
                #expect(seen.insert("\(store) \(sku)").inserted, "\(store) \(sku) twice")
                let answer = try await server.get("/v1/availability/\(sku)/\(store)?group=G&channel=web")
                #expect(row["quantity"] == answer.json?["availableToSell"]?.integer.map { "\($0)" }, "\(row)")
                #expect(row["availability"] == answer.json?["band"]?.string.flatMap { Self.bands[$0] }, "\(row)")
            }
            #expect(seen.count == 2 * 6, "\(seen.sorted())")
            #expect(Set(rows.compactMap { $0["store_code"] }) == ["L1", "L2"])
            #expect(Set(rows.compactMap { $0["availability"] }).count == 3, "all bands are there")
            let first = try #require(rows.first { $0["store_code"] == "L1" })
            #expect(first["pickup_method"] == "reserve" && first["pickup_sla"] == "next_day")
            let second = try #require(rows.first { $0["store_code"] == "L2" })
            #expect(second["pickup_method"] == "not_supported" && second["pickup_sla"] == "")
            // Without a group, that of the channel; without either, all.
            _ = try await server.put("/v1/feeds/all", "{}")
            let all = try await server.feed("/v1/feeds/all").rows
            #expect(Set(all.compactMap { $0["store_code"] }) == ["L1", "L2", "L5"])
        }
    }

    /// Items I0 to I5 at five locations, with holds, rules of every kind, and locations that are not eligible.
    private static func fill(_ server: TestServer) async throws {
        let shop = server.shop
        for number in 0..<6 { try await shop.addItem("I\(number)", status: number == 5 ? .stopSale : .active) }
        try await shop.addLocation("L1") { $0.leadTimeMinutes = 1_500 }
        try await shop.addLocation("L2") { $0.capabilities = [.shipFrom] }
        try await shop.addLocation("L3") { $0.status = .paused }
        try await shop.addLocation("L4") { $0.mode = .shadow }
        try await shop.addLocation("L5")
        var event = 0
        for location in 1...5 {
            for item in 0..<6 {
                event += 1
                _ = try await shop.send([
                    .receipt("r\(event)", "I\(item)", at: "L\(location)", Int64(item * location + 1))
                ])
            }
        }
        _ = try await shop.send([.sale("s", "I1", at: "L1", 2)])
        #expect(
            try await server.put(
                "/v1/location-groups/G", "{\"name\":\"G\",\"locations\":[\"L1\",\"L2\",\"L3\",\"L4\"]}"
            )
            .status == 201)
        for (path, scope) in [
            ("safety-stock-rules/a", "{\"channel\":\"web\"}"), ("safety-stock-rules/b", "{\"sku\":\"I3\"}"),
            ("thresholds/c", "{\"group\":\"G\"}"), ("thresholds/d", "{\"sku\":\"I4\",\"location\":\"L2\"}"),
            ("ring-fences/e", "{\"sku\":\"I2\",\"channel\":\"shop\"}"),
        ] {
            let answer = try await server.put(
                "/v1/\(path)", "{\"scope\":\(scope),\"quantity\":\(path.contains("/d") ? 9 : 2)}")
            #expect(answer.status == 201, "\(path): \(answer.body)")
        }
        _ = try await server.hold("I4", at: "L1", 2, seconds: 600)
    }

    @Test func `the tag stays while nothing happens, and changes with a sale, a rule, a hold and its end`() async throws
    {
        try await TestServer.run(clock: .settable) { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.shop.send([.receipt("r", at: "L", 10)])
            _ = try await server.put("/v1/feeds/g", "{}")
            var known = try await server.feed("/v1/feeds/g")
            #expect(known.tag.hasPrefix("W/\""))
            func expectNew(_ what: String, quantity: String) async throws {
                let next = try await server.feed("/v1/feeds/g", headers: [.ifNoneMatch: known.tag])
                #expect(next.status == 200 && next.tag != known.tag, "\(what)")
                #expect(next.rows.map { $0["quantity"] } == [quantity], "\(what)")
                known = next
                // Nothing has happened since.
                let same = try await server.unchangedFeed("/v1/feeds/g", known.tag)
                #expect(same.status == 304 && same.rows.isEmpty, "after \(what)")
                #expect(try await server.feed("/v1/feeds/g").text == known.text)
            }
            _ = try await server.facts(sale("1", at: "L"))
            try await expectNew("a sale", quantity: "9")
            _ = try await server.put("/v1/safety-stock-rules/s", "{\"scope\":{\"location\":\"L\"},\"quantity\":3}")
            try await expectNew("a rule", quantity: "6")
            _ = try await server.hold("A", at: "L", 4, seconds: 60)
            try await expectNew("a hold", quantity: "2")
            let writes = try await server.shop.count("commit_log")
            try await server.shop.advanceClock(bySeconds: 61)
            try await expectNew("its end", quantity: "6")
            #expect(try await server.shop.count("commit_log") == writes, "nobody wrote anything down")
            _ = try await server.send(.delete, "/v1/safety-stock-rules/s")
            try await expectNew("the end of a rule", quantity: "9")
            _ = try await server.put("/v1/feeds/g", "{\"separator\":\"tab\"}")
            let changed = try await server.feed("/v1/feeds/g", headers: [.ifNoneMatch: known.tag], separator: 0x09)
            #expect(changed.status == 200 && changed.rows.count == 1)
        }
    }

    @Test func `a commit that becomes visible behind a later one changes the tag`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { shop async throws in
                try await shop.addItem("A")
                for location in ["L", "M"] {
                    try await shop.addLocation(location)
                    _ = try await shop.send([.receipt("r\(location)", at: location, 10)])
                }
                let feed = Feed(name: FeedName(stored: "g"))
                _ = try await shop.masterStore.putFeed(feed, .none, by: nil).get()
                func read() async throws -> String { try #require(try await shop.masterStore.feed(feed.name)).state }
                // Until it is the same twice: what ends in another database of the cluster at that moment shows in one reading.
                func state() async throws -> String {
                    var last = try await read()
                    for _ in 0..<100 {
                        let next = try await read()
                        if next == last { break }
                        last = next
                    }
                    return last
                }
                // The older transaction has its numbers, and the later one commits first.
                var states = [try await state()]
                let seen = try await whileHeld(
                    """
                    insert into commit_log (recorded_at, lines, items) values (clock_timestamp(), 0, '{}');
                    lock table import_mapping in access exclusive mode
                    """, on: database
                ) {
                    var seen: [String] = []
                    _ = try await shop.send([.sale("s", at: "M", 1)])
                    seen.append(try await state())
                    // Lets the older one go.
                    _ = try await shop.count("import_mapping")
                    return seen
                }
                states += seen
                for _ in 0..<200
                where try await shop.count("commit_log where items = '{}' and change_kinds is null") == 0 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                states.append(try await state())
                #expect(Set(states).count == 3, "\(states)")
                #expect(try await state() == states.last)
            }
        }
    }

    @Test func `pages of any size give the same feed`() async throws {
        try await TestServer.run { server async throws in
            try await Self.fill(server)
            _ = try await server.put("/v1/feeds/g", "{}")
            let whole = try await server.feed("/v1/feeds/g").rows.map { "\($0["store_code"] ?? "") \($0["id"] ?? "")" }
            for (rows, places) in [(1, 1), (2, 3), (3, 2), (6, 1), (7, 5)] {
                var reader = FeedReader(
                    Feed(name: FeedName(stored: "g")), from: server.shop.masterStore, rowsPerPage: rows,
                    placesPerPage: places)
                var read: [String] = []
                while let page = try await reader.next() {
                    #expect(page.rows.count <= rows)
                    read += page.rows.compactMap { row in row.code.map { "\(page.place.id) \($0)" } }
                }
                #expect(read == whole, "\(rows) rows, \(places) places")
            }
        }
    }

    @Test func `a feed of thousands of items comes whole, packed and plain`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.runSQL(
                """
                insert into item (sku, name, unit, status)
                    select 'S' || n, 'Item', 'each', 'active' from generate_series(1, 7001) n;
                insert into location (id, name, kind, status, mode, can_pickup, can_ship, time_zone)
                    select 'L' || n, 'Store', 'store', 'active', 'live', true, true, 'UTC' from generate_series(1, 3) n;
                insert into balance (item_id, location_id, on_hand, version)
                    select i.item_id, l.location_id, i.item_id % 7, 1 from item i, location l
                    where l.id <> 'L3' or i.item_id < 5000;
                """)
            _ = try await server.put("/v1/feeds/g", "{}")
            let plain = try await server.feed("/v1/feeds/g")
            #expect(plain.rows.count == Int(try await server.shop.count("balance")))
            #expect(Set(plain.rows.map { "\($0["store_code"] ?? "") \($0["id"] ?? "")" }).count == plain.rows.count)
            for coding in ["gzip", "br;q=1, gzip;q=0.5", "*"] {
                let packed = try await server.feed("/v1/feeds/g", headers: [.acceptEncoding: coding])
                #expect(packed.contentEncoding == "gzip" && packed.bytes.count * 4 < plain.bytes.count, "\(coding)")
                #expect(packed.rows == plain.rows && packed.tag.hasPrefix("W/"))
            }
            for coding in ["identity", "gzip;q=0", "br", "*;q=0"] {
                let sent = try await server.feed("/v1/feeds/g", headers: [.acceptEncoding: coding])
                #expect(sent.contentEncoding == nil && sent.bytes == plain.bytes, "\(coding)")
            }
        }
    }

    @Test func `codes of another system name the items that have one, and odd names survive both separators`()
        async throws
    {
        try await TestServer.run { server async throws in
            for (sku, location) in [("a,\"b\"", "L, \"1\""), ("B", "L2")] {
                try await server.shop.addItem(sku)
                try await server.shop.addLocation(location)
            }
            for (event, sku) in ["a,\"b\"", "B"].enumerated() {
                _ = try await server.shop.send([.receipt("r\(event)", sku, at: "L, \"1\"", 3)])
            }
            for separator in ["comma", "tab"] {
                _ = try await server.put(
                    "/v1/feeds/\(separator)", "{\"separator\":\"\(separator)\",\"pickupMethod\":\"buy\"}")
                let feed = try await server.feed(
                    "/v1/feeds/\(separator)", separator: separator == "tab" ? 0x09 : 0x2C)
                #expect(feed.columns == Self.columns)
                #expect(feed.rows.map { $0["id"] } == ["a,\"b\"", "B"])
                #expect(feed.rows.allSatisfy { $0["store_code"] == "L, \"1\"" && $0["pickup_method"] == "buy" })
            }
            // A case of twelve is not the item.
            try await server.shop.addAlias("gtin", "00012345678905", "a,\"b\"", units: 12)
            try await server.shop.addAlias("gtin", "04006381333931", "B")
            try await server.shop.addAlias("erp", "4711", "a,\"b\"")
            _ = try await server.put("/v1/feeds/gtin", "{\"itemCodeSystem\":\"gtin\"}")
            #expect(try await server.feed("/v1/feeds/gtin").rows.map { $0["id"] } == ["04006381333931"])
        }
    }

    @Test func `feeds are master data`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addLocation("L")
            let unknown = try await server.put("/v1/feeds/g", "{\"group\":\"G\"}")
            #expect(unknown.code == "unknownReference" && unknown.pointers == ["/group"])
            _ = try await server.put("/v1/location-groups/G", "{\"name\":\"G\",\"locations\":[\"L\"]}")
            let created = try await server.put("/v1/feeds/g", "{\"group\":\"G\"}")
            #expect(created.status == 201 && created.headers[.eTag] == "\"1\"")
            let commits = try await server.shop.count("commit_log")
            let same = try await server.put("/v1/feeds/g", "{\"group\":\"G\",\"separator\":\"comma\"}")
            #expect(same.status == 200 && same.json?["version"]?.integer == 1)
            #expect(try await server.shop.count("commit_log") == commits)
            #expect(try await server.put("/v1/feeds/g", "{}", headers: [.ifMatch: "\"2\""]).status == 412)
            #expect(try await server.put("/v1/feeds/g", "{\"colour\":1}").pointers == ["/colour"])
            #expect(try await server.put("/v1/feeds/g", "{\"format\":\"x\"}").pointers == ["/format"])
            #expect(try await server.send(.delete, "/v1/location-groups/G").code == "resourceInUse")
            let list = try await server.get("/v1/feeds?includeTotal=true")
            #expect(list.json?["feeds"]?[0]?["group"]?.string == "G" && list.json?["total"]?.integer == 1)
            #expect(try await server.get("/v1/feeds/none").status == 404)
            #expect(try await server.get("/v1/feeds/g?limit=1").parameters == ["limit"])
            #expect(try await server.send(.delete, "/v1/feeds/g").status == 204)
            #expect(try await server.get("/v1/feeds/g").status == 404)
            #expect(try await server.send(.delete, "/v1/location-groups/G").status == 204)
            let audit = try await server.get("/v1/audit?kind=feed")
            #expect(
                audit.json?["auditEntries"]?.elements?.compactMap { $0["action"]?.string } == ["deleted", "created"])
        }
    }

    @Test func `a client that is bound to a store gets neither feeds nor exports`() async throws {
        try await TestServer.runAsking { server async throws in
            let all = server.with(try await server.key("ops", [.operator]))
            _ = try await all.put("/v1/locations/M", "{\"name\":\"M\"}")
            _ = try await all.put("/v1/feeds/g", "{}")
            let bound = server.with(try await server.key("m", [.operator], locations: ["M"]))
            for path in ["/v1/feeds", "/v1/feeds/g", "/v1/exports/ledger", "/v1/exports/balances/2026-01-15"] {
                #expect(try await bound.get(path).status == 403, "\(path)")
                #expect(try await all.get(path).status != 403, "\(path)")
            }
            let shopper = server.with(try await server.key("web", [.storefront]))
            #expect(try await shopper.get("/v1/feeds/g").status == 403, "figures are not for the public")
        }
    }
}

@Suite struct StreamSlotTests {
    @Test func `only so many long answers are sent at one time, and each gives its place back`() throws {
        let slots = StreamSlots(slotsMax: 2)
        var taken = [try slots.take(), try slots.take()]
        #expect(throws: (any Error).self) { try slots.take() }
        taken.removeLast()
        taken.append(try slots.take())
        #expect(throws: (any Error).self) { try slots.take() }
    }
}

import Foundation
import Hummingbird
import Inventory
import StrictJSON
import TestSupport
import Testing

/// What product pages and carts may see.
@Suite struct StorefrontTests {
    /// Three stores on a line to the east of 52° N 13° E: one without pickup, one without a lead time, and one that opens from
    /// 9 to 20 every day, in UTC. The clock has just passed five full minutes, since answers are kept as long.
    private func withStores(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run(clock: .settable) { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            let open = OpeningHours.Period(opensMinute: 540, closesMinute: 1_200).map { [$0] } ?? []
            for (number, id) in ["depot", "corner", "mall"].enumerated() {
                try await server.shop.addLocation(id) {
                    $0.coordinates = Coordinates(latitude: 52, longitude: 13.1 + Double(number))
                    switch id {
                    case "depot": $0.capabilities = [.shipFrom]
                    case "corner": break
                    default:
                        $0.openingHours = OpeningHours(
                            week: Dictionary(uniqueKeysWithValues: OpeningHours.Weekday.allCases.map { ($0, open) }))
                    }
                    if id != "corner" { $0.leadTimeMinutes = 30 }
                }
            }
            _ = try await server.facts(
                receipt("1", "A", "depot", 40), receipt("2", "A", "corner", 2), receipt("3", "A", "mall", 9),
                receipt("4", "B", "mall", 1))
            let now = try await now(server)
            try await server.shop.advanceClock(bySeconds: 301 - now.microseconds / 1_000_000 % 300)
            try await body(server)
        }
    }

    /// By the database's clock.
    private func now(_ server: TestServer) async throws -> Timestamp {
        let answer = try await server.get("/v1/availability/A/mall")
        return try #require(answer.json?["asOf"]?.string.flatMap { Timestamp(rfc3339: $0) })
    }

    private func place(_ answer: TestServer.Answer, _ id: String) throws -> JSONValue {
        let list = answer.json?["locations"] ?? answer.json?["stores"]
        return try #require(list?.elements?.first { $0["location"]?.string == id }, "\(answer.body)")
    }

    @Test func `a storefront's answer says bands and little more`() async throws {
        try await withStores { server async throws in
            _ = try await server.put("/v1/thresholds/t", "{\"scope\":{},\"quantity\":5}")
            let answer = try await server.get("/v1/storefront/availability/A?latitude=52&longitude=13")
            #expect(answer.headers[.cacheControl] == "public, max-age=5, stale-while-revalidate=10")
            #expect(answer.json?["band"]?.string == "inStock" && answer.json?["onlyLeft"]?.isNull == true)
            #expect(
                answer.json?["locations"]?.elements?.compactMap { $0["location"]?.string } == [
                    "depot", "corner", "mall",
                ])
            #expect(try place(answer, "corner")["onlyLeft"]?.integer == 2)
            #expect(try place(answer, "corner")["band"]?.string == "low")
            #expect(try place(answer, "mall")["onlyLeft"]?.isNull == true)
            for word in ["onHand", "availableToSell", "version", "asOf", "reserved", "lastHeardAt"] {
                #expect(!answer.body.contains(word))
            }
            // Nothing that may be told changed, so the tag does not either.
            let tag = try #require(answer.headers[.eTag])
            _ = try await server.facts(sale("x", "A", at: "mall"))
            let again = try await server.get(
                "/v1/storefront/availability/A?latitude=52&longitude=13", headers: [.ifNoneMatch: tag])
            #expect(again.status == 304 && again.headers[.cacheControl] != nil)
        }
    }

    @Test func `stores say whether they do pickup, by when, and whether they are open`() async throws {
        try await withStores { server async throws in
            let answer = try await server.get("/v1/storefront/availability/A")
            let (depot, corner, mall) = (
                try place(answer, "depot"), try place(answer, "corner"), try place(answer, "mall")
            )
            #expect(depot["offersPickup"]?.boolean == false && depot["readyBy"]?.isNull == true)
            #expect(corner["offersPickup"]?.boolean == true && corner["readyBy"]?.isNull == true)
            for place in [depot, corner] {
                for name in ["isOpen", "closesAt", "opensAt"] { #expect(place[name]?.isNull == true) }
            }
            let now = try await now(server)
            let hour = now.microseconds / 3_600_000_000 % 24
            let isOpen = (9..<20).contains(hour)
            #expect(mall["isOpen"]?.boolean == isOpen)
            #expect(mall["closesAt"]?.isNull == !isOpen && mall["opensAt"]?.isNull == isOpen)
            let ready = try #require(mall["readyBy"]?.string.flatMap { Timestamp(rfc3339: $0) })
            #expect(ready > now && ready.microseconds % 300_000_000 == 0)
            // Whoever asks for pickup is shown pickup only.
            let pickup = try await server.get("/v1/storefront/availability/A?method=pickup")
            #expect(pickup.json?["locations"]?.elements?.compactMap { $0["location"]?.string } == ["corner", "mall"])
        }
    }

    @Test func `a store that is open on no day offers no pickup`() async throws {
        try await withStores { server async throws in
            try await server.shop.addLocation("shut") { $0.openingHours = OpeningHours(week: [:]) }
            _ = try await server.facts(receipt("5", "A", "shut", 3))
            let shown = try place(try await server.get("/v1/storefront/availability/A?location=shut"), "shut")
            #expect(shown["offersPickup"]?.boolean == false && shown["readyBy"]?.isNull == true)
            try await server.shop.addLocation("sunday") {
                let open = OpeningHours.Period(opensMinute: 540, closesMinute: 720).map { [$0] } ?? []
                $0.openingHours = OpeningHours(week: [.sunday: open])
            }
            let sunday = try await server.get("/v1/storefront/availability/A?location=sunday")
            #expect(try place(sunday, "sunday")["offersPickup"]?.boolean == true)
        }
    }

    @Test func `a quantity asks where there is enough, and tells no figure beyond a few`() async throws {
        try await withStores { server async throws in
            let one = try await server.get("/v1/storefront/availability/A?quantity=1")
            let none = try await server.get("/v1/storefront/availability/A")
            #expect(one.body == none.body)
            let five = try await server.get("/v1/storefront/availability/A?quantity=5&method=pickup")
            #expect(five.json?["locations"]?.elements?.compactMap { $0["location"]?.string } == ["mall"])
            #expect(five.json?["isEnough"]?.boolean == true)
            let named = try await server.get("/v1/storefront/availability/A?quantity=3&location=corner")
            #expect(try place(named, "corner")["isEnough"]?.boolean == false)
            #expect(named.json?["isEnough"]?.boolean == false && named.json?["band"]?.string == "inStock")
            let many = try await server.get("/v1/storefront/availability/A?quantity=21")
            #expect(many.status == 400 && many.parameters == ["quantity"])
            let cart = try await server.post(
                "/v1/storefront/availability-queries",
                """
                {"pairs":[{"sku":"A","location":"corner","quantity":2},{"sku":"A","location":"corner","quantity":3},
                {"sku":"B","quantity":1},{"sku":"X"}]}
                """)
            let results = try #require(cart.json?["results"]?.elements)
            #expect(results.map { $0["isEnough"]?.boolean } == [true, false, true, nil])
            #expect(results[3]["problem"]?["code"]?.string == "unknownSku" && !cart.body.contains("availableToSell"))
            let tooMany = try await server.post(
                "/v1/storefront/availability-queries", "{\"pairs\":[{\"sku\":\"A\",\"quantity\":21}]}")
            #expect(tooMany.status == 400 && tooMany.pointers == ["/pairs/0/quantity"])
            // Of colleagues' questions it is no part: they get figures.
            let figures = try await server.post(
                "/v1/availability-queries", "{\"pairs\":[{\"sku\":\"A\",\"quantity\":2}]}")
            #expect(figures.status == 400 && figures.pointers == ["/pairs/0/quantity"])
        }
    }

    @Test func `a shopper's basket finds stores, and no figure`() async throws {
        try await withStores { server async throws in
            func find(_ lines: String, _ more: String = "") async throws -> TestServer.Answer {
                try await server.post(
                    "/v1/storefront/store-finder", "{\"latitude\":52,\"longitude\":13,\"lines\":[\(lines)]\(more)}")
            }
            let both = "{\"sku\":\"A\",\"quantity\":2},{\"sku\":\"B\",\"quantity\":1}"
            let found = try await find(both)
            let stores = try #require(found.json?["stores"]?.elements)
            #expect(stores.compactMap { $0["location"]?.string } == ["mall", "corner"])
            #expect(stores.map { $0["isComplete"]?.boolean } == [true, false])
            #expect(stores[0]["lines"]?[1]?["onlyLeft"]?.integer == 1)
            #expect(stores[1]["lines"]?[1]?["isEnough"]?.boolean == false)
            #expect(stores[0]["readyBy"]?.string != nil && stores[1]["readyBy"]?.isNull == true)
            for word in ["onHand", "availableToSell", "version", "asOf"] { #expect(!found.body.contains(word)) }
            let shipped = try await find(both, ",\"method\":\"ship\"")
            let names = shipped.json?["stores"]?.elements?.compactMap { $0["location"]?.string }
            #expect(names == ["mall", "depot", "corner"])
            #expect(try place(shipped, "depot")["offersPickup"]?.boolean == false)
            #expect(try await find("{\"sku\":\"X\",\"quantity\":1}").pointers == ["/lines/0/sku"])
            #expect(try await find("{\"sku\":\"A\",\"quantity\":21}").pointers == ["/lines/0/quantity"])
            // Neither many lines of one item nor a case tell of more.
            let split = "{\"sku\":\"A\",\"quantity\":20},{\"sku\":\"B\",\"quantity\":1},{\"sku\":\"A\",\"quantity\":1}"
            let tooMany = try await find(split)
            #expect(tooMany.status == 400 && tooMany.pointers == ["/lines/2/quantity"])
            try await server.shop.addAlias("erp", "CASE", "A", units: 12)
            let cases = try await find("{\"code\":\"CASE\",\"codeSystem\":\"erp\",\"quantity\":2}")
            #expect(cases.status == 400 && cases.pointers == ["/lines/0/quantity"])
            // Nor does a kit beside its part: beyond so many, each line is looked at by itself.
            _ = try await server.facts(receipt("5", "A", "mall", 31))
            _ = try await server.put(
                "/v1/items/SET", "{\"name\":\"set\",\"components\":[{\"sku\":\"A\",\"quantity\":10}]}")
            func isEnough(sets: Int, single: Int) async throws -> [Bool?] {
                let found = try await find(
                    "{\"sku\":\"SET\",\"quantity\":\(sets)},{\"sku\":\"A\",\"quantity\":\(single)}")
                return try place(found, "mall")["lines"]?.elements?.map { $0["isEnough"]?.boolean } ?? []
            }
            #expect(try await isEnough(sets: 4, single: 1) == [true, true])
            #expect(try await isEnough(sets: 5, single: 1) == [false, true])
            _ = try await server.facts(sale("6", "A", at: "mall", "29"))
            #expect(try await isEnough(sets: 1, single: 1) == [true, true])
            #expect(try await isEnough(sets: 1, single: 2) == [false, false])
            #expect(try await find(both, ",\"owner\":\"x\"").pointers == ["/owner"])
            #expect(try await find(both, ",\"group\":\"X\"").pointers == ["/group"])
        }
    }

    @Test func `what a shop may show is all that its public key opens`() async throws {
        try await TestServer.runAsking { server async throws in
            try await server.shop.addItem("A")
            let page = server.with(try await server.key("page", [], [.availabilityPublic]))
            let body = "{\"latitude\":52,\"longitude\":13,\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}"
            #expect(try await page.post("/v1/storefront/store-finder", body).status == 200)
            #expect(try await page.get("/v1/storefront/availability/A?quantity=2").status == 200)
            #expect(try await page.post("/v1/store-finder", body).status == 403)
        }
    }
}

import Hummingbird
import Inventory
import StrictJSON
import TestSupport
import Testing

/// What clients that are bound to a store get of questions over all stores: what there is of theirs, as if there were no other.
@Suite struct BoundViewTests {
    /// Stores M and N of the client, and L, of which it must hear nothing. A is in all of them, B in L only.
    private static func run(
        _ body: @escaping @Sendable (_ all: TestServer, _ bound: TestServer) async throws -> Void
    ) async throws {
        try await TestServer.runAsking { server async throws in
            let all = server.with(try await server.key("ops", [.operator]))
            for (index, id) in ["L", "M", "N"].enumerated() {
                let body = """
                    {"name":"Store \(id)","coordinates":{"latitude":52,"longitude":\(13 + index)},"leadTimeMinutes":60}
                    """
                #expect(try await all.put("/v1/locations/\(id)", body).status == 201)
            }
            for sku in ["A", "B"] {
                let body = "{\"name\":\"\(sku)\",\"family\":\"f\",\"attributes\":{\"size\":\"\(sku)\"}}"
                #expect(try await all.put("/v1/items/\(sku)", body).status == 201)
            }
            let sent = try await all.facts(
                receipt("1", "A", "L", 50), receipt("2", "A", "M", 5), receipt("3", "A", "N", 3),
                receipt("4", "B", "L", 7))
            #expect(sent.json?["summary"]?["applied"]?.integer == 4)
            let bound = server.with(try await server.key("stores", [.operator], locations: ["M", "N"]))
            try await body(all, bound)
        }
    }

    private static func places(_ answer: TestServer.Answer, _ list: String = "locations") -> [String] {
        (answer.json?[list]?.elements ?? []).compactMap { $0["location"]?.string ?? $0["id"]?.string }
    }

    @Test func `one item across locations is what there is at its own`() async throws {
        try await Self.run { all, bound async throws in
            let now = try #require(try await bound.get("/v1/availability/A").json?["asOf"]?.string)
            for query in ["", "?latitude=52&longitude=13", "?method=pickup", "?asOf=\(now)"] {
                let answer = try await bound.get("/v1/availability/A\(query)")
                #expect(answer.json?["availableToSell"]?.integer == 8, "\(query): \(answer.body)")
                #expect(Set(Self.places(answer)) == ["M", "N"], "\(query)")
                let none = try await bound.get("/v1/availability/B\(query)")
                #expect(none.json?["availableToSell"]?.integer == 0, "\(query): \(none.body)")
                #expect(Self.places(none).isEmpty, "\(query)")
            }
            #expect(Self.places(try await bound.get("/v1/availability/A?basis=occurred")) == ["M", "N"])
            #expect(Self.places(try await bound.get("/v1/availability/A?location=M")) == ["M"])
            // One that is there and is not the client's is answered as one that is not there.
            for query in ["", "&asOf=\(now)", "&basis=occurred"] {
                let other = try await bound.get("/v1/availability/A?location=L\(query)")
                let nowhere = try await bound.get("/v1/availability/A?location=X\(query)")
                #expect(other.status == 422 && other.body == nowhere.body, "\(query): \(other.body)")
            }
            let rate = try await bound.get("/v1/items/A/rate")
            #expect(Self.places(rate) == ["M", "N"])
            #expect(try await bound.get("/v1/items/A/rate?location=L").status == 422)
            #expect(Self.places(try await all.get("/v1/availability/A")) == ["L", "M", "N"])
        }
    }

    @Test func `the list of items is what its own locations have, bands and totals too`() async throws {
        try await Self.run { all, bound async throws in
            func figures(_ server: TestServer, _ query: String) async throws -> [String: Int64] {
                let items = try await server.get("/v1/availability?\(query)").json?["items"]?.elements ?? []
                return Dictionary(
                    uniqueKeysWithValues: items.map {
                        ($0["sku"]?.string ?? "", $0["availableToSell"]?.integer ?? -1)
                    })
            }
            for _ in 1...2 {
                #expect(try await figures(bound, "") == ["A": 8, "B": 0])
                #expect(try await figures(bound, "band=inStock") == ["A": 8])
                #expect(try await figures(bound, "band=out") == ["B": 0])
                #expect(try await figures(all, "band=inStock") == ["A": 58, "B": 7])
            }
            let out = try await bound.get("/v1/availability?band=out&includeTotal=true")
            #expect(out.json?["total"]?.integer == 1)
        }
    }

    @Test func `the endless aisle and the store finders name its own stores`() async throws {
        try await Self.run { all, bound async throws in
            let supply = { (location: String) in
                "{\"sku\":\"A\",\"location\":\"\(location)\",\"quantity\":5,\"expectedAt\":\"2099-01-01T00:00:00Z\"}"
            }
            #expect(try await all.put("/v1/expected-supply/l", supply("L")).status == 201)
            #expect(try await all.put("/v1/expected-supply/n", supply("N")).status == 201)
            let card = try await bound.get("/v1/endless-aisle?sku=A&at=M")
            #expect(card.json?["here"]?["onHand"]?.integer == 5, "\(card.body)")
            #expect(Self.places(card, "stores") == ["N"])
            #expect(Set(Self.places(card, "shipFrom")) == ["M", "N"])
            #expect(card.json?["shipFromUnits"]?.integer == 8)
            #expect(Self.places(card, "inbound") == ["N"])
            let other = try #require(card.json?["variants"]?[0])
            #expect(other["sku"]?.string == "B" && other["stores"]?.elements?.isEmpty == true)
            let whole = try await all.get("/v1/endless-aisle?sku=A&at=M")
            #expect(Set(Self.places(whole, "stores")) == ["L", "N"])
            #expect(whole.json?["variants"]?[0]?["stores"]?.elements?.count == 1)
            let elsewhere = try await bound.get("/v1/endless-aisle?sku=A&at=L")
            let nowhere = try await bound.get("/v1/endless-aisle?sku=A&at=X")
            #expect(elsewhere.status == 422 && elsewhere.body == nowhere.body)

            let basket = """
                {"latitude":52,"longitude":13,"lines":[{"sku":"A","quantity":1},{"sku":"B","quantity":1}]}
                """
            for path in ["/v1/store-finder", "/v1/storefront/store-finder"] {
                let found = try await bound.post(path, basket)
                #expect(Self.places(found, "stores") == ["M", "N"], "\(path): \(found.body)")
                #expect(Self.places(try await all.post(path, basket), "stores").first == "L", "\(path)")
            }
        }
    }

    @Test func `what a shopper sees of its stores is kept by no shared cache`() async throws {
        try await Self.run { all, bound async throws in
            let own = try await bound.get("/v1/storefront/availability/A")
            #expect(Self.places(own) == ["M", "N"])
            #expect(own.headers[.cacheControl] == "private, no-cache")
            #expect(
                try await all.get("/v1/storefront/availability/A").headers[.cacheControl]?.hasPrefix("public") == true)
            #expect(try await bound.get("/v1/storefront/availability/A?location=L").status == 422)
            let pairs = { (location: String) in "{\"pairs\":[{\"sku\":\"A\",\"location\":\"\(location)\"}]}" }
            #expect(try await bound.post("/v1/storefront/availability-queries", pairs("M")).status == 200)
            #expect(try await bound.post("/v1/storefront/availability-queries", pairs("L")).status == 403)
        }
    }

    @Test func `a preview plans with its own stores, and names no others`() async throws {
        try await Self.run { all, bound async throws in
            func preview(_ server: TestServer, _ quantity: Int) async throws -> TestServer.Answer {
                try await server.post(
                    "/v1/sourcing-previews",
                    """
                    {"shipTo":{"latitude":52,"longitude":13},"lines":[{"id":"1","sku":"A","quantity":\(quantity)}]}
                    """)
            }
            let own = try await preview(bound, 7)
            #expect(own.json?["isComplete"]?.boolean == true, "\(own.body)")
            #expect(Set(Self.places(own, "shipments")) == ["M", "N"])
            #expect(Self.places(own, "passedOver").isEmpty)
            let short = try await preview(bound, 20)
            #expect(short.json?["isComplete"]?.boolean == false)
            #expect(short.json?["alternatives"]?.elements?.isEmpty == true, "\(short.body)")
            #expect(Self.places(try await preview(all, 20), "shipments") == ["L"])
        }
    }

    @Test func `a store's associate follows what happens there, and what its own source sends`() async throws {
        try await Self.run { all, _ async throws in
            let atM = all.with(try await all.key("m", [.storeAssociate], locations: ["M"]))
            let byTill = all.with(try await all.key("till", [.storeAssociate], locations: ["M"], sources: ["till-m"]))
            #expect(try await all.facts(receipt("5", "A", "M", 1), source: "till-m").status == 200)
            func told(_ server: TestServer) async throws -> [String] {
                let page = try await server.get("/v1/events?types=inventory.movement.recorded&limit=1000")
                return (page.json?["events"]?.elements ?? []).compactMap { $0["data"]?["eventId"]?.string }
            }
            #expect(try await told(all) == ["1", "2", "3", "4", "5"])
            #expect(try await told(atM) == ["2", "5"])
            #expect(try await told(byTill) == ["5"])
            // What nobody sends is told by location.
            let changed = try await byTill.get("/v1/events?types=inventory.availability.changed&limit=1000")
            let places = (changed.json?["events"]?.elements ?? []).map { $0["data"]?["location"]?.string }
            #expect(!places.isEmpty && places.allSatisfy { $0 == "M" }, "\(changed.body)")
            #expect(try await atM.get("/v1/events?location=L").json?["events"]?.elements?.isEmpty ?? true)
        }
    }

    @Test func `lists of locations, groups, codes and sources are those of its own`() async throws {
        try await Self.run { all, bound async throws in
            #expect(
                try await all.put("/v1/location-groups/both", "{\"name\":\"b\",\"locations\":[\"L\",\"N\"]}").status
                    == 201)
            #expect(
                try await all.put("/v1/location-groups/other", "{\"name\":\"o\",\"locations\":[\"L\"]}").status == 201)
            for (code, location) in [("1", "L"), ("2", "M")] {
                let alias = "{\"codeSystem\":\"erp\",\"code\":\"\(code)\",\"location\":\"\(location)\"}"
                #expect(try await all.put("/v1/location-aliases", alias).status == 201)
            }
            for (id, locations) in [("anywhere", ""), ("till-l", "\"L\""), ("tills", "\"L\",\"M\"")] {
                #expect(try await all.put("/v1/sources/\(id)", "{\"locations\":[\(locations)]}").status == 201)
            }
            let locations = try await bound.get("/v1/locations?includeTotal=true")
            #expect(Self.places(locations) == ["M", "N"])
            #expect(locations.json?["total"]?.integer == 2)
            let groups = try await bound.get("/v1/location-groups?includeTotal=true")
            #expect(Self.places(groups, "locationGroups") == ["both"])
            #expect(groups.json?["total"]?.integer == 1)
            #expect(groups.json?["locationGroups"]?[0]?["locations"]?.elements?.compactMap(\.string) == ["N"])
            #expect(try await bound.get("/v1/location-groups/both").json?["locations"]?.elements?.count == 1)
            let hidden = try await bound.get("/v1/location-groups/other")
            let none = try await bound.get("/v1/location-groups/otter")
            #expect(hidden.status == 404 && hidden.body.replacing("other", with: "otter") == none.body)
            let aliases = try await bound.get("/v1/location-aliases?includeTotal=true")
            #expect(Self.places(aliases, "locationAliases") == ["M"])
            #expect(aliases.json?["total"]?.integer == 1)
            let sources = try await bound.get("/v1/sources?includeTotal=true")
            let ids = Self.places(sources, "sources")
            #expect(ids.contains("anywhere") && ids.contains("tills") && !ids.contains("till-l"), "\(ids)")
            #expect(sources.json?["total"]?.integer == Int64(ids.count))
            #expect(try await bound.get("/v1/sources/till-l").status == 404)
            #expect(
                try await bound.get("/v1/sources/tills").json?["locations"]?.elements?.compactMap(\.string) == ["M"])
            let till = all.with(try await all.key("till", [.operator], sources: ["till-l"]))
            #expect(Self.places(try await till.get("/v1/sources"), "sources") == ["till-l"])
        }
    }
}

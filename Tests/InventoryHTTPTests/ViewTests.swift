import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// What storefronts, associates and planners look at.
@Suite struct ViewTests {
    /// Three stores on a line to the east of 52° N 13° E, and one without a place.
    private func withStores(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            for (number, id) in ["near", "middle", "far"].enumerated() {
                try await server.shop.addLocation(id) {
                    $0.coordinates = Coordinates(latitude: 52, longitude: 13.1 + Double(number))
                    $0.leadTimeMinutes = 30
                    $0.timeZone = noonZone
                }
            }
            try await server.shop.addLocation("nowhere")
            _ = try await server.facts(
                receipt("1", "A", "middle", 2), receipt("2", "A", "far", 9), receipt("3", "A", "nowhere", 4),
                receipt("4", "B", "near", 5), receipt("5", "B", "far", 1), receipt("6", "A", "near", 1),
                sale("7", "A", at: "near"))
            try await body(server)
        }
    }

    private func names(_ answer: TestServer.Answer, _ list: String = "locations") -> [String] {
        answer.json?[list]?.elements?.compactMap { $0["location"]?.string } ?? []
    }

    @Test func `with coordinates the stores in stock come first, then by distance`() async throws {
        try await withStores { server async throws in
            let here = "latitude=52&longitude=13"
            let all = try await server.get("/v1/availability/A?\(here)")
            #expect(names(all) == ["middle", "far", "nowhere", "near"])
            let first = try #require(all.json?["locations"]?[0]?["distanceKm"]?.number)
            // 1.1 degrees along the 52nd parallel.
            #expect(abs(first - 75.3037) < 0.01)
            #expect(all.json?["locations"]?[2]?["distanceKm"]?.isNull == true)
            let close = try await server.get("/v1/availability/A?\(here)&radiusKm=100")
            #expect(names(close) == ["middle", "near"] && close.json?["availableToSell"]?.integer == 2)
            let short = try await server.get("/v1/availability/A?\(here)&limit=1")
            #expect(names(short) == ["middle"] && short.json?["availableToSell"]?.integer == 15)
            let plain = try await server.get("/v1/availability/A")
            #expect(names(plain) == ["far", "middle", "near", "nowhere"])
            #expect(plain.json?["locations"]?[0]?["distanceKm"]?.isNull == true)
        }
    }

    @Test(arguments: [
        ("latitude=52", "longitude"), ("longitude=13", "latitude"), ("radiusKm=3", "radiusKm"),
        ("latitude=91&longitude=1", "latitude"), ("latitude=nan&longitude=1", "latitude"),
        ("latitude=1&longitude=inf", "longitude"), ("latitude=1&longitude=1&radiusKm=0", "radiusKm"),
        ("limit=0", "limit"), ("limit=x", "limit"),
        ("latitude=0x1p3&longitude=1", "latitude"), ("limit=%2B5", "limit"),
    ]) func `a place that is none is refused`(query: String, parameter: String) async throws {
        try await withStores { server async throws in
            let answer = try await server.get("/v1/availability/A?\(query)")
            #expect(answer.status == 400 && answer.parameters.contains(parameter), "\(answer.body)")
        }
    }

    @Test func `figures ask to be asked again, and a tag tells whether they changed`() async throws {
        try await withStores { server async throws in
            let answer = try await server.get("/v1/availability/A/far")
            #expect(answer.headers[.cacheControl] == "private, no-cache")
            let tag = try #require(answer.headers[.eTag])
            #expect(try await server.get("/v1/availability/A/far", headers: [.ifNoneMatch: tag]).status == 304)
            _ = try await server.put("/v1/thresholds/t", "{\"scope\":{},\"quantity\":50}")
            let changed = try await server.get("/v1/availability/A/far", headers: [.ifNoneMatch: tag])
            #expect(changed.status == 200 && changed.json?["band"]?.string == "low")
        }
    }

    @Test func `explain adds up, and names the rules and holds behind it`() async throws {
        try await withStores { server async throws in
            _ = try await server.put("/v1/safety-stock-rules/all", "{\"scope\":{},\"quantity\":1}")
            _ = try await server.put(
                "/v1/safety-stock-rules/a", "{\"scope\":{\"sku\":\"A\",\"location\":\"far\"},\"quantity\":2}")
            _ = try await server.put(
                "/v1/ring-fences/app", "{\"scope\":{\"sku\":\"A\",\"channel\":\"app\"},\"quantity\":3}")
            let id = try await server.reserve(
                lines: [("A", 1)], at: "far", more: ",\"channel\":\"app\",\"owner\":\"o1\""
            ).id
            let answer = try await server.get("/v1/availability/A/far/explain?channel=web")
            let json = try #require(answer.json)
            let terms = try #require(json["terms"]?.elements)
            let units = terms.compactMap { $0["units"]?.integer }
            #expect(units.dropLast().reduce(0, +) == units.last)
            #expect(units == [9, -1, 0, -2, 0, -2, 0, 0, 0, 4])
            #expect(json["availability"]?["availableToSell"]?.integer == 4)
            #expect(json["safetyStockRule"]?["id"]?.string == "a")
            #expect(json["rulesPassedOver"]?[0]?["rule"]?["id"]?.string == "all")
            #expect(json["ringFences"]?[0]?["rest"]?.integer == 2 && json["ringFences"]?[0]?["reserved"]?.integer == 1)
            #expect(json["holds"]?[0]?["reservation"]?.string == id && json["holdUnits"]?.integer == 1)
            let href = try #require(json["holds"]?[0]?["href"]?.string)
            #expect(try await server.get(href).status == 200)
            #expect(json["movements"]?[0]?["type"]?.string == "hold" && json["movements"]?.elements?.count == 2)
            let lines = try await server.get(try #require(json["movementsHref"]?.string))
            #expect(lines.json?["movements"]?.elements?.count == 2)
            let own = try await server.get("/v1/availability/A/far/explain?channel=app&owner=o1")
            #expect(own.json?["terms"]?[2]?["units"]?.integer == 1)
            #expect(own.json?["availability"]?["availableToSell"]?.integer == 7)
            _ = try await server.put("/v1/locations/far", "{\"name\":\"far\",\"status\":\"paused\"}")
            let paused = try await server.get("/v1/availability/A/far/explain")
            #expect(paused.json?["obstacles"]?[0]?.string == "locationPaused")
            #expect(paused.json?["terms"]?[9]?["units"]?.integer == 0)
            #expect(try await server.get("/v1/availability/X/far/explain").status == 404)
        }
    }

    @Test func `a kit is what its components make at one place`() async throws {
        try await withStores { server async throws in
            let kit =
                "{\"name\":\"Kit\",\"components\":[{\"sku\":\"A\",\"quantity\":2},{\"sku\":\"B\",\"quantity\":1}]}"
            let created = try await server.put("/v1/items/K", kit)
            #expect(created.status == 201 && created.json?["components"]?.elements?.count == 2)
            #expect(try await server.put("/v1/items/K", kit).json?["version"]?.integer == 1)
            let there = try await server.get("/v1/availability/K/far")
            #expect(there.json?["availableToSell"]?.integer == 1 && there.json?["onHand"]?.isNull == true)
            #expect(there.json?["version"]?.isNull == true && there.json?["band"]?.string == "inStock")
            let all = try await server.get("/v1/availability/K")
            #expect(all.json?["availableToSell"]?.integer == 1)
            let explained = try await server.get("/v1/availability/K/far/explain")
            #expect(explained.json?["components"]?[0]?["availableToSell"]?.integer == 9)
            #expect(explained.json?["terms"]?.elements?.count == 1)
            // It has no stock of its own: a fact by its name is its components', a promise takes them, nobody counts it.
            let received = try await server.facts(receipt("k", "K", "far", 1))
            #expect(received.verdicts == ["applied"], "\(received.body)")
            #expect(try await server.available("A", "far") == 11)
            #expect(try await server.available("B", "far") == 2)
            #expect(try await server.available("K", "far") == 2)
            #expect(try await server.reserve(lines: [("K", 1)], at: "far").status == 201)
            #expect(try await server.available("K", "far") == 1)
            let counted = try await server.facts(
                "{\"eventId\":\"c\",\"type\":\"count\",\"sku\":\"K\",\"location\":\"far\",\"quantity\":3}")
            #expect(counted.verdicts == ["rejected"])
            #expect(counted.json?["results"]?[0]?["problem"]?["code"]?.string == "notForKits")
            // Neither can it be a part, nor what has a history become one.
            let nested = "{\"name\":\"N\",\"components\":[{\"sku\":\"K\",\"quantity\":1}]}"
            #expect(try await server.put("/v1/items/N", nested).code == "resourceInUse")
            let turned = "{\"name\":\"A\",\"components\":[{\"sku\":\"B\",\"quantity\":1}]}"
            #expect(try await server.put("/v1/items/A", turned).code == "resourceInUse")
            let itself = "{\"name\":\"S\",\"components\":[{\"sku\":\"S\",\"quantity\":1}]}"
            #expect(try await server.put("/v1/items/S", itself).pointers == ["/components/0/sku"])
            let unknown = "{\"name\":\"U\",\"components\":[{\"sku\":\"X\",\"quantity\":1}]}"
            #expect(try await server.put("/v1/items/U", unknown).code == "unknownReference")
        }
    }

    @Test func `a line that came before its kit is its components', and its exception closes`() async throws {
        try await withStores { server async throws in
            #expect(try await server.facts(receipt("k", "K", "far", 1)).verdicts == ["parked"])
            let waiting = try await server.get("/v1/exceptions?type=unknownSku")
            #expect(waiting.json?["exceptions"]?.elements?.count == 1, "\(waiting.body)")
            let kit = "{\"name\":\"Kit\",\"components\":[{\"sku\":\"A\",\"quantity\":1}]}"
            _ = try await server.put("/v1/items/K", kit)
            #expect(try await server.available("A", "far") == 10)
            let left = try await server.get("/v1/exceptions?type=unknownSku")
            #expect(left.json?["exceptions"]?.elements?.isEmpty == true, "\(left.body)")
            // Units are kept of items only; a kit has a threshold all the same.
            let fence = "{\"scope\":{\"sku\":\"K\"},\"quantity\":1}"
            #expect(try await server.put("/v1/ring-fences/k", fence).pointers == ["/scope/sku"])
            #expect(try await server.put("/v1/thresholds/k", fence).status == 201)
        }
    }

    @Test func `what is promised by day grows with dated supply`() async throws {
        try await withStores { server async throws in
            let day: Int64 = 86_400_000_000
            let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
            func put(_ id: String, _ days: Int64, _ units: Int) async throws -> TestServer.Answer {
                try await server.put(
                    "/v1/expected-supply/\(id)",
                    "{\"sku\":\"A\",\"location\":\"far\",\"quantity\":\(units),"
                        + "\"expectedAt\":\"\(now.advanced(byMicroseconds: days * day))\"}")
            }
            #expect(try await put("late", -1, 50).json?["isOverdue"]?.boolean == true)
            let first = try await put("soon", 1, 10)
            #expect(first.status == 201)
            let slipped = try await put("soon", 2, 10)
            #expect(slipped.json?["firstExpectedAt"]?.string == first.json?["expectedAt"]?.string)
            let plan = try await server.get("/v1/availability/A/far/promise?days=4")
            let units = plan.json?["days"]?.elements?.compactMap { $0["availableToPromise"]?.integer }
            #expect(units == [9, 9, 19, 19])
            #expect(plan.json?["days"]?[2]?["supplies"]?[0]?.string == "soon")
            #expect(plan.json?["overdue"]?[0]?["id"]?.string == "late")
            #expect(try await server.get("/v1/availability/A/far/promise?days=0").parameters == ["days"])
            #expect(try await server.get("/v1/availability/A/far/promise?days=181").parameters == ["days"])
            // A kit with a recalled part is promised on no day.
            _ = try await server.put("/v1/items/K", "{\"name\":\"K\",\"components\":[{\"sku\":\"A\",\"quantity\":2}]}")
            func kit() async throws -> [Int64] {
                let plan = try await server.get("/v1/availability/K/far/promise?days=3")
                return plan.json?["days"]?.elements?.compactMap { $0["availableToPromise"]?.integer } ?? []
            }
            #expect(try await kit() == [4, 4, 9])
            _ = try await server.put("/v1/items/A", "{\"name\":\"A\",\"status\":\"stopSale\"}")
            #expect(try await kit() == [0, 0, 0])
            _ = try await server.put("/v1/items/A", "{\"name\":\"A\"}")
            // It is shown, and never promised.
            #expect(try await server.reserve(lines: [("A", 10)], at: "far").status == 409)
            #expect(try await server.get("/v1/expected-supply?sku=A").json?["expectedSupply"]?.elements?.count == 2)
            #expect(try await server.send(.delete, "/v1/expected-supply/soon").status == 204)
            #expect(try await server.get("/v1/expected-supply/soon").status == 404)
            let nowhere = "{\"sku\":\"A\",\"location\":\"X\",\"quantity\":1,\"expectedAt\":\"2030-01-01T00:00:00Z\"}"
            #expect(try await server.put("/v1/expected-supply/x", nowhere).pointers == ["/location"])
        }
    }

    @Test func `the endless aisle shows here, elsewhere, shipped and later from a scanned code`() async throws {
        try await withStores { server async throws in
            try await server.shop.addAlias("gtin", "4006381333931", "A")
            _ = try await server.put(
                "/v1/expected-supply/asn",
                "{\"sku\":\"A\",\"location\":\"near\",\"quantity\":12,\"expectedAt\":\"2090-01-01T00:00:00Z\"}")
            let card = try await server.get("/v1/endless-aisle?code=4006381333931&at=near&limit=2")
            let json = try #require(card.json)
            #expect(json["item"]?["sku"]?.string == "A" && json["here"]?["availableToSell"]?.integer == 0)
            #expect(names(card, "stores") == ["middle", "far"])
            #expect(json["stores"]?[0]?["readyBy"]?.string != nil)
            #expect(names(card, "shipFrom") == ["far", "nowhere"] && json["shipFromUnits"]?.integer == 15)
            #expect(json["inbound"]?[0]?["id"]?.string == "asn")
            #expect(try await server.get("/v1/endless-aisle?sku=A").parameters == ["at"])
            #expect(try await server.get("/v1/endless-aisle?at=near").parameters == ["sku"])
            #expect(try await server.get("/v1/endless-aisle?sku=X&at=near").code == "unknownReference")
            #expect(try await server.get("/v1/endless-aisle?sku=A&at=X").code == "unknownReference")
        }
    }

    @Test func `the store finder puts stores with the whole basket first`() async throws {
        try await withStores { server async throws in
            func find(_ lines: String, _ more: String = "") async throws -> TestServer.Answer {
                try await server.post(
                    "/v1/store-finder", "{\"latitude\":52,\"longitude\":13\(more),\"lines\":[\(lines)]}")
            }
            let both = "{\"sku\":\"A\",\"quantity\":1},{\"sku\":\"B\",\"quantity\":1}"
            let found = try await find(both)
            #expect(names(found, "stores") == ["far", "near", "middle", "nowhere"])
            #expect(found.json?["stores"]?[0]?["isComplete"]?.boolean == true)
            #expect(found.json?["stores"]?[1]?["completeLines"]?.integer == 1)
            #expect(names(try await find(both, ",\"radiusKm\":100"), "stores") == ["near", "middle"])
            // Lines of one item are one demand.
            let twice = try await find("{\"sku\":\"A\",\"quantity\":5},{\"sku\":\"A\",\"quantity\":5}")
            #expect(twice.json?["stores"]?[0]?["isComplete"]?.boolean == false)
            // What a kit takes of a part is not there for a line of the part.
            _ = try await server.put(
                "/v1/items/SET",
                "{\"name\":\"set\",\"components\":[{\"sku\":\"A\",\"quantity\":1},{\"sku\":\"B\",\"quantity\":1}]}")
            let kit = try await find("{\"sku\":\"SET\",\"quantity\":1}")
            let there = try #require(kit.json?["stores"]?[0], "\(kit.body)")
            #expect(names(kit, "stores") == ["far"] && there["isComplete"]?.boolean == true)
            let sets = try #require(there["lines"]?[0]?["availableToSell"]?.integer)
            let apart = try await find(
                "{\"sku\":\"SET\",\"quantity\":\(sets)},{\"sku\":\"A\",\"quantity\":1},{\"sku\":\"B\",\"quantity\":1}")
            let lines = try #require(
                apart.json?["stores"]?.elements?.first { $0["location"]?.string == "far" }?["lines"]?.elements)
            let (a, b) = (
                try await server.get("/v1/availability/A/far").json?["availableToSell"]?.integer ?? 0,
                try await server.get("/v1/availability/B/far").json?["availableToSell"]?.integer ?? 0
            )
            #expect(lines.map { $0["isEnough"]?.boolean } == [a > sets && b > sets, a > sets, b > sets])
            #expect(lines[0]["isEnough"]?.boolean == false)
            #expect(try await find("{\"sku\":\"X\",\"quantity\":1}").pointers == ["/lines/0/sku"])
            #expect(try await find("").pointers == ["/lines"])
            #expect(try await find(both, ",\"group\":\"X\"").pointers == ["/group"])
        }
    }
}

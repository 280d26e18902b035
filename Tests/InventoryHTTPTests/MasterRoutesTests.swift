import Hummingbird
import Inventory
import InventoryHTTP
import StrictJSON
import TestSupport
import Testing

@Suite struct MasterRoutesTests {
    @Test func `PUT creates with 201, replaces with 200, and GET shows every field`() async throws {
        try await TestServer.run { server async throws in
            let created = try await server.put("/v1/items/A%20b", "{\"name\":\"Thing\"}")
            #expect(created.status == 201)
            #expect(created.headers[.eTag] == "\"1\"")
            #expect(
                created.body == """
                    {"sku":"A b","name":"Thing","unit":"each","status":"active","components":[],"family":null,\
                    "attributes":{},"version":1}
                    """
            )
            let replaced = try await server.put(
                "/v1/items/A%20b", "{\"name\":\"Other\",\"status\":\"stopSale\",\"unit\":\"gram\"}")
            #expect(replaced.status == 200)
            let read = try await server.get("/v1/items/A%20b")
            #expect(read.body == replaced.body)
            #expect(read.headers[.eTag] == "\"2\"")
            for tag in ["\"2\"", "W/\"2\"", "\"1\", \"2\"", "*"] {
                let unchanged = try await server.get("/v1/items/A%20b", headers: [.ifNoneMatch: tag])
                #expect(unchanged.status == 304 && unchanged.headers[.eTag] == "\"2\"", "\(tag)")
            }
            #expect(try await server.get("/v1/items/A%20b", headers: [.ifNoneMatch: "\"1\""]).status == 200)
            #expect(try await server.get("/v1/items/nothing").code == "notFound")
        }
    }

    @Test func `If-Match guards against a lost update`() async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/items/A", "{\"name\":\"1\"}")
            let stale = try await server.put("/v1/items/A", "{\"name\":\"2\"}", headers: [.ifMatch: "\"9\""])
            #expect(stale.status == 412)
            #expect(stale.code == "preconditionFailed")
            #expect(try await server.put("/v1/items/A", "{\"name\":\"2\"}", headers: [.ifMatch: "\"1\""]).status == 200)
            #expect(try await server.put("/v1/items/A", "{\"name\":\"2\"}", headers: [.ifNoneMatch: "*"]).status == 412)
            #expect(try await server.put("/v1/items/B", "{\"name\":\"2\"}", headers: [.ifMatch: "*"]).status == 412)
        }
    }

    static let badBodies: [(path: String, body: String, pointer: String)] = [
        ("/v1/items/A", "{}", "/name"), ("/v1/items/A", "{\"name\":\"\"}", "/name"),
        ("/v1/items/A", "{\"name\":\"a\\u0007\"}", "/name"),
        ("/v1/items/A", "{\"name\":\"a\",\"colour\":1}", "/colour"),
        ("/v1/items/A", "{\"name\":\"a\",\"unit\":\"stone\"}", "/unit"),
        ("/v1/items/A", "{\"name\":\"a\",\"name\":\"b\"}", "/name"),
        ("/v1/locations/L", "{\"name\":\"a\",\"status\":\"open\"}", "/status"),
        ("/v1/locations/L", "{\"name\":\"a\",\"capabilities\":[\"pickup\",\"pickup\"]}", "/capabilities/1"),
        (
            "/v1/locations/L", "{\"name\":\"a\",\"coordinates\":{\"latitude\":91,\"longitude\":0}}",
            "/coordinates/latitude"
        ),
        ("/v1/locations/L", "{\"name\":\"a\",\"coordinates\":{\"latitude\":1}}", "/coordinates/longitude"),
        ("/v1/locations/L", "{\"name\":\"a\",\"timeZone\":\"Mars/Olympus\"}", "/timeZone"),
        (
            "/v1/locations/L", "{\"name\":\"a\",\"costPerKm\":{\"amount\":1.5,\"currency\":\"EUR\"}}",
            "/costPerKm/amount"
        ),
        (
            "/v1/locations/L", "{\"name\":\"a\",\"costPerKm\":{\"amount\":1,\"currency\":\"euro\"}}",
            "/costPerKm/currency"
        ),
        (
            "/v1/locations/L",
            "{\"name\":\"a\",\"openingHours\":{\"monday\":[{\"opens\":\"20:00\",\"closes\":\"08:00\"}]}}",
            "/openingHours/monday/0/closes"
        ),
        (
            "/v1/locations/L",
            "{\"name\":\"a\",\"openingHours\":{\"monday\":[{\"opens\":\"8:00\",\"closes\":\"20:00\"}]}}",
            "/openingHours/monday/0/opens"
        ),
        (
            "/v1/locations/L",
            "{\"name\":\"a\",\"openingHours\":{\"exceptions\":[{\"date\":\"2026-02-30\",\"periods\":[]}]}}",
            "/openingHours/exceptions/0/date"
        ),
        ("/v1/location-groups/G", "{\"name\":\"a\",\"locations\":[1]}", "/locations/0"),
        ("/v1/sources/S", "{\"authority\":\"boss\"}", "/authority"),
        ("/v1/aliases", "{\"codeSystem\":\"gtin\",\"code\":\"96385074\"}", "/sku"),
        (
            "/v1/aliases", "{\"codeSystem\":\"gtin\",\"code\":\"96385074\",\"sku\":\"A\",\"unitsPerCode\":0}",
            "/unitsPerCode"
        ),
    ]

    @Test func `a bad body is a 400 that names its place, and nothing is stored`() async throws {
        try await TestServer.run { server async throws in
            for bad in Self.badBodies {
                let answer = try await server.put(bad.path, bad.body)
                #expect(answer.status == 400, "\(bad.body)")
                #expect(answer.code == "invalidRequest")
                #expect(answer.pointers == [bad.pointer], "\(bad.body)")
            }
            for table in ["item", "location", "location_group", "source where source_id > 0", "alias"] {
                #expect(try await server.shop.count(table) == 0)
            }
        }
    }

    @Test func `a bad id in the path is a 400`() async throws {
        try await TestServer.run { server async throws in
            for path in [
                "/v1/items/a%2Fb", "/v1/items/%20a", "/v1/items/%ZZ", "/v1/items/\(String(repeating: "x", count: 65))",
            ] {
                #expect(try await server.put(path, "{\"name\":\"a\"}").parameters == ["sku"], "\(path)")
            }
        }
    }

    @Test func `unknown names in a body are a 422 with their pointer`() async throws {
        try await TestServer.run { server async throws in
            let group = try await server.put("/v1/location-groups/G", "{\"name\":\"a\",\"locations\":[\"L\"]}")
            #expect(group.status == 422)
            #expect(group.code == "unknownReference")
            #expect(group.pointers == ["/locations/0"])
            let alias = try await server.put("/v1/aliases", "{\"codeSystem\":\"erp\",\"code\":\"1\",\"sku\":\"A\"}")
            #expect(alias.status == 422)
            #expect(alias.pointers == ["/sku"])
        }
    }

    @Test func `every resource is listed in pages with a total, and deleted where it may be`() async throws {
        try await TestServer.run { server async throws in
            for number in 1...5 {
                _ = try await server.put("/v1/locations/L\(number)", "{\"name\":\"\(number)\"}")
                _ = try await server.put("/v1/sources/S\(number)", "{\"codeSystem\":\"gtin\"}")
                _ = try await server.put("/v1/items/I\(number)", "{\"name\":\"\(number)\"}")
                _ = try await server.put(
                    "/v1/location-groups/G\(number)",
                    "{\"name\":\"\(number)\",\"channel\":\"c\(number)\",\"locations\":[\"L1\"]}")
                _ = try await server.put(
                    "/v1/aliases", "{\"codeSystem\":\"erp\",\"code\":\"C \(number)/#\",\"sku\":\"I1\"}")
            }
            for (path, plural) in [
                ("locations", "locations"), ("sources", "sources"), ("items", "items"),
                ("location-groups", "locationGroups"), ("aliases", "aliases"),
            ] {
                let first = try await server.get("/v1/\(path)?limit=3&includeTotal=true")
                #expect(first.json?[plural]?.elements?.count == 3, "\(path)")
                #expect(first.json?["total"]?.integer == 5, "\(path)")
                let cursor = try #require(first.json?["nextCursor"]?.string)
                let second = try await server.get("/v1/\(path)?limit=3&cursor=\(cursor)")
                #expect(second.json?[plural]?.elements?.count == 2, "\(path)")
                #expect(second.json?["nextCursor"]?.isNull == true)
                #expect(second.json?["total"]?.isNull == true)
            }
            #expect(try await server.send(.delete, "/v1/locations/L1").code == "resourceInUse")
            #expect(try await server.send(.delete, "/v1/locations/L2").status == 204)
            #expect(try await server.get("/v1/locations/L2").status == 404)
            #expect(try await server.send(.delete, "/v1/locations/L2").status == 404)
            #expect(try await server.send(.delete, "/v1/sources/S1").status == 204)
            #expect(try await server.send(.delete, "/v1/location-groups/G1").status == 204)
            #expect(try await server.send(.delete, "/v1/aliases?codeSystem=erp&code=C%201%2F%23").status == 204)
            #expect(try await server.send(.delete, "/v1/aliases?codeSystem=erp").parameters == ["code"])
            #expect(
                try await server.put("/v1/location-groups/G9", "{\"name\":\"x\",\"channel\":\"c2\"}").code
                    == "resourceInUse")
        }
    }

    @Test func `a location's opening hours come back as they went in`() async throws {
        try await TestServer.run { server async throws in
            let hours =
                "{\"monday\":[{\"opens\":\"08:00\",\"closes\":\"12:30\"},{\"opens\":\"14:00\",\"closes\":\"24:00\"}],\"exceptions\":[{\"date\":\"2026-12-25\",\"periods\":[]}]}"
            let put = try await server.put("/v1/locations/L", "{\"name\":\"a\",\"openingHours\":\(hours)}")
            #expect(put.status == 201)
            let read = try await server.get("/v1/locations/L")
            #expect(read.body == put.body)
            let monday = read.json?["openingHours"]?["monday"]
            #expect(monday?[1]?["closes"]?.string == "24:00")
            #expect(read.json?["openingHours"]?["sunday"]?.elements?.isEmpty == true)
            #expect(read.json?["openingHours"]?["exceptions"]?[0]?["date"]?.string == "2026-12-25")
        }
    }
}

@Suite struct AvailabilityRoutesTests {
    @Test func `an ETag stays while the figures stay, and changes with them`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.facts(sale("1"))
            for path in [
                "/v1/availability/A/L", "/v1/availability/A", "/v1/availability", "/v1/locations/L/availability",
            ] {
                let first = try await server.get(path)
                #expect(first.status == 200, "\(path)")
                let tag = try #require(first.headers[.eTag])
                #expect(try await server.get(path, headers: [.ifNoneMatch: tag]).status == 304, "\(path)")
                #expect(try await server.get(path, headers: [.ifNoneMatch: "W/\(tag), \"x\""]).status == 304, "\(path)")
            }
            let before = try await server.get("/v1/availability/A/L").headers[.eTag]
            _ = try await server.facts(sale("2"))
            let after = try await server.get("/v1/availability/A/L", headers: [.ifNoneMatch: before ?? ""])
            #expect(after.status == 200)
            #expect(after.json?["onHand"]?.integer == -2)
        }
    }

    @Test func `every field of the contract is there`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            let answer = try await server.get("/v1/availability/A/L")
            #expect(
                answer.json?.members?.compactMap { $0.name.string } == [
                    "sku", "location", "onHand", "reserved", "safetyStock", "damaged", "inspection", "suspect",
                    "inTransit",
                    "ringFencedForOthers", "ringFencedForChannel", "availableToSell", "shortfall", "band", "eligible",
                    "version", "lastCountedAt", "lastHeardAt", "lagSeconds", "asOf",
                ])
        }
    }

    @Test func `questions with unknown names or parameters are refused`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            #expect(try await server.get("/v1/availability/Z").status == 404)
            #expect(try await server.get("/v1/availability/A/Z").status == 404)
            #expect(try await server.get("/v1/availability/Z/L").status == 404)
            #expect(try await server.get("/v1/locations/Z/availability").status == 404)
            #expect(try await server.get("/v1/availability?group=Z").code == "unknownReference")
            #expect(try await server.get("/v1/availability/A?location=Z").code == "unknownReference")
            #expect(try await server.get("/v1/availability?band=some").parameters == ["band"])
            #expect(try await server.get("/v1/availability?methud=ship").parameters == ["methud"])
            #expect(try await server.get("/v1/availability?q=").parameters == ["q"])
        }
    }

    @Test func `a bulk query answers pair by pair and refuses what it cannot read`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            try await server.shop.addAlias("gtin", "96385074", "A")
            _ = try await server.shop.send([.receipt("r", "A", at: "L", 4)])
            let answer = try await server.post(
                "/v1/availability-queries",
                "{\"pairs\":[{\"sku\":\"A\",\"location\":\"L\"},{\"code\":\"96385074\",\"codeSystem\":\"gtin\"},{\"sku\":\"Z\"},{\"sku\":\"A\",\"location\":\"Z\"},{\"sku\":\"A\",\"group\":\"Z\"}]}"
            )
            let results = answer.json?["results"]
            #expect(results?[0]?["availability"]?["onHand"]?.integer == 4)
            #expect(results?[1]?["sku"]?.string == "A")
            #expect(results?[1]?["availableToSell"]?.integer == 4)
            #expect(results?[2]?["problem"]?["code"]?.string == "unknownSku")
            #expect(results?[3]?["problem"]?["code"]?.string == "unknownLocation")
            #expect(results?[4]?["problem"]?["code"]?.string == "unknownGroup")
            let bad = try await server.post(
                "/v1/availability-queries",
                "{\"pairs\":[{\"sku\":\"A\",\"location\":\"L\",\"group\":\"G\"},{\"code\":\"1\"},{\"x\":1}]}")
            #expect(bad.pointers == ["/pairs/0/group", "/pairs/1/codeSystem", "/pairs/2/sku", "/pairs/2/x"])
            let many = Array(repeating: "{\"sku\":\"A\"}", count: 5_001).joined(separator: ",")
            #expect(try await server.post("/v1/availability-queries", "{\"pairs\":[\(many)]}").code == "limitExceeded")
        }
    }
}

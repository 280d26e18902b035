import Hummingbird
import Inventory
import StrictJSON
import TestSupport
import Testing

/// A store that is taken over: it is told everything and promises nothing until it is switched live.
@Suite struct ShadowModeTests {
    private func put(_ server: TestServer, mode: String) async throws {
        let answer = try await server.put(
            "/v1/locations/S", "{\"name\":\"New store\",\"mode\":\"\(mode)\",\"timeZone\":\"America/New_York\"}")
        #expect(answer.status == (mode == "shadow" ? 201 : 200))
    }

    private func hold(_ server: TestServer, _ key: String) async throws -> TestServer.Answer {
        try await server.send(
            .post, "/v1/reservations",
            "{\"owner\":\"o\",\"method\":\"pickup\",\"location\":\"S\",\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":1}]}",
            headers: keyed(key))
    }

    @Test func `in shadow it takes facts and counts, promises nothing, and promises once it is live`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            try await put(server, mode: "shadow")
            let facts = try await server.facts(
                "{\"eventId\":\"r\",\"type\":\"receipt\",\"sku\":\"A\",\"location\":\"S\",\"quantity\":9}",
                "{\"eventId\":\"q\",\"type\":\"receipt\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":4}",
                sale("s", at: "S", "2"))
            #expect(facts.json?["summary"]?["applied"]?.integer == 3)
            let count = try await server.post(
                "/v1/counts",
                "{\"source\":\"scanner\",\"eventId\":\"C\",\"location\":\"S\",\"lines\":[{\"sku\":\"A\",\"quantity\":6}]}"
            )
            #expect(count.json?["summary"]?["applied"]?.integer == 1)

            let shadow = try await server.get("/v1/availability/A/S")
            #expect(shadow.json?["onHand"]?.integer == 6)
            #expect(shadow.json?["availableToSell"]?.integer == 0)
            #expect(shadow.json?["eligible"]?.boolean == false)
            #expect(try await server.get("/v1/availability/A").json?["availableToSell"]?.integer == 4)
            let refused = try await hold(server, "1")
            #expect(refused.status == 409)
            #expect(refused.code == "locationUnavailable")

            try await put(server, mode: "live")
            #expect(try await server.get("/v1/availability/A/S").json?["availableToSell"]?.integer == 6)
            #expect(try await server.get("/v1/availability/A").json?["availableToSell"]?.integer == 10)
            #expect(try await hold(server, "2").status == 201)
            #expect(try await server.get("/v1/availability/A/S").json?["availableToSell"]?.integer == 5)
        }
    }

    @Test func `discrepancies are counted on the location's own days, by reconciliations and counts`() async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B", "C", "D"] { try await server.shop.addItem(sku) }
            try await put(server, mode: "shadow")
            let receipt = { (sku: String, quantity: Int) in
                """
                {"eventId":"\(sku)","type":"receipt","sku":"\(sku)","location":"S","quantity":\(quantity),"occurredAt":"2026-01-10T12:00:00Z"}
                """
            }
            _ = try await server.facts(
                receipt("A", 10), receipt("B", 10), receipt("C", 10),
                "{\"eventId\":\"x\",\"type\":\"sale\",\"sku\":\"C\",\"location\":\"S\",\"quantity\":2,\"occurredAt\":\"2026-01-15T02:58:00Z\"}"
            )
            // Three in the morning in UTC is the evening before in New York.
            let reconciled = try await server.post(
                "/v1/reconciliations",
                """
                {"source":"wms","eventId":"1","asOf":"2026-01-15T03:00:00Z","location":"S","lines":[
                 {"sku":"A","quantity":10},{"sku":"B","quantity":6},{"sku":"C","quantity":10},{"sku":"none","quantity":1}]}
                """)
            #expect(reconciled.status == 201)
            // The first count of D is how its balance begins, and no comparison.
            let counted = { (event: String, at: String, lines: String) in
                try await server.post(
                    "/v1/counts",
                    "{\"source\":\"scanner\",\"eventId\":\"\(event)\",\"location\":\"S\",\"countedAt\":\"\(at)\",\"lines\":[\(lines)]}"
                )
            }
            _ = try await counted(
                "C1", "2026-01-15T12:00:00Z",
                "{\"sku\":\"A\",\"quantity\":10},{\"sku\":\"B\",\"quantity\":7},{\"sku\":\"D\",\"quantity\":4}")
            _ = try await counted("C2", "2026-01-16T12:00:00Z", "{\"sku\":\"D\",\"quantity\":3}")
            let path = "/v1/locations/S/discrepancies"
            let report = try await server.get("\(path)?from=2026-01-13&to=2026-01-17")
            #expect(report.status == 200, "\(report.body)")
            #expect(report.json?["mode"]?.string == "shadow")
            let days = report.json?["days"]?.elements ?? []
            #expect(days.map { $0["date"]?.string } == ["2026-01-13", "2026-01-14", "2026-01-15", "2026-01-16"])
            #expect(days.map { $0["compared"]?.integer } == [0, 3, 2, 1])
            #expect(days.map { $0["matched"]?.integer } == [0, 1, 1, 0])
            #expect(days.map { $0["explained"]?.integer } == [0, 1, 0, 0])
            #expect(days.map { $0["discrepant"]?.integer } == [0, 1, 1, 1])
            #expect(days.map { $0["unitsOff"]?.integer } == [0, 4, 3, 1])
            #expect(days.map { $0["rate"]?.number } == [nil, 0.3333, 0.5, 1])
            #expect(report.json?["total"]?["compared"]?.integer == 6)
            #expect(report.json?["total"]?["unitsOff"]?.integer == 8)
            #expect(report.json?["total"]?["rate"]?.number == 0.5)
            #expect(try await server.get(path).json?["days"]?.elements?.count == 30)
            #expect(try await server.get("\(path)?from=2026-01-13&to=2026-01-13").parameters == ["from"])
            #expect(try await server.get("\(path)?from=2025-01-01&to=2026-02-06").parameters == ["from"])
            #expect(try await server.get("\(path)?from=2025-01-01&to=2026-02-05").status == 200)
            #expect(try await server.get("\(path)?from=yesterday").parameters == ["from"])
            #expect(try await server.get("/v1/locations/none/discrepancies").status == 404)
        }
    }
}

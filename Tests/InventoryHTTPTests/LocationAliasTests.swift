import Foundation
import HTTPTypes
import Hummingbird
import Inventory
import StrictJSON
import TestSupport
import Testing

/// Locations by other systems' codes: plants of an ERP, shop numbers of a till.
@Suite struct LocationAliasTests {
    private static func line(_ event: String, _ place: String, _ quantity: Int, type: String = "receipt") -> String {
        "{\"eventId\":\"\(event)\",\"type\":\"\(type)\",\"sku\":\"A\",\(place),\"quantity\":\(quantity)}"
    }

    private static let plant = "\"codeSystem\":\"erp\",\"locationCode\":\"PLANT-1\""

    private func put(
        _ server: TestServer, _ code: String, _ location: String, system: String = "erp", headers: HTTPFields = [:]
    ) async throws -> TestServer.Answer {
        try await server.put(
            "/v1/location-aliases",
            "{\"codeSystem\":\"\(system)\",\"code\":\"\(code)\",\"location\":\"\(location)\"}", headers: headers)
    }

    private func onHand(_ server: TestServer, _ location: String) async throws -> Int64? {
        try await server.get("/v1/availability/A/\(location)").json?["onHand"]?.integer
    }

    @Test func `an alias is made, listed, repointed and deleted like others`() async throws {
        try await withStock(5) { server async throws in
            let made = try await put(server, "PLANT-1", "L")
            #expect(made.status == 201 && made.json?["location"]?.string == "L", "\(made.body)")
            let again = try await put(server, "PLANT-1", "L")
            #expect(again.status == 200 && again.json?["version"]?.integer == 1, "\(again.body)")
            #expect(try await put(server, "PLANT-2", "L").status == 201)
            #expect(try await put(server, "PLANT-9", "NONE").code == "unknownReference")
            let moved = try await put(server, "PLANT-1", "M")
            #expect(moved.status == 200 && moved.json?["version"]?.integer == 2)
            #expect(try await put(server, "PLANT-1", "L", headers: [.ifMatch: "\"1\""]).status == 412)
            func listed(_ query: String) async throws -> [String] {
                let found =
                    try await server.get("/v1/location-aliases?\(query)").json?["locationAliases"]?.elements ?? []
                return found.compactMap { $0["code"]?.string }
            }
            #expect(try await listed("") == ["PLANT-1", "PLANT-2"])
            #expect(try await listed("location=M") == ["PLANT-1"])
            #expect(try await listed("codeSystem=erp&code=PLANT-2") == ["PLANT-2"])
            #expect(try await listed("codeSystem=other").isEmpty)
            #expect(try await server.send(.delete, "/v1/location-aliases?codeSystem=erp&code=PLANT-1").status == 204)
            #expect(try await server.send(.delete, "/v1/location-aliases?codeSystem=erp&code=PLANT-1").status == 404)
            let audit = try await server.get("/v1/audit?kind=locationAlias").json?["auditEntries"]?.elements ?? []
            #expect(audit.compactMap { $0["action"]?.string }.sorted() == ["changed", "created", "created", "deleted"])
        }
    }

    @Test func `facts name their place by a code, in the line's system, the envelope's or the source's`() async throws {
        try await withStock(5) { server async throws in
            _ = try await put(server, "PLANT-1", "L")
            let told = try await server.facts(Self.line("1", Self.plant, 2))
            #expect(told.verdicts == ["applied"], "\(told.body)")
            #expect(told.json?["results"]?[0]?["availability"]?["location"]?.string == "L")
            let code = "\"locationCode\":\"PLANT-1\""
            let enveloped = try await server.facts(Self.line("2", code, 1), more: ",\"codeSystem\":\"erp\"")
            #expect(enveloped.verdicts == ["applied"], "\(enveloped.body)")
            #expect(try await server.put("/v1/sources/sap", "{\"name\":\"SAP\",\"codeSystem\":\"erp\"}").status == 201)
            for _ in 0..<2 {
                let sourced = try await server.facts(Self.line("3", code, 4), source: "sap")
                #expect(["applied", "duplicate"].contains(sourced.verdicts.first), "\(sourced.body)")
            }
            #expect(try await onHand(server, "L") == 12)
            let both = try await server.facts(Self.line("4", "\(Self.plant),\"location\":\"L\"", 1))
            #expect(both.verdicts == ["rejected"])
            #expect(both.json?["results"]?[0]?["problem"]?["pointer"]?.string == "/locationCode", "\(both.body)")
            let systemless = try await server.facts(Self.line("5", "\"locationCode\":\"PLANT-8\"", 1))
            #expect(systemless.verdicts == ["rejected"])
            #expect(systemless.json?["results"]?[0]?["problem"]?["code"]?.string == "codeSystemMissing")
            // The same event under the location's id is other content.
            #expect(try await server.facts(Self.line("1", "\"location\":\"L\"", 2)).verdicts == ["rejected"])
            // A repointed code means the new place from then on, and the ledger stays.
            _ = try await put(server, "PLANT-1", "M")
            #expect(try await server.facts(Self.line("6", Self.plant, 1)).verdicts == ["applied"])
            #expect(try await onHand(server, "M") == 4)
            #expect(try await server.facts(Self.line("1", Self.plant, 2)).verdicts == ["duplicate"])
        }
    }

    @Test func `a line with an unknown code waits, and is applied once the code is mapped`() async throws {
        try await withStock(5) { server async throws in
            let parked = try await server.facts(Self.line("1", Self.plant, 2), Self.line("2", Self.plant, 3))
            #expect(parked.verdicts == ["parked", "parked"], "\(parked.body)")
            #expect(parked.json?["results"]?[0]?["problem"]?["code"]?.string == "unknownLocationCode")
            #expect(parked.json?["results"]?[0]?["problem"]?["pointer"]?.string == "/locationCode")
            let open =
                try await server.get("/v1/exceptions?type=unknownLocationCode").json?["exceptions"]?.elements ?? []
            #expect(open.count == 1)
            let exception = try #require(open.first)
            #expect(exception["code"]?.string == "PLANT-1" && exception["codeSystem"]?.string == "erp")
            #expect(exception["linesWaiting"]?.integer == 2)
            // A location that is called like the code is another thing.
            _ = try await server.put("/v1/locations/PLANT-1", "{\"name\":\"Not it\"}")
            #expect(try await onHand(server, "PLANT-1") == 0)
            let id = try #require(exception["id"]?.string)
            let wrong = try await server.post(
                "/v1/exceptions/\(id)/resolve", "{\"action\":\"mapLocation\",\"location\":\"NONE\"}")
            #expect(wrong.code == "unknownReference", "\(wrong.body)")
            let resolved = try await server.post(
                "/v1/exceptions/\(id)/resolve", "{\"action\":\"mapLocation\",\"location\":\"L\"}")
            #expect(resolved.status == 200, "\(resolved.body)")
            #expect(try await onHand(server, "L") == 10)
            #expect(try await server.facts(Self.line("1", Self.plant, 2)).verdicts == ["duplicate"])
            #expect(try await server.facts(Self.line("3", Self.plant, 1)).verdicts == ["applied"])
        }
    }

    @Test func `a transfer names both its ends by codes, and waits for each`() async throws {
        try await withStock(5) { server async throws in
            let line = """
                {"eventId":"t","type":"transfer","sku":"A","codeSystem":"erp","locationCode":"P-L","toLocationCode":"P-M",\
                "quantity":2}
                """
            #expect(try await server.facts(line).verdicts == ["parked"])
            let open =
                try await server.get("/v1/exceptions?type=unknownLocationCode").json?["exceptions"]?.elements ?? []
            #expect(Set(open.compactMap { $0["code"]?.string }) == ["P-L", "P-M"])
            _ = try await put(server, "P-M", "M")
            #expect(try await onHand(server, "M") == 3)
            _ = try await put(server, "P-L", "L")
            #expect(try await onHand(server, "L") == 3)
            #expect(try await onHand(server, "M") == 5)
            let left = try await server.get("/v1/exceptions?type=unknownLocationCode&status=open")
            #expect(left.json?["exceptions"]?.elements?.isEmpty == true, "\(left.body)")
        }
    }

    @Test func `a deleted location takes its codes with it`() async throws {
        try await withStock(5) { server async throws in
            _ = try await server.put("/v1/locations/X", "{\"name\":\"X\"}")
            _ = try await put(server, "P-X", "X")
            #expect(try await server.send(.delete, "/v1/locations/X").status == 204)
            _ = try await server.put("/v1/locations/X", "{\"name\":\"Another X\"}")
            let code = "\"codeSystem\":\"erp\",\"locationCode\":\"P-X\""
            #expect(try await server.facts(Self.line("1", code, 1)).verdicts == ["parked"])
        }
    }

    @Test func `a code does not lead a bound client past its binding`() async throws {
        try await TestServer.runAsking { server async throws in
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            try await server.shop.addItem("A")
            let operator_ = try await server.with(server.key("office", [.operator]))
            for (code, location) in [("P-L", "L"), ("P-M", "M")] {
                let made = try await operator_.put(
                    "/v1/location-aliases",
                    "{\"codeSystem\":\"erp\",\"code\":\"\(code)\",\"location\":\"\(location)\"}")
                #expect(made.status == 201, "\(made.body)")
            }
            let till = try await server.with(server.key("till", [.till], [], locations: ["L"], sources: ["s"]))
            func send(_ code: String) async throws -> TestServer.Answer {
                try await till.post(
                    "/v1/movements",
                    """
                    {"source":"s","codeSystem":"erp","lines":[\(Self.line(code, "\"locationCode\":\"\(code)\"", 1))]}
                    """)
            }
            #expect(try await send("P-L").verdicts == ["applied"])
            for code in ["P-M", "P-UNKNOWN"] {
                let refused = try await send(code)
                #expect(refused.status == 403 && refused.body.contains("/lines/0/locationCode"), "\(refused.body)")
            }
        }
    }

    @Test func `what is received, and what was looked at, take the code of a place too`() async throws {
        try await withStock { server async throws in
            _ = try await server.send(
                .put, "/v1/location-aliases", "{\"codeSystem\":\"wms\",\"code\":\"0815\",\"location\":\"M\"}")
            _ = try await server.put("/v1/sources/w", "{\"codeSystem\":\"wms\"}")
            try await server.shop.addLocation("N")
            let transfer = try await server.send(
                .post, "/v1/transfers", "{\"from\":\"L\",\"to\":\"N\",\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}",
                headers: keyed("transfer"))
            let id = try #require(transfer.json?["id"]?.string, "\(transfer.body)")
            let told = "\"source\":\"w\",\"lines\":[{\"id\":\"1\",\"quantity\":1,\"bucket\":\"inspection\"}]"
            _ = try await server.send(
                .post, "/v1/transfers/\(id)/ship",
                "{\"source\":\"w\",\"eventId\":\"s\",\"lines\":[{\"id\":\"1\",\"quantity\":1}]}")
            let received = try await server.send(
                .post, "/v1/transfers/\(id)/receive", "{\"eventId\":\"r\",\"locationCode\":\"0815\",\(told)}")
            #expect(received.json?["results"]?[0]?["verdict"]?.string == "applied", "\(received.body)")
            #expect(received.json?["warnings"]?.elements?.isEmpty == true)
            #expect(received.json?["transfer"]?["lines"]?[0]?["receivedElsewhere"]?.integer == 1, "\(received.body)")
            let there = try await server.get("/v1/availability/A/M")
            #expect(there.json?["inspection"]?.integer == 1, "\(there.body)")
            let line = "{\"eventId\":\"i\",\"sku\":\"A\",\"locationCode\":\"0815\",\"quantity\":1,\"to\":\"onHand\"}"
            let seen = try await server.send(.post, "/v1/inspection-releases", "{\"source\":\"w\",\"lines\":[\(line)]}")
            #expect(seen.json?["results"]?[0]?["verdict"]?.string == "applied", "\(seen.body)")
            #expect(try await server.get("/v1/availability/A/M").json?["onHand"]?.integer == 4)
            let neither = line.replacing("\"locationCode\":\"0815\",", with: "").replacing("\"i\"", with: "\"j\"")
            let refused = try await server.send(
                .post, "/v1/inspection-releases", "{\"source\":\"w\",\"lines\":[\(neither)]}")
            #expect(refused.json?["results"]?[0]?["verdict"]?.string == "rejected", "\(refused.body)")
            let unknown = try await server.send(
                .post, "/v1/inspection-releases",
                "{\"source\":\"w\",\"lines\":[\(line.replacing("0815", with: "4711").replacing("\"i\"", with: "\"k\""))]}"
            )
            #expect(unknown.json?["results"]?[0]?["verdict"]?.string == "parked", "\(unknown.body)")
        }
    }
}

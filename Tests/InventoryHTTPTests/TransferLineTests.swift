import Foundation
import Hummingbird
import Inventory
import StrictJSON
import TestSupport
import Testing

/// Transfers in one step: a shop tells once that goods went to another one.
@Suite struct TransferLineTests {
    private func line(
        _ event: String, _ item: String, _ quantity: Int, from: String = "L", to: String = "M", more: String = ""
    ) -> String {
        """
        {"eventId":"\(event)","type":"transfer",\(item),"location":"\(from)","toLocation":"\(to)",\
        "quantity":\(quantity)\(more)}
        """
    }

    private func figure(_ server: TestServer, _ sku: String, _ location: String, _ name: String) async throws -> Int64?
    {
        try await server.get("/v1/availability/\(sku)/\(location)").json?[name]?.integer
    }

    @Test func `both ends change in one transaction, once, against one account`() async throws {
        try await withStock(10) { server async throws in
            let sent = try await server.facts(line("t/1", "\"sku\":\"A\"", 4))
            #expect(sent.verdicts == ["applied"], "\(sent.body)")
            let result = sent.json?["results"]?[0]
            #expect(result?["components"]?.elements?.compactMap { $0["location"]?.string } == ["L", "M"])
            #expect(try await figure(server, "A", "L", "onHand") == 6)
            #expect(try await figure(server, "A", "M", "onHand") == 7)
            #expect(try await server.facts(line("t/1", "\"sku\":\"A\"", 4)).verdicts == ["duplicate"])
            let other = try await server.facts(line("t/1", "\"sku\":\"A\"", 5))
            #expect(other.verdicts == ["rejected"], "\(other.body)")
            let ledger = try await server.get("/v1/movements?sku=A").json?["movements"]?.elements ?? []
            let lines = ledger.filter { $0["type"]?.string == "transfer" }
            #expect(lines.compactMap { $0["units"]?.integer }.sorted() == [-4, 4])
            #expect(lines.allSatisfy { $0["counterAccount"]?.string == "transfer" && $0["eventId"]?.string == "t/1" })
            // More than is there has left all the same; damaged units stay damaged.
            #expect(try await server.facts(line("t/2", "\"sku\":\"A\"", 8)).verdicts == ["applied"])
            #expect(try await figure(server, "A", "L", "onHand") == -2)
            let damaged = try await server.facts(line("t/3", "\"sku\":\"B\"", 1, more: ",\"bucket\":\"damaged\""))
            #expect(damaged.verdicts == ["applied"])
            #expect(try await figure(server, "B", "M", "damaged") == 1)
            #expect(try await figure(server, "B", "M", "onHand") == 0)
        }
    }

    @Test func `what cannot be meant is rejected`() async throws {
        try await withStock(10) { server async throws in
            for (bad, pointer) in [
                (line("r/1", "\"sku\":\"A\"", 1, to: "L"), "/toLocation"),
                ("{\"eventId\":\"r/2\",\"type\":\"transfer\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}", "/toLocation"),
                (line("r/3", "\"sku\":\"A\"", 0), "/quantity"),
                (line("r/4", "\"sku\":\"A\"", 1, more: ",\"expectedVersion\":1"), "/expectedVersion"),
            ] {
                let answer = try await server.facts(bad)
                #expect(answer.verdicts == ["rejected"], "\(answer.body)")
                #expect(answer.json?["results"]?[0]?["problem"]?["pointer"]?.string == pointer, "\(answer.body)")
            }
            #expect(try await figure(server, "A", "L", "onHand") == 10)
        }
    }

    @Test func `it waits until both ends are known, and each missing one is one exception`() async throws {
        try await withStock(10) { server async throws in
            let parked = try await server.facts(
                line("p/1", "\"sku\":\"A\"", 2, to: "NEW"), line("p/2", "\"sku\":\"A\"", 1, from: "OLD", to: "NEW"))
            #expect(parked.verdicts == ["parked", "parked"], "\(parked.body)")
            #expect(parked.json?["results"]?[0]?["problem"]?["pointer"]?.string == "/toLocation")
            let open = try await server.get("/v1/exceptions?type=unknownLocation").json?["exceptions"]?.elements ?? []
            #expect(Set(open.compactMap { $0["location"]?.string }) == ["NEW", "OLD"])
            let waiting = open.first { $0["location"]?.string == "NEW" }?["linesWaiting"]?.integer
            #expect(waiting == 2)
            _ = try await server.put("/v1/locations/NEW", "{\"name\":\"New\"}")
            #expect(try await figure(server, "A", "L", "onHand") == 8)
            #expect(try await figure(server, "A", "NEW", "onHand") == 2)
            _ = try await server.put("/v1/locations/OLD", "{\"name\":\"Old\"}")
            #expect(try await figure(server, "A", "NEW", "onHand") == 3)
            #expect(try await figure(server, "A", "OLD", "onHand") == -1)
            let left = try await server.get("/v1/exceptions?type=unknownLocation&status=open")
            #expect(left.json?["exceptions"]?.elements?.isEmpty == true, "\(left.body)")
        }
    }

    @Test func `a case counts its units, and of a kit all its parts go`() async throws {
        try await withStock(20) { server async throws in
            _ = try await server.put(
                "/v1/aliases", "{\"codeSystem\":\"case\",\"code\":\"C-A\",\"sku\":\"A\",\"unitsPerCode\":6}")
            let box = try await server.facts(line("c/1", "\"code\":\"C-A\",\"codeSystem\":\"case\"", 2))
            #expect(box.verdicts == ["applied"], "\(box.body)")
            #expect(try await figure(server, "A", "M", "onHand") == 15)
            let kit = """
                {"name":"Kit","components":[{"sku":"A","quantity":2},{"sku":"B","quantity":1}]}
                """
            #expect(try await server.put("/v1/items/K", kit).status == 201)
            let kits = try await server.facts(line("k/1", "\"sku\":\"K\"", 3))
            #expect(kits.verdicts == ["applied"], "\(kits.body)")
            #expect(kits.json?["results"]?[0]?["components"]?.elements?.count == 4)
            #expect(try await figure(server, "A", "L", "onHand") == 2)
            #expect(try await figure(server, "A", "M", "onHand") == 21)
            #expect(try await figure(server, "B", "M", "onHand") == 3)
        }
    }

    @Test func `promises that lose their cover are named, and a count that has seen it is not changed`() async throws {
        try await withStock(5) { server async throws in
            let held = try await server.reserve(lines: [("A", 4)])
            #expect(held.status == 201, "\(held.body)")
            let left = try await server.facts(line("u/1", "\"sku\":\"A\"", 3))
            #expect(left.verdicts == ["appliedUncovered"], "\(left.body)")
            #expect(left.json?["results"]?[0]?["atRiskCount"]?.integer == 1)
            let counted = """
                {"eventId":"n/1","type":"count","sku":"B","location":"M","quantity":9,"countedAt":"2026-01-02T00:00:00Z"}
                """
            #expect(try await server.facts(counted).verdicts == ["applied"])
            let late = try await server.facts(
                line("u/2", "\"sku\":\"B\"", 2, more: ",\"occurredAt\":\"2026-01-01T00:00:00Z\""))
            #expect(late.verdicts == ["recordedBeforeCount"], "\(late.body)")
            #expect(try await figure(server, "B", "M", "onHand") == 9)
            #expect(try await figure(server, "B", "L", "onHand") == 3)
        }
    }

    @Test func `a transfer is found and told of by its reference, and more than asked for is named`() async throws {
        try await withStock(10) { server async throws in
            let body = """
                {"reference":"TO/1","from":"L","to":"M","lines":[{"id":"a","sku":"A","quantity":4}]}
                """
            let made = try await server.send(.post, "/v1/transfers", body, headers: keyed("one"))
            let id = try made.id
            #expect(try await server.get("/v1/transfers/TO%2F1").json?["id"]?.string == id)
            func tell(_ what: String, _ units: Int) async throws -> TestServer.Answer {
                try await server.post(
                    "/v1/transfers/TO%2F1/\(what)",
                    "{\"source\":\"wms\",\"eventId\":\"\(what)-\(units)\",\"lines\":[{\"id\":\"a\",\"quantity\":\(units)}]}")
            }
            let right = try await tell("ship", 4)
            #expect(right.verdicts == ["applied"] && right.json?["results"]?[0]?["warnings"]?.elements?.isEmpty == true)
            let over = try await tell("ship", 1)
            #expect(over.json?["results"]?[0]?["warnings"]?[0]?.string?.contains("5 of 'A' were shipped in all") == true)
            let received = try await tell("receive", 6)
            #expect(received.verdicts == ["applied"], "\(received.body)")
            #expect(
                received.json?["results"]?[0]?["warnings"]?[0]?.string?.contains("6 of 'A' were received in all") == true)
            #expect(try await server.get("/v1/transfers/TO-2").status == 404)
            _ = try await server.send(.post, "/v1/transfers", body, headers: keyed("two"))
            let both = try await server.get("/v1/transfers/TO%2F1")
            #expect(both.status == 400 && both.parameters == ["id"], "\(both.body)")
            #expect(try await server.get("/v1/transfers/\(id)").status == 200)
        }
    }

    @Test func `a bound client must be bound to both ends`() async throws {
        try await TestServer.runAsking { server async throws in
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            try await server.shop.addItem("A")
            let till = try await server.with(server.key("till", [.till], [], locations: ["L"], sources: ["s"]))
            let answer = try await till.post(
                "/v1/movements", "{\"source\":\"s\",\"lines\":[\(line("b/1", "\"sku\":\"A\"", 1))]}")
            #expect(answer.status == 403, "\(answer.body)")
            #expect(answer.body.contains("/lines/0/toLocation"))
            #expect(try await server.shop.count("movement") == 0)
        }
    }
}

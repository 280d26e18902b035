import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Kits and packs as their users see them.
@Suite struct KitRoutesTests {
    /// A set of two A and a B; a case of six sets.
    private func withKit(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await withStock(10) { server async throws in
            let put = try await server.put(
                "/v1/items/SET",
                "{\"name\":\"Set\",\"components\":[{\"sku\":\"A\",\"quantity\":2},{\"sku\":\"B\",\"quantity\":1}]}")
            #expect(put.status == 201, "\(put.body)")
            try await server.shop.addAlias("packs", "SET-6", "SET", units: 6)
            try await body(server)
        }
    }

    private func sold(_ event: String, _ item: String, _ units: Int, _ more: String = "") -> String {
        "{\"eventId\":\"\(event)\",\"type\":\"sale\",\(item),\"location\":\"L\",\"quantity\":\(units)\(more)}"
    }

    @Test func `a sale by kit sells its components, once, and says what became of each`() async throws {
        try await withKit { server async throws in
            let answer = try await server.facts(sold("s1", "\"sku\":\"SET\"", 2))
            #expect(answer.verdicts == ["applied"], "\(answer.body)")
            let line = answer.json?["results"]?[0]
            #expect(line?["components"]?.elements?.compactMap { $0["sku"]?.string } == ["A", "B"])
            #expect(line?["components"]?[0]?["availability"]?["onHand"]?.integer == 6)
            #expect(line?["availability"]?.isNull == true)
            let again = try await server.facts(sold("s1", "\"sku\":\"SET\"", 2))
            #expect(again.verdicts == ["duplicate"])
            #expect(again.json?["results"]?[0]?["sequence"]?.integer == line?["sequence"]?.integer)
            #expect(again.json?["results"]?[0]?["components"]?.isNull == true)
            let ledger = try await server.get("/v1/movements?source=till&eventId=s1")
            #expect(ledger.json?["movements"]?.elements?.compactMap { $0["sku"]?.string }.sorted() == ["A", "B"])
            #expect(ledger.json?["movements"]?[0]?["kit"]?.string == "SET")
            // A case is six of them: more than is there leaves all the same.
            let cased = try await server.facts(sold("s2", "\"code\":\"SET-6\",\"codeSystem\":\"packs\"", 1))
            #expect(cased.verdicts == ["applied"])
            #expect(try await server.get("/v1/availability/A/L").json?["onHand"]?.integer == -6)
            #expect(try await server.get("/v1/availability/B/L").json?["onHand"]?.integer == 2)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a part that a kit and a line of its own ask for together is shown with their sum`() async throws {
        try await withKit { server async throws in
            _ = try await server.facts(receipt("more", "A", "L", 1))
            let refused = try await server.reserve(lines: [("SET", 3), ("A", 6)])
            #expect(refused.code == "insufficientAvailability", "\(refused.body)")
            let lines = refused.lines
            try #require(lines.count == 1, "\(refused.body)")
            #expect(lines[0]["sku"]?.string == "A" && lines[0]["location"]?.string == "L")
            #expect(lines[0]["requested"]?.integer == 12 && lines[0]["available"]?.integer == 11)
            #expect(lines[0]["ids"]?.elements?.compactMap(\.string) == ["1", "2"])
            #expect(refused.json?["detail"]?.string?.hasPrefix("12 of 'A' asked for at 'L', 11 available") == true)
            // A kit that is short by itself is named too.
            let both = try await server.reserve(lines: [("SET", 6), ("A", 1)])
            #expect(both.lines.compactMap { $0["sku"]?.string } == ["SET", "A"], "\(both.body)")
            #expect(both.lines.first?["requested"]?.integer == 6 && both.lines.first?["available"]?.integer == 5)
            #expect(both.lines.last?["requested"]?.integer == 13 && both.lines.last?["available"]?.integer == 11)
            // Of a transfer, and of lines that are replaced, as well.
            let transfer = try await server.send(
                .post, "/v1/transfers",
                """
                {"from":"L","to":"M","reserve":true,"lines":[{"sku":"SET","quantity":3},{"sku":"A","quantity":6}]}
                """, headers: keyed(UUID().uuidString))
            #expect(transfer.lines.compactMap { $0["requested"]?.integer } == [12], "\(transfer.body)")
            let id = try await server.reserve(lines: [("SET", 3)]).id
            let replaced = try await server.put(
                "/v1/reservations/\(id)/lines",
                "{\"lines\":[{\"id\":\"1\",\"sku\":\"SET\",\"quantity\":3},{\"id\":\"2\",\"sku\":\"A\",\"quantity\":6}]}"
            )
            #expect(replaced.lines.compactMap { $0["sku"]?.string } == ["A"], "\(replaced.body)")
            #expect(replaced.lines.first?["requested"]?.integer == 12)
        }
    }

    @Test func `lines by a kit that nobody knows yet wait, and are its components'`() async throws {
        try await withStock(10) { server async throws in
            let parked = try await server.facts(sold("s1", "\"sku\":\"SET\"", 1))
            #expect(parked.verdicts == ["parked"])
            _ = try await server.put(
                "/v1/items/SET",
                "{\"name\":\"Set\",\"components\":[{\"sku\":\"A\",\"quantity\":2},{\"sku\":\"B\",\"quantity\":1}]}")
            #expect(try await server.get("/v1/availability/A/L").json?["onHand"]?.integer == 8)
            #expect(try await server.facts(sold("s1", "\"sku\":\"SET\"", 1)).verdicts == ["duplicate"])
        }
    }

    @Test func `kits are held whole, from one place, and refused in kits`() async throws {
        try await withKit { server async throws in
            #expect(try await server.available("SET") == 5)
            let refused = try await server.reserve(lines: [("SET", 6)])
            #expect(refused.status == 409)
            #expect(refused.json?["lines"]?[0]?["sku"]?.string == "SET")
            #expect(refused.json?["lines"]?[0]?["available"]?.integer == 5)
            // Its parts and itself take of one balance.
            #expect(try await server.reserve(lines: [("SET", 5), ("A", 1)]).status == 409)
            let held = try await server.reserve(lines: [("SET", 4), ("A", 1)])
            #expect(held.status == 201, "\(held.body)")
            let line = held.lines[0]
            #expect(line["quantity"]?.integer == 4 && line["components"]?.elements?.count == 2)
            #expect(line["allocations"]?.elements?.compactMap { $0["sku"]?.string }.sorted() == ["A", "B"])
            #expect(try await server.available("SET") == 0)
            #expect(try await server.available("B") == 6)
            let partial = try await server.reserve(lines: [("SET", 3)], more: ",\"allowPartial\":true")
            #expect(partial.status == 409, "half a kit is none: \(partial.body)")
            _ = try await server.act("confirm", try held.id)
            let fulfilled = try await server.act("fulfil", try held.id)
            #expect(fulfilled.json?["state"]?.string == "fulfilled")
            #expect(try await server.get("/v1/availability/B/L").json?["onHand"]?.integer == 6)
            // The sale of the kit is recalled, its parts are not.
            _ = try await server.put(
                "/v1/items/SET",
                "{\"name\":\"Set\",\"status\":\"stopSale\",\"components\":[{\"sku\":\"A\",\"quantity\":1}]}")
            #expect(try await server.reserve(lines: [("SET", 1)]).code == "insufficientAvailability")
            #expect(try await server.reserve(lines: [("A", 1)]).status == 201)
        }
    }

    @Test func `kits ship from where all their parts are`() async throws {
        try await withKit { server async throws in
            // M has three of A and no B.
            let body = "{\"method\":\"ship\",\"objective\":\"priority\",\"lines\":[{\"sku\":\"SET\",\"quantity\":3}]}"
            let held = try await server.reserve(body)
            #expect(held.status == 201, "\(held.body)")
            #expect(held.lines[0]["allocations"]?.elements?.allSatisfy { $0["location"]?.string == "L" } == true)
            #expect(held.lines[0]["quantity"]?.integer == 3)
            let preview = try await server.post(
                "/v1/sourcing-previews", "{\"objective\":\"priority\",\"lines\":[{\"sku\":\"SET\",\"quantity\":2}]}")
            #expect(preview.json?["lines"]?[0]?["quantity"]?.integer == 2, "\(preview.body)")
            let refused = try await server.reserve(body)
            #expect(refused.status == 409 && refused.json?["lines"]?[0]?["available"]?.integer == 2, "\(refused.body)")
            // Together with one of its parts nothing is promised twice.
            let both = try await server.reserve(
                "{\"method\":\"ship\",\"objective\":\"priority\",\"lines\":[{\"sku\":\"SET\",\"quantity\":2},{\"sku\":\"A\",\"quantity\":3}]}"
            )
            #expect(both.status == 201, "\(both.body)")
            #expect(try await server.available("A") == 0)
            #expect(try await server.available("A", "M") == 0)
        }
    }

    @Test func `a kit of which a part is not found ships whole from elsewhere`() async throws {
        try await withKit { server async throws in
            let order = try await server.reserve(
                "{\"method\":\"ship\",\"objective\":\"priority\",\"confirm\":true,\"lines\":[{\"sku\":\"SET\",\"quantity\":3}]}"
            )
            let allocations = order.lines[0]["allocations"]?.elements ?? []
            let jars = try #require(allocations.first { $0["sku"]?.string == "A" }?["id"]?.string)
            let lost = "{\"allocations\":[{\"id\":\"\(jars)\",\"quantity\":1}]}"
            // M has A and no B: nothing moves, and the rest of the set stays with what is missing.
            let stuck = try await server.act("not-found", order.id, lost, key: "1")
            #expect(stuck.json?["state"]?.string == "notFound", "\(stuck.body)")
            #expect(try await server.available("A", "M") == 3)
            // The recipe of today is no matter: the order's sets are what they were.
            _ = try await server.put(
                "/v1/items/SET", "{\"name\":\"Set\",\"components\":[{\"sku\":\"B\",\"quantity\":9}]}")
            _ = try await server.facts(receipt("in/B/M", "B", "M", 5))
            let moved = try await server.act("not-found", order.id, lost, key: "2")
            #expect(moved.json?["state"]?.string == "confirmed", "\(moved.body)")
            let shipments = moved.json?["sourcing"]?["shipments"]?.elements?.compactMap { shipment in
                shipment["location"]?.string.map { "\($0) \(shipment["units"]?.integer ?? 0)" }
            }
            #expect(shipments == ["L 6", "M 3"], "\(moved.body)")
            let there = try await server.get("/v1/availability/B/M").json
            #expect(there?["reserved"]?.integer == 1 && there?["onHand"]?.integer == 5)
            // Two were missed; the B that was found is free where it was.
            let (a, b) = (
                try await server.get("/v1/availability/A/L").json, try await server.get("/v1/availability/B/L").json
            )
            #expect(a?["suspect"]?.integer == 2 && a?["reserved"]?.integer == 4 && a?["onHand"]?.integer == 8)
            #expect(b?["suspect"]?.integer == 0 && b?["reserved"]?.integer == 2 && b?["availableToSell"]?.integer == 8)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a transfer of kits moves their components`() async throws {
        try await withKit { server async throws in
            let made = try await server.send(
                .post, "/v1/transfers",
                "{\"from\":\"L\",\"to\":\"M\",\"reserve\":true,\"lines\":[{\"code\":\"SET-6\",\"codeSystem\":\"packs\",\"quantity\":1}]}",
                headers: keyed("t"))
            #expect(made.status == 409, "five sets are there: \(made.body)")
            let three = try await server.send(
                .post, "/v1/transfers",
                "{\"from\":\"L\",\"to\":\"M\",\"reserve\":true,\"lines\":[{\"sku\":\"SET\",\"quantity\":3}]}",
                headers: keyed("u"))
            let id = try three.id
            #expect(three.json?["lines"]?[0]?["components"]?.elements?.count == 2)
            let line = "{\"source\":\"wms\",\"eventId\":\"e\",\"lines\":[{\"id\":\"1\",\"quantity\":3}]}"
            let shipped = try await server.post("/v1/transfers/\(id)/ship", line)
            #expect(shipped.json?["results"]?[0]?["components"]?.elements?.count == 4, "\(shipped.body)")
            #expect(try await server.get("/v1/availability/A/M").json?["inTransit"]?.integer == 6)
            let received = try await server.post(
                "/v1/transfers/\(id)/receive", line.replacingOccurrences(of: "\"e\"", with: "\"f\""))
            #expect(received.json?["transfer"]?["state"]?.string == "received", "\(received.body)")
            #expect(try await server.get("/v1/availability/B/M").json?["onHand"]?.integer == 3)
            #expect(try await server.shop.prove().isProved)
        }
    }
}

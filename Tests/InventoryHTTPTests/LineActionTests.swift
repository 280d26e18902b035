import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Actions that name lines instead of allocations.
@Suite("Actions by lines") struct LineActionTests {
    private func lines(_ quantity: Int?, _ more: String = "", id: String = "1") -> String {
        let quantity = quantity.map { ",\"quantity\":\($0)" } ?? ""
        return "{\"lines\":[{\"id\":\"\(id)\"\(quantity)}]\(more)}"
    }

    /// Units of a line by location and state, such as `L ready 2`.
    private func open(_ answer: TestServer.Answer, _ line: Int = 0) -> [String] {
        (answer.lines[line]["allocations"]?.elements ?? []).map { allocation in
            let units = allocation["quantity"]?.integer ?? -1
            return "\(allocation["location"]?.string ?? "") \(allocation["state"]?.string ?? "") \(units)"
        }
    }

    @Test func `every action with allocations takes lines instead`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 5), ("B", 1)]).id
            let confirmed = try await server.act("confirm", id, lines(4), key: "1")
            #expect(open(confirmed) == ["L held 1", "L confirmed 4"], "\(confirmed.body)")
            #expect(confirmed.lines[1]["allocations"]?[0]?["state"]?.string == "held")
            _ = try await server.act("confirm", id, lines(nil))
            let moved = try await server.act("move", id, lines(2, ",\"location\":\"M\""), key: "2")
            // Whole allocations go first, and then a part of one.
            #expect(open(moved).sorted() == ["L confirmed 3", "M confirmed 1", "M confirmed 1"], "\(moved.body)")
            let ready = try await server.act("ready", id, lines(4), key: "3")
            #expect(ready.status == 200, "\(ready.body)")
            let handed = try await server.act("fulfil", id, lines(3), key: "4")
            let fulfilled = handed.lines[0]["allocations"]?.elements?.compactMap { $0["fulfilled"]?.integer } ?? []
            #expect(fulfilled.reduce(0, +) == 3, "\(handed.body)")
            // The same key is the same request.
            #expect(try await server.act("fulfil", id, lines(3), key: "4").json?["version"]?.integer == 6)
            let released = try await server.act("release", id, lines(1, ",\"restock\":\"pending\""), key: "5")
            #expect(released.status == 200, "\(released.body)")
            let missing = try await server.act("not-found", id, lines(nil))
            #expect(missing.status == 200, "\(missing.body)")
            _ = try await server.act("release", id, lines(nil))
            let back = try await server.act("restock", id, lines(nil))
            #expect(back.status == 200, "\(back.body)")
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `both at once, an unknown line and too much are refused, and a quantity needs a key`() async throws {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true")
            let (id, allocation) = (try answer.id, try answer.allocation)
            for name in ["confirm", "ready", "fulfil", "release", "restock", "not-found"] {
                let both = try await server.act(
                    name, id, lines(nil, ",\"allocations\":[{\"id\":\"\(allocation)\"}]"))
                #expect(both.status == 400 && both.pointers == ["/lines"], "\(name): \(both.body)")
                #expect(try await server.act(name, id, lines(1)).status == 400, "\(name)")
                let unknown = try await server.act(name, id, lines(nil, id: "9"))
                #expect(unknown.status == 422 && unknown.pointers == ["/lines/0/id"], "\(name): \(unknown.body)")
            }
            for name in ["ready", "fulfil", "release", "not-found"] {
                let refused = try await server.act(name, id, lines(3), key: name)
                #expect(refused.status == 409 && refused.code == "illegalTransition", "\(name): \(refused.body)")
            }
            let twice = "{\"lines\":[{\"id\":\"1\"},{\"id\":\"1\"}]}"
            #expect(try await server.act("ready", id, twice).pointers == ["/lines/1/id"])
            #expect(try await server.get("/v1/reservations/\(id)").json?["version"]?.integer == 1)
            _ = try await server.act("fulfil", id, lines(nil))
            let sold = try await server.act("fulfil", id, lines(1), key: "late")
            #expect(sold.status == 409 && sold.code == "reservationNotOpen", "\(sold.body)")
        }
    }

    @Test func `of a kit, lines name whole kits`() async throws {
        try await withStock(10) { server async throws in
            _ = try await server.put(
                "/v1/items/SET",
                "{\"name\":\"Set\",\"components\":[{\"sku\":\"A\",\"quantity\":2},{\"sku\":\"B\",\"quantity\":1}]}")
            let id = try await server.reserve(lines: [("SET", 3)], more: ",\"confirm\":true").id
            let ready = try await server.act("ready", id, lines(2), key: "1")
            #expect(
                open(ready).sorted() == ["L confirmed 1", "L confirmed 2", "L ready 2", "L ready 4"], "\(ready.body)")
            let handed = try await server.act("fulfil", id, lines(2), key: "2")
            #expect(handed.status == 200, "\(handed.body)")
            #expect(try await server.get("/v1/availability/A/L").json?["onHand"]?.integer == 6)
            #expect(try await server.get("/v1/availability/B/L").json?["onHand"]?.integer == 8)
            let tooMany = try await server.act("release", id, lines(2), key: "3")
            #expect(tooMany.code == "illegalTransition", "\(tooMany.body)")
            _ = try await server.act("release", id, lines(1), key: "4")
            #expect(try await server.get("/v1/reservations/\(id)").json?["state"]?.string == "closed")
            #expect(try await server.available("A") == 6)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a line whose till told first is handed over once`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 3)], more: ",\"confirm\":true").id
            let till = """
                {"eventId":"t1","type":"sale","sku":"A","location":"L","quantity":2,"reservation":"\(id)"}
                """
            #expect(try await server.facts(till).verdicts == ["applied"])
            let handed = try await server.act("fulfil", id, lines(3), key: "1")
            #expect(handed.json?["state"]?.string == "fulfilled", "\(handed.body)")
            #expect(try await server.get("/v1/availability/A/L").json?["onHand"]?.integer == 2)
            #expect(try await server.shop.prove().isProved)
        }
    }
}

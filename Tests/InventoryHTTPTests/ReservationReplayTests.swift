import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Requests that are sent twice.
@Suite struct ReservationReplayTests {
    @Test func `a create sent twice is one reservation, and its key takes no other content`() async throws {
        try await withStock { server async throws in
            let body = "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":2}]}"
            let first = try await server.reserve(body, key: "k")
            let second = try await server.reserve(body, key: "k")
            #expect(first.status == 201 && second.status == 201)
            #expect(try first.id == second.id)
            #expect(try await server.available("A") == 3)
            // The same JSON in another spelling is the same request.
            let spelt = #"{ "location": "L", "method": "pickup", "lines": [ {"quantity": 2.0, "sku": "A"} ] }"#
            let respelt = try await server.reserve(spelt, key: "k")
            #expect(try respelt.id == first.id)
            let other = try await server.reserve(body.replacing("2}", with: "1}"), key: "k")
            #expect(other.status == 422 && other.code == "idempotencyKeyReused")
            let missing = try await server.post("/v1/reservations", body)
            #expect(missing.status == 400 && missing.parameters == ["Idempotency-Key"])
            // A refusal is decided afresh.
            let big = body.replacing("2}", with: "4}")
            #expect(try await server.reserve(big, key: "later").status == 409)
            _ = try await server.facts(receipt("more", "A", "L", 1))
            #expect(try await server.reserve(big, key: "later").status == 201)
        }
    }

    @Test func `replays while the first is in flight wait for it`() async throws {
        try await withStock { server async throws in
            let body = "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}"
            let ids = try await withThrowingTaskGroup(of: String.self) { tasks in
                for _ in 0..<20 {
                    tasks.addTask { try await server.onOwnConnection { try await $0.reserve(body, key: "one").id } }
                }
                return try await tasks.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try await server.available("A") == 4)
        }
    }

    @Test func `an action with quantities under its key happens once`() async throws {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 4)], more: ",\"confirm\":true")
            let (id, allocation) = (try answer.id, try answer.allocation)
            let body = "{\"allocations\":[{\"id\":\"\(allocation)\",\"quantity\":1}]}"
            for _ in 0..<3 { #expect(try await server.act("fulfil", id, body, key: "f1").status == 200) }
            #expect(
                try await server.get("/v1/reservations/\(id)").lines[0]["allocations"]?[0]?["fulfilled"]?.integer == 1)
            #expect(try await server.act("fulfil", id, body).status == 400)
            // All of it by its id: harmless to repeat.
            let all = "{\"allocations\":[{\"id\":\"\(allocation)\"}]}"
            for _ in 0..<2 { #expect(try await server.act("fulfil", id, all).json?["state"]?.string == "fulfilled") }
            #expect(try await server.act("release", id, body, key: "f1").code == "idempotencyKeyReused")
        }
    }
}

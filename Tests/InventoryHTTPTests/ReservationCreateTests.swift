import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Making a promise, replacing it and its lines: the contract's section 4.
@Suite struct ReservationCreateTests {
    @Test func `all lines or none`() async throws {
        try await withStock { server async throws in
            let refused = try await server.reserve(lines: [("A", 2), ("B", 6)])
            #expect(refused.status == 409 && refused.code == "insufficientAvailability")
            let line = refused.json?["lines"]?[0]
            #expect(refused.json?["lines"]?.elements?.count == 1)
            #expect(line?["sku"]?.string == "B" && line?["requested"]?.integer == 6 && line?["available"]?.integer == 5)
            #expect(try await server.available("A") == 5)
            #expect(try await server.shop.count("reservation") == 0)
        }
    }

    @Test func `demand for one item at one place is summed over its lines before the check`() async throws {
        try await withStock { server async throws in
            #expect(try await server.reserve(lines: [("A", 3), ("A", 3)]).status == 409)
            #expect(try await server.reserve(lines: [("A", 3), ("A", 2)]).status == 201)
            #expect(try await server.available("A") == 0)
        }
    }

    @Test func `allowPartial gives each line what there is, and 409 when there is nothing`() async throws {
        try await withStock { server async throws in
            let partial = try await server.reserve(lines: [("A", 9), ("B", 2)], more: ",\"allowPartial\":true")
            #expect(partial.status == 201)
            #expect(partial.lines.map { $0["quantity"]?.integer } == [5, 2])
            #expect(partial.lines.map { $0["requested"]?.integer } == [9, 2])
            #expect(try await server.reserve(lines: [("A", 1)], more: ",\"allowPartial\":true").status == 409)
        }
    }

    @Test func `lines may override location and method, and commit together`() async throws {
        try await withStock { server async throws in
            let body = """
                {"method":"pickup","location":"L","lines":[{"id":"x","sku":"A","quantity":1},\
                {"id":"y","sku":"A","quantity":3,"location":"M","method":"ship"}]}
                """
            let answer = try await server.reserve(body)
            #expect(answer.status == 201)
            #expect(answer.lines.map { $0["location"]?.string } == ["L", "M"])
            #expect(answer.lines.map { $0["method"]?.string } == ["pickup", "ship"])
            #expect(try await server.available("A", "M") == 0)
        }
    }

    @Test func `own holds do not block: reads add them back, and replaces takes them over in one step`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 4)], more: ",\"owner\":\"cart\"").id
            #expect(try await server.available("A") == 1)
            let own = try await server.get("/v1/availability/A/L?owner=cart").json
            #expect(own?["availableToSell"]?.integer == 5 && own?["reserved"]?.integer == 4)
            #expect(try await server.get("/v1/availability/A?owner=cart").json?["availableToSell"]?.integer == 8)
            #expect(try await server.get("/v1/availability/A/L?owner=other").json?["availableToSell"]?.integer == 1)
            // More than there is leaves the old one standing.
            let mine = ",\"owner\":\"cart\",\"replaces\":\"\(id)\""
            #expect(try await server.reserve(lines: [("A", 6)], more: mine).status == 409)
            // Nor does anybody else get it.
            for other in ["", ",\"owner\":\"other\""] {
                let refused = try await server.reserve(lines: [("A", 1)], more: other + ",\"replaces\":\"\(id)\"")
                #expect(refused.status == 422 && refused.code == "unknownReference")
            }
            #expect(try await server.get("/v1/reservations/\(id)").json?["state"]?.string == "held")
            let taken = try await server.reserve(lines: [("A", 5)], more: mine)
            #expect(taken.status == 201)
            #expect(try await server.get("/v1/reservations/\(id)").json?["state"]?.string == "released")
            #expect(try await server.available("A") == 0)
        }
    }

    @Test func `PUT lines replaces them, keeps the expiry, and leaves the old ones where it fails`() async throws {
        try await withStock { server async throws in
            let hold = try await server.reserve(lines: [("A", 2), ("B", 1)])
            let id = try hold.id
            let path = "/v1/reservations/\(id)/lines"
            let refused = try await server.put(path, "{\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":6}]}")
            #expect(refused.status == 409)
            #expect(try await server.get("/v1/reservations/\(id)").lines.count == 2)
            let changed = try await server.put(path, "{\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":5}]}")
            #expect(changed.status == 200, "\(changed.body)")
            #expect(changed.json?["expiresAt"]?.string == hold.json?["expiresAt"]?.string)
            #expect(changed.lines.map { $0["quantity"]?.integer } == [5])
            #expect(try await server.available("A") == 0)
            #expect(try await server.available("B") == 5)
        }
    }

    @Test func `PUT lines never goes below what is fulfilled`() async throws {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 4)], more: ",\"confirm\":true")
            let (id, allocation) = (try answer.id, try answer.allocation)
            _ = try await server.act(
                "fulfil", id, "{\"allocations\":[{\"id\":\"\(allocation)\",\"quantity\":2}]}", key: "f")
            let path = "/v1/reservations/\(id)/lines"
            let below = try await server.put(path, "{\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":1}]}")
            #expect(below.status == 409 && below.code == "illegalTransition")
            let other = try await server.put(path, "{\"lines\":[{\"id\":\"2\",\"sku\":\"B\",\"quantity\":1}]}")
            #expect(other.code == "illegalTransition")
            let done = try await server.put(path, "{\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":2}]}")
            #expect(done.json?["state"]?.string == "fulfilled", "\(done.body)")
            #expect(try await server.available("A") == 3)
        }
    }
}

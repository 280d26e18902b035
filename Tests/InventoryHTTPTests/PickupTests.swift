import Foundation
import HTTPTypes
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Pickup, curbside, and goods that are not found.
@Suite struct PickupTests {
    @Test func `pickup returns a code of its own and readyBy from lead time`() async throws {
        try await withStock(100) { server async throws in
            try await server.shop.addLocation("P") { location in
                location.leadTimeMinutes = 90
                location.pickupWindowHours = 48
            }
            _ = try await server.facts(receipt("p", "A", "P", 50))
            var codes: Set<String> = []
            for _ in 0..<30 {
                let answer = try await server.reserve(lines: [("A", 1)], at: "P", more: ",\"confirm\":true")
                let code = try #require(answer.json?["pickup"]?["code"]?.string)
                #expect(code.count == 6 && !code.contains { "01ILOU".contains($0) })
                codes.insert(code)
                let created = try #require(answer.json?["createdAt"]?.string.flatMap(Timestamp.init(rfc3339:)))
                let ready = try #require(answer.json?["pickup"]?["readyBy"]?.string.flatMap(Timestamp.init(rfc3339:)))
                let by = try #require(answer.json?["pickup"]?["pickupBy"]?.string.flatMap(Timestamp.init(rfc3339:)))
                #expect(ready.microseconds - created.microseconds == 90 * 60_000_000)
                #expect(by.microseconds - ready.microseconds == 48 * 3_600_000_000)
            }
            #expect(codes.count == 30)
            let one = try #require(codes.first)
            let found = try await server.get("/v1/reservations?location=P&pickupCode=\(one.lowercased())")
            #expect(found.json?["reservations"]?.elements?.count == 1)
        }
    }

    @Test func `a pickup that moves to a store that keeps goods without an end has none`() async throws {
        try await withStock { server async throws in
            try await server.shop.addLocation("L") { $0.pickupWindowHours = 1 }
            try await server.shop.addLocation("M") { $0.leadTimeMinutes = 180 }
            let made = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true")
            #expect(made.json?["pickup"]?["pickupBy"]?.string != nil)
            let moved = try await server.act("move", try made.id, "{\"location\":\"M\"}")
            #expect(moved.json?["pickup"]?["pickupBy"]?.isNull == true, "\(moved.body)")
            #expect(moved.json?["pickup"]?["readyBy"]?.string != nil)
        }
    }

    /// Minutes from `createdAt` to a time of the pickup.
    private func minutes(_ answer: TestServer.Answer, _ field: String) throws -> Int64 {
        let made = try #require(answer.json?["createdAt"]?.string.flatMap(Timestamp.init(rfc3339:)))
        let time = field == "dueAt" ? answer.json?["dueAt"] : answer.json?["pickup"]?[field]
        let instant = try #require(time?.string.flatMap(Timestamp.init(rfc3339:)), "\(answer.body)")
        return (instant.microseconds - made.microseconds) / 60_000_000
    }

    @Test func `times follow lines that are added or go elsewhere, and stay where the stores do`() async throws {
        try await withStock(clock: .settable) { server async throws in
            try await server.shop.addLocation("L") { location in
                location.leadTimeMinutes = 10
                location.pickupWindowHours = 5
            }
            try await server.shop.addLocation("M") { location in
                location.leadTimeMinutes = 600
                location.pickupWindowHours = 1
            }
            let here = "{\"id\":\"1\",\"sku\":\"A\",\"quantity\":1,\"location\":\"L\"}"
            let there = "{\"id\":\"2\",\"sku\":\"A\",\"quantity\":1,\"location\":\"M\"}"
            let made = try await server.reserve("{\"method\":\"pickup\",\"confirm\":true,\"lines\":[\(here)]}")
            let id = try made.id
            func replace(_ lines: String) async throws -> TestServer.Answer {
                try await server.send(.put, "/v1/reservations/\(id)/lines", "{\"lines\":[\(lines)]}")
            }
            try await server.shop.advanceClock(bySeconds: 300)
            let same = try await replace(here.replacing("\"quantity\":1", with: "\"quantity\":2"))
            for field in ["readyBy", "pickupBy", "dueAt"] {
                #expect(try minutes(same, field) == minutes(made, field), "\(field)")
            }
            let both = try await replace("\(here),\(there)")
            #expect(try minutes(both, "readyBy") == 605 && minutes(both, "dueAt") == 605)
            #expect(try minutes(both, "pickupBy") == 665)
            #expect(both.json?["pickup"]?["code"]?.string == made.json?["pickup"]?["code"]?.string)
            // What was promised for L is late by its own time, not by that of M.
            let back = try await replace(here)
            #expect(try minutes(back, "readyBy") == 15 && minutes(back, "dueAt") == 15)
            // The customer was told that it is kept so long.
            #expect(try minutes(back, "pickupBy") == 665)
        }
    }

    @Test func `the pick list is oldest due first, and knows what is overdue`() async throws {
        try await withStock { server async throws in
            try await server.shop.addLocation("S") { $0.leadTimeMinutes = 60 }
            _ = try await server.facts(receipt("s", "A", "S", 5))
            let body = """
                {"method":"pickup","location":"S","confirm":true,"lines":[{"sku":"A","quantity":1},\
                {"sku":"B","quantity":1,"location":"L"}]}
                """
            let split = try await server.reserve(body).id
            let now = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            let picks = try await server.get("/v1/reservations?location=L&state=confirmed")
            #expect(picks.json?["reservations"]?.elements?.compactMap { $0["id"]?.string } == [now, split])
            let overdue = try await server.get("/v1/reservations?location=L&overdue=true")
            #expect(overdue.json?["reservations"]?.elements?.compactMap { $0["id"]?.string } == [now])
            _ = try await server.act("ready", now)
            #expect(
                try await server.get("/v1/reservations?overdue=true").json?["reservations"]?.elements?.isEmpty == true)
            let page = try await server.get("/v1/reservations?limit=1")
            let cursor = try #require(page.json?["nextCursor"]?.string)
            let next = try await server.get("/v1/reservations?limit=1&cursor=\(cursor)")
            #expect(next.json?["reservations"]?[0]?["id"]?.string == split)
            #expect(next.json?["nextCursor"]?.isNull == true)
        }
    }

    @Test func `arrive and claim`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            let claimed = try await server.act("claim", id, "{\"by\":\"Ada\",\"expiresInSeconds\":60}")
            #expect(claimed.json?["claim"]?["by"]?.string == "Ada")
            let other = try await server.act("claim", id, "{\"by\":\"Ben\"}")
            #expect(other.status == 409 && other.code == "illegalTransition")
            #expect(try await server.act("claim", id, "{\"by\":\"Ada\"}").status == 200)
            let arrived = try await server.act("arrive", id, "{\"place\":\"bay 4\",\"note\":\"blue van\"}")
            #expect(arrived.json?["pickup"]?["place"]?.string == "bay 4")
            #expect(arrived.json?["pickup"]?["arrivedAt"]?.string != nil)
            _ = try await server.act("release", id)
            #expect(try await server.act("arrive", id).code == "illegalTransition")
        }
    }

    @Test func `releasing from ready with restock pending keeps the units out of ATS until acknowledged`() async throws
    {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true")
            let id = try answer.id
            _ = try await server.act("ready", id)
            let released = try await server.act("release", id, "{\"restock\":\"pending\",\"reason\":\"noShow\"}")
            #expect(released.json?["state"]?.string == "released")
            #expect(released.lines[0]["allocations"]?[0]?["restockPending"]?.integer == 2)
            let waiting = try await server.get("/v1/availability/A/L").json
            #expect(waiting?["availableToSell"]?.integer == 3 && waiting?["inspection"]?.integer == 2)
            #expect(try await server.act("restock", id).status == 200)
            let back = try await server.get("/v1/availability/A/L").json
            #expect(back?["availableToSell"]?.integer == 5 && back?["inspection"]?.integer == 0)
            #expect(try await server.act("restock", id).status == 200)
            #expect(try await server.available("A") == 5)
        }
    }

    @Test func `not found: the units become suspect, a count is asked for, and the order stays open for a move`()
        async throws
    {
        try await withStock(2) { server async throws in
            let answer = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true")
            let id = try answer.id
            let lost = try await server.act("not-found", id)
            #expect(lost.json?["state"]?.string == "notFound" && lost.json?["atRisk"]?.boolean == true)
            #expect(lost.json?["alternatives"]?[0]?["location"]?.string == "M")
            let balance = try await server.get("/v1/availability/A/L").json
            #expect(balance?["suspect"]?.integer == 2 && balance?["onHand"]?.integer == 0)
            let counts = try await server.get("/v1/locations/L/count-list").json?["items"]?.elements ?? []
            #expect(counts.contains { $0["sku"]?.string == "A" })
            let moved = try await server.act("move", id, "{\"location\":\"M\"}")
            #expect(moved.json?["state"]?.string == "confirmed" && moved.json?["atRisk"]?.boolean == false)
            #expect(moved.json?["location"]?.string == "M")
            #expect(try await server.available("A", "M") == 1)
            let again = try await server.act("move", id, "{\"location\":\"M\"}")
            #expect(again.status == 200 && again.json?["version"]?.integer == moved.json?["version"]?.integer)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `not found of the whole balance leaves only what is packed`() async throws {
        try await withStock { server async throws in
            let packed = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            _ = try await server.act("ready", packed)
            let id = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            let lost = try await server.act("not-found", id, "{\"wholeBalance\":true}")
            #expect(lost.status == 200, "\(lost.body)")
            let balance = try await server.get("/v1/availability/A/L").json
            #expect(balance?["onHand"]?.integer == 1 && balance?["suspect"]?.integer == 4)
            #expect(try await server.get("/v1/reservations/\(packed)").json?["atRisk"]?.boolean == false)
        }
    }

    @Test func `a move of a part splits off an allocation of its own`() async throws {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 3)], more: ",\"confirm\":true")
            let (id, allocation) = (try answer.id, try answer.allocation)
            let body = "{\"allocations\":[{\"id\":\"\(allocation)\",\"quantity\":2}],\"location\":\"M\"}"
            #expect(try await server.act("move", id, body).status == 400)
            let moved = try await server.act("move", id, body, key: "m")
            let parts = moved.lines[0]["allocations"]?.elements ?? []
            #expect(parts.map { $0["location"]?.string } == ["L", "M"])
            #expect(parts.map { $0["quantity"]?.integer } == [1, 2])
            #expect(moved.lines[0]["quantity"]?.integer == 3)
            #expect(try await server.available("A") == 4)
        }
    }

    @Test func `whole balances of many items are not found at once`() async throws {
        try await withStock { server async throws in
            for sku in ["C", "D", "E"] {
                try await server.shop.addItem(sku)
                _ = try await server.facts(receipt("in/\(sku)", sku, "L", 4))
            }
            let id = try await server.reserve(
                lines: ["A", "B", "C", "D", "E"].map { ($0, 1) }, more: ",\"confirm\":true"
            ).id
            let lost = try await server.act("not-found", id, "{\"wholeBalance\":true}")
            #expect(lost.status == 200 && lost.json?["state"]?.string == "notFound", "\(lost.body)")
            #expect(try await server.get("/v1/availability/E/L").json?["suspect"]?.integer == 4)
        }
    }

    @Test func `lines with units on their way back to the shelf cannot be replaced`() async throws {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 1), ("B", 1)], more: ",\"confirm\":true")
            let (id, allocation) = (try answer.id, try answer.allocation)
            let part = "{\"allocations\":[{\"id\":\"\(allocation)\"}]"
            _ = try await server.act("ready", id, part + "}")
            _ = try await server.act("release", id, part + ",\"restock\":\"pending\"}")
            let lines = "{\"lines\":[{\"id\":\"2\",\"sku\":\"B\",\"quantity\":1}]}"
            #expect(try await server.put("/v1/reservations/\(id)/lines", lines).code == "illegalTransition")
            _ = try await server.act("restock", id)
            #expect(try await server.put("/v1/reservations/\(id)/lines", lines).status == 200)
            #expect(try await server.available("A") == 5)
        }
    }
}

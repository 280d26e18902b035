import Foundation
import Hummingbird
import Inventory
import StrictJSON
import TestSupport
import Testing

/// A reservation belongs to the client that made it, and so does its Idempotency-Key.
@Suite("A client sees its own reservations") struct OwnReservationTests {
    private static let order = "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}"

    private func listed(_ server: TestServer, _ query: String) async throws -> (ids: [String], total: Int64?) {
        let answer = try await server.get("/v1/reservations?includeTotal=true&\(query)")
        let found = try #require(answer.json?["reservations"]?.elements, "\(answer.body)")
        return (found.compactMap { $0["id"]?.string }, answer.json?["total"]?.integer)
    }

    @Test func `another client is told that there is none, whatever it tries`() async throws {
        try await withStock { server async throws in
            let mine = server.called(by: "shop", .reservationsWrite)
            let other = server.called(by: "kiosk", .reservationsWrite)
            let made = try await mine.reserve(
                lines: [("A", 1)], more: ",\"owner\":\"o\",\"reference\":\"R-1\",\"expiresInSeconds\":600")
            let id = try made.id
            #expect(made.status == 201 && made.json?["client"] == nil)
            #expect(try await mine.get("/v1/reservations/\(id)").status == 200)
            let unknown = "/v1/reservations/018f0000-0000-7000-8000-000000000000"
            let nothing = try await other.get(unknown)
            let hidden = try await other.get("/v1/reservations/\(id)")
            #expect(hidden.status == 404 && nothing.status == 404 && hidden.code == nothing.code)
            let actions: [(name: String, body: String?)] = [
                ("confirm", nil), ("extend", "{\"expiresAt\":\"2099-01-01T00:00:00Z\"}"), ("ready", nil),
                ("fulfil", nil),
                ("release", nil), ("restock", nil), ("move", "{\"location\":\"M\"}"), ("arrive", nil),
                ("claim", "{\"by\":\"Eve\"}"), ("not-found", nil),
            ]
            for (name, body) in actions {
                let answer = try await other.act(name, id, body, key: "k-\(name)")
                #expect(answer.status == 404, "\(name): \(answer.body)")
            }
            let lines = "{\"lines\":[{\"sku\":\"A\",\"quantity\":2}]}"
            #expect(try await other.put("/v1/reservations/\(id)/lines", lines).status == 404)
            #expect(try await other.patchReservation(id, "{\"reference\":\"mine\"}").status == 404)
            let taken = try await other.reserve(
                lines: [("A", 1)], more: ",\"owner\":\"o\",\"expiresInSeconds\":60,\"replaces\":\"\(id)\"")
            #expect(taken.status == 422 && taken.code == "unknownReference" && taken.pointers == ["/replaces"])
            // Nothing of all that was done.
            let after = try await mine.get("/v1/reservations/\(id)")
            #expect(after.json?["version"]?.integer == made.json?["version"]?.integer)
            #expect(after.json?["state"]?.string == "held")

            let replaced = try await mine.reserve(
                lines: [("A", 2)], more: ",\"owner\":\"o\",\"expiresInSeconds\":60,\"replaces\":\"\(id)\"")
            #expect(replaced.status == 201, "\(replaced.body)")
        }
    }

    @Test func `lists, totals and lookups hold its own, and all with a scope`() async throws {
        try await withStock { server async throws in
            let mine = server.called(by: "shop", .reservationsWrite)
            let other = server.called(by: "kiosk", .reservationsWrite)
            let desk = server.called(by: "desk", .reservationsRead)
            var own: [String] = []
            for number in 0..<3 {
                own.append(
                    try await mine.reserve(lines: [("A", 1)], more: ",\"owner\":\"o\",\"reference\":\"R-\(number)\"").id
                )
            }
            let theirs = try await other.reserve(lines: [("B", 1)], more: ",\"owner\":\"o\",\"reference\":\"R-0\"")
            let open = try await server.reserve(lines: [("B", 1)], more: ",\"owner\":\"o\"").id
            let code = try #require(theirs.json?["pickup"]?["code"]?.string)
            for query in ["", "state=open", "location=L", "owner=o", "location=L&state=open&method=pickup"] {
                let found = try await listed(mine, query)
                #expect(Set(found.ids) == Set(own) && found.total == 3, "\(query): \(found)")
                let all = try await listed(desk, query)
                #expect(Set(all.ids) == Set(own + [try theirs.id, open]) && all.total == 5, "\(query): \(all)")
                #expect(try await listed(server, query).total == 5)
            }
            #expect(try await listed(mine, "reference=R-0").ids == [own[0]])
            #expect(try await listed(mine, "pickupCode=\(code)").ids == [])
            #expect(try await listed(other, "pickupCode=\(code)").ids == [try theirs.id])
            #expect(try await listed(mine, "atRisk=true").ids == [])
            // Page by page.
            var cursor = ""
            var paged: [String] = []
            repeat {
                let page = try await mine.get("/v1/reservations?limit=2\(cursor)")
                paged += page.json?["reservations"]?.elements?.compactMap { $0["id"]?.string } ?? []
                cursor = page.json?["nextCursor"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(paged.count == 3 && Set(paged) == Set(own))
            // Whoever reads all may act on all, where it may act.
            let clerk = server.called(by: "clerk", .reservationsRead, .reservationsWrite)
            #expect(try await clerk.act("confirm", own[0]).status == 200)
        }
    }

    @Test func `what one owner may hold is one limit over all clients`() async throws {
        var holds = HoldLimits()
        holds.unitsPerOwnerAndItem = 3
        try await TestServer.run(holds: holds) { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.facts(receipt("in", "A", "L", 9))
            let more = ",\"owner\":\"o\",\"expiresInSeconds\":600"
            let first = try await server.called(by: "shop", .reservationsWrite).reserve(lines: [("A", 2)], more: more)
            #expect(first.status == 201)
            let second = try await server.called(by: "kiosk", .reservationsWrite).reserve(lines: [("A", 2)], more: more)
            #expect(second.code == "limitExceeded")
        }
    }

    @Test func `two clients with one key never see each other's answers`() async throws {
        try await withStock { server async throws in
            let mine = server.called(by: "shop", .reservationsWrite, .catalogWrite)
            let other = server.called(by: "kiosk", .reservationsWrite, .catalogWrite)
            let first = try await mine.reserve(Self.order, key: "k")
            let second = try await other.reserve(Self.order, key: "k")
            let nobodys = try await server.reserve(Self.order, key: "k")
            for made in [first, second, nobodys] { #expect(made.status == 201, "\(made.body)") }
            #expect(Set([try first.id, try second.id, try nobodys.id]).count == 3)
            for (caller, made) in [(mine, first), (other, second), (server, nobodys)] {
                #expect(try await caller.reserve(Self.order, key: "k").id == made.id)
                let changed = Self.order.replacing("\"quantity\":1", with: "\"quantity\":2")
                #expect(try await caller.reserve(changed, key: "k").code == "idempotencyKeyReused")
            }
            // Whatever a client calls itself, no key of its own is another's.
            let sly = try await server.called(by: "sh", .reservationsWrite).reserve(Self.order, key: "op k")
            #expect(sly.status == 201)

            let transfer = "{\"from\":\"L\",\"to\":\"M\",\"lines\":[{\"id\":\"a\",\"sku\":\"B\",\"quantity\":1}]}"
            let one = try await mine.send(.post, "/v1/transfers", transfer, headers: keyed("t"))
            let two = try await other.send(.post, "/v1/transfers", transfer, headers: keyed("t"))
            #expect(try one.status == 201 && two.status == 201 && one.id != two.id)
            #expect(try await mine.send(.post, "/v1/transfers", transfer, headers: keyed("t")).id == one.id)

            let file = Array("sku,name,status\nC,New,active\n".utf8)
            let third = try await mine.sendFile(file, "kind=items", headers: keyed("i"))
            let fourth = try await other.sendFile(file, "kind=items", headers: keyed("i"))
            #expect(try third.status == 202 && fourth.status == 202 && third.id != fourth.id)
            #expect(try await mine.sendFile(file, "kind=items", headers: keyed("i")).id == third.id)
        }
    }
}

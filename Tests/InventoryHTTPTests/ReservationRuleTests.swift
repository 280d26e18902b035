import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// The rules of the contract's section 4, each as a client meets it. `HOLDS` end by the clock alone: no sweeper runs here.
@Suite struct ReservationRuleTests {
    private func withStock(
        _ units: Int = 5, _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            _ = try await server.facts(
                receipt("in/A/L", "A", "L", units), receipt("in/A/M", "A", "M", 3), receipt("in/B/L", "B", "L", units))
            try await body(server)
        }
    }

    // MARK: - All or none

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

    // MARK: - The clock

    @Test func `a hold is open while now is before expiresAt, and from then its units are free for everybody`()
        async throws
    {
        try await withStock { server async throws in
            let hold = try await server.reserve(lines: [("A", 5)], more: ",\"expiresInSeconds\":1")
            let id = try hold.id
            #expect(hold.json?["expiresAt"]?.string?.contains(".") == false)
            #expect(try await server.available("A") == 0)
            let before = try await server.get("/v1/availability/A/L")
            try await server.waitUntilExpired(id)
            #expect(try await server.available("A") == 5)
            #expect(before.headers[.eTag] != nil)
            #expect(try await server.get("/v1/availability/A/L").headers[.eTag] != before.headers[.eTag])
            #expect(try await server.get("/v1/availability/A").json?["availableToSell"]?.integer == 8)
            let list = try await server.get("/v1/locations/L/availability?q=A")
            #expect(list.json?["availability"]?[0]?["availableToSell"]?.integer == 5)
            #expect(try await server.get("/v1/reservations/\(id)").json?["state"]?.string == "expired")
            #expect(
                try await server.get("/v1/reservations?state=held").json?["reservations"]?.elements?.isEmpty == true)
            // And a new hold takes them.
            #expect(try await server.reserve(lines: [("A", 5)]).status == 201)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `confirmed reservations do not expire`() async throws {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 5)], more: ",\"confirm\":true")
            #expect(answer.json?["state"]?.string == "confirmed" && answer.json?["expiresAt"]?.isNull == true)
            let held = try await server.reserve(lines: [("B", 5)], more: ",\"expiresInSeconds\":1")
            let confirmed = try await server.act("confirm", try held.id)
            #expect(confirmed.json?["expiresAt"]?.isNull == true)
            try await Task.sleep(for: .seconds(2))
            #expect(try await server.available("B") == 0)
        }
    }

    @Test func `confirm of an expired hold takes the same units again if they are there`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 3)], more: ",\"expiresInSeconds\":1").id
            try await server.waitUntilExpired(id)
            #expect(try await server.act("confirm", id).json?["state"]?.string == "confirmed")
            #expect(try await server.available("A") == 2)
        }
    }

    @Test func `confirm or extend of an expired hold whose units are gone is refused with alternatives`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 3)], more: ",\"expiresInSeconds\":1").id
            try await server.waitUntilExpired(id)
            #expect(try await server.reserve(lines: [("A", 4)]).status == 201)
            let refused = try await server.act("confirm", id)
            #expect(refused.status == 409 && refused.code == "insufficientAvailability")
            #expect(refused.json?["alternatives"]?[0]?["location"]?.string == "M")
            let later = ISO8601DateFormatter().string(from: Date().addingTimeInterval(600))
            #expect(try await server.act("extend", id, "{\"expiresAt\":\"\(later)\"}").status == 409)
            #expect(try await server.get("/v1/reservations/\(id)").json?["state"]?.string == "expired")
        }
    }

    @Test func `a held reservation that lost its cover is confirmed only with acceptAtRisk`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 4)]).id
            let sold = try await server.facts(sale("s", "A", at: "L", "3"))
            #expect(sold.json?["results"]?[0]?["verdict"]?.string == "appliedUncovered")
            let refused = try await server.act("confirm", id)
            #expect(refused.status == 409 && refused.code == "insufficientAvailability")
            let confirmed = try await server.act("confirm", id, "{\"acceptAtRisk\":true}")
            #expect(confirmed.json?["state"]?.string == "confirmed" && confirmed.json?["atRisk"]?.boolean == true)
        }
    }

    @Test func `extend puts the end of a hold off`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 3)], more: ",\"expiresInSeconds\":1").id
            let later = ISO8601DateFormatter().string(from: Date().addingTimeInterval(600))
            let extended = try await server.act("extend", id, "{\"expiresAt\":\"\(later)\"}")
            #expect(extended.status == 200 && extended.json?["expiresAt"]?.string == later)
            #expect(extended.json?["renewals"]?.integer == 1)
            // The same again changes nothing.
            #expect(try await server.act("extend", id, "{\"expiresAt\":\"\(later)\"}").json?["renewals"]?.integer == 1)
            try await Task.sleep(for: .seconds(2))
            #expect(try await server.available("A") == 2)
        }
    }

    // MARK: - Own holds

    @Test func `own holds do not block: reads add them back, and replaces takes them over in one step`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 4)], more: ",\"owner\":\"cart\"").id
            #expect(try await server.available("A") == 1)
            let own = try await server.get("/v1/availability/A/L?owner=cart").json
            #expect(own?["availableToSell"]?.integer == 5 && own?["reserved"]?.integer == 4)
            #expect(try await server.get("/v1/availability/A?owner=cart").json?["availableToSell"]?.integer == 8)
            #expect(try await server.get("/v1/availability/A/L?owner=other").json?["availableToSell"]?.integer == 1)
            // More than there is leaves the old one standing.
            #expect(try await server.reserve(lines: [("A", 6)], more: ",\"replaces\":\"\(id)\"").status == 409)
            #expect(try await server.get("/v1/reservations/\(id)").json?["state"]?.string == "held")
            let taken = try await server.reserve(lines: [("A", 5)], more: ",\"owner\":\"cart\",\"replaces\":\"\(id)\"")
            #expect(taken.status == 201)
            #expect(try await server.get("/v1/reservations/\(id)").json?["state"]?.string == "released")
            #expect(try await server.available("A") == 0)
        }
    }

    // MARK: - Replacing lines

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

    // MARK: - Fulfilling writes the sale

    @Test func `fulfilling writes the sale once: reserved and onHand fall together`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true,\"reference\":\"O-1\"").id
            let fulfilled = try await server.act("fulfil", id)
            #expect(fulfilled.json?["state"]?.string == "fulfilled", "\(fulfilled.body)")
            #expect(try await server.act("fulfil", id).status == 200)
            let balance = try await server.get("/v1/availability/A/L").json
            #expect(balance?["onHand"]?.integer == 3 && balance?["reserved"]?.integer == 0)
            let lines = try await server.get("/v1/movements?sku=A&location=L").json?["movements"]?.elements ?? []
            let sales = lines.filter { $0["type"]?.string == "sale" }
            try #require(sales.count == 1)
            #expect(sales[0]["units"]?.integer == -2 && sales[0]["reservedDelta"]?.integer == -2)
            #expect(sales[0]["source"]?.string == "holdfast" && sales[0]["reference"]?.string == "O-1")
        }
    }

    @Test(arguments: [true, false])
    func `of a till's sale and a fulfilment, whichever comes second is a duplicate`(tillComesFirst: Bool) async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true").id
            let till = """
                {"eventId":"t","type":"sale","sku":"A","location":"L","quantity":2,"reservation":"\(id)","reservationLine":"1"}
                """
            if tillComesFirst {
                #expect(try await server.facts(till).verdicts == ["applied"])
                #expect(try await server.get("/v1/reservations/\(id)").json?["state"]?.string == "fulfilled")
                #expect(try await server.act("fulfil", id).status == 200)
            } else {
                #expect(try await server.act("fulfil", id).status == 200)
                let second = try await server.facts(till)
                #expect(second.verdicts == ["duplicate"])
                #expect(second.json?["results"]?[0]?["firstVerdict"]?.string == "applied")
            }
            #expect(try await server.facts(till).verdicts == ["duplicate"])
            let balance = try await server.get("/v1/availability/A/L").json
            #expect(balance?["onHand"]?.integer == 3 && balance?["reserved"]?.integer == 0)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `only what a till sold beyond the promise is an ordinary sale`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true").id
            let till =
                "{\"eventId\":\"t\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":3,\"reservation\":\"\(id)\"}"
            let answer = try await server.facts(till)
            #expect(answer.verdicts == ["applied"])
            #expect(answer.json?["results"]?[0]?["warnings"]?.elements?.count == 1)
            let balance = try await server.get("/v1/availability/A/L").json
            #expect(balance?["onHand"]?.integer == 2 && balance?["reserved"]?.integer == 0)
            // The order system knows of the two; the third was never its own.
            #expect(try await server.act("fulfil", id).status == 200)
            #expect(try await server.get("/v1/availability/A/L").json?["onHand"]?.integer == 2)
            let unknown = try await server.facts(
                "{\"eventId\":\"u\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"reservation\":\"R-7\"}"
            )
            #expect(unknown.verdicts == ["applied"])
            #expect(unknown.json?["results"]?[0]?["warnings"]?.elements?.count == 1)
        }
    }

    @Test func `a fulfil of what is no longer open says to report a sale`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true").id
            #expect(try await server.act("release", id).json?["state"]?.string == "released")
            let refused = try await server.act("fulfil", id)
            #expect(refused.status == 409 && refused.code == "reservationNotOpen")
            #expect(refused.json?["detail"]?.string?.contains("sale") == true)
        }
    }

    @Test func `a handover that a count has seen already is recorded before it`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true").id
            let handedOver = "2026-01-15T10:00:00Z"
            _ = try await server.post(
                "/v1/counts",
                """
                {"source":"hht","eventId":"c","location":"L","countedAt":"2026-11-20T10:00:00Z",\
                "lines":[{"sku":"A","quantity":3}]}
                """)
            let answer = try await server.act("fulfil", id, "{\"occurredAt\":\"\(handedOver)\"}")
            #expect(answer.json?["state"]?.string == "fulfilled")
            let balance = try await server.get("/v1/availability/A/L").json
            // The receipt came after the count; the handover was seen by it.
            #expect(balance?["onHand"]?.integer == 8 && balance?["reserved"]?.integer == 0, "\(answer.body)")
            #expect(try await server.shop.prove().isProved)
        }
    }

    // MARK: - At risk

    @Test func `at risk: cover goes to ready, then confirmed, then held, each oldest first`() async throws {
        try await withStock(4) { server async throws in
            let held = try await server.reserve(lines: [("A", 1)]).id
            let first = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            let second = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            let ready = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            _ = try await server.act("ready", ready)
            var order: [String] = []
            for number in 1...4 {
                let sold = try await server.facts(sale("s\(number)"))
                #expect(sold.verdicts == ["appliedUncovered"])
                #expect(sold.json?["results"]?[0]?["atRiskCount"]?.integer == Int64(number))
                let named =
                    sold.json?["results"]?[0]?["atRisk"]?.elements?.compactMap { $0["reservation"]?.string } ?? []
                order.append(contentsOf: named.filter { !order.contains($0) })
            }
            #expect(order == [held, second, first, ready])
            let list = try await server.get("/v1/reservations?atRisk=true&location=L&includeTotal=true")
            #expect(list.json?["total"]?.integer == 4)
            // A receipt covers again by the same order.
            _ = try await server.facts(receipt("back", "A", "L", 2))
            let left = try await server.get("/v1/reservations?atRisk=true").json?["reservations"]?.elements ?? []
            #expect(Set(left.compactMap { $0["id"]?.string }) == [held, second])
            #expect(try await server.get("/v1/reservations?atRisk=false").json?["reservations"]?.elements?.count == 2)
        }
    }

    @Test func `any fact that raises the shortfall answers appliedUncovered, and what ends covers others again`()
        async throws
    {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 5)], more: ",\"confirm\":true").id
            let facts = [
                "{\"eventId\":\"adj\",\"type\":\"adjustment\",\"sku\":\"A\",\"location\":\"L\",\"delta\":-1,\"reason\":\"x\"}",
                "{\"eventId\":\"state\",\"type\":\"stateChange\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,"
                    + "\"fromBucket\":\"onHand\",\"toBucket\":\"damaged\"}",
                "{\"eventId\":\"count\",\"type\":\"count\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":2}",
            ]
            for fact in facts { #expect(try await server.facts(fact).verdicts == ["appliedUncovered"], "\(fact)") }
            let shown = try await server.get("/v1/reservations/\(id)")
            #expect(shown.lines[0]["allocations"]?[0]?["uncoveredQuantity"]?.integer == 3)
            #expect(try await server.get("/v1/availability/A/L").json?["shortfall"]?.integer == 3)
            let allocation = try shown.allocation
            _ = try await server.act(
                "release", id, "{\"allocations\":[{\"id\":\"\(allocation)\",\"quantity\":3}]}", key: "r")
            #expect(try await server.get("/v1/reservations/\(id)").json?["atRisk"]?.boolean == false)
        }
    }

    // MARK: - Pickup and curbside

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

    // MARK: - Not found, and elsewhere

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
            #expect(try await server.act("move", id, "{\"location\":\"M\"}").code == "illegalTransition")
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

    // MARK: - Refusals

    @Test func `a store that is not active, not live or cannot do it is locationUnavailable`() async throws {
        try await withStock { server async throws in
            let changes: [@Sendable (inout Location) -> Void] = [
                { $0.status = .paused }, { $0.status = .closed }, { $0.mode = .shadow },
                { $0.capabilities = [.shipFrom] },
            ]
            for change in changes {
                try await server.shop.addLocation("L", change)
                let refused = try await server.reserve(lines: [("A", 1)])
                #expect(refused.status == 409 && refused.code == "locationUnavailable")
                #expect(refused.pointers == ["/location"])
            }
            try await server.shop.addLocation("L")
            #expect(try await server.reserve(lines: [("A", 1)]).status == 201)
        }
    }

    @Test func `fulfilling or releasing more than is open is illegalTransition and changes nothing`() async throws {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true")
            let (id, allocation) = (try answer.id, try answer.allocation)
            let body = "{\"allocations\":[{\"id\":\"\(allocation)\",\"quantity\":3}]}"
            for name in ["fulfil", "release", "ready", "not-found"] {
                let refused = try await server.act(name, id, body, key: name)
                #expect(refused.status == 409 && refused.code == "illegalTransition", "\(name): \(refused.body)")
            }
            #expect(try await server.get("/v1/reservations/\(id)").json?["version"]?.integer == 1)
        }
    }

    @Test func `an illegal step is illegalTransition and changes nothing`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 2)]).id
            for name in ["ready", "fulfil", "not-found"] {
                #expect(try await server.act(name, id).code == "illegalTransition", "\(name) of held")
            }
            _ = try await server.act("confirm", id)
            #expect(try await server.act("confirm", id).status == 200)
            let later = "{\"expiresAt\":\"2099-01-01T00:00:00Z\"}"
            #expect(try await server.act("extend", id, later).code == "illegalTransition")
            _ = try await server.act("fulfil", id)
            for name in ["confirm", "ready", "release", "not-found"] {
                #expect(try await server.act(name, id).code == "illegalTransition", "\(name) of fulfilled")
            }
            #expect(try await server.get("/v1/reservations/\(id)").json?["version"]?.integer == 3)
        }
    }

    @Test func `the hoarding guard refuses with limitExceeded`() async throws {
        var holds = HoldLimits()
        (holds.unitsPerOwnerAndItem, holds.holdsPerOwner, holds.renewals, holds.holdSeconds) = (4, 2, 1, 600)
        holds.holdSecondsDefault = 300
        let limits = holds
        try await TestServer.run(holds: limits) { server async throws in
            try await server.shop.addItem("A")
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            _ = try await server.facts(receipt("1", "A", "L", 50), receipt("2", "A", "M", 50))
            let mine = ",\"owner\":\"cart\""
            let id = try await server.reserve(lines: [("A", 3)], more: mine).id
            // Of one item everywhere together.
            #expect(try await server.reserve(lines: [("A", 2)], at: "M", more: mine).code == "limitExceeded")
            #expect(try await server.reserve(lines: [("A", 1)], at: "M", more: mine).status == 201)
            #expect(try await server.reserve(lines: [("A", 2)], more: ",\"owner\":\"other\"").status == 201)
            // A hold in place of his own is no more.
            #expect(try await server.reserve(lines: [("A", 3)], more: mine + ",\"replaces\":\"\(id)\"").status == 201)
            #expect(try await server.reserve(lines: [("A", 1)], more: mine).code == "limitExceeded")
            // What is confirmed is not hoarded.
            #expect(try await server.reserve(lines: [("A", 9)], more: mine + ",\"confirm\":true").status == 201)
            #expect(
                try await server.reserve(lines: [("A", 1)], more: ",\"expiresInSeconds\":601").code == "limitExceeded")
            let hold = try await server.reserve(lines: [("A", 1)]).id
            let time = { (seconds: Double) in ISO8601DateFormatter().string(from: Date().addingTimeInterval(seconds)) }
            #expect(try await server.act("extend", hold, "{\"expiresAt\":\"\(time(700))\"}").code == "limitExceeded")
            #expect(try await server.act("extend", hold, "{\"expiresAt\":\"\(time(200))\"}").status == 200)
            #expect(try await server.act("extend", hold, "{\"expiresAt\":\"\(time(400))\"}").code == "limitExceeded")
        }
    }

    @Test func `the guard holds on every way to more units`() async throws {
        var holds = HoldLimits()
        (holds.unitsPerOwnerAndItem, holds.holdsPerOwner) = (4, 2)
        let limits = holds
        try await TestServer.run(holds: limits) { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.facts(receipt("1", "A", "L", 50))
            let mine = ",\"owner\":\"cart\""
            let first = try await server.reserve(lines: [("A", 2)], more: mine + ",\"expiresInSeconds\":1").id
            let second = try await server.reserve(lines: [("A", 1)], more: mine).id
            let more = "{\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":3}]}"
            #expect(try await server.put("/v1/reservations/\(second)/lines", more).code == "limitExceeded")
            try await server.waitUntilExpired(first)
            #expect(try await server.put("/v1/reservations/\(second)/lines", more).status == 200)
            let later = ISO8601DateFormatter().string(from: Date().addingTimeInterval(600))
            #expect(try await server.act("extend", first, "{\"expiresAt\":\"\(later)\"}").code == "limitExceeded")
            // A promise is no hold.
            #expect(try await server.act("confirm", first).status == 200)
        }
    }

    @Test func `a hold that is confirmed in part can be extended and confirmed as a whole`() async throws {
        try await withStock { server async throws in
            let answer = try await server.reserve(lines: [("A", 1), ("B", 1)])
            let (id, allocation) = (try answer.id, try answer.allocation)
            _ = try await server.act("confirm", id, "{\"allocations\":[{\"id\":\"\(allocation)\"}]}")
            _ = try await server.act("ready", id, "{\"allocations\":[{\"id\":\"\(allocation)\"}]}")
            let later = ISO8601DateFormatter().string(from: Date().addingTimeInterval(600))
            #expect(try await server.act("extend", id, "{\"expiresAt\":\"\(later)\"}").status == 200)
            #expect(try await server.act("confirm", id).json?["state"]?.string == "confirmed")
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

    @Test func `what went to inspection before a count of it is recorded before it`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true").id
            _ = try await server.act("ready", id)
            let now = ISO8601DateFormatter().string(from: Date())
            let earlier = ISO8601DateFormatter().string(from: Date().addingTimeInterval(-300))
            let count =
                "{\"eventId\":\"i\",\"type\":\"count\",\"bucket\":\"inspection\",\"sku\":\"A\",\"location\":\"L\","
            #expect(try await server.facts(count + "\"quantity\":2,\"occurredAt\":\"\(now)\"}").verdicts == ["applied"])
            let released = try await server.act(
                "release", id, "{\"restock\":\"pending\",\"occurredAt\":\"\(earlier)\"}")
            #expect(released.status == 200, "\(released.body)")
            let balance = try await server.get("/v1/availability/A/L").json
            #expect(balance?["inspection"]?.integer == 2 && balance?["onHand"]?.integer == 3)
            #expect(try await server.shop.prove().isProved)
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

    @Test func `a sale that keeps many promises leaves a ledger that can be proved`() async throws {
        try await withStock(30) { server async throws in
            let id = try await server.reserve(
                lines: (0..<20).map { _ in ("A", 1) }, more: ",\"confirm\":true"
            ).id
            let kept =
                "{\"eventId\":\"k\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":20,\"reservation\":\"\(id)\"}"
            #expect(try await server.facts(kept, sale("s")).verdicts == ["applied", "applied"])
            #expect(try await server.get("/v1/reservations/\(id)").json?["state"]?.string == "fulfilled")
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a hold that ended is no change that an expected version would mind`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 1)], more: ",\"expiresInSeconds\":1").id
            try await server.waitUntilExpired(id)
            let version = try #require(try await server.get("/v1/availability/A/L").json?["version"]?.integer)
            let line =
                "{\"eventId\":\"x\",\"type\":\"adjustment\",\"sku\":\"A\",\"location\":\"L\",\"delta\":1,"
                + "\"reason\":\"r\",\"expectedVersion\":\(version)}"
            #expect(try await server.facts(line).verdicts == ["applied"])
        }
    }

    @Test func `a count that excludes what is packed finds it all the same`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true").id
            _ = try await server.act("ready", id)
            let count = "{\"eventId\":\"c\",\"type\":\"count\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":3,"
            #expect(try await server.facts(count + "\"excludesReady\":true}").verdicts == ["applied"])
            #expect(try await server.get("/v1/availability/A/L").json?["onHand"]?.integer == 5)
        }
    }

    // MARK: - Sent twice

    @Test func `a create sent twice is one reservation, and its key takes no other content`() async throws {
        try await withStock { server async throws in
            let body = "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":2}]}"
            let first = try await server.reserve(body, key: "k")
            let second = try await server.reserve(body, key: "k")
            #expect(first.status == 201 && second.status == 201)
            #expect(try first.id == second.id)
            #expect(try await server.available("A") == 3)
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
                for _ in 0..<20 { tasks.addTask { try await server.reserve(body, key: "one").id } }
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

    // MARK: - Bad input

    @Test func `what is unknown or cannot be meant is refused with a pointer, and nothing is half done`() async throws {
        try await withStock { server async throws in
            func refused(_ body: String, _ status: Int, _ code: String, _ pointer: String?) async throws {
                let answer = try await server.reserve(body)
                #expect(answer.status == status && answer.code == code, "\(body): \(answer.body)")
                if let pointer { #expect(answer.pointers.contains(pointer), "\(body): \(answer.body)") }
            }
            let line = "{\"sku\":\"A\",\"quantity\":1}"
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"X\",\"lines\":[\(line)]}", 422, "unknownReference", "/location")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[{\"sku\":\"Z\",\"quantity\":1}]}", 422,
                "unknownReference", "/lines/0/sku")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[{\"id\":\"a\",\"sku\":\"A\",\"quantity\":1},"
                    + "{\"id\":\"a\",\"sku\":\"B\",\"quantity\":1}]}", 400, "invalidRequest", "/lines/1/id")
            for quantity in ["0", "-1", "1.5", "1000000001"] {
                try await refused(
                    "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":\(quantity)}]}",
                    400,
                    "invalidRequest", "/lines/0/quantity")
            }
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"expiresInSeconds\":0,\"lines\":[\(line)]}", 400,
                "invalidRequest",
                "/expiresInSeconds")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"expiresInSeconds\":86401,\"lines\":[\(line)]}", 422,
                "limitExceeded", nil)
            try await refused("{\"method\":\"pickup\",\"lines\":[\(line)]}", 400, "invalidRequest", "/lines/0/location")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[]}", 400, "invalidRequest", "/lines")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"color\":1,\"lines\":[\(line)]}", 400, "invalidRequest",
                "/color")
            try await refused(
                "{\"method\":\"pickup\",\"location\":\"L\",\"replaces\":\"x\",\"lines\":[\(line)]}", 400,
                "invalidRequest",
                "/replaces")
            #expect(try await server.shop.count("reservation") == 0)
            #expect(try await server.get("/v1/reservations/nope").status == 404)
            #expect(try await server.act("confirm", "01a1fe13-cd3f-7824-b8e4-51883050bbeb").status == 404)
            let id = try await server.reserve(lines: [("A", 1)]).id
            #expect(try await server.act("extend", id, "{\"expiresAt\":\"2020-01-01T00:00:00Z\"}").status == 400)
            #expect(try await server.act("move", id, "{\"location\":\"X\"}").code == "unknownReference")
            let stranger = "{\"allocations\":[{\"id\":\"01a1fe13-cd3f-7824-b8e4-51883050bbeb.1\"}]}"
            #expect(try await server.act("confirm", id, stranger).pointers == ["/allocations/0/id"])
        }
    }
}

private func receipt(_ event: String, _ sku: String, _ location: String, _ units: Int) -> String {
    "{\"eventId\":\"\(event)\",\"type\":\"receipt\",\"sku\":\"\(sku)\",\"location\":\"\(location)\",\"quantity\":\(units)}"
}

extension TestServer {
    fileprivate func reserve(_ body: String, key: String = UUID().uuidString) async throws -> Answer {
        try await send(.post, "/v1/reservations", body, headers: keyed(key))
    }

    fileprivate func reserve(
        lines: [(sku: String, quantity: Int)], at location: String = "L", more: String = ""
    ) async throws -> Answer {
        let lines = lines.map { "{\"sku\":\"\($0.sku)\",\"quantity\":\($0.quantity)}" }.joined(separator: ",")
        return try await reserve("{\"method\":\"pickup\",\"location\":\"\(location)\"\(more),\"lines\":[\(lines)]}")
    }

    fileprivate func act(
        _ name: String, _ id: String, _ body: String? = nil, key: String? = nil
    ) async throws -> Answer {
        try await send(.post, "/v1/reservations/\(id)/\(name)", body, headers: key.map(keyed) ?? [:])
    }

    fileprivate func available(_ sku: String, _ location: String = "L") async throws -> Int64? {
        try await get("/v1/availability/\(sku)/\(location)").json?["availableToSell"]?.integer
    }

    /// Waits for the clock of the database, and does nothing else.
    fileprivate func waitUntilExpired(_ id: String) async throws {
        let text = try #require(try await get("/v1/reservations/\(id)").json?["expiresAt"]?.string)
        let end = try #require(Timestamp(rfc3339: text))
        while Double(end.microseconds) / 1_000_000 >= Date().timeIntervalSince1970 {
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

extension TestServer.Answer {
    fileprivate var id: String { get throws { try #require(json?["id"]?.string, "\(body)") } }
    fileprivate var lines: [JSONValue] { json?["lines"]?.elements ?? [] }
    /// The first one's id.
    fileprivate var allocation: String {
        get throws { try #require(lines.first?["allocations"]?[0]?["id"]?.string, "\(body)") }
    }
    fileprivate var verdicts: [String] { json?["results"]?.elements?.compactMap { $0["verdict"]?.string } ?? [] }
}

import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Transfers, returns, kits and supply as their users see them.
@Suite struct TransferRoutesTests {
    private func transfer(
        _ server: TestServer, _ lines: String, more: String = "", key: String = UUID().uuidString
    ) async throws -> TestServer.Answer {
        try await server.send(
            .post, "/v1/transfers", "{\"from\":\"L\",\"to\":\"M\"\(more),\"lines\":[\(lines)]}", headers: keyed(key))
    }

    private func tell(
        _ server: TestServer, _ what: String, _ id: String, _ event: String, _ lines: String, more: String = ""
    ) async throws -> TestServer.Answer {
        try await server.post(
            "/v1/transfers/\(id)/\(what)",
            "{\"source\":\"wms\",\"eventId\":\"\(event)\"\(more),\"lines\":[\(lines)]}")
    }

    private func figure(_ server: TestServer, _ sku: String, _ location: String, _ name: String) async throws -> Int64?
    {
        try await server.get("/v1/availability/\(sku)/\(location)").json?[name]?.integer
    }

    @Test func `a transfer goes from draft to received, line by line, and each message counts once`() async throws {
        try await withStock(10) { server async throws in
            let body = "{\"id\":\"a\",\"sku\":\"A\",\"quantity\":4},{\"id\":\"b\",\"sku\":\"B\",\"quantity\":2}"
            let draft = try await transfer(
                server, body, more: ",\"reference\":\"T-1\",\"reserve\":true,\"expectedAt\":\"2099-01-01T00:00:00Z\"",
                key: "k1")
            #expect(draft.status == 201, "\(draft.body)")
            let id = try draft.id
            #expect(draft.json?["state"]?.string == "draft")
            #expect(try await server.available("A") == 6)
            let again = try await transfer(
                server, body, more: ",\"reference\":\"T-1\",\"reserve\":true,\"expectedAt\":\"2099-01-01T00:00:00Z\"",
                key: "k1")
            #expect(try again.status == 201 && again.id == id)
            let keeps = try #require(draft.json?["reservation"]?.string)
            let reservation = try await server.get("/v1/reservations/\(keeps)")
            #expect(reservation.json?["transfer"]?.string == id && reservation.json?["state"]?.string == "confirmed")
            #expect(try await server.act("release", keeps).code == "illegalTransition")

            let shipped = try await tell(
                server, "ship", id, "ship-1", "{\"id\":\"a\",\"quantity\":4},{\"id\":\"b\",\"quantity\":1}",
                more: ",\"expectedAt\":\"2099-02-01T00:00:00Z\"")
            #expect(shipped.verdicts == ["applied", "applied"], "\(shipped.body)")
            let first = shipped.json?["results"]?[0]
            #expect(first?["line"]?.string == "a" && first?["eventId"]?.string == "ship-1")
            #expect(first?["components"]?.elements?.compactMap { $0["location"]?.string } == ["L", "M"])
            #expect(shipped.json?["transfer"]?["state"]?.string == "shipped")
            #expect(shipped.json?["transfer"]?["expectedAt"]?.string == "2099-02-01T00:00:00Z")
            #expect(shipped.json?["transfer"]?["firstExpectedAt"]?.string == "2099-01-01T00:00:00Z")
            #expect(try await figure(server, "A", "L", "onHand") == 6)
            #expect(try await figure(server, "A", "L", "reserved") == 0)
            #expect(try await figure(server, "A", "M", "inTransit") == 4)
            let repeated = try await tell(
                server, "ship", id, "ship-1", "{\"id\":\"a\",\"quantity\":4},{\"id\":\"b\",\"quantity\":1}",
                more: ",\"expectedAt\":\"2099-02-01T00:00:00Z\"")
            #expect(repeated.verdicts == ["duplicate", "duplicate"])
            let other = try await tell(server, "ship", id, "ship-1", "{\"id\":\"a\",\"quantity\":3}")
            #expect(other.json?["results"]?[0]?["problem"]?["code"]?.string == "eventIdReused")

            let received = try await tell(
                server, "receive", id, "in-1",
                "{\"id\":\"a\",\"quantity\":3},{\"id\":\"a\",\"quantity\":1,\"bucket\":\"damaged\"},{\"id\":\"x\",\"quantity\":1}"
            )
            #expect(received.verdicts == ["applied", "applied", "rejected"])
            #expect(try await figure(server, "A", "M", "onHand") == 6)
            #expect(try await figure(server, "A", "M", "damaged") == 1)
            #expect(try await figure(server, "A", "M", "inTransit") == 0)
            let ledger = try await server.get("/v1/movements?source=wms&eventId=ship-1")
            let sides = ledger.json?["movements"]?.elements?.compactMap { line in
                line["location"]?.string.map { "\(line["sku"]?.string ?? "") \($0) \(line["units"]?.integer ?? 0)" }
            }
            #expect(sides?.sorted() == ["A L -4", "A M 4", "B L -1", "B M 1"], "\(ledger.body)")
            #expect(ledger.json?["movements"]?[0]?["transfer"]?.string == id)

            let closed = try await server.post("/v1/transfers/\(id)/close", "{\"reason\":\"lost on the way\"}")
            #expect(closed.json?["state"]?.string == "closed", "\(closed.body)")
            #expect(closed.json?["lines"]?[1]?["variance"]?.integer == 1)
            #expect(try await figure(server, "B", "M", "inTransit") == 0)
            #expect(try await figure(server, "B", "L", "reserved") == 0)
            let open = try await server.get("/v1/exceptions?type=transferShortage")
            #expect(open.json?["exceptions"]?.elements?.count == 1, "\(open.body)")
            let listed = try await server.get("/v1/transfers?state=closed&to=M&includeTotal=true")
            #expect(listed.json?["total"]?.integer == 1 && listed.json?["transfers"]?[0]?["id"]?.string == id)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `what is wrong with a request is said and changes nothing`() async throws {
        try await withStock(3) { server async throws in
            let line = "{\"sku\":\"A\",\"quantity\":4}"
            let keyless = try await server.post("/v1/transfers", "{\"from\":\"L\",\"to\":\"M\",\"lines\":[\(line)]}")
            #expect(keyless.status == 400 && keyless.parameters == ["Idempotency-Key"])
            let short = try await transfer(server, line, more: ",\"reserve\":true")
            #expect(short.status == 409 && short.code == "insufficientAvailability")
            #expect(short.json?["lines"]?[0]?["available"]?.integer == 3)
            let same = try await server.send(
                .post, "/v1/transfers", "{\"from\":\"M\",\"to\":\"M\",\"lines\":[\(line)]}", headers: keyed("s"))
            #expect(same.status == 400 && same.pointers == ["/to"])
            let unknown = try await transfer(server, "{\"sku\":\"nope\",\"quantity\":1}")
            #expect(unknown.status == 422 && unknown.pointers == ["/lines/0/sku"])
            let field = try await transfer(server, line, more: ",\"reserved\":true")
            #expect(field.status == 400)
            let missing = try await tell(server, "ship", "00000000-0000-7000-8000-000000000000", "e", line)
            #expect(missing.status == 404)
            #expect(try await server.get("/v1/transfers").json?["transfers"]?.elements?.isEmpty == true)
            #expect(try await figure(server, "A", "L", "reserved") == 0)
            let id = try await transfer(server, line).id
            #expect(
                try await server.post("/v1/transfers/\(id)/close", "{\"reason\":\"x\"}").code == "illegalTransition")
            #expect(try await server.post("/v1/transfers/\(id)/close", "{}").pointers == ["/reason"])
            let cancelled = try await server.send(.post, "/v1/transfers/\(id)/cancel")
            #expect(cancelled.json?["state"]?.string == "cancelled", "\(cancelled.body)")
        }
    }

    @Test func `a receipt where nobody knows waits, and units elsewhere are there`() async throws {
        try await withStock(10) { server async throws in
            let id = try await transfer(server, "{\"sku\":\"A\",\"quantity\":4}").id
            let line = "{\"id\":\"1\",\"quantity\":4}"
            let parked = try await tell(server, "receive", id, "in-1", line, more: ",\"location\":\"N\"")
            #expect(parked.verdicts == ["parked"], "\(parked.body)")
            _ = try await tell(server, "ship", id, "out-1", line)
            #expect(try await figure(server, "A", "M", "inTransit") == 4)
            try await server.shop.addLocation("N")
            #expect(try await figure(server, "A", "N", "onHand") == 4)
            #expect(try await figure(server, "A", "M", "inTransit") == 0)
            let transfer = try await server.get("/v1/transfers/\(id)")
            #expect(transfer.json?["state"]?.string == "received")
            #expect(transfer.json?["lines"]?[0]?["receivedElsewhere"]?.integer == 4)
            let flagged = try await server.get("/v1/exceptions?type=transferElsewhere")
            #expect(flagged.json?["exceptions"]?.elements?.count == 1)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `what is on its way can be promised from its day on, and not before it left`() async throws {
        try await withStock(10) { server async throws in
            _ = try await server.patch("/v1/locations/M", "{\"timeZone\":\"\(noonZone)\"}")
            let soon = Timestamp(
                microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000 + 3 * 86_400_000_000
            ).description
            let id = try await transfer(
                server, "{\"sku\":\"A\",\"quantity\":4}", more: ",\"expectedAt\":\"\(soon)\""
            ).id
            func promised() async throws -> [Int64] {
                let plan = try await server.get("/v1/availability/A/M/promise?days=6")
                return plan.json?["days"]?.elements?.compactMap { $0["availableToPromise"]?.integer } ?? []
            }
            #expect(try await promised() == [3, 3, 3, 3, 3, 3], "a draft is on no way")
            _ = try await tell(server, "ship", id, "out", "{\"id\":\"1\",\"quantity\":4}")
            #expect(try await promised() == [3, 3, 3, 7, 7, 7])
            _ = try await tell(server, "receive", id, "in", "{\"id\":\"1\",\"quantity\":1}")
            #expect(try await promised() == [4, 4, 4, 7, 7, 7])
            let late = try await server.post(
                "/v1/transfers/\(id)/reschedule", "{\"expectedAt\":\"2020-01-01T00:00:00Z\"}")
            #expect(late.json?["isOverdue"]?.boolean == true)
            #expect(try await promised() == [4, 4, 4, 4, 4, 4], "what should have come counts nowhere")
            let overdue = try await server.get("/v1/transfers?overdue=true")
            #expect(overdue.json?["transfers"]?.elements?.count == 1)
            let plan = try await server.get("/v1/availability/A/M/promise?days=2")
            #expect(plan.json?["overdue"]?[0]?["transfer"]?.string == id)
        }
    }

    @Test func `a receipt settles the supply that it is`() async throws {
        try await withStock(1) { server async throws in
            for (id, quantity) in [("ASN-1", 10), ("ASN-2", 5)] {
                let put = try await server.put(
                    "/v1/expected-supply/\(id)",
                    "{\"sku\":\"A\",\"location\":\"M\",\"quantity\":\(quantity),\"expectedAt\":\"2099-01-01T00:00:00Z\",\"reference\":\"PO-7\"}"
                )
                #expect(put.status == 201)
            }
            func came(_ event: String, _ units: Int, _ more: String) async throws -> TestServer.Answer {
                try await server.facts(
                    "{\"eventId\":\"\(event)\",\"type\":\"receipt\",\"sku\":\"A\",\"location\":\"M\",\"quantity\":\(units)\(more)}"
                )
            }
            #expect(try await came("r1", 4, ",\"expectedSupply\":\"ASN-1\"").verdicts == ["applied"])
            var supply = try await server.get("/v1/expected-supply/ASN-1")
            #expect(supply.json?["received"]?.integer == 4 && supply.json?["outstanding"]?.integer == 6)
            _ = try await came("r1", 4, ",\"expectedSupply\":\"ASN-1\"")
            #expect(try await server.get("/v1/expected-supply/ASN-1").json?["received"]?.integer == 4)
            // By the order's number: what is left of the first, then the second.
            _ = try await came("r2", 8, ",\"reference\":\"PO-7\"")
            supply = try await server.get("/v1/expected-supply/ASN-1")
            #expect(supply.json?["outstanding"]?.integer == 0 && supply.json?["settledAt"]?.string != nil)
            #expect(try await server.get("/v1/expected-supply/ASN-2").json?["outstanding"]?.integer == 3)
            let unknown = try await came("r3", 1, ",\"expectedSupply\":\"ASN-9\"")
            #expect(unknown.verdicts == ["applied"])
            #expect(unknown.json?["results"]?[0]?["warnings"]?.elements?.count == 1)
            let plan = try await server.get("/v1/availability/A/M/promise?days=180")
            #expect(plan.json?["availableToSell"]?.integer == 16)
        }
    }

    @Test func `returns wait for inspection and go where they belong`() async throws {
        try await withStock(5) { server async throws in
            let held = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true")
            let id = try held.id
            _ = try await server.act("fulfil", id)
            func back(_ event: String, _ units: Int) async throws -> TestServer.Answer {
                try await server.facts(
                    "{\"eventId\":\"\(event)\",\"type\":\"return\",\"sku\":\"A\",\"location\":\"M\",\"quantity\":\(units),\"disposition\":\"inspection\",\"reservation\":\"\(id)\",\"reference\":\"RMA-1\"}"
                )
            }
            #expect(try await back("b1", 2).json?["results"]?[0]?["warnings"]?.elements?.isEmpty == true)
            #expect(try await back("b2", 1).json?["results"]?[0]?["warnings"]?.elements?.count == 1)
            let returned = try await server.get("/v1/reservations/\(id)")
            #expect(returned.json?["lines"]?[0]?["allocations"]?[0]?["returned"]?.integer == 2)
            #expect(try await server.get("/v1/exceptions?type=excessReturn").json?["exceptions"]?.elements?.count == 1)
            let queue = try await server.get("/v1/inspection-queue?location=M")
            let entry = queue.json?["inspections"]?[0]
            #expect(entry?["quantity"]?.integer == 3 && entry?["reference"]?.string == "RMA-1", "\(queue.body)")
            #expect(entry?["since"]?.string != nil)
            let release = try await server.post(
                "/v1/inspection-releases",
                """
                {"source":"desk","lines":[
                  {"eventId":"i1","sku":"A","location":"M","quantity":1,"to":"onHand"},
                  {"eventId":"i2","sku":"A","location":"M","quantity":1,"to":"damaged"},
                  {"eventId":"i3","sku":"A","location":"M","quantity":1,"to":"vendor"},
                  {"eventId":"i4","sku":"A","location":"M","quantity":1,"to":"bin"}]}
                """)
            #expect(release.verdicts == ["applied", "applied", "applied", "rejected"], "\(release.body)")
            #expect(try await figure(server, "A", "M", "onHand") == 4)
            #expect(try await figure(server, "A", "M", "damaged") == 1)
            #expect(try await figure(server, "A", "M", "inspection") == 0)
            #expect(try await server.get("/v1/inspection-queue").json?["inspections"]?.elements?.isEmpty == true)
            #expect(try await server.shop.prove().isProved)
        }
    }
}

import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Handing goods over, and what a till says of it.
@Suite struct HandoverTests {
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

    @Test func `a count that excludes what is packed finds it all the same`() async throws {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 2)], more: ",\"confirm\":true").id
            _ = try await server.act("ready", id)
            let count = "{\"eventId\":\"c\",\"type\":\"count\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":3,"
            #expect(try await server.facts(count + "\"excludesReady\":true}").verdicts == ["applied"])
            #expect(try await server.get("/v1/availability/A/L").json?["onHand"]?.integer == 5)
        }
    }
}

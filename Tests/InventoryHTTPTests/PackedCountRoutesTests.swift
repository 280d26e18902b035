import Foundation
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Counts that leave out what is packed, and handovers from before them that are told later.
@Suite struct PackedCountRoutesTests {
    private static let start = Date().addingTimeInterval(-8 * 3_600)

    /// So many hours after the shop opened.
    private func hour(_ hours: Double) -> String {
        ISO8601DateFormatter().string(from: Self.start.addingTimeInterval(hours * 3_600))
    }

    /// Ten of it, of which some are promised.
    private func reserve(_ sku: String, _ units: Int, _ server: TestServer) async throws -> String {
        try await server.shop.addItem(sku)
        let receipt = """
            {"eventId":"in/\(sku)","type":"receipt","sku":"\(sku)","location":"L","quantity":10,"occurredAt":"\(hour(0))"}
            """
        #expect(try await server.facts(receipt).verdicts == ["applied"])
        return try await server.reserve(lines: [(sku, units)], more: ",\"confirm\":true").id
    }

    private func count(_ sku: String, _ quantity: Int, at hours: Double) -> String {
        """
        {"eventId":"c/\(sku)/\(hours)","type":"count","sku":"\(sku)","location":"L","quantity":\(quantity),\
        "excludesReady":true,"occurredAt":"\(hour(hours))"}
        """
    }

    private func onHand(_ sku: String, _ server: TestServer) async throws -> Int64? {
        try await server.get("/v1/availability/\(sku)/L").json?["onHand"]?.integer
    }

    @Test(arguments: [
        ["ready", "handover", "count"], ["ready", "count", "handover"], ["count", "ready", "handover"],
    ])
    func `a handover from before a count leaves what was counted, whichever is told first`(
        order: [String]
    ) async throws {
        try await withStock { server async throws in
            for (sku, teller) in [("P", "system"), ("Q", "till")] {
                let id = try await reserve(sku, 2, server)
                for step in order {
                    switch (step, teller) {
                    case ("ready", _):
                        let ready = try await server.act("ready", id, "{\"occurredAt\":\"\(hour(1))\"}")
                        #expect(ready.status == 200, "\(ready.body)")
                    case ("count", _): _ = try await server.facts(count(sku, 8, at: 3))
                    case (_, "till"):
                        let sale = """
                            {"eventId":"t/\(sku)","type":"sale","sku":"\(sku)","location":"L","quantity":2,\
                            "reservation":"\(id)","occurredAt":"\(hour(2))"}
                            """
                        _ = try await server.facts(sale)
                    default:
                        #expect(try await server.act("fulfil", id, "{\"occurredAt\":\"\(hour(2))\"}").status == 200)
                    }
                }
                #expect(try await onHand(sku, server) == 8, "\(order), \(teller)")
                let then = "/v1/availability/\(sku)/L?basis=occurred&asOf=\(hour(3.5))"
                #expect(try await server.get(then).json?["onHand"]?.integer == 8, "\(order), \(teller)")
            }
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a handover from after a count that is told before it was packed at the count`() async throws {
        try await withStock { server async throws in
            let id = try await reserve("P", 2, server)
            _ = try await server.act("ready", id, "{\"occurredAt\":\"\(hour(1))\"}")
            _ = try await server.act("fulfil", id, "{\"occurredAt\":\"\(hour(4))\"}")
            _ = try await server.facts(count("P", 8, at: 3))
            #expect(try await onHand("P", server) == 8)
            let found = try await server.get("/v1/count-accuracy?location=L").json?["accuracies"]?[0]
            #expect(found?["unitsCounted"]?.integer == 10, "\(String(describing: found))")
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `parts that were made ready and handed over apart are told apart`() async throws {
        try await withStock { server async throws in
            let id = try await reserve("P", 6, server)
            _ = try await server.act(
                "ready", id, "{\"allocations\":[{\"id\":\"\(id).1\",\"quantity\":4}],\"occurredAt\":\"\(hour(1))\"}",
                key: "r")
            // Four of six are packed; the count says that six lie on the shelf.
            _ = try await server.facts(count("P", 6, at: 3))
            #expect(try await onHand("P", server) == 10)
            // One had left before it was counted, one left later.
            for (units, at) in [(1, 2.0), (1, 4.0)] {
                let part =
                    "{\"allocations\":[{\"id\":\"\(id).2\",\"quantity\":\(units)}],\"occurredAt\":\"\(hour(at))\"}"
                #expect(try await server.act("fulfil", id, part, key: "f\(at)").status == 200)
            }
            #expect(try await onHand("P", server) == 8)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `what has moved since was packed at the count, and what was given back before was not`() async throws {
        try await withStock { server async throws in
            let moved = try await reserve("P", 2, server)
            _ = try await server.facts(receipt("in/P/M", "P", "M", 3))
            _ = try await server.act("ready", moved, "{\"occurredAt\":\"\(hour(1))\"}")
            #expect(try await server.act("move", moved, "{\"location\":\"M\"}").status == 200)
            _ = try await server.facts(count("P", 8, at: 3))
            #expect(try await onHand("P", server) == 10)

            let released = try await reserve("Q", 2, server)
            _ = try await server.act("ready", released, "{\"occurredAt\":\"\(hour(1))\"}")
            _ = try await server.facts(count("Q", 10, at: 3))
            #expect(try await onHand("Q", server) == 12)
            #expect(try await server.act("release", released, "{\"occurredAt\":\"\(hour(2))\"}").status == 200)
            #expect(try await onHand("Q", server) == 10)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test(arguments: [true, false])
    func `what was missed before a count needs no other, whichever is told first`(isCountFirst: Bool) async throws {
        try await withStock { server async throws in
            let id = try await reserve("P", 2, server)
            let count = """
                {"eventId":"c","type":"count","sku":"P","location":"L","quantity":8,"occurredAt":"\(hour(3))"}
                """
            if isCountFirst { _ = try await server.facts(count) }
            let missed = try await server.act("not-found", id, "{\"occurredAt\":\"\(hour(2))\"}")
            #expect(missed.json?["state"]?.string == "notFound", "\(missed.body)")
            if !isCountFirst { _ = try await server.facts(count) }
            #expect(try await onHand("P", server) == 8)
            #expect(try await server.shop.count("count_task") == 0)
            // Missed since, it is to be counted again.
            let more = try await reserve("Q", 1, server)
            _ = try await server.facts(count.replacing("\"P\"", with: "\"Q\"").replacing("\"c\"", with: "\"d\""))
            _ = try await server.act("not-found", more, "{\"occurredAt\":\"\(hour(4))\"}")
            #expect(try await server.shop.count("count_task") == 1)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a complete count adds what was packed once, and later ones keep what they found`() async throws {
        try await withStock { server async throws in
            let id = try await reserve("P", 2, server)
            _ = try await server.act("ready", id, "{\"occurredAt\":\"\(hour(1))\"}")
            let complete = """
                {"source":"hht","eventId":"all","location":"L","countedAt":"\(hour(3))","complete":true,"excludesReady":true,\
                "lines":[{"sku":"P","quantity":5},{"sku":"P","quantity":3}]}
                """
            #expect(try await server.post("/v1/counts", complete).status == 200)
            #expect(try await onHand("P", server) == 10)
            let later = """
                {"eventId":"later","type":"count","sku":"P","location":"L","quantity":7,"occurredAt":"\(hour(5))"}
                """
            #expect(try await server.facts(later).verdicts == ["applied"])
            #expect(try await server.act("fulfil", id, "{\"occurredAt\":\"\(hour(2))\"}").status == 200)
            #expect(try await onHand("P", server) == 7)
            let then = "/v1/availability/P/L?basis=occurred&asOf=\(hour(4))"
            #expect(try await server.get(then).json?["onHand"]?.integer == 8)
            #expect(try await server.shop.prove().isProved)
        }
    }
}

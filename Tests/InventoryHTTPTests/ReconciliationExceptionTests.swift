import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Which figures open exceptions, and which close them.
@Suite struct ReconciliationExceptionTests: BookFigures {
    @Test func `older figures neither open nor close what newer ones are about`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            let send = { (event: String, asOf: String, quantity: Int) in
                try await server.post(
                    "/v1/reconciliations",
                    """
                    {"source":"wms","eventId":"\(event)","asOf":"\(asOf)","lines":[{"sku":"A","location":"L","quantity":\(quantity)}]}
                    """)
            }
            let open = {
                try await server.get("/v1/exceptions?type=reconciliationVariance").json?["exceptions"]?.elements?.map {
                    $0["eventId"]?.string
                }
            }
            _ = try await send("new", "2026-01-12T20:00:00Z", 15)
            _ = try await send("old", "2026-01-11T20:00:00Z", 20)
            #expect(try await open() == ["new"])
            _ = try await send("old off", "2026-01-11T21:00:00Z", 10)
            #expect(try await open() == ["new"])
            _ = try await send("newest", "2026-01-13T20:00:00Z", 20)
            #expect(try await open() == [])
        }
    }

    @Test func `older figures neither open where newer ones agree, nor correct`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            _ = try await server.put("/v1/sources/wms", "{\"authority\":\"authoritative\"}")
            _ = try await server.put("/v1/reconciliation-rules/all", "{\"autoCorrectUnits\":5}")
            let send = { (event: String, asOf: String, sku: String, quantity: Int) in
                try await server.post(
                    "/v1/reconciliations",
                    """
                    {"source":"wms","eventId":"\(event)","asOf":"\(asOf)","correct":true,
                     "lines":[{"sku":"\(sku)","location":"L","quantity":\(quantity)}]}
                    """)
            }
            _ = try await send("new", "2026-01-12T20:00:00Z", "A", 20)
            let far = try await send("far", "2026-01-11T20:00:00Z", "A", 2)
            let near = try await send("near", "2026-01-11T21:00:00Z", "A", 19)
            #expect(statuses(far) == ["A": "variance"] && statuses(near) == ["A": "variance"])
            #expect(near.json?["lines"]?[0]?["problem"]?.string?.contains("later figures") == true, "\(near.body)")
            #expect(far.json?["lines"]?[0]?["problem"]?.string?.contains("5 units") == true, "\(far.body)")
            #expect(try await server.shop.onHand("A", "L") == 20)
            let open = try await server.get("/v1/exceptions?type=reconciliationVariance")
            #expect(open.json?["exceptions"]?.elements?.isEmpty == true, "\(open.body)")
            // Of what newer figures say nothing, these are the newest.
            let other = try await send("other", "2026-01-11T21:00:00Z", "B", 4)
            #expect(other.json?["summary"]?["corrected"]?.integer == 1, "\(other.body)")
        }
    }

    @Test func `what is only explained leaves an exception open`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            let send = { (event: String, asOf: String, quantity: Int) in
                try await server.post(
                    "/v1/reconciliations",
                    """
                    {"source":"wms","eventId":"\(event)","asOf":"\(asOf)","lines":[{"sku":"A","location":"L","quantity":\(quantity)}]}
                    """)
            }
            let open = {
                try await server.get("/v1/exceptions?type=reconciliationVariance").json?["exceptions"]?.elements?.count
            }
            #expect(statuses(try await send("1", "2026-01-12T20:00:00Z", 25)) == ["A": "variance"])
            _ = try await server.facts(fact("A", 5, "2026-01-13T19:59:00Z", type: "sale"))
            #expect(statuses(try await send("2", "2026-01-13T20:00:00Z", 20)) == ["A": "explained"])
            #expect(try await open() == 1)
            #expect(try await send("3", "2026-01-14T20:00:00Z", 15).json?["summary"]?["matched"]?.integer == 1)
            #expect(try await open() == 0)
        }
    }

    @Test func `an exception without a balance closes when complete figures list it no longer`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            let more = ",\"complete\":true,\"inFlightSeconds\":0"
            let all = "{\"sku\":\"A\",\"quantity\":20},{\"sku\":\"B\",\"quantity\":5},{\"sku\":\"C\",\"quantity\":7}"
            let first = try await server.post(
                "/v1/reconciliations", figures("1", "\(all),{\"sku\":\"D\",\"quantity\":3}", more))
            #expect(statuses(first) == ["D": "variance"])
            let others = try await server.post("/v1/reconciliations", figures("2", all, more, source: "erp"))
            #expect(others.json?["summary"]?["lines"]?.integer == 3)
            let open = {
                try await server.get("/v1/exceptions?type=reconciliationVariance").json?["exceptions"]?.elements?.count
            }
            #expect(try await open() == 1)
            let second = try await server.post("/v1/reconciliations", figures("2", all, more))
            #expect(
                second.json?["summary"]?["lines"]?.integer == 4 && second.json?["summary"]?["matched"]?.integer == 4)
            #expect(try await open() == 0)
        }
    }
}

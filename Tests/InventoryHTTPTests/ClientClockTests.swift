import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Calls whose clients live in the future: what they told is kept, and counts as of its arrival.
@Suite struct ClientClockTests {
    private static let future = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 + 3_600) * 1_000_000)

    private static func last(_ server: TestServer) async throws -> JSONValue {
        let lines = try await server.get("/v1/movements?sku=A&location=L").json?["movements"]?.elements ?? []
        return try #require(lines.last { $0["units"]?.integer != 0 && $0["units"]?.isNull == false })
    }

    private static func skews(_ server: TestServer) async throws -> [JSONValue] {
        try await server.get("/v1/exceptions?type=clockSkew").json?["exceptions"]?.elements ?? []
    }

    @Test(arguments: [("fulfil", ""), ("not-found", ""), ("release", ",\"restock\":\"pending\"")])
    func `a step that moves units keeps the future time that it was told`(step: (String, String)) async throws {
        try await withStock { server async throws in
            for _ in 0..<2 {
                let id = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
                _ = try await server.act("ready", id)
                let body = "{\"occurredAt\":\"\(Self.future)\"\(step.1)}"
                #expect(try await server.act(step.0, id, body).status == 200)
                let line = try await Self.last(server)
                #expect(line["claimedAt"]?.string == Self.future.description, "\(line)")
                let occurred = try #require(line["occurredAt"]?.string.flatMap(Timestamp.init(rfc3339:)))
                #expect(occurred < Self.future)
            }
            let skews = try await Self.skews(server)
            #expect(skews.count == 1 && skews.first?["location"]?.string == "L")
            #expect(skews.first?["detail"]?.string?.contains("client") == true)
        }
    }

    @Test func `a time within five minutes is believed, and goods that come back to their shelf keep theirs`()
        async throws
    {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            _ = try await server.act("ready", id)
            let soon = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 + 120) * 1_000_000)
            let released = try await server.act("release", id, "{\"occurredAt\":\"\(soon)\",\"restock\":\"pending\"}")
            #expect(released.status == 200)
            let line = try await Self.last(server)
            #expect(line["occurredAt"]?.string == soon.description && line["claimedAt"]?.isNull == true, "\(line)")
            #expect(try await Self.skews(server).isEmpty)
            #expect(try await server.act("restock", id, "{\"occurredAt\":\"\(Self.future)\"}").status == 200)
            #expect(try await Self.last(server)["claimedAt"]?.string == Self.future.description)
            #expect(try await Self.skews(server).count == 1)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a transfer's ship, receipt and close keep it too, and its source is told of once`() async throws {
        try await withStock { server async throws in
            let made = try await server.send(
                .post, "/v1/transfers",
                "{\"from\":\"L\",\"to\":\"M\",\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":3}]}",
                headers: keyed(UUID().uuidString))
            let id = try made.id
            for (what, units) in [("ship", 3), ("receive", 2)] {
                let told = try await server.post(
                    "/v1/transfers/\(id)/\(what)",
                    """
                    {"source":"wms","eventId":"\(what)","occurredAt":"\(Self.future)","lines":[{"id":"1","quantity":\(units)}]}
                    """)
                #expect(told.verdicts == ["applied"], "\(told.body)")
            }
            let closed = try await server.post(
                "/v1/transfers/\(id)/close", "{\"reason\":\"lost\",\"occurredAt\":\"\(Self.future)\"}")
            #expect(closed.status == 200, "\(closed.body)")
            let lines = try await server.get("/v1/movements?sku=A").json?["movements"]?.elements ?? []
            let moved = lines.filter { $0["transfer"]?.string == id }
            #expect(moved.count >= 4)
            for line in moved { #expect(line["claimedAt"]?.string == Self.future.description, "\(line)") }
            #expect(Set(try await Self.skews(server).compactMap { $0["source"]?.string }) == ["wms", "holdfast"])
        }
    }
}

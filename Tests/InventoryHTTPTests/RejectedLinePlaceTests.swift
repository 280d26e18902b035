import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Lines that cannot be meant belong to the location that they name all the same: who is bound to it finds them, and
/// nobody else may send them.
@Suite struct RejectedLinePlaceTests {
    private static func exceptions(_ server: TestServer, _ query: String) async throws -> [JSONValue] {
        try await server.get("/v1/exceptions?type=rejectedLine&\(query)").json?["exceptions"]?.elements ?? []
    }

    @Test(
        arguments: [
            "\"sku\":\"A\",\"location\":\"L\",\"quantity\":0",
            "\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"occurredAt\":\"x\"",
            "\"code\":\"A-1\",\"codeSystem\":\"own\",\"locationCode\":\"7\",\"quantity\":\"x\"",
            "\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"quantity\":2",
        ])
    func `an exception says which known item and location a rejected line names`(line: String) async throws {
        try await withStock { server async throws in
            try await server.shop.addAlias("own", "A-1", "A")
            _ = try await server.put(
                "/v1/location-aliases", "{\"codeSystem\":\"own\",\"code\":\"7\",\"location\":\"L\"}")
            let sent = try await server.facts("{\"eventId\":\"e\",\"type\":\"sale\",\(line)}")
            #expect(sent.verdicts == ["rejected"], "\(sent.body)")
            let found = try await Self.exceptions(server, "location=L&sku=A")
            #expect(found.count == 1, "\(found)")
            #expect(try await Self.exceptions(server, "location=M").isEmpty)
        }
    }

    @Test func `what is not known, or named twice, is not said`() async throws {
        try await withStock { server async throws in
            _ = try await server.facts(
                "{\"eventId\":\"e\",\"type\":\"sale\",\"sku\":\"NO\",\"location\":\"NOWHERE\",\"quantity\":0}",
                "{\"eventId\":\"f\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"location\":\"M\",\"quantity\":1}"
            )
            let found = try await Self.exceptions(server, "")
            #expect(found.count == 2)
            #expect(found.allSatisfy { $0["location"]?.isNull == true })
            #expect(Set(found.map { $0["sku"]?.string }) == [nil, "A"])
        }
    }

    @Test func `a reused event id and a kit's count name theirs too`() async throws {
        try await withStock { server async throws in
            let sale = { (units: Int) in
                "{\"eventId\":\"e\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":\(units)}"
            }
            #expect(try await server.facts(sale(1)).verdicts == ["applied"])
            #expect(try await server.facts(sale(2)).verdicts == ["rejected"])
            #expect(try await Self.exceptions(server, "location=L&sku=A").count == 1)
        }
    }

    @Test func `a bound client sees its own rejected lines and mends them`() async throws {
        try await TestServer.runBound { _, bound async throws in
            let line = { (units: Int, location: String) in
                "{\"eventId\":\"e\",\"type\":\"receipt\",\"sku\":\"A\",\"location\":\"\(location)\",\"quantity\":\(units)}"
            }
            #expect(try await bound.facts(line(0, "M")).verdicts == ["rejected"])
            let found = try await Self.exceptions(bound, "location=M")
            let id = try #require(found.first?["id"]?.string, "\(found)")
            #expect(try await bound.get("/v1/exceptions/\(id)").status == 200)
            let path = "/v1/exceptions/\(id)/resolve"
            let elsewhere = try await bound.post(path, "{\"action\":\"correct\",\"line\":\(line(3, "L"))}")
            #expect(elsewhere.status == 403 && elsewhere.pointers == ["/line/location"], "\(elsewhere.body)")
            let mended = try await bound.post(path, "{\"action\":\"correct\",\"line\":\(line(3, "M"))}")
            #expect(mended.status == 200, "\(mended.body)")
        }
    }

    @Test(
        arguments: [
            ("\"location\":\"L\",\"quantity\":0", "location"),
            ("\"locationCode\":\"7\",\"quantity\":0", "locationCode"),
            ("\"location\":\"M\",\"toLocation\":\"L\",\"quantity\":0", "toLocation"),
            ("\"location\":\"M\",\"location\":\"L\",\"quantity\":1", "location"),
            ("\"location\":\"M\",\"toLocationCode\":\"7\",\"quantity\":\"x\"", "toLocationCode"),
        ])
    func `a malformed line for another location refuses the request, and nothing of it is kept`(
        line: (String, String)
    ) async throws {
        try await TestServer.runBound { all, bound async throws in
            _ = try await all.put(
                "/v1/location-aliases", "{\"codeSystem\":\"own\",\"code\":\"7\",\"location\":\"L\"}")
            let sent = try await bound.facts(
                "{\"eventId\":\"e\",\"type\":\"transfer\",\"sku\":\"A\",\"codeSystem\":\"own\",\(line.0)}")
            #expect(sent.status == 403, "\(sent.body)")
            #expect(sent.pointers == ["/lines/0/\(line.1)"])
            let release = try await bound.post(
                "/v1/inspection-releases",
                "{\"source\":\"till\",\"lines\":[{\"eventId\":\"i\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":0,\"to\":\"onHand\"}]}"
            )
            #expect(release.status == 403 && release.pointers == ["/lines/0/location"], "\(release.body)")
            #expect(try await all.get("/v1/exceptions").json?["exceptions"]?.elements?.isEmpty == true)
        }
    }
}

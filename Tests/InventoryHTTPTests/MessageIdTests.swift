import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// One event id of one source is one thing: a movement, a count, or what is told of a transfer.
@Suite struct MessageIdTests {
    private static func transfer(_ server: TestServer) async throws -> String {
        try await server.send(
            .post, "/v1/transfers",
            """
            {"from":"L","to":"M","lines":[{"id":"1","sku":"A","quantity":2},{"id":"2","sku":"B","quantity":2}]}
            """, headers: keyed(UUID().uuidString)
        ).id
    }

    private static func tell(
        _ what: String, _ id: String, _ server: TestServer, lines: Int = 1, more: String = ""
    ) async throws -> TestServer.Answer {
        let lines = (1...lines).map { "{\"id\":\"\($0)\",\"quantity\":1}" }.joined(separator: ",")
        return try await server.post(
            "/v1/transfers/\(id)/\(what)", "{\"source\":\"till\",\"eventId\":\"m1\"\(more),\"lines\":[\(lines)]}")
    }

    private static let sale =
        "{\"eventId\":\"m1\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}"

    private static func count(_ server: TestServer) async throws -> TestServer.Answer {
        try await server.post(
            "/v1/counts",
            "{\"source\":\"till\",\"eventId\":\"m1\",\"location\":\"L\",\"lines\":[{\"sku\":\"B\",\"quantity\":1}]}")
    }

    private static func code(_ answer: TestServer.Answer) -> String? {
        answer.json?["results"]?[0]?["problem"]?["code"]?.string
    }

    @Test(arguments: ["ship", "receive"])
    func `what a movement or a count has taken is no message's, and the other way round`(what: String) async throws {
        try await withStock { server async throws in
            let id = try await Self.transfer(server)
            #expect(try await server.facts(Self.sale).verdicts == ["applied"])
            #expect(try await Self.code(Self.tell(what, id, server)) == "eventIdReused")
            #expect(try await Self.code(Self.count(server)) == "eventIdReused")
            #expect(try await server.facts(Self.sale).verdicts == ["duplicate"])
        }
        try await withStock { server async throws in
            let id = try await Self.transfer(server)
            #expect(try await Self.tell(what, id, server).verdicts == ["applied"])
            #expect(try await server.facts(Self.sale).verdicts == ["rejected"])
            #expect(try await Self.code(Self.count(server)) == "eventIdReused")
            #expect(try await Self.tell(what, id, server).verdicts == ["duplicate"])
            // The same message with a line that it had not before is still the same; another message is not.
            #expect(try await Self.tell(what, id, server, lines: 2).verdicts == ["duplicate", "applied"])
            let other = try await Self.transfer(server)
            #expect(try await Self.tell(what, other, server, lines: 2).verdicts == ["rejected", "rejected"])
            let opposite = what == "ship" ? "receive" : "ship"
            #expect(try await Self.tell(opposite, id, server, lines: 2).verdicts == ["rejected", "rejected"])
            #expect(try await server.shop.prove().isProved)
        }
        try await withStock { server async throws in
            let id = try await Self.transfer(server)
            #expect(try await Self.count(server).verdicts == ["applied"])
            #expect(try await Self.code(Self.tell(what, id, server)) == "eventIdReused")
            #expect(try await Self.count(server).verdicts == ["duplicate"])
        }
    }

    @Test func `parked lines hold the id of their message too`() async throws {
        try await withStock { server async throws in
            let id = try await Self.transfer(server)
            let elsewhere = ",\"location\":\"NEW\""
            #expect(try await Self.tell("receive", id, server, more: elsewhere).verdicts == ["parked"])
            #expect(try await server.facts(Self.sale).verdicts == ["rejected"])
            try await server.shop.addLocation("NEW")
            #expect(try await Self.tell("receive", id, server, more: elsewhere).verdicts == ["duplicate"])
            #expect(try await server.facts(Self.sale).verdicts == ["rejected"])
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a count that waited for its location's code is the same count once the code is known`() async throws {
        try await withStock { server async throws in
            let count = {
                try await server.post(
                    "/v1/counts",
                    """
                    {"source":"till","eventId":"m1","locationCode":"7","codeSystem":"own","countedAt":"2026-01-10T08:00:00Z",
                     "lines":[{"sku":"B","quantity":1}]}
                    """)
            }
            #expect(try await count().verdicts == ["parked"])
            #expect(try await server.facts(Self.sale).verdicts == ["rejected"])
            let mapped = try await server.put(
                "/v1/location-aliases", "{\"codeSystem\":\"own\",\"code\":\"7\",\"location\":\"L\"}")
            #expect(mapped.status == 201, "\(mapped.body)")
            #expect(try await count().verdicts == ["duplicate"])
            #expect(try await server.facts(Self.sale).verdicts == ["rejected"])
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `in one batch as in two`() async throws {
        try await withStock { server async throws in
            let id = try await Self.transfer(server)
            async let sold = server.facts(Self.sale)
            async let shipped = server.onOwnConnection { try await Self.tell("ship", id, $0) }
            let verdicts = try await sold.verdicts + shipped.verdicts
            #expect(Set(verdicts) == ["applied", "rejected"], "\(verdicts)")
        }
    }
}

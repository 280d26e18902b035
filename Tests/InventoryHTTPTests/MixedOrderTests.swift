import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Orders of which some lines ship and others are fetched.
@Suite struct MixedOrderTests {
    private static let order = """
        {"method":"ship","location":"L","confirm":true,"shipTo":{"latitude":52.5,"longitude":13.4},"lines":[\
        {"id":"s","sku":"A","quantity":1},{"id":"p","sku":"B","quantity":1,"method":"pickup","location":"P"}]}
        """

    private static func withStores(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await withStock(clock: .settable) { server async throws in
            try await server.shop.addLocation("P") { ($0.leadTimeMinutes, $0.pickupWindowHours) = (60, 24) }
            _ = try await server.facts(receipt("p", "B", "P", 5), receipt("q", "A", "P", 5))
            try await body(server)
        }
    }

    @Test func `a line to be fetched in an order that ships has a code, and its customer arrives`() async throws {
        try await Self.withStores { server async throws in
            let made = try await server.reserve(Self.order)
            #expect(made.status == 201, "\(made.body)")
            let code = try #require(made.json?["pickup"]?["code"]?.string, "\(made.body)")
            let created = try #require(made.json?["createdAt"]?.string.flatMap(Timestamp.init(rfc3339:)))
            let ready = try #require(made.json?["pickup"]?["readyBy"]?.string.flatMap(Timestamp.init(rfc3339:)))
            #expect(ready.microseconds - created.microseconds == 60 * 60_000_000)
            #expect(made.json?["pickup"]?["pickupBy"]?.isNull == false)
            #expect(made.json?["shipTo"]?["latitude"]?.number == 52.5)
            let id = try made.id
            for query in ["pickupCode=\(code)", "method=pickup", "method=ship", "location=P"] {
                let found = try await server.get("/v1/reservations?\(query)").json?["reservations"]?.elements
                #expect(found?.compactMap { $0["id"]?.string } == [id], "\(query)")
            }
            let arrived = try await server.act("arrive", id, "{\"place\":\"bay 2\"}")
            #expect(arrived.json?["pickup"]?["place"]?.string == "bay 2", "\(arrived.body)")
            #expect(try await server.act("claim", id, "{\"by\":\"Ada\"}").status == 200)
            // Once its part is fetched, only what ships is open.
            let part = try #require(arrived.lines.last?["allocations"]?[0]?["id"]?.string)
            let fetched = try await server.act("fulfil", id, "{\"allocations\":[{\"id\":\"\(part)\"}]}")
            #expect(fetched.json?["state"]?.string == "confirmed", "\(fetched.body)")
            #expect(
                try await server.act("arrive", id, "{\"place\":\"bay 3\"}").json?["pickup"]?["place"]?.string == "bay 2"
            )
        }
    }

    @Test func `the other way round it is the same, and an order that only ships has no code`() async throws {
        try await Self.withStores { server async throws in
            let mirrored = try await server.reserve(
                """
                {"method":"pickup","location":"P","confirm":true,"shipTo":{"latitude":52.5,"longitude":13.4},"lines":[\
                {"id":"p","sku":"B","quantity":1},{"id":"s","sku":"A","quantity":1,"method":"ship","location":"L"}]}
                """)
            #expect(mirrored.status == 201 && mirrored.json?["pickup"]?["code"]?.isNull == false, "\(mirrored.body)")
            let id = try mirrored.id
            let found = try await server.get("/v1/reservations?method=ship").json?["reservations"]?.elements
            #expect(found?.compactMap { $0["id"]?.string } == [id])
            let ships = try await server.reserve(
                "{\"method\":\"ship\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}")
            #expect(ships.status == 201 && ships.json?["pickup"]?.isNull == true)
            let refused = try await server.reserve(
                """
                {"method":"ship","location":"L","pickupBy":"2099-01-01T00:00:00Z","lines":[{"sku":"A","quantity":1}]}
                """)
            #expect(refused.pointers == ["/pickupBy"])
        }
    }

    @Test func `lines that are replaced bring a code with the first to be fetched, and take it with the last`()
        async throws
    {
        try await Self.withStores { server async throws in
            let id = try await server.reserve(
                "{\"method\":\"ship\",\"location\":\"L\",\"lines\":[{\"id\":\"s\",\"sku\":\"A\",\"quantity\":1}]}"
            ).id
            let ship = "{\"id\":\"s\",\"sku\":\"A\",\"quantity\":1}"
            let fetch = "{\"id\":\"p\",\"sku\":\"B\",\"quantity\":1,\"method\":\"pickup\",\"location\":\"P\"}"
            let path = "/v1/reservations/\(id)/lines"
            let both = try await server.put(path, "{\"lines\":[\(ship),\(fetch)]}")
            #expect(both.json?["pickup"]?["code"]?.string?.count == 6, "\(both.body)")
            let again = try await server.put(path, "{\"lines\":[\(ship),\(fetch)]}")
            #expect(again.json?["pickup"]?["code"]?.string == both.json?["pickup"]?["code"]?.string)
            #expect(try await server.put(path, "{\"lines\":[\(ship)]}").json?["pickup"]?.isNull == true)
        }
    }

    @Test func `what nobody fetched in time is released, and what ships stays`() async throws {
        try await Self.withStores { server async throws in
            try await server.shop.runSQL("update location set late_pickup = 'release'")
            let id = try await server.reserve(Self.order).id
            try await server.shop.advanceClock(bySeconds: 26 * 3_600)
            _ = try await ReservationSweep(reservations: server.shop.reservations).pass()
            let after = try await server.get("/v1/reservations/\(id)")
            #expect(after.lines.compactMap { $0["allocations"]?[0]?["state"]?.string } == ["confirmed", "released"])
            #expect(try await server.shop.count("reservation where late_noted") == 1)
            #expect(
                try await server.get("/v1/exceptions?type=latePickup").json?["exceptions"]?.elements?.isEmpty == true)
        }
    }

    @Test func `a store that wants to be told is told of its part, and no more once that is fetched`() async throws {
        try await Self.withStores { server async throws in
            let made = try await server.reserve(Self.order)
            let id = try made.id
            try await server.shop.advanceClock(bySeconds: 26 * 3_600)
            _ = try await ReservationSweep(reservations: server.shop.reservations).pass()
            let open = { try await server.get("/v1/exceptions?type=latePickup").json?["exceptions"]?.elements ?? [] }
            #expect(try await open().compactMap { $0["location"]?.string } == ["P"])
            let part = try #require(made.lines.last?["allocations"]?[0]?["id"]?.string)
            _ = try await server.act("fulfil", id, "{\"allocations\":[{\"id\":\"\(part)\"}]}")
            #expect(try await open().isEmpty)
            _ = try await ReservationSweep(reservations: server.shop.reservations).pass()
            #expect(try await open().isEmpty)
        }
    }
}

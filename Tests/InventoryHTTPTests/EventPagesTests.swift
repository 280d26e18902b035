import Foundation
import Hummingbird
import Inventory
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Pages of the feed: filters, cursors, whom they are for, and where a client begins.
@Suite struct EventPagesTests {
    @Test func `filters hold, and what names nothing is said`() async throws {
        try await withStock { server async throws in
            _ = try await server.put(
                "/v1/location-groups/web", "{\"name\":\"web\",\"channel\":\"web\",\"locations\":[\"M\"]}")
            let start = try await server.feedEnd()
            _ = try await server.facts(
                sale("s/1", "A", at: "L"), sale("s/2", "A", at: "M", "3"), sale("s/3", "B", at: "L"))
            _ = try await server.reserve(lines: [("B", 1)], more: ",\"channel\":\"web\"")
            func subjects(_ filter: String) async throws -> Set<String> {
                Set(try await server.events(after: start, "&" + filter).compactMap { $0["subject"]?.string })
            }
            #expect(try await subjects("sku=B&types=inventory.*") == ["B/L"])
            #expect(try await subjects("location=M") == ["A/M"])
            #expect(try await subjects("group=web") == ["A/M", "A"])
            #expect(try await subjects("channel=web") == ["A/M", "A"])
            #expect(try await subjects("types=inventory.band.changed") == ["A/M", "A"])
            for (query, status, parameter) in [
                ("types=reservation.mislaid", 400, "types"), ("after=yesterday", 400, "after"),
                ("limit=1001", 400, "limit"), ("sku=NONE", 422, "sku"), ("location=NONE", 422, "location"),
                ("group=none", 422, "group"), ("cursor=1", 400, "cursor"),
            ] {
                let answer = try await server.get("/v1/events?\(query)")
                #expect(answer.status == status, "\(query)")
                #expect(answer.parameters == [parameter])
            }
        }
    }

    @Test func `pages of any size make the same feed`() async throws {
        try await withStock { server async throws in
            for number in 1...4 {
                _ = try await server.facts(
                    sale("s/\(number)/1"), sale("s/\(number)/2", "B"), sale("s/\(number)/3", "A", at: "M"))
                _ = try await server.reserve(lines: [("A", 1)])
            }
            let all = try await server.events(after: "0", size: 1_000).compactMap { $0["id"]?.string }
            #expect(all.count > 20)
            for size in [1, 2, 3, 7] {
                #expect(try await server.events(after: "0", size: size).compactMap { $0["id"]?.string } == all)
            }
            // An event's id is a cursor.
            let after = try await server.events(after: all[9], size: 5).compactMap { $0["id"]?.string }
            #expect(after == Array(all[10...]))
        }
    }

    @Test func `a cursor that the feed has not come to is another database's`() async throws {
        try await withStock { server async throws in
            let end = try await server.feedEnd()
            #expect(try await server.get("/v1/events?after=\(end)").status == 200)
            let answer = try await server.get("/v1/events?after=999999")
            #expect(answer.status == 400)
            #expect(answer.parameters == ["after"])
        }
    }

    @Test func `a cursor from before what is kept is gone`() async throws {
        try await withStock { server async throws in
            _ = try await server.feedEnd()
            try await server.shop.runSQL("update feed_position set recorded_at = recorded_at - interval '8 days'")
            _ = try await FeedRetention(pools: server.shop.pools).pass()
            let answer = try await server.get("/v1/events?after=1")
            #expect(answer.status == 410)
            #expect(answer.code == "cursorExpired")
            // Without a cursor it begins where something is.
            #expect(try await server.get("/v1/events").status == 200)
        }
    }

    @Test func `a bound client sees its own locations, and reservations of others only by their scope`() async throws {
        try await TestServer.runAsking { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            let all = server.with(try await server.key("oms", [.operator]))
            _ = try await all.facts(receipt("1", "A", "L", 5), receipt("2", "A", "M", 5))
            _ = try await all.reserve(lines: [("A", 1)])
            _ = try await all.reserve(lines: [("A", 1)], at: "M")
            let bound = server.with(try await server.key("store", [.analyst], locations: ["L"]))
            let types = try await bound.events(after: "0").map(\.told)
            #expect(
                types == [
                    "inventory.movement.recorded A/L receipt v1", "inventory.movement.recorded A/L hold v2",
                    "reservation.created held", "inventory.availability.changed A/L 4 inStock v2",
                    "inventory.band.changed A/L out>inStock",
                ])
            let reader = server.with(try await server.key("search", [], [.eventsRead]))
            let seen = try await reader.events(after: "0").compactMap { $0["type"]?.string }
            #expect(!seen.contains("reservation.created"))
            #expect(seen.contains("inventory.movement.recorded"))
            let snapshot = try await bound.get("/v1/availability-snapshot?include=bands,reservations")
            #expect(!snapshot.body.contains("\"M\"") && snapshot.body.contains("\"L\""))
            #expect(try await reader.get("/v1/availability-snapshot?include=reservations").status == 403)
            let till = server.with(try await server.key("till", [.till]))
            #expect(try await till.get("/v1/events").status == 403)
        }
    }

    @Test func `a snapshot says what is there, and where to follow from`() async throws {
        try await withStock { server async throws in
            _ = try await server.reserve(lines: [("A", 2)])
            let answer = try await server.get("/v1/availability-snapshot?include=bands,reservations")
            #expect(answer.status == 200)
            #expect(answer.headers[.contentType] == "application/x-ndjson")
            let lines = answer.body.split(separator: "\n").compactMap {
                try? JSONDocument(parsing: Array($0.utf8)).root
            }
            #expect(
                lines.compactMap { $0["kind"]?.string } == [
                    "snapshot", "availability", "availability", "availability", "band", "band", "reservation", "end",
                ])
            #expect(lines.last?["lines"]?.integer == 7)
            #expect(lines[1]["data"]?["availableToSell"]?.integer == 3)
            let cursor = try #require(lines[0]["cursor"]?.string)
            #expect(try await server.events(after: cursor).isEmpty)
            #expect(try await server.get("/v1/availability-snapshot?include=everything").status == 400)
        }
    }

    @Test func `a database that nobody followed for long begins with what is there, and tells nobody of it`()
        async throws
    {
        try await withStock { server async throws in
            // As after a million commits.
            try await server.shop.runSQL(
                """
                insert into commit_log (recorded_at, lines, items, locations)
                select clock_timestamp(), 0, '{}', '{}' from generate_series(1, 60000)
                """)
            let lines = try await server.get("/v1/availability-snapshot").body.split(separator: "\n")
            #expect(lines.count == 5)
            let told = try await server.events(after: "0", "&types=inventory.availability.changed", size: 1_000)
            #expect(told.isEmpty)
            let start = try await server.feedEnd()
            _ = try await server.facts(sale("s/1"))
            #expect(
                try await server.events(after: start).map(\.told) == [
                    "inventory.movement.recorded A/L sale v2", "inventory.availability.changed A/L 4 inStock v2",
                ])
        }
    }
}

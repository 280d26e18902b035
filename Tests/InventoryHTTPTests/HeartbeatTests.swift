import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Sources that say that they are there, and who is called when they are not.
@Suite struct HeartbeatTests {
    private static func ago(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: (Int64(Date().timeIntervalSince1970) - seconds) * 1_000_000)
    }

    @Test func `a heartbeat counts as heard at the locations that it names, or all of its source`() async throws {
        try await withStock { server async throws in
            let unheard = try await server.post("/v1/sources/new/heartbeat", "{}")
            #expect(unheard.status == 422)
            #expect(unheard.pointers == ["/locations"])
            let named = try await server.post("/v1/sources/new/heartbeat", #"{"locations":["L"]}"#)
            #expect(named.status == 200)
            #expect(named.json?["locations"]?.elements?.compactMap(\.string) == ["L"])
            // Where it was heard before, then where it is set to report for.
            let again = try await server.send(.post, "/v1/sources/new/heartbeat")
            #expect(again.json?["locations"]?.elements?.compactMap(\.string) == ["L"])
            _ = try await server.patch("/v1/sources/new", #"{"locations":["M","L"]}"#)
            let all = try await server.post("/v1/sources/new/heartbeat", #"{"locations":[]}"#)
            #expect(all.json?["locations"]?.elements?.compactMap(\.string) == ["L", "M"])
            await server.shop.flushHeard()
            let at = try #require(all.json?["at"]?.string)
            let sources = try await server.get("/v1/locations/M/sources").json?["sources"]?.elements ?? []
            let mine = sources.first { $0["source"]?.string == "new" }
            #expect(mine?["lastHeardAt"]?.string == at)
            #expect(mine?["heardThrough"]?.string == at)
            #expect(try await server.get("/v1/locations/M").json?["lastHeardAt"]?.string == at)
            let unknown = try await server.post("/v1/sources/new/heartbeat", #"{"locations":["L","none"]}"#)
            #expect(unknown.pointers == ["/locations/1"])
            #expect(try await server.post("/v1/sources/holdfast/heartbeat", "{}").status == 400)
            // Nothing of it is in the ledger.
            #expect(try await server.shop.count("movement") == 3)
        }
    }

    @Test func `a heartbeat ends a silence`() async throws {
        try await withStock { server async throws in
            try await server.shop.fallSilent("L", since: Self.ago(3_600))
            #expect(try await server.get("/v1/locations/L").json?["silent"]?.boolean == true)
            _ = try await server.post("/v1/sources/till/heartbeat", #"{"locations":["L"]}"#)
            await server.shop.flushHeard()
            _ = try await server.shop.silence.settleHeard()
            #expect(try await server.get("/v1/locations/L").json?["silent"]?.boolean == false)
        }
    }

    @Test func `a bound client beats for its own source and its own locations`() async throws {
        try await TestServer.runAsking { server async throws in
            let all = server.with(try await server.key("boss", [.operator]))
            for location in ["L", "M"] { _ = try await all.put("/v1/locations/\(location)", #"{"name":"Store"}"#) }
            let bound = server.with(try await server.key("till", [.till], locations: ["M"], sources: ["till-m"]))
            #expect(try await bound.post("/v1/sources/till-l/heartbeat", "{}").status == 404)
            #expect(try await bound.post("/v1/sources/till-m/heartbeat", #"{"locations":["L"]}"#).status == 403)
            let own = try await bound.post("/v1/sources/till-m/heartbeat", "{}")
            #expect(own.json?["locations"]?.elements?.compactMap(\.string) == ["M"])
        }
    }

    @Test func `an alarm opens only for a limit of its own, opening hours, or a source that sends heartbeats`()
        async throws
    {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/locations/plain", #"{"name":"Plain"}"#)
            _ = try await server.put("/v1/locations/limit", #"{"name":"Limit","silenceLimitSeconds":60}"#)
            let always = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
                .map { "\"\($0)\":[{\"opens\":\"00:00\",\"closes\":\"24:00\"}]" }.joined(separator: ",")
            _ = try await server.put("/v1/locations/hours", "{\"name\":\"Hours\",\"openingHours\":{\(always)}}")
            _ = try await server.put("/v1/locations/beats", #"{"name":"Beats"}"#)
            _ = try await server.post("/v1/sources/till/heartbeat", #"{"locations":["beats"]}"#)
            for location in ["plain", "limit", "hours", "beats"] {
                try await server.shop.fallSilent(location, since: Self.ago(86_400))
                #expect(try await server.get("/v1/locations/\(location)").json?["silent"]?.boolean == true)
            }
            let open = try await server.get("/v1/exceptions?type=silentLocation").json?["exceptions"]?.elements ?? []
            #expect(Set(open.compactMap { $0["location"]?.string }) == ["limit", "hours", "beats"])
        }
    }

    @Test func `an outage of many stores is one exception that names them, until all are heard`() async throws {
        try await TestServer.run { server async throws in
            let stores = (10..<22).map { "S\($0)" }
            for store in stores {
                _ = try await server.put("/v1/locations/\(store)", #"{"name":"Store","silenceLimitSeconds":60}"#)
            }
            func open(_ type: String) async throws -> [JSONValue] {
                try await server.get("/v1/exceptions?type=\(type)&limit=100").json?["exceptions"]?.elements ?? []
            }
            for store in stores.prefix(3) { try await server.shop.fallSilent(store, since: Self.ago(3_600)) }
            #expect(try await open("silentLocation").count == 3)
            #expect(try await open("outage").isEmpty)
            // The line goes down, and all others are found at one time.
            try await server.shop.runSQL(
                """
                insert into location_heard (location_id, source_id, heard_at, heard_through)
                select location_id, 0, clock_timestamp() - interval '1 hour', clock_timestamp() - interval '1 hour'
                from location where id > 'S12' and id < 'S21' on conflict do nothing
                """)
            try await server.shop.silence.sweep()
            #expect(try await open("silentLocation").isEmpty)
            let outage = try await open("outage")
            #expect(outage.count == 1)
            let detail = try #require(outage.first?["detail"]?.string)
            #expect(detail.hasPrefix("11 locations are silent"))
            #expect(detail.contains(stores.dropLast().joined(separator: ", ")))
            // One more joins it, and it is no other exception.
            try await server.shop.fallSilent("S21", since: Self.ago(3_600))
            let joined = try await open("outage")
            #expect(joined.first?["id"]?.string == outage.first?["id"]?.string)
            #expect(joined.first?["detail"]?.string?.contains("S21") == true)
            #expect(try await open("silentLocation").isEmpty)
            let most = stores.dropLast().map { "\"\($0)\"" }.joined(separator: ",")
            _ = try await server.post("/v1/sources/till/heartbeat", "{\"locations\":[\(most)]}")
            try await server.shop.silence.settleHeard()
            #expect(try await open("outage").first?["detail"]?.string?.hasPrefix("1 locations") == true)
            _ = try await server.post("/v1/sources/till/heartbeat", #"{"locations":["S21"]}"#)
            try await server.shop.silence.settleHeard()
            #expect(try await open("outage").isEmpty)
            let closed = try await server.get("/v1/exceptions?type=outage&status=resolved").json?["exceptions"]
            #expect(closed?[0]?["resolution"]?.string == "closed by itself: all its locations were heard again")
        }
    }
}

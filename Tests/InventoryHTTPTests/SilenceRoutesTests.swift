import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Silent stores as clients see them.
@Suite struct SilenceRoutesTests {
    private static func ago(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: (Int64(Date().timeIntervalSince1970) - seconds) * 1_000_000)
    }

    @Test func `a location's limit and buffer are kept, and what is read only is refused`() async throws {
        try await TestServer.run { server async throws in
            let plain = try await server.put("/v1/locations/M", "{\"name\":\"M\"}").json
            #expect(plain?["silenceLimitSeconds"]?.integer == nil && plain?["lagBuffer"]?.boolean == false)
            #expect(plain?["silent"]?.boolean == false && plain?["lastHeardAt"]?.string == nil)
            let made = try await server.put(
                "/v1/locations/L", "{\"name\":\"L\",\"silenceLimitSeconds\":300,\"lagBuffer\":true}")
            #expect(made.status == 201)
            let read = try await server.get("/v1/locations/L").json
            #expect(read?["silenceLimitSeconds"]?.integer == 300 && read?["lagBuffer"]?.boolean == true)
            for limit in ["9", "86401", "1.5"] {
                let answer = try await server.put(
                    "/v1/locations/L", "{\"name\":\"L\",\"silenceLimitSeconds\":\(limit)}")
                #expect(answer.pointers == ["/silenceLimitSeconds"], "\(limit)")
            }
            for field in ["silent", "silentSince", "lastHeardAt"] {
                let answer = try await server.put("/v1/locations/L", "{\"name\":\"L\",\"\(field)\":null}")
                #expect(answer.pointers == ["/\(field)"])
            }
        }
    }

    @Test func `a silent location shows, is listed and calls for somebody, until it is heard`() async throws {
        try await withStock { server in
            _ = try await server.patch("/v1/locations/L", #"{"silenceLimitSeconds":120}"#)
            #expect(try await server.get("/v1/locations?silent=true").json?["locations"]?.elements?.isEmpty == true)
            let since = Self.ago(3_600)
            try await server.shop.fallSilent("L", since: since)
            let tag = try #require(try await server.get("/v1/locations/L").headers[.eTag])
            let silent = try await server.get("/v1/locations/L").json
            #expect(silent?["silent"]?.boolean == true)
            #expect(silent?["silentSince"]?.string == since.description)
            let listed = try await server.get("/v1/locations?silent=true&includeTotal=true").json
            #expect(listed?["locations"]?.elements?.map { $0["id"]?.string } == ["L"])
            #expect(listed?["total"]?.integer == 1)
            let others = try await server.get("/v1/locations?silent=false").json
            #expect(others?["locations"]?.elements?.map { $0["id"]?.string } == ["M"])
            #expect(try await server.get("/v1/locations").json?["locations"]?.elements?.count == 2)
            #expect(try await server.get("/v1/locations?silent=perhaps").parameters == ["silent"])
            let exceptions = try await server.get("/v1/exceptions?type=silentLocation").json?["exceptions"]
            #expect(exceptions?.elements?.count == 1)
            #expect(exceptions?[0]?["priority"]?.string == "high")
            #expect(exceptions?[0]?["location"]?.string == "L")
            #expect(exceptions?[0]?["detail"]?.string?.contains("since \(since)") == true)
            // Nothing is held back where nobody asked for it.
            #expect(try await server.available("A") == 5)
            _ = try await server.facts(sale("1", "A", at: "L"))
            await server.shop.flushHeard()
            // The same version, and no answer of before.
            let heard = try await server.get("/v1/locations/L", headers: [.ifNoneMatch: tag])
            #expect(heard.status == 200 && heard.json?["silent"]?.boolean == false)
            #expect(heard.json?["silentSince"]?.string == nil && heard.json?["lastHeardAt"]?.string != nil)
            let closed = try await server.get("/v1/exceptions?type=silentLocation&status=resolved").json?["exceptions"]
            #expect(closed?[0]?["resolution"]?.string == "closed by itself: it is no longer silent")
        }
    }

    @Test func `an exception that was dismissed stays so while the store is silent`() async throws {
        try await withStock { server in
            _ = try await server.patch("/v1/locations/L", #"{"silenceLimitSeconds":120}"#)
            try await server.shop.fallSilent("L", since: Self.ago(3_600))
            let id = try #require(
                try await server.get("/v1/exceptions?type=silentLocation").json?["exceptions"]?[0]?["id"]?.string)
            let answer = try await server.post(
                "/v1/exceptions/\(id)/resolve", "{\"action\":\"dismiss\",\"reason\":\"the line is being mended\"}")
            #expect(answer.status == 200, "\(answer.body)")
            try await server.shop.fallSilent("L", since: Self.ago(7_200))
            #expect(try await server.get("/v1/exceptions").json?["exceptions"]?.elements?.isEmpty == true)
            #expect(try await server.get("/v1/locations/L").json?["silent"]?.boolean == true)
        }
    }

    @Test func `what is held back for silence is explained, and shown again as of then`() async throws {
        try await withStock(40) { server in
            _ = try await server.put("/v1/locations/L", "{\"name\":\"Location L\",\"lagBuffer\":true}")
            _ = try await server.facts(sale("1", "A", at: "L", "4"))
            let paths = ["/v1/availability/A/L", "/v1/availability/A?location=L", "/v1/availability/B/L"]
            var shown: [(path: String, body: String, asOf: String)] = []
            func look() async throws {
                for path in paths {
                    let answer = try await server.get(path)
                    let asOf = try #require(answer.json?["asOf"]?.string)
                    let body = answer.body.replacing(/"lastHeardAt":"[^"]*"/, with: "\"lastHeardAt\":null")
                        .replacing(/"lagSeconds":[0-9]+/, with: "\"lagSeconds\":null")
                    shown.append((path, body, asOf))
                }
            }
            try await look()
            try await server.shop.fallSilent("L", since: Self.ago(86_400))
            try await look()
            let balance = try await server.get("/v1/availability/A/L").json
            #expect(balance?["safetyStock"]?.integer == 5 && balance?["availableToSell"]?.integer == 31)
            let terms = try #require(try await server.get("/v1/availability/A/L/explain").json?["terms"]?.elements)
            let buffer = terms.first { $0["name"]?.string == "lagBuffer" }
            #expect(buffer?["units"]?.integer == -5)
            #expect(terms.dropLast().compactMap { $0["units"]?.integer }.reduce(0, +) == 31)
            #expect(terms.last?["units"]?.integer == 31)
            let refused = try await server.reserve(lines: [("A", 32)])
            #expect(refused.code == "insufficientAvailability")
            #expect(refused.lines.first?["available"]?.integer == 31)
            try await server.shop.fallSilent("L", since: Self.ago(3 * 86_400))
            try await look()
            // The queue comes: sales of the silence, of which nobody knew then.
            _ = try await server.facts(sale("2", "A", at: "L", "9"))
            try await look()
            await server.shop.flushHeard()
            try await look()
            #expect(try await server.available("A") == 27)
            #expect(Set(shown.map(\.body)).count > 5)
            for (path, body, asOf) in shown {
                let again = try await server.get("\(path)\(path.contains("?") ? "&" : "?")asOf=\(asOf)")
                #expect(again.body == body, "\(path) as of \(asOf)")
            }
        }
    }
}

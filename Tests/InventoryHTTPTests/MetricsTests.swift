import Hummingbird
import Inventory
import InventoryHTTP
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// What monitoring scrapes.
@Suite struct MetricsTests {
    /// The samples, by name and labels as they stand in the text.
    private func scrape(_ server: TestServer) async throws -> [String: Double] {
        let answer = try await server.get("/metrics")
        #expect(answer.status == 200 && answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        var samples: [String: Double] = [:]
        var announced: Set<String> = []
        for line in answer.body.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") { announced.insert(String(line.split(separator: " ")[2])) }
            guard !line.hasPrefix("#") else { continue }
            let end = try #require(line.lastIndex(of: " "))
            let name = String(line[..<end])
            #expect(samples[name] == nil, "\(name) stands twice")
            let value = Double(String(line[line.index(after: end)...]))
            #expect(value != nil, "\(line)")
            samples[name] = value
            let metric = String(name.prefix { $0 != "{" })
            let isAnnounced = ["", "_bucket", "_sum", "_count"].contains { suffix in
                metric.hasSuffix(suffix) && announced.contains(String(metric.dropLast(suffix.count)))
            }
            #expect(isAnnounced, "\(metric) has no TYPE before it")
        }
        return samples
    }

    @Test func `requests, lines, promises and what is wrong are counted`() async throws {
        try await withStock { server async throws in
            let before = try await scrape(server)
            _ = try await server.facts(sale("s"), sale("s"), sale("x", "UNKNOWN"))
            _ = try await server.facts(sale("bad", "A", "0"))
            #expect(try await server.reserve(lines: [("A", 1)]).status == 201)
            #expect(try await server.reserve(lines: [("A", 99)]).status == 409)
            #expect(try await server.get("/v1/availability/nope/L").status == 404)
            #expect(try await server.get("/v1/nothing").status == 404)
            let after = try await scrape(server)
            func grown(_ name: String) -> Double { (after[name] ?? 0) - (before[name] ?? 0) }
            #expect(grown("holdfast_fact_lines_total{verdict=\"applied\"}") == 1)
            #expect(grown("holdfast_fact_lines_total{verdict=\"duplicate\"}") == 1)
            #expect(grown("holdfast_fact_lines_total{verdict=\"parked\"}") == 1)
            #expect(grown("holdfast_fact_lines_total{verdict=\"rejected\"}") == 1)
            #expect(grown("holdfast_promises_total{outcome=\"granted\"}") == 1)
            #expect(grown("holdfast_promises_total{outcome=\"refused\"}") == 1)
            #expect(grown("holdfast_http_requests_total{operation=\"recordMovements\",status=\"200\"}") == 2)
            #expect(grown("holdfast_http_requests_total{operation=\"createReservation\",status=\"201\"}") == 1)
            #expect(grown("holdfast_http_requests_total{operation=\"createReservation\",status=\"409\"}") == 1)
            #expect(grown("holdfast_http_requests_total{operation=\"getAvailability\",status=\"404\"}") == 1)
            #expect(grown("holdfast_http_requests_total{operation=\"none\",status=\"404\"}") == 1)
            #expect(grown("holdfast_http_request_seconds_count{operation=\"recordMovements\"}") == 2)
            #expect(grown("holdfast_http_request_seconds_bucket{operation=\"recordMovements\",le=\"+Inf\"}") == 2)
            #expect(after["holdfast_database_up"] == 1 && after["holdfast_queue_lines{lane=\"single\"}"] == 0)
            #expect(after["holdfast_event_streams"] == 0)
        }
    }

    @Test func `figures of the database are kept for a moment`() async throws {
        try await withStock { server async throws in
            let rejected = "holdfast_exceptions{type=\"rejectedLine\"}"
            var number = 0
            // Two that come close together have the same, and on a slow machine the next two.
            let isKept = try await eventually {
                let first = try await scrape(server)[rejected]
                number += 1
                _ = try await server.facts(sale("bad/\(number)", "A", "0"))
                return try await scrape(server)[rejected] == first
            }
            #expect(isKept)
        }
    }

    @Test func `what all processes share is read from the database`() async throws {
        try await withStock { server async throws in
            _ = try await server.facts(sale("x", "UNKNOWN"), sale("bad", "A", "0"))
            let samples = try await scrape(server)
            #expect(samples["holdfast_exceptions{type=\"rejectedLine\"}"] == 1)
            #expect(samples["holdfast_exceptions{type=\"unknownSku\"}"] == 1)
            #expect(samples["holdfast_lines_parked"] == 1 && samples["holdfast_locations_silent"] == 0)
            #expect(samples["holdfast_database_bytes"] ?? 0 > 1_000_000)
            #expect(samples["holdfast_proof_ok"] == nil)
        }
    }

    /// Who is refused is an operator's to see: a key that lacks a scope, a store's device that asks about another store.
    @Test(arguments: [true, false])
    func `refusals are counted by operation, code and kind of client`(hasFastLane: Bool) async throws {
        try await TestServer.runAsking(hasFastLane: hasFastLane) { server async throws in
            let analyst = server.with(try await server.key("analyst", [.analyst]))
            let before = try await scrape(analyst)
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            try await server.shop.addItem("A")
            let till = server.with(try await server.key("till", [.till]))
            let bound = server.with(try await server.key("bound", [.till], locations: ["L"]))
            #expect(try await server.get("/v1/items/A").status == 401)
            #expect(try await server.facts(sale("1")).status == 401)
            for _ in 0..<2 { #expect(try await till.put("/v1/items/A", "{\"name\":\"B\"}").status == 403) }
            #expect(try await till.facts(sale("2")).status == 200)
            // Let in, and refused for what it names.
            #expect(try await bound.facts(sale("3", at: "M")).status == 403)
            #expect(try await bound.facts(sale("4", at: "L")).status == 200)
            // What one may not see is 404, and no refusal.
            #expect(try await bound.get("/v1/availability/A/M").status == 404)
            #expect(try await till.get("/v1/items/nope").status == 404)
            let after = try await scrape(analyst)
            func grown(_ operation: String, _ code: String, _ client: String) -> Double {
                let name =
                    "holdfast_http_refusals_total{operation=\"\(operation)\",code=\"\(code)\",client=\"\(client)\"}"
                return (after[name] ?? 0) - (before[name] ?? 0)
            }
            #expect(grown("getItem", "unauthenticated", "unknown") == 1)
            #expect(grown("recordMovements", "unauthenticated", "unknown") == 1)
            #expect(grown("putItem", "forbidden", "unbound") == 2)
            #expect(grown("recordMovements", "forbidden", "bound") == 1)
            let names = after.keys.filter { $0.hasPrefix("holdfast_http_refusals_total") }
            #expect(names.count == 4, "\(names)")
        }
    }

    @Test func `only who may read what happens everywhere gets figures`() async throws {
        try await TestServer.runAsking { server async throws in
            #expect(try await server.get("/metrics").status == 401)
            for (role, status) in [(Role.till, 403), (.storefront, 403), (.analyst, 200)] {
                let caller = server.with(try await server.key(role.rawValue, [role]))
                #expect(try await caller.get("/metrics").status == status, "\(role)")
            }
            let bound = server.with(try await server.key("bound", [.analyst], locations: ["L"]))
            #expect(try await bound.get("/metrics").status == 403)
        }
    }
}

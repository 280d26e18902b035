import Hummingbird
import Inventory
import StrictJSON
import TestSupport
import Testing

/// Clients that are bound to store M and its till, beside store L, of which they must hear nothing.
@Suite struct BindingTests {
    private static func run(
        _ body: @escaping @Sendable (_ all: TestServer, _ bound: TestServer) async throws -> Void
    ) async throws {
        try await TestServer.runBound(sources: ["till-m"]) { all, bound async throws in
            let opening = ["L", "M"].map {
                "{\"eventId\":\"o\($0)\",\"type\":\"opening\",\"sku\":\"A\",\"location\":\"\($0)\",\"quantity\":50}"
            }
            let sent = try await all.facts(opening[0], opening[1])
            #expect(sent.json?["summary"]?["applied"]?.integer == 2)
            try await body(all, bound)
        }
    }

    @Test func `facts, counts and supply of another location or source are refused whole`() async throws {
        try await Self.run { all, bound async throws in
            let own = try await bound.facts(sale("1", at: "M"), source: "till-m")
            #expect(own.json?["summary"]?["applied"]?.integer == 1)
            let mixed = try await bound.facts(
                sale("2", at: "M"), sale("3", at: "L"), sale("4", at: "nowhere"), source: "till-m")
            #expect(mixed.status == 403)
            #expect(mixed.pointers == ["/lines/1/location", "/lines/2/location"])
            let other = try await bound.facts(sale("5", at: "M"), source: "till")
            #expect(other.status == 403)
            #expect(other.pointers == ["/source"])
            let count = { (source: String, location: String) in
                """
                {"source":"\(source)","eventId":"c","location":"\(location)","countedAt":"2026-01-15T08:00:00Z",\
                "lines":[{"sku":"A","quantity":3}]}
                """
            }
            #expect(try await bound.post("/v1/counts", count("till-m", "L")).status == 403)
            #expect(try await bound.post("/v1/counts", count("till", "M")).status == 403)
            let supply = { (location: String) in
                "{\"sku\":\"A\",\"location\":\"\(location)\",\"quantity\":5,\"expectedAt\":\"2099-01-01T00:00:00Z\"}"
            }
            #expect(try await bound.put("/v1/expected-supply/s", supply("L")).status == 403)
            #expect(try await all.put("/v1/expected-supply/s", supply("L")).status == 201)
            // Another's supply is not to be had by naming one's own location either.
            #expect(try await bound.put("/v1/expected-supply/s", supply("M")).status == 403)
            #expect(try await bound.send(.delete, "/v1/expected-supply/s").status == 404)
            #expect(try await bound.get("/v1/expected-supply/s").status == 404)
            #expect(try await bound.put("/v1/expected-supply/m", supply("M")).status == 201)
            let figures = try await all.get("/v1/availability/A")
            #expect(figures.json?["availableToSell"]?.integer == 99)
            let ledger = try await all.get("/v1/movements?location=L")
            #expect(ledger.json?["movements"]?.elements?.count == 1)
        }
    }

    @Test func `another location is answered as one that there is not`() async throws {
        try await Self.run { _, bound async throws in
            let paths = [
                "/v1/locations/%", "/v1/availability/A/%", "/v1/availability/A/%/explain",
                "/v1/availability/A/%/promise",
                "/v1/availability/B/%", "/v1/locations/%/availability", "/v1/locations/%/count-list",
                "/v1/availability/A/%?asOf=2026-01-15T08:00:00Z", "/v1/availability/A/%?basis=occurred",
                "/v1/locations/%/bins", "/v1/items/A/bins/%", "/v1/locations/%/sources",
                "/v1/locations/%/discrepancies?from=2026-01-01&to=2026-01-02",
            ]
            for path in paths {
                let real = try await bound.get(path.replacing("%", with: "L"))
                let none = try await bound.get(path.replacing("%", with: "N"))
                #expect(real.status == none.status && real.status >= 400, "\(path): \(real.status), \(none.status)")
                #expect(real.body.replacing("L", with: "N") == none.body.replacing("L", with: "N"), "\(path)")
            }
            #expect(try await bound.get("/v1/availability/A/M").json?["onHand"]?.integer == 50)
            #expect(try await bound.get("/v1/locations/M").status == 200)
            #expect(try await bound.get("/v1/locations/M/availability").status == 200)
            #expect(try await bound.get("/v1/sources/till").status == 404)
        }
    }

    @Test func `of the feed it has what its own source did at its own location, and the figures there`() async throws {
        try await Self.run { all, bound async throws in
            let start = try await all.feedEnd()
            _ = try await all.facts(sale("1", at: "M"), sale("2", at: "L"), source: "till-l")
            _ = try await bound.facts(sale("1", at: "M"), source: "till-m")
            for source in ["till-l", "till-m"] {
                let count = try await all.post(
                    "/v1/counts",
                    "{\"source\":\"\(source)\",\"eventId\":\"c\",\"location\":\"M\",\"lines\":[{\"sku\":\"A\",\"quantity\":40}]}"
                )
                #expect(count.status == 200)
            }
            _ = try await all.facts(sale("3", "UNKNOWN", at: "M"), source: "till-l")
            func heard(_ server: TestServer) async throws -> (sources: Set<String>, types: Set<String>) {
                let events = try await server.events(after: start)
                return (
                    Set(events.compactMap { $0["data"]?["source"]?.string }),
                    Set(events.compactMap { $0["type"]?.string })
                )
            }
            #expect(try await heard(all).sources == ["till-l", "till-m"])
            let mine = try await heard(bound)
            #expect(mine.sources == ["till-m"])
            #expect(mine.types == ["inventory.movement.recorded", "inventory.availability.changed", "count.recorded"])
            for name in ["location=L", "location=N", "group=g", "group=nowhere"] {
                #expect(try await bound.get("/v1/events?\(name)").status == 403, "\(name)")
                #expect(try await bound.get("/v1/event-stream?\(name)").status == 403, "\(name)")
                #expect(try await bound.get("/v1/availability-snapshot?\(name)").status == 403, "\(name)")
            }
            #expect(try await bound.get("/v1/kpis/2026-01-15/M/duplicates").status == 403)
        }
    }

    @Test func `a list is of one of its own locations or of none, and pairs likewise`() async throws {
        try await Self.run { all, bound async throws in
            _ = try await bound.facts(sale("1", at: "M"), source: "till-m")
            for (list, own) in [
                ("/v1/movements?", "&source=till-m"), ("/v1/exceptions?", "&source=till-m"),
                ("/v1/reservations?", ""), ("/v1/expected-supply?", ""), ("/v1/inspection-queue?", ""),
                ("/v1/count-accuracy?", ""),
            ] {
                for asked in ["", "location=L", "location=N"] {
                    let answer = try await bound.get("\(list)\(asked)\(own)&includeTotal=true")
                    #expect([400, 403].contains(answer.status), "\(list)\(asked): \(answer.status)")
                }
                #expect(try await bound.get("\(list)\(own.dropFirst())").status == 403, "\(list)")
                #expect(try await bound.get("\(list)location=M\(own)").status == 200, "\(list)")
            }
            let mine = try await bound.get("/v1/movements?location=M&source=till-m")
            #expect(mine.json?["movements"]?.elements?.count == 1)
            #expect(try await bound.get("/v1/movements?location=M").status == 403)
            #expect(try await bound.get("/v1/movements?location=M&source=till").status == 403)
            let pairs = { (place: String) in "{\"pairs\":[{\"sku\":\"A\",\"location\":\"M\"},{\"sku\":\"A\"\(place)}]}"
            }
            for place in [",\"location\":\"L\"", ",\"location\":\"N\"", ",\"group\":\"g\"", ""] {
                let answer = try await bound.post("/v1/availability-queries", pairs(place))
                #expect(answer.status == 403, "\(place)")
            }
            #expect(try await bound.post("/v1/availability-queries", pairs(",\"location\":\"M\"")).status == 200)
        }
    }

    @Test func `transfers are those that leave or reach its locations, told from its own end`() async throws {
        try await Self.run { all, bound async throws in
            func new(_ from: String, _ to: String) -> String {
                "{\"from\":\"\(from)\",\"to\":\"\(to)\",\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":2}]}"
            }
            func create(_ server: TestServer, _ from: String, _ to: String, _ key: String) async throws
                -> TestServer.Answer
            { try await server.send(.post, "/v1/transfers", new(from, to), headers: keyed(key)) }
            _ = try await all.put("/v1/locations/K", "{\"name\":\"K\"}")
            #expect(try await create(bound, "L", "M", "1").status == 403)
            let out = try #require(try await create(bound, "M", "L", "2").json?["id"]?.string)
            let away = try #require(try await create(all, "L", "K", "3").json?["id"]?.string)
            let inbound = try #require(try await create(all, "L", "M", "4").json?["id"]?.string)
            let told = { (event: String) in
                "{\"source\":\"till-m\",\"eventId\":\"\(event)\",\"lines\":[{\"id\":\"1\",\"quantity\":1}]}"
            }
            #expect(try await bound.get("/v1/transfers/\(away)").status == 404)
            for action in ["close", "cancel", "reschedule", "ship", "receive"] {
                let body =
                    switch action {
                    case "close": "{\"reason\":\"lost\"}"
                    case "reschedule": "{\"expectedAt\":\"2099-01-01T00:00:00Z\"}"
                    case "cancel": "{}"
                    default: told(action)
                    }
                #expect(try await bound.post("/v1/transfers/\(away)/\(action)", body).status == 404, "\(action)")
            }
            #expect(try await bound.post("/v1/transfers/\(inbound)/ship", told("s")).status == 403)
            #expect(try await bound.post("/v1/transfers/\(out)/receive", told("r")).status == 403)
            #expect(try await bound.post("/v1/transfers/\(out)/ship", told("s2")).status == 200)
            #expect(try await bound.get("/v1/transfers?from=M").json?["transfers"]?.elements?.count == 1)
            #expect(try await bound.get("/v1/transfers?to=M").json?["transfers"]?.elements?.count == 1)
            for asked in ["", "?from=L", "?to=K", "?from=L&to=K"] {
                #expect(try await bound.get("/v1/transfers\(asked)").status == 403, "\(asked)")
            }
        }
    }

    @Test func `reservations are those that stand at its locations, and answers name no others`() async throws {
        try await Self.run { all, bound async throws in
            func hold(_ server: TestServer, _ place: String, _ quantity: Int, _ key: String) async throws
                -> TestServer.Answer
            {
                try await server.send(
                    .post, "/v1/reservations",
                    """
                    {"owner":"o","method":"pickup","location":"\(place)","confirm":true,\
                    "lines":[{"id":"1","sku":"A","quantity":\(quantity)}]}
                    """, headers: keyed(key))
            }
            #expect(try await hold(bound, "L", 1, "1").status == 403)
            let mine = try #require(try await hold(bound, "M", 1, "2").json?["id"]?.string)
            let other = try #require(try await hold(all, "L", 1, "3").json?["id"]?.string)
            #expect(try await bound.get("/v1/reservations/\(mine)").status == 200)
            let hidden = try await bound.get("/v1/reservations/\(other)")
            #expect(hidden.status == 404)
            for action in ["confirm", "ready", "fulfil", "release", "arrive"] {
                #expect(try await bound.post("/v1/reservations/\(other)/\(action)", "{}").status == 404, "\(action)")
            }
            // More than there is here, and enough elsewhere: where else is not said.
            let short = try await hold(bound, "M", 80, "4")
            #expect(short.code == "insufficientAvailability")
            #expect(short.json?["alternatives"]?.elements?.isEmpty == true)
            #expect(
                try await bound.send(
                    .post, "/v1/reservations/\(mine)/move", "{\"location\":\"L\"}", headers: keyed("5")
                ).status == 403)
            // One that comes over shows, and one that goes away does not any more.
            #expect(
                try await all.send(
                    .post, "/v1/reservations/\(other)/move", "{\"location\":\"M\"}", headers: keyed("6")
                ).status == 200)
            #expect(try await bound.get("/v1/reservations/\(other)").status == 200)
            func listed() async throws -> Set<String> {
                let list = try await bound.get("/v1/reservations?location=M&includeTotal=true")
                let ids = Set((list.json?["reservations"]?.elements ?? []).compactMap { $0["id"]?.string })
                #expect(list.json?["total"]?.integer == Int64(ids.count))
                return ids
            }
            #expect(try await listed() == [mine, other])
            #expect(
                try await all.send(
                    .post, "/v1/reservations/\(mine)/move", "{\"location\":\"L\"}", headers: keyed("7")
                ).status == 200)
            #expect(try await bound.get("/v1/reservations/\(mine)").status == 404)
            #expect(try await listed() == [other])
            // An order that the service looks for locations for may come from any.
            let sourced = try await bound.send(
                .post, "/v1/reservations",
                "{\"owner\":\"o\",\"method\":\"ship\",\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":1}]}",
                headers: keyed("8"))
            #expect(sourced.status == 403)
            // Whose holds stand behind a figure is for those who may read reservations.
            let till = all.with(try await all.key("shop", [], [.availabilityRead]))
            #expect(try await till.get("/v1/availability/A/L/explain").json?["holds"]?.elements?.isEmpty == true)
            #expect(try await all.get("/v1/availability/A/L/explain").json?["holds"]?.elements?.count == 1)
        }
    }
}

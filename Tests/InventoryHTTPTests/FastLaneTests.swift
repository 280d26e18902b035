import Foundation
import Hummingbird
import HummingbirdTesting
import Inventory
import InventoryHTTP
import InventoryService
import TestSupport
import Testing

/// The same requests to a service that answers the hot ones beside the router and to one that does not: statuses, headers and
/// bodies are the same, byte for byte.
@Suite struct FastLaneTests {
    @Test func `reads of a balance are answered the same`() async throws {
        let tag = "\"000000000000000000000000\""
        try await compareBothWays(
            get("/v1/availability/A/L"), get("/v1/availability/A/L?channel=web&method=pickup&owner=ann"),
            get("/v1/availability/B/M"), get("/v1/availability/KIT/L"), get("/v1/availability/%41/%4C"),
            get("/v1/availability/%zz/L"), get("/v1/availability/A%20/L"), get("/v1/availability/none/L"),
            get("/v1/availability/A/none"), get("/v1/availability/A/L?unknown=1"), get("/v1/availability/A/L?owner="),
            get("/v1/availability/A/L?group=none"), get("/v1/availability/A/L?channel=a&channel=b"),
            get("/v1/availability/A/L?asOf=2001-01-01T00:00:00Z"),
            get("/v1/availability/A/L?asOf=2999-01-01T00:00:00Z"),
            get("/v1/availability/A/L?asOf=2001-01-01T02:00:00+02:00"),
            get("/v1/availability/A/L?owner=a+b&channel=w%2Bb"),
            get("/v1/availability/A/L?asOf=2001-01-01+00:00:00Z"), get("/v1/availability/A+B/L"),
            get("/v1/availability/A/L?basis=occurred"), get("/v1/availability/A/L?basis=wrong"),
            get("/v1/availability/A/L?%zz=1"), get("/v1/availability/A/L?"), get("/v1/availability/A/L#part"),
            get("/v1/availability/A/L/"), get("/v1/availability//A/L"), get("/v1/availability/A//L"),
            get("/v1/availability/A/L/explain/more"), get("/V1/availability/A/L"),
            get("/v1/availability/A/L", "If-None-Match: *"), get("/v1/availability/A/L", "If-None-Match: \(tag)"),
            get("/v1/availability/A/L", "If-None-Match: "), get("/v1/availability/A/L", "Expect: 100-continue"),
            get("/v1/availability/A/L", "Connection: keep-alive", "X-Forwarded-For: 192.0.2.1"),
            get("/v1/availability/A/L", "Content-Length: 2", body: "{}"),
            "HEAD /v1/availability/A/L HTTP/1.1\r\nHost: a\r\n\r\n", "GET /v1/availability/A/L HTTP/1.1\r\n\r\n",
            "GET http://a/v1/availability/A/L HTTP/1.1\r\nHost: a\r\n\r\n",
            "DELETE /v1/availability/A/L HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    @Test func `facts are answered the same`() async throws {
        let many = (0..<400).map { sale("many/\($0)", "A") }.joined(separator: ",")
        let until101 = (0..<101).map { sale("m\($0)") }.joined(separator: ",")
        try await compareBothWays(
            facts(sale("1")), facts(sale("1")), facts(sale("1", "A", "2")), facts(sale("2"), sale("3", "none"), "1"),
            facts(sale("3", "none")), facts(sale("4"), more: ",\"unknown\":1"), facts(more: ""),
            facts(sale("5"), sale("6", "none"), more: ",\"atomic\":true"), facts(sale("7", "KIT")), facts(until101),
            post("/v1/movements?include=availability", "{\"source\":\"till\",\"lines\":[\(sale("8"))]}"),
            post("/v1/movements?include=all", "{\"source\":\"till\",\"lines\":[\(sale("9"))]}"),
            post("/v1/movements", "{\"source\":"), post("/v1/movements", "[]"), post("/v1/movements", "{\"lines\":[]}"),
            post("/v1/movements", "{}", type: "text/plain"), post("/v1/movements", "{}", type: nil),
            post("/v1/movements", "{}", type: "application/vnd.shop+json; charset=utf-8"), facts(many),
            post("/v1/movements", ""), post("/v1/movements/", "{}"), facts(scanned("10", "2000000012345")),
            facts(scanned("11", "4006381333931")), facts(scanned("12", "425261")),
            "POST /v1/movements HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "POST /v1/movements HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n"
        )
    }

    @Test func `orders are answered the same`() async throws {
        let body = "{\"method\":\"pickup\",\"location\":\"L\",\"lines\":[{\"id\":\"l\",\"sku\":\"A\",\"quantity\":1}]}"
        try await compareBothWays(
            post("/v1/reservations", body, "Idempotency-Key: 1"), post("/v1/reservations", body, "Idempotency-Key: 1"),
            post("/v1/reservations", body), post("/v1/reservations", body, "Idempotency-Key: "),
            post("/v1/reservations", body.replacing("1}", with: "2}"), "Idempotency-Key: 1"),
            post("/v1/reservations", body.replacing("1}", with: "900}"), "Idempotency-Key: 2"),
            post("/v1/reservations", body.replacing("A", with: "none"), "Idempotency-Key: 3"),
            post("/v1/reservations", "{\"lines\":[]}", "Idempotency-Key: 4"),
            post("/v1/reservations", "no", "Idempotency-Key: 5"),
            post("/v1/reservations?a=b", body, "Idempotency-Key: 6"))
    }

    @Test func `what storefronts show is answered the same, to pages of other origins too`() async throws {
        try await compareBothWays(
            get("/v1/storefront/availability/A"), get("/v1/storefront/availability/A?quantity=3&limit=1"),
            get("/v1/storefront/availability/A?location=L&location=M"), get("/v1/storefront/availability/none"),
            get("/v1/storefront/availability/A?quantity=0"), get("/v1/storefront/availability/A?location=none"),
            get("/v1/storefront/availability/A?latitude=52&longitude=13&radiusKm=5"),
            get("/v1/storefront/availability/A", "Origin: https://shop.example"),
            get("/v1/storefront/availability/A", "Origin: https://other.example"),
            get("/v1/storefront/availability/none", "Origin: https://shop.example"),
            get("/v1/storefront/availability/A", "If-None-Match: *", "Origin: https://shop.example"),
            get("/v1/availability/A/L", "Origin: https://shop.example"))
    }

    @Test func `before the database was reached, both say so`() async throws {
        let both = try await bothWays(hasStarted: false) { server in
            try await ask(server, [get("/v1/availability/A/L"), facts(sale("1"))])
        }
        #expect(both.lane == both.router)
        #expect(both.lane.allSatisfy { $0.hasPrefix("HTTP/1.1 503 ") }, "\(both.lane)")
    }

    @Test func `who may not is told the same`() async throws {
        let both = try await bothWays(asks: true) { server in
            try await stockOfKits(server)
            let reader = "Authorization: Bearer \(try await server.key("reader", [], [.availabilityRead]))"
            let till =
                "Authorization: Bearer \(try await server.key("till", [.till], locations: ["M"], sources: ["till"]))"
            let line = "{\"source\":\"till\",\"lines\":[\(sale("1"))]}"
            let coded = line.replacing("\"location\":\"L\"", with: "\"locationCode\":\"7\"")
            return try await ask(
                server,
                [
                    get("/v1/availability/A/L"), get("/v1/availability/A/L", "Authorization: Bearer hfk_wrong"),
                    get("/v1/availability/A/L", "Authorization: Basic YTpi"),
                    get("/v1/availability/A/L", reader, reader),
                ]
                    // The first of a key asks whose it is; after that it is remembered.
                    + Array(repeating: get("/v1/availability/A/L", reader), count: 2)
                    + Array(repeating: post("/v1/movements", line, reader), count: 2)
                    + Array(repeating: get("/v1/availability/A/M", till), count: 2)
                    + [
                        get("/v1/availability/A/L", till), get("/v1/storefront/availability/A", till),
                        post("/v1/movements", line, till), post("/v1/movements", coded, till),
                        post("/v1/movements", line.replacing("\"L\"", with: "\"M\""), till),
                        post("/v1/movements", line.replacing("\"source\":\"till\"", with: "\"source\":\"x\""), till),
                        get("/v1/availability/A/L", "Authorization: Bearer hfk_wrong"),
                    ])
        }
        #expect(both.lane == both.router)
        #expect(
            both.lane.map(status) == [
                "401", "401", "401", "401", "200", "200", "403", "403", "200", "200", "404", "200", "403", "403", "200",
                "403", "401",
            ])
    }

    @Test func `each request of a connection is that of who sends it, whoever sent the one before`() async throws {
        let both = try await bothWays(asks: true) { server in
            try await stockOfKits(server)
            let reader = "Authorization: Bearer \(try await server.key("reader", [], [.availabilityRead]))"
            let till = "Authorization: Bearer \(try await server.key("till", [.till], locations: ["M"]))"
            // What a connection remembers of a request counts from the second with a key on; both keys are known by then.
            for known in [reader, till] { _ = try await ask(server, [get("/v1/availability/A/M", known)]) }
            let requests = [
                reader, reader, till, till, reader, "Authorization: Bearer hfk_wrong", till, "X: none", reader,
            ].map {
                get("/v1/availability/A/L", $0)
            }
            let connection = try RawConnection(port: server.client.port)
            var answers: [String] = []
            for request in requests {
                connection.say(request)
                answers.append(comparable(await connection.answers(1).text))
            }
            return answers
        }
        #expect(both.lane == both.router)
        #expect(both.lane.map(status) == ["200", "200", "404", "404", "200", "401", "404", "401", "200"])
    }

    @Test func `a revoked key is good no longer on a connection that has used it`() async throws {
        let both = try await bothWays(asks: true) { server in
            try await stockOfKits(server)
            let text = try await server.key("reader", [], [.availabilityRead])
            let admin = "Authorization: Bearer \(try await server.key("admin", [], [.admin]))"
            let id = try #require(APIKeyText(text)?.id)
            let connection = try RawConnection(port: server.client.port)
            var statuses: [String] = []
            for isRevoked in [false, false, false, true] {
                if isRevoked {
                    statuses += try await ask(server, [post("/v1/api-keys/\(id)/revoke", "{}", admin)]).map(status)
                }
                connection.say(get("/v1/availability/A/L", "Authorization: Bearer \(text)"))
                statuses.append(status(await connection.answers(1).text))
            }
            return statuses
        }
        #expect(both.lane == both.router)
        #expect(both.lane == ["200", "200", "200", "200", "401"])
    }

    @Test func `limits are counted over both ways`() async throws {
        var limits = ClientLimits.none
        limits.reads = RequestRate(perSecond: 1, burst: 4)
        limits.writes = RequestRate(perSecond: 1, burst: 2)
        let both = try await bothWays(limits: limits) { server in
            try await ask(
                server,
                [
                    get("/v1/availability/A/L"), get("/v1/items"), get("/v1/availability/A/L"), facts(sale("1")),
                    facts(sale("2"), more: ",\"lines\":1"), facts(sale("3")), get("/v1/storefront/availability/A"),
                    get("/v1/availability/A/L"), get("/v1/items"),
                ])
        }
        #expect(both.lane == both.router)
        #expect(both.lane.map(status) == ["404", "200", "404", "200", "400", "429", "404", "429", "429"])
    }

    @Test func `requests that are sent at once are answered in their order, whoever answers each`() async throws {
        let requests = [
            get("/v1/availability/A/L"), get("/v1/items/A"), facts(sale("1")), get("/v1/availability/A/none"),
            get("/v1/availability/B/L"), get("/health/live"), facts(sale("2")), get("/v1/availability/B/M"),
        ]
        let both = try await bothWays { server in
            try await stockOfKits(server)
            let connection = try RawConnection(port: server.client.port)
            connection.say(requests.joined())
            return [comparable(await connection.answers(requests.count).text)]
        }
        #expect(both.lane == both.router)
        #expect(
            both.lane.first?.matches(of: /HTTP\/1.1 (\d+)/).map { $0.1 } == [
                "200", "200", "200", "404", "200", "200", "200", "200",
            ])
    }

    @Test func `who says that nothing more comes still gets every answer`() async throws {
        let requests = [get("/v1/availability/A/L"), facts(sale("1")), get("/v1/availability/B/L")]
        for count in 1...3 {
            let both = try await bothWays { server in
                try await stockOfKits(server)
                let connection = try RawConnection(port: server.client.port)
                connection.say(requests.prefix(count).joined())
                connection.finish()
                let answers = await connection.answers()
                #expect(answers.isClosed)
                return [comparable(answers.text)]
            }
            #expect(both.lane == both.router)
            #expect(both.lane.first?.matches(of: /HTTP\/1.1 200/).count == count)
        }
    }

    @Test func `a body that comes in pieces, and garbage behind a request, change nothing`() async throws {
        let both = try await bothWays { server in
            try await stockOfKits(server)
            let slow = try RawConnection(port: server.client.port)
            let request = facts(sale("1"))
            slow.say(String(request.dropLast(10)))
            try await Task.sleep(for: .milliseconds(50))
            slow.say(String(request.suffix(10)))
            // Before the other connection asks: which of the two is first would else be up to the machine.
            let sold = await slow.answers(1)
            let garbage = try RawConnection(port: server.client.port)
            garbage.say(get("/v1/availability/A/L"))
            let first = await garbage.answers(1)
            garbage.say("no request\r\n\r\n")
            return [
                comparable(sold.text), comparable(first.text), comparable(await garbage.answers().text),
            ]
        }
        #expect(both.lane == both.router)
        #expect(both.lane.map(status) == ["200", "200", "400"])
    }

    @Test func `the router hears nothing of what is hot, and everything of what is unusual`() async throws {
        let routed = RoutedRequests()
        try await TestServer.run(routed: routed) { server async throws in
            try await stockOfKits(server)
            _ = routed.take()
            let hot = [
                get("/v1/availability/A/L"), facts(sale("1")), get("/v1/availability/A/none"),
            ]
            _ = try await ask(server, hot)
            #expect(routed.take() == [])
            let large = (0..<400).map { sale("many/\($0)") }.joined(separator: ",")
            _ = try await ask(
                server,
                [
                    get("/v1/availability/A/L", "Connection: close"),
                    get("/v1/availability/A/L", "Expect: 100-continue"),
                    facts(large), get("/v1/availability/A"),
                ])
            #expect(routed.take().count == 4)
        }
    }
}

// MARK: - Requests

private func get(_ path: String, _ headers: String..., body: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: a\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

private func post(
    _ path: String, _ body: String, _ headers: String..., type: String? = "application/json"
) -> String {
    "POST \(path) HTTP/1.1\r\nHost: a\r\n" + (type.map { "Content-Type: \($0)\r\n" } ?? "")
        + headers.map { $0 + "\r\n" }.joined() + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
}

private func facts(_ lines: String..., more: String = "") -> String {
    post("/v1/movements", "{\"source\":\"till\"\(more),\"lines\":[\(lines.joined(separator: ","))]}")
}

private func sale(_ event: String, _ sku: String = "A", _ quantity: String = "1") -> String {
    "{\"eventId\":\"\(event)\",\"type\":\"sale\",\"sku\":\"\(sku)\",\"location\":\"L\",\"quantity\":\(quantity)}"
}

private func scanned(_ event: String, _ code: String) -> String {
    "{\"eventId\":\"\(event)\",\"type\":\"sale\",\"code\":\"\(code)\",\"codeSystem\":\"gtin\",\"location\":\"L\",\"quantity\":1}"
}

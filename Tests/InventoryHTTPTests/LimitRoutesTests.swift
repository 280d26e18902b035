import Foundation
import Hummingbird
import HummingbirdTesting
import Inventory
import InventoryHTTP
import StrictJSON
import TestSupport
import Testing

/// What a client gets that asks for more than it may.
@Suite struct LimitRoutesTests {
    private static func limits(_ set: (inout ClientLimits) -> Void) -> ClientLimits {
        var limits = ClientLimits.none
        set(&limits)
        return limits
    }

    private func header(_ name: String, of answer: TestServer.Answer) -> String? {
        answer.headers.first { $0.name.canonicalName == name }?.value
    }

    @Test func `too many writes are a 429 that says when, and reads go on`() async throws {
        let limits = Self.limits {
            $0.writes = RequestRate(perSecond: 1, burst: 3)
            $0.reads = RequestRate(perSecond: 100, burst: 200)
        }
        try await TestServer.run(clientLimits: limits) { server async throws in
            let till = server.called(by: "till", .movementsWrite)
            let answers = try await (0..<6).asyncMap { try await till.facts(sale("e\($0)")) }
            #expect(answers.filter { $0.status == 200 }.count >= 3)
            let refused = try #require(answers.last)
            #expect(refused.status == 429 && refused.code == "rateLimited", "\(refused.body)")
            #expect(refused.headers[.retryAfter] == "1")
            #expect(header("ratelimit-policy", of: refused) == "\"writes\";q=3;w=3")
            #expect(header("ratelimit", of: refused)?.hasPrefix("\"writes\";r=0;t=") == true)
            let read = try await till.get("/v1/items")
            #expect(read.status == 200)
            #expect(header("ratelimit", of: read)?.hasPrefix("\"reads\";r=199;t=") == true)
            // Questions are reads, whatever their method.
            let question = try await till.post(
                "/v1/availability-queries", "{\"pairs\":[{\"sku\":\"A\",\"location\":\"L\"}]}")
            #expect(header("ratelimit-policy", of: question)?.hasPrefix("\"reads\"") == true, "\(question.body)")
            // Nobody else is held back.
            let other = try await server.called(by: "shop", .movementsWrite).facts(sale("o1"))
            #expect(other.status == 200)
            // Nothing of a refused request was done.
            let refusedFirst = try #require(answers.firstIndex { $0.status == 429 })
            let again = try await server.called(by: "office", .movementsWrite).facts(sale("e\(refusedFirst)"))
            #expect(!again.body.contains("\"verdict\":\"duplicate\""), "\(again.body)")
        }
    }

    @Test func `large bodies and imports are counted apart from single calls`() async throws {
        let limits = Self.limits { $0.bulk = RequestRate(perSecond: 1, burst: 1) }
        try await TestServer.run(clientLimits: limits) { server async throws in
            let office = server.called(by: "office", .movementsWrite)
            let lines = (0..<400).map { sale("many-\($0)") }
            let large = "{\"source\":\"till\",\"lines\":[\(lines.joined(separator: ","))]}"
            let answers = try await (0..<3).asyncMap { _ in try await office.post("/v1/movements", large) }
            #expect(answers.first?.status == 200)
            #expect(answers.last?.status == 429, "\(answers.last?.body ?? "")")
            let single = try await office.facts(sale("single"))
            #expect(single.status == 200)
            #expect(header("ratelimit", of: single) == nil)
        }
    }

    @Test func `the contract is bulk for whoever asks, and whoever looks whether the service lives is not counted`()
        async throws
    {
        let limits = Self.limits { $0.bulk = RequestRate(perSecond: 1, burst: 2) }
        try await TestServer.run(clientLimits: limits) { server async throws in
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await server.get("/openapi.yaml").status) }
            #expect(statuses == [200, 200, 429, 429])
            for _ in 0..<4 { #expect(try await server.get("/health/live").status == 200) }
            #expect(try await server.get("/docs").status == 200)
        }
    }

    @Test func `without a name the address counts`() async throws {
        let limits = Self.limits { $0.reads = RequestRate(perSecond: 1, burst: 2) }
        try await TestServer.run(clientLimits: limits) { server async throws in
            let answers = try await (0..<5).asyncMap { _ in try await server.get("/v1/items") }
            #expect(answers.first?.status == 200 && answers.last?.status == 429)
            #expect(try await server.get("/health/live").status == 200)
        }
    }

    @Test func `who comes with bad keys again and again is kept off for a while, and keys are counted by client`()
        async throws
    {
        var limits = Self.limits { $0.denials = RequestRate(perSecond: 1, burst: 4) }
        limits.reads = RequestRate(perSecond: 1, burst: 3)
        try await TestServer.runAsking(clientLimits: limits) { server async throws in
            let till = server.with(try await server.key("till", [.till]))
            let shop = server.with(try await server.key("shop", [.till]))
            let reads = try await (0..<5).asyncMap { _ in try await till.get("/v1/items").status }
            #expect(reads.first == 200 && reads.last == 429)
            #expect(try await shop.get("/v1/items").status == 200)
            let stranger = server.with("no key at all")
            let answers = try await (0..<8).asyncMap { _ in try await stranger.get("/v1/items") }
            #expect(answers.first?.status == 401)
            let kept = try #require(answers.last)
            #expect(kept.status == 429 && kept.code == "rateLimited", "\(kept.body)")
            #expect(header("ratelimit-policy", of: kept) == "\"denials\";q=4;w=4")
        }
    }

    @Test func `one address has only so many connections, and room again when one ends`() async throws {
        var options = ConnectionOptions()
        options.perAddressMax = 2
        try await EchoServer.run(connections: options) { port in
            let request = "GET /client HTTP/1.1\r\nHost: a\r\n\r\n"
            var connections: [RawConnection] = []
            for _ in 0..<2 {
                let connection = try RawConnection(port: port)
                connection.say(request)
                #expect(await connection.answers(1).statuses == [200])
                connections.append(connection)
            }
            let late = try RawConnection(port: port)
            late.say(request)
            let answers = await late.answers()
            #expect(answers.isClosed && answers.statuses == [])
            connections[0].reset()
            // Its end is noticed a moment later.
            let hasRoom = try await eventually {
                let next = try RawConnection(port: port)
                next.say(request)
                return await next.answers(1).statuses == [200]
            }
            #expect(hasRoom)
        }
    }

    @Test func `connections of a proxy are those of its clients`() async throws {
        var options = ConnectionOptions()
        options.perAddressMax = 1
        options.proxies = TrustedProxies([AddressRange("127.0.0.1")].compactMap { $0 })
        options.usesProxyProtocol = true
        try await EchoServer.run(connections: options) { port in
            var kept: [RawConnection] = []
            for (client, statuses) in [("203.0.113.1", [200]), ("203.0.113.2", [200]), ("203.0.113.1", [])] {
                let connection = try RawConnection(port: port)
                connection.say(
                    "PROXY TCP4 \(client) 10.0.0.1 4711 443\r\nGET /client HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(await connection.answers(1).statuses == statuses)
                kept.append(connection)
            }
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}

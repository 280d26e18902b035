import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// What was shown is shown again.
@Suite struct TimeTravelTests {
    private static let steps = 160
    private static let skus = ["A", "B", "K"]
    private static let locations = ["L", "M", "N"]

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `answers recorded while a random history ran are reproduced byte for byte`(seed: UInt64) async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            #expect(
                try await server.put(
                    "/v1/items/K",
                    "{\"name\":\"Kit\",\"components\":[{\"sku\":\"A\",\"quantity\":2},{\"sku\":\"B\",\"quantity\":1}]}"
                ).status == 201)
            for location in Self.locations { try await server.shop.addLocation(location) }
            #expect(
                try await server.put(
                    "/v1/location-groups/G", "{\"name\":\"G\",\"channel\":\"web\",\"locations\":[\"L\",\"M\"]}"
                ).status == 201)
            var random = SeededGenerator(seed: seed)
            var recorded: [(path: String, body: String, asOf: String)] = []
            var own: [String] = []
            for step in 0..<Self.steps {
                try await Self.act(step, &random, &own, server)
                let path = Self.question(&random)
                let answer = try await server.get(path)
                #expect(answer.status == 200, "\(path): \(answer.body)")
                let asOf = try #require(answer.json?["asOf"]?.string)
                recorded.append((path, Self.withoutFreshness(answer.body), asOf))
                // So that holds end while the history goes on.
                if step.isMultiple(of: 4) { try await Task.sleep(for: .milliseconds(60)) }
            }
            for (path, body, asOf) in recorded {
                let again = try await server.get("\(path)&asOf=\(asOf)")
                #expect(again.body == body, "seed \(seed): \(path) as of \(asOf)")
            }
            #expect(Set(recorded.map(\.body)).count > Self.steps / 4, "the history changed what is shown")
            for _ in 0..<8 {
                let asOf = try #require(recorded.randomElement(using: &random)).asOf
                try await PastExportTests.check(server, asOf, skus: Self.skus, at: Self.locations, "seed \(seed)")
            }
        }
    }

    /// When a location was heard is not kept for the past.
    private static func withoutFreshness(_ body: String) -> String {
        body.replacing(/"lastHeardAt":"[^"]*"/, with: "\"lastHeardAt\":null")
            .replacing(/"lagSeconds":[0-9]+/, with: "\"lagSeconds\":null")
    }

    private static func question(_ random: inout SeededGenerator) -> String {
        var query = ["method=\(random.pick(["pickup", "ship"]))"]
        if random.isOne(in: 2) { query.append("channel=\(random.pick(["web", "app"]))") }
        if random.isOne(in: 3) { query.append("owner=o1") }
        if random.isOne(in: 4) { query.append("group=G") }
        let sku = random.pick(skus)
        if random.isOne(in: 2) {
            if random.isOne(in: 3) { query.append("location=\(random.pick(locations))") }
            if random.isOne(in: 3) { query.append("latitude=52&longitude=13") }
            return "/v1/availability/\(sku)?\(query.joined(separator: "&"))"
        }
        return "/v1/availability/\(sku)/\(random.pick(locations))?\(query.joined(separator: "&"))"
    }

    private static func act(
        _ step: Int, _ random: inout SeededGenerator, _ own: inout [String], _ server: TestServer
    ) async throws {
        let (sku, location) = (random.pick(["A", "B"]), random.pick(locations))
        switch Int.random(in: 0..<16, using: &random) {
        case 0, 1: _ = try await server.facts(receipt("r\(step)", sku, location, Int.random(in: 1...9, using: &random)))
        case 2: _ = try await server.facts(sale("s\(step)", sku, at: location, "2"))
        case 3...7:
            let channel = random.pick(["", ",\"channel\":\"web\"", ",\"channel\":\"app\""])
            let end = random.isOne(in: 4) ? ",\"confirm\":true" : ",\"expiresInSeconds\":\(random.pick([1, 1, 2]))"
            let answer = try await server.reserve(
                lines: [(sku, Int.random(in: 1...3, using: &random))], at: location,
                more: "\(channel),\"owner\":\"o\(random.pick([1, 2]))\"\(end)")
            if answer.status == 201 { own.append(try answer.id) }
        case 8: if let id = own.randomElement(using: &random) { _ = try await server.act("confirm", id) }
        case 9: if let id = own.randomElement(using: &random) { _ = try await server.act("release", id) }
        case 10: if let id = own.randomElement(using: &random) { _ = try await server.act("fulfil", id) }
        case 11:
            let scope = random.pick([
                "", "\"sku\":\"A\"", "\"location\":\"L\"", "\"group\":\"G\"", "\"channel\":\"web\"",
                "\"method\":\"pickup\"", "\"sku\":\"A\",\"method\":\"ship\"",
            ])
            let kind = random.pick(["safety-stock-rules", "thresholds", "ring-fences", "sale-restrictions"])
            var more = kind == "ring-fences" && random.isOne(in: 2) ? ",\"priority\":\(step)" : ""
            if kind == "safety-stock-rules" { more += ",\"percent\":\(random.pick([0, 0, 10, 50]))" }
            if kind != "sale-restrictions" { more += ",\"quantity\":\(Int.random(in: 0...4, using: &random))" }
            // Some begin, and some end, while the history goes on.
            if random.isOne(in: 3) { more += ",\"validFrom\":\"\(Timestamp.second(in: random.pick([-1, 1])))\"" }
            if random.isOne(in: 3) { more += ",\"validTo\":\"\(Timestamp.second(in: random.pick([2, 3])))\"" }
            let put = try await server.put(
                "/v1/\(kind)/r\(Int.random(in: 0..<3, using: &random))", "{\"scope\":{\(scope)}\(more)}")
            #expect([200, 201].contains(put.status) || scope.isEmpty, "\(put.body)")
        case 12:
            let kind = random.pick(["safety-stock-rules", "ring-fences", "sale-restrictions"])
            _ = try await server.send(.delete, "/v1/\(kind)/r\(random.pick([0, 1, 2]))")
        case 13:
            let status = random.pick(["active", "paused"])
            _ = try await server.put("/v1/locations/\(location)", "{\"name\":\"x\",\"status\":\"\(status)\"}")
            // Its name is told as it is now, so it goes back to what it was.
            _ = try await server.put(
                "/v1/locations/\(location)", "{\"name\":\"Location \(location)\",\"status\":\"\(status)\"}")
        case 14:
            let members = random.pick(["\"L\"", "\"L\",\"M\"", "\"M\",\"N\""])
            _ = try await server.put(
                "/v1/location-groups/G", "{\"name\":\"G\",\"channel\":\"web\",\"locations\":[\(members)]}")
        default:
            if random.isOne(in: 2) {
                _ = try await server.put(
                    "/v1/items/K",
                    "{\"name\":\"Kit\",\"components\":[{\"sku\":\"A\",\"quantity\":\(random.pick([1, 2, 3]))}]}")
            } else {
                _ = try await server.post(
                    "/v1/counts",
                    "{\"source\":\"hht\",\"eventId\":\"c\(step)\",\"location\":\"\(location)\",\"complete\":true,"
                        + "\"countedAt\":\"\(Timestamp.soon)\",\"lines\":[{\"sku\":\"A\",\"quantity\":6}]}")
            }
        }
    }

    @Test func `the past is refused in the future, and of what nobody had heard of`() async throws {
        try await withStock { server async throws in
            #expect(try await server.get("/v1/availability/A/L?asOf=2999-01-01T00:00:00Z").parameters == ["asOf"])
            #expect(try await server.get("/v1/availability/A?asOf=2999-01-01T00:00:00Z").parameters == ["asOf"])
            #expect(try await server.get("/v1/availability/A/L?asOf=2020-01-01T00:00:00Z").status == 404)
            // What came to be later is said to have been unknown then, and not to be unknown.
            for path in ["/v1/availability/A/L", "/v1/availability/A", "/v1/availability/X"] {
                let then = try await server.get("\(path)?asOf=2020-01-01T00:00:00Z")
                let sku = path.contains("A") ? "A" : "X"
                #expect(then.status == 404 && then.code == "notFound", "\(then.body)")
                #expect(
                    then.json?["detail"]?.string
                        == "no item had the sku '\(sku)' at 2020-01-01T00:00:00Z: nothing was known of it then, and so "
                        + "nothing was shown")
            }
            // What was there is told by what is known now: nothing.
            let there = try await server.get("/v1/availability/A/L?asOf=2020-01-01T00:00:00Z&basis=occurred")
            #expect(there.status == 200 && there.json?["onHand"]?.integer == 0, "\(there.body)")
            let now = try #require(try await server.get("/v1/availability/A/L").json?["asOf"]?.string)
            #expect(try await server.get("/v1/availability/X/L?asOf=\(now)").status == 404)
            #expect(try await server.get("/v1/availability/A/X?asOf=\(now)").status == 404)
            #expect(try await server.get("/v1/availability/A?location=X&asOf=\(now)").code == "unknownReference")
            #expect(try await server.get("/v1/availability/A?group=X&asOf=\(now)").code == "unknownReference")
            let past = try await server.get("/v1/availability/A/L?basis=recorded&asOf=\(now)")
            #expect(past.json?["onHand"]?.integer == 5 && past.headers[.eTag] == nil)
        }
    }
}

extension Timestamp {
    /// The instant at which the test runs.
    fileprivate static func second(in seconds: Int64) -> Timestamp {
        Timestamp(microseconds: (Int64(Date().timeIntervalSince1970) + seconds) * 1_000_000)
    }

    fileprivate static var soon: Timestamp {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }
}

import Foundation
import HTTPTypes
import Inventory
import StrictJSON
import TestSupport
import Testing

/// What a refusal says: what is short, where else it is, how far.
@Suite struct RefusalAnswerTests {
    @Test func `what lines ask for of one item at one place is added up`() async throws {
        try await withStock(2) { server async throws in
            let refused = try await server.reserve(lines: [("A", 2), ("B", 1), ("A", 2), ("A", 2)])
            #expect(refused.status == 409 && refused.code == "insufficientAvailability")
            #expect(refused.json?["detail"]?.string?.contains("6 of 'A' asked for at 'L', 2 available") == true)
            #expect(refused.lines.count == 1, "\(refused.body)")
            let short = refused.lines.first
            #expect(short?["requested"]?.integer == 6 && short?["available"]?.integer == 2)
            #expect(short?["id"]?.string == "1")
            #expect(short?["ids"]?.elements?.compactMap(\.string) == ["1", "3", "4"])
            #expect(refused.json?["detail"]?.string?.contains("maxSplits") == false)
        }
    }

    @Test func `an order to ship adds up too, and advice about splits is for who asked for them`() async throws {
        try await withStock(2) { server async throws in
            _ = try await server.put(
                "/v1/items/K", "{\"name\":\"Pair\",\"components\":[{\"sku\":\"B\",\"quantity\":2}]}")
            func ship(_ lines: [(String, Int)], _ more: String = "") async throws -> TestServer.Answer {
                let lines = lines.map { "{\"sku\":\"\($0.0)\",\"quantity\":\($0.1)}" }.joined(separator: ",")
                return try await server.reserve(
                    "{\"method\":\"ship\",\"shipTo\":{\"latitude\":50,\"longitude\":8}\(more),\"lines\":[\(lines)]}")
            }
            let sum = try await ship([("B", 1), ("B", 1), ("B", 1)])
            #expect(sum.lines.count == 1 && sum.lines.first?["requested"]?.integer == 3, "\(sum.body)")
            #expect(sum.lines.first?["available"]?.integer == 2)
            // Each is there, and not both.
            let both = try await ship([("K", 1), ("B", 1)])
            #expect(both.status == 409, "\(both.body)")
            #expect(both.json?["detail"]?.string?.contains("maxSplits") == false, "\(both.body)")
            let split = try await ship([("A", 5)], ",\"maxSplits\":1")
            #expect(split.status == 409)
            #expect(split.json?["detail"]?.string?.contains("maxSplits") == true, "\(split.body)")
        }
    }

    @Test func `new lines of an order whose stores the service chose add up as well`() async throws {
        try await withStock { server async throws in
            func lines(_ quantities: Int...) -> String {
                let lines = quantities.enumerated().map { "{\"id\":\"\($0 + 1)\",\"sku\":\"B\",\"quantity\":\($1)}" }
                return "\"lines\":[\(lines.joined(separator: ","))]"
            }
            let id = try await server.reserve("{\"method\":\"ship\",\(lines(1, 3))}").id
            let refused = try await server.send(.put, "/v1/reservations/\(id)/lines", "{\(lines(3, 4))}")
            #expect(refused.status == 409 && refused.lines.count == 1, "\(refused.body)")
            #expect(refused.lines.first?["requested"]?.integer == 7 && refused.lines.first?["available"]?.integer == 5)
            #expect(refused.lines.first?["ids"]?.elements?.compactMap(\.string) == ["1", "2"])
            #expect(try await server.send(.put, "/v1/reservations/\(id)/lines", "{\(lines(2, 3))}").status == 200)
        }
    }

    @Test func `how far it is is said to the metre, and not at all where one side is nowhere`() async throws {
        try await withStock(2) { server async throws in
            func distances(_ places: [String: String]) async throws -> [JSONValue?] {
                for (id, coordinates) in places {
                    #expect(try await server.put("/v1/locations/\(id)", "{\"name\":\"x\"\(coordinates)}").status == 200)
                }
                // Questions are answered from memory for a second.
                try await Task.sleep(for: .milliseconds(1_100))
                let refused = try await server.reserve(lines: [("A", 3)])
                #expect(refused.status == 409)
                let aisle = try await server.get("/v1/endless-aisle?sku=A&at=L")
                return [
                    refused.json?["alternatives"]?[0]?["distanceKm"], aisle.json?["stores"]?[0]?["distanceKm"],
                ]
            }
            let here = ",\"coordinates\":{\"latitude\":49.553,\"longitude\":8.65}"
            let there = ",\"coordinates\":{\"latitude\":50.1,\"longitude\":8.123456}"
            for places in [["L": "", "M": ""], ["L": "", "M": there], ["L": here, "M": ""]] {
                for distance in try await distances(places) { #expect(distance?.isNull == true, "\(places)") }
            }
            for distance in try await distances(["L": here, "M": there]) {
                let text = String(decoding: distance?.raw ?? [], as: UTF8.self)
                #expect(text.wholeMatch(of: /7[0-9]\.[0-9]{1,3}/) != nil, "\(text)")
            }
            let finder = try await server.post(
                "/v1/store-finder",
                "{\"latitude\":48.111111,\"longitude\":11.55,\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}")
            for store in finder.json?["stores"]?.elements ?? [] {
                let text = String(decoding: store["distanceKm"]?.raw ?? [], as: UTF8.self)
                #expect(text.wholeMatch(of: /[0-9]+\.[0-9]{1,3}/) != nil, "\(text)")
            }
            #expect(finder.status == 200, "\(finder.body)")
        }
    }
}

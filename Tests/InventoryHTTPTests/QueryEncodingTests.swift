import Hummingbird
import Inventory
import StrictJSON
import TestSupport
import Testing

/// Query strings as forms encode them.
@Suite struct QueryEncodingTests {
    @Test func `a plus in a query is a blank, and %2B is a plus`() async throws {
        try await TestServer.run { server async throws in
            for (sku, name) in [("A%20B", "Blue shirt"), ("A+B", "A plus B")] {
                #expect(try await server.put("/v1/items/\(sku)", "{\"name\":\"\(name)\"}").status == 201)
            }
            try await server.shop.addLocation("L")
            _ = try await server.facts(receipt("1", "A B", "L", 4), receipt("2", "A+B", "L", 9))
            func skus(_ query: String) async throws -> [String?] {
                let answer = try await server.get("/v1/locations/L/availability?q=\(query)")
                return (answer.json?["availability"]?.elements ?? []).map { $0["sku"]?.string }
            }
            #expect(try await skus("a+b") == ["A B"])
            #expect(try await skus("a%20b") == ["A B"])
            #expect(try await skus("a%2Bb") == ["A+B"])
            #expect(try await skus("blue+shirt") == ["A B"])
            // What stands in a path is no form.
            #expect(try await server.get("/v1/items/A+B").json?["name"]?.string == "A plus B")
            #expect(try await server.get("/v1/items/A%20B").json?["name"]?.string == "Blue shirt")
            let ledger = try await server.get("/v1/movements?sku=A+B&location=L")
            #expect(ledger.json?["movements"]?.elements?.map { $0["sku"]?.string } == ["A B"])
        }
    }

    @Test func `an offset's plus that was not encoded stays one`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.facts(receipt("1", "A", "L", 4))
            for zone in ["+02:00", "%2B02:00", "%20" + "02:00", "-02:00"] {
                for fraction in ["", ".123"] {
                    let asked = "2025-01-01T10:00:00\(fraction)\(zone)"
                    let answer = try await server.get("/v1/movements?location=L&from=\(asked)&basis=occurred")
                    #expect(answer.status == 200, "\(asked): \(answer.body)")
                    #expect(answer.json?["movements"]?.elements?.count == 1, "\(asked)")
                }
            }
            let same = try await server.get("/v1/exports/availability?asOf=2025-06-01T02:00:00+02:00")
            #expect(same.body == (try await server.get("/v1/exports/availability?asOf=2025-06-01T00:00:00Z")).body)
            for wrong in [
                "2026-01-01T10:00:00+2:00", "2026-01-01T10:00+02:00", "+02:00", "2026-01-01T10:00:00++02:00",
                "2025-01-01+10:00:00+02:00",
            ] {
                #expect(
                    try await server.get("/v1/movements?location=L&from=\(wrong)").parameters == ["from"], "\(wrong)")
            }
        }
    }
}

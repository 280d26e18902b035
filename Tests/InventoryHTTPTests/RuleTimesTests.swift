import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Rules for a while, for one way of getting goods, and of a share of the stock, as clients meet them.
@Suite struct RuleTimesTests {
    private static func time(in seconds: Int64) -> String {
        Timestamp(microseconds: (Int64(Date().timeIntervalSince1970) + seconds) * 1_000_000).description
    }

    @Test func `a rule is obeyed from its first instant to its last, though nobody writes anything`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let (from, to) = (Self.time(in: 600), Self.time(in: 1_200))
            let times = "\"validFrom\":\"\(from)\",\"validTo\":\"\(to)\""
            let put = try await server.put(
                "/v1/safety-stock-rules/s", "{\"scope\":{\"sku\":\"A\"},\"quantity\":4,\(times)}")
            #expect(put.status == 201 && put.json?["validFrom"]?.string == from && put.json?["validTo"]?.string == to)
            _ = try await server.put("/v1/thresholds/t", "{\"scope\":{},\"quantity\":9,\(times)}")
            let start = try await server.feedEnd()
            let before = try await server.get("/v1/availability/A/L")
            func shown() async throws -> [Int64?] {
                let pair = "{\"pairs\":[{\"sku\":\"A\",\"location\":\"L\"}]}"
                let single = try await server.get("/v1/availability/A/L").json
                let across = try await server.get("/v1/availability/A?location=L").json
                let list = try await server.get("/v1/locations/L/availability?q=A").json
                let pairs = try await server.post("/v1/availability-queries", pair).json
                let low = try await server.get("/v1/availability?band=low&includeTotal=true").json
                return [
                    single?["availableToSell"]?.integer, across?["availableToSell"]?.integer,
                    list?["availability"]?[0]?["availableToSell"]?.integer,
                    pairs?["results"]?[0]?["availability"]?["availableToSell"]?.integer, low?["total"]?.integer,
                ]
            }
            let unruled = try await shown()
            #expect(unruled == [5, 5, 5, 5, 0])
            try await server.shop.advanceClock(bySeconds: 700)
            let ruled = try await shown()
            #expect(ruled == [1, 1, 1, 1, 2], "\(ruled)")
            #expect(try await server.get("/v1/availability/A/L").headers[.eTag] != before.headers[.eTag])
            #expect(try await server.reserve(lines: [("A", 2)]).code == "insufficientAvailability")
            let told = try await server.events(after: start).map(\.told)
            #expect(told.contains("inventory.availability.changed A/L 1 low v1"), "\(told)")
            #expect(told.contains("inventory.band.changed A/L inStock>low"), "\(told)")
            #expect(told.contains("inventory.band.changed B/L inStock>low"), "\(told)")
            let explained = try await server.get("/v1/availability/A/L/explain")
            #expect(explained.json?["safetyStockRule"]?["units"]?.integer == 4)
            let next = try await server.feedEnd()
            try await server.shop.advanceClock(bySeconds: 600)
            #expect(try await shown() == unruled)
            #expect(try await server.get("/v1/availability/A/L").headers[.eTag] == before.headers[.eTag])
            #expect(try await server.events(after: next).map(\.told).contains("inventory.band.changed A/L low>inStock"))
            #expect(try await server.reserve(lines: [("A", 2)]).status == 201)
            // The sweep writes down what has long been so.
            let sweep = StockRuleSweep(store: server.shop.masterStore)
            #expect(try await sweep.pass().items == 2)
            #expect(try await sweep.pass().items == 0)
            #expect(try await server.available("A") == 3)
            #expect(try await server.shop.count("item where rules <> 0") == 0)
        }
    }

    @Test func `a product feed is read again when a rule begins`() async throws {
        try await withStock(clock: .settable) { server async throws in
            #expect(try await server.put("/v1/feeds/g", "{}").status == 201)
            _ = try await server.put(
                "/v1/sale-restrictions/r",
                "{\"scope\":{\"sku\":\"A\",\"location\":\"L\"},\"validFrom\":\"\(Self.time(in: 600))\"}")
            let before = try await server.feed("/v1/feeds/g")
            let unchanged = try await server.unchangedFeed("/v1/feeds/g", before.tag)
            #expect(unchanged.status == 304)
            try await server.shop.advanceClock(bySeconds: 700)
            let after = try await server.feed("/v1/feeds/g", headers: [.ifNoneMatch: unchanged.tag])
            #expect(after.status == 200 && after.text != before.text)
        }
    }

    @Test func `a rule with a method is about what is asked for in that way`() async throws {
        try await withStock { server async throws in
            _ = try await server.put(
                "/v1/safety-stock-rules/s", "{\"scope\":{\"sku\":\"A\",\"method\":\"ship\"},\"quantity\":4}")
            func available(_ query: String) async throws -> Int64? {
                try await server.get("/v1/availability/A/L\(query)").json?["availableToSell"]?.integer
            }
            #expect(try await available("") == 5)
            #expect(try await available("?method=pickup") == 5)
            #expect(try await available("?method=ship") == 1)
            #expect(try await server.reserve(lines: [("A", 4)]).status == 201)
            let list = try await server.get("/v1/safety-stock-rules?method=ship&includeTotal=true")
            #expect(list.json?["total"]?.integer == 1)
            #expect(list.json?["safetyStockRules"]?[0]?["scope"]?["method"]?.string == "ship")
            #expect(
                try await server.get("/v1/safety-stock-rules?method=pickup&includeTotal=true").json?["total"]?.integer
                    == 0)
        }
    }

    @Test func `a share of what is on hand is held back, rounded up, and no less than the quantity`() async throws {
        try await withStock(21) { server async throws in
            _ = try await server.put("/v1/safety-stock-rules/s", "{\"scope\":{},\"percent\":10}")
            #expect(try await server.available("A") == 18)
            #expect(try await server.available("A", "M") == 2)
            _ = try await server.facts(sale("s", "A", at: "L", "2"))
            #expect(try await server.available("A") == 17)
            _ = try await server.put("/v1/safety-stock-rules/s", "{\"scope\":{},\"percent\":10,\"quantity\":3}")
            #expect(try await server.available("A") == 16)
            #expect(try await server.available("A", "M") == 0)
            let explained = try await server.get("/v1/availability/A/L/explain").json?["safetyStockRule"]
            #expect(explained?["percent"]?.integer == 10 && explained?["quantity"]?.integer == 3)
            #expect(explained?["units"]?.integer == 3)
            #expect(try await server.reserve(lines: [("A", 17)]).status == 409)
            #expect(try await server.reserve(lines: [("A", 16)]).status == 201)
        }
    }

    @Test func `times that end before they begin, and shares of more than all, are refused`() async throws {
        try await withStock { server async throws in
            func refused(_ body: String, _ pointer: String) async throws {
                let answer = try await server.put("/v1/safety-stock-rules/s", body)
                #expect(answer.status == 400 && answer.pointers == [pointer], "\(body): \(answer.body)")
            }
            let time = "2026-01-01T00:00:00Z"
            try await refused(
                "{\"scope\":{},\"quantity\":1,\"validFrom\":\"\(time)\",\"validTo\":\"\(time)\"}", "/validTo")
            try await refused("{\"scope\":{},\"quantity\":1,\"validFrom\":\"soon\"}", "/validFrom")
            try await refused("{\"scope\":{},\"percent\":101}", "/percent")
            try await refused("{\"scope\":{\"method\":\"drone\"},\"quantity\":1}", "/scope/method")
            try await refused("{\"scope\":{},\"percent\":0}", "/quantity")
        }
    }

    @Test func `a patch changes times alone, and files of rules have them too`() async throws {
        try await withStock { server async throws in
            _ = try await server.put("/v1/safety-stock-rules/s", "{\"scope\":{\"sku\":\"A\"},\"percent\":20}")
            let patched = try await server.send(
                .patch, "/v1/safety-stock-rules/s", "{\"validTo\":\"2026-01-01T00:00:00Z\"}",
                headers: [.contentType: "application/merge-patch+json"])
            #expect(patched.status == 200 && patched.json?["percent"]?.integer == 20, "\(patched.body)")
            #expect(patched.json?["validTo"]?.string == "2026-01-01T00:00:00Z")
            #expect(try await server.available("A") == 5)
            let file =
                "id,sku,percent,quantity,method,validFrom,validTo\nx,A,30,1,pickup,2026-01-01T00:00:00Z,2099-01-01T00:00:00Z\n"
            _ = try await server.importFile(file, "kind=safetyStockRules")
            let rule = try await server.get("/v1/safety-stock-rules/x").json
            #expect(rule?["percent"]?.integer == 30 && rule?["scope"]?["method"]?.string == "pickup")
            #expect(rule?["validTo"]?.string == "2099-01-01T00:00:00Z")
            _ = try await server.importFile("id,sku,method\nr,A,pickup\n", "kind=saleRestrictions")
            #expect(try await server.get("/v1/sale-restrictions/r").json?["scope"]?["sku"]?.string == "A")
        }
    }
}

import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// What a rule would change is what it changes.
@Suite struct RulePreviewTests {
    private static let rules = [
        ("safetyStock", "safety-stock-rules", "{\"scope\":{},\"percent\":40,\"quantity\":2}", ""),
        (
            "safetyStock", "safety-stock-rules",
            "{\"scope\":{\"location\":\"L\",\"method\":\"pickup\"},\"quantity\":9}", "?method=pickup"
        ),
        ("threshold", "thresholds", "{\"scope\":{\"sku\":\"A\"},\"quantity\":4}", ""),
        ("ringFence", "ring-fences", "{\"scope\":{\"group\":\"G\",\"channel\":\"app\"},\"quantity\":2}", ""),
        ("saleRestriction", "sale-restrictions", "{\"scope\":{\"sku\":\"A\",\"channel\":\"web\"}}", "?channel=web"),
    ]

    @Test(arguments: rules) func `a preview says what a rule then does, and writes nothing`(
        kind: String, path: String, rule: String, query: String
    ) async throws {
        try await withStock { server async throws in
            _ = try await server.put("/v1/location-groups/G", "{\"name\":\"G\",\"locations\":[\"M\"]}")
            _ = try await server.put("/v1/safety-stock-rules/s", "{\"scope\":{\"sku\":\"B\"},\"quantity\":1}")
            #expect(try await server.reserve(lines: [("A", 1)], more: ",\"channel\":\"app\"").status == 201)
            func shown() async throws -> [String: String] {
                var shown: [String: String] = [:]
                for (sku, location) in [("A", "L"), ("A", "M"), ("B", "L")] {
                    let answer = try await server.get("/v1/availability/\(sku)/\(location)\(query)").json
                    shown["\(sku)/\(location)"] = Self.text(answer)
                }
                return shown
            }
            let before = try await shown()
            let preview = try await server.post("/v1/rule-previews", "{\"kind\":\"\(kind)\",\"rule\":\(rule)}")
            #expect(preview.status == 200, "\(preview.body)")
            #expect(try await shown() == before)
            #expect(try await server.shop.count("stock_rule") == 1)
            #expect(try await server.put("/v1/\(path)/r", rule).status == 201)
            let after = try await shown()
            let changes = try #require(preview.json?["changes"]?.elements)
            let told = changes.map { change in
                let name = "\(change["sku"]?.string ?? "")/\(change["location"]?.string ?? "")"
                #expect(Self.text(change["before"]) == before[name], "\(name)")
                #expect(Self.text(change["after"]) == after[name], "\(name)")
                return name
            }
            #expect(!told.isEmpty && told == before.keys.filter { before[$0] != after[$0] }.sorted(), "\(preview.body)")
            let totals = preview.json?["totals"]
            #expect(totals?["balances"]?.integer == Int64(told.count) && totals?["isComplete"]?.boolean == true)
            #expect(totals?["items"]?.integer == Int64(Set(told.map { $0.prefix(1) }).count))
            #expect(totals?["openReservations"]?.integer == (told.contains("A/L") ? 1 : 0))
            // And back: what would change if it went.
            let back = try await server.post(
                "/v1/rule-previews",
                "{\"kind\":\"\(kind)\",\"id\":\"r\"\(query.isEmpty ? "" : ",\"\(query.dropFirst().split(separator: "=")[0])\":\"\(query.split(separator: "=")[1])\"")}"
            )
            #expect(back.json?["changes"]?.elements?.count == told.count, "\(back.body)")
            #expect(back.json?["totals"]?["availableToSellBefore"]?.integer == totals?["availableToSellAfter"]?.integer)
        }
    }

    private static func text(_ shown: JSONValue?) -> String {
        "\(shown?["availableToSell"]?.integer ?? -1) \(shown?["band"]?.string ?? "") \(shown?["eligible"]?.boolean ?? false)"
    }

    private static let rulesOfKits = [
        ("threshold", "thresholds", "{\"scope\":{\"sku\":\"SET\"},\"quantity\":4}", ""),
        ("saleRestriction", "sale-restrictions", "{\"scope\":{\"sku\":\"SET\",\"method\":\"ship\"}}", "?method=ship"),
        ("saleRestriction", "sale-restrictions", "{\"scope\":{\"location\":\"L\"}}", ""),
        ("safetyStock", "safety-stock-rules", "{\"scope\":{\"sku\":\"A\"},\"quantity\":2}", ""),
        ("ringFence", "ring-fences", "{\"scope\":{\"location\":\"L\",\"channel\":\"app\"},\"quantity\":3}", ""),
    ]

    @Test(arguments: rulesOfKits) func `a kit is previewed where it or a part of it is shown otherwise`(
        kind: String, path: String, rule: String, query: String
    ) async throws {
        try await withStock { server async throws in
            _ = try await server.put(
                "/v1/items/SET",
                "{\"name\":\"set\",\"components\":[{\"sku\":\"A\",\"quantity\":2},{\"sku\":\"B\",\"quantity\":1}]}")
            func shown() async throws -> String {
                Self.text(try await server.get("/v1/availability/SET/L\(query)").json)
            }
            let before = try await shown()
            let preview = try await server.post("/v1/rule-previews", "{\"kind\":\"\(kind)\",\"rule\":\(rule)}")
            let kit = try #require(
                preview.json?["changes"]?.elements?.first { $0["sku"]?.string == "SET" }, "\(preview.body)")
            #expect(kit["location"]?.string == "L" && Self.text(kit["before"]) == before)
            _ = try await server.put("/v1/\(path)/r", rule)
            #expect(try await Self.text(kit["after"]) == shown())
            #expect(try await shown() != before)
            // Units of a part are not counted once more as kits.
            let parts = preview.json?["changes"]?.elements?.filter { $0["sku"]?.string != "SET" } ?? []
            let counted = parts.isEmpty ? [kit] : parts
            let units = counted.reduce(Int64(0)) { $0 + ($1["before"]?["availableToSell"]?.integer ?? 0) }
            #expect(preview.json?["totals"]?["availableToSellBefore"]?.integer == units, "\(preview.body)")
            let changes = preview.json?["changes"]?.elements?.count
            #expect(preview.json?["totals"]?["balances"]?.integer == changes.map(Int64.init))
        }
    }

    @Test func `a rule that begins later is compared as of then`() async throws {
        try await withStock { server async throws in
            let rule = "{\"scope\":{},\"quantity\":2,\"validFrom\":\"2099-12-01T00:00:00Z\"}"
            let preview = try await server.post(
                "/v1/rule-previews", "{\"kind\":\"safetyStock\",\"rule\":\(rule),\"limit\":1}"
            ).json
            #expect(preview?["rulesAt"]?.string == "2099-12-01T00:00:00Z")
            #expect(preview?["changes"]?.elements?.count == 1 && preview?["totals"]?["balances"]?.integer == 3)
            #expect(preview?["totals"]?["availableToSellBefore"]?.integer == 13)
            #expect(preview?["totals"]?["availableToSellAfter"]?.integer == 7)
        }
    }

    @Test func `the end of a rule for one channel or method is seen as its channel and method see it`() async throws {
        try await withStock { server async throws in
            for scope in ["\"channel\":\"web\"", "\"method\":\"pickup\""] {
                let put = try await server.put("/v1/sale-restrictions/r", "{\"scope\":{\"sku\":\"A\",\(scope)}}")
                #expect(put.status == 201 || put.status == 200)
                let gone = try await server.post("/v1/rule-previews", "{\"kind\":\"saleRestriction\",\"id\":\"r\"}")
                #expect(gone.json?["changes"]?.elements?.isEmpty == false, "\(gone.body)")
                #expect(gone.json?["changes"]?[0]?["before"]?["availableToSell"]?.integer == 0)
                // Whoever names another sees nothing change.
                let other = try await server.post(
                    "/v1/rule-previews",
                    "{\"kind\":\"saleRestriction\",\"id\":\"r\",\"channel\":\"app\",\"method\":\"ship\"}")
                #expect(other.json?["changes"]?.elements?.isEmpty == true)
                _ = try await server.send(.delete, "/v1/sale-restrictions/r")
            }
        }
    }

    @Test func `what a preview cannot mean is refused with a pointer`() async throws {
        try await withStock { server async throws in
            func refused(_ body: String, _ status: Int, _ pointer: String) async throws {
                let answer = try await server.post("/v1/rule-previews", body)
                #expect(answer.status == status && answer.pointers == [pointer], "\(body): \(answer.body)")
            }
            try await refused("{\"kind\":\"law\",\"id\":\"x\"}", 400, "/kind")
            try await refused("{\"kind\":\"threshold\"}", 400, "/rule")
            try await refused("{\"kind\":\"threshold\",\"id\":\"x\"}", 422, "/id")
            try await refused("{\"kind\":\"threshold\",\"rule\":{\"scope\":{}}}", 400, "/rule/quantity")
            try await refused(
                "{\"kind\":\"threshold\",\"rule\":{\"scope\":{\"sku\":\"nope\"},\"quantity\":1}}", 422,
                "/rule/scope/sku")
            try await refused(
                "{\"kind\":\"threshold\",\"rule\":{\"scope\":{},\"quantity\":1,\"percent\":2}}", 400, "/rule/percent")
        }
    }
}

import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// What is not sold everywhere.
@Suite struct SaleRestrictionTests {
    @Test func `an item that is not for pickup at a store is not promised there so, and is otherwise`() async throws {
        try await withStock { server async throws in
            let put = try await server.put(
                "/v1/sale-restrictions/knives", "{\"scope\":{\"sku\":\"A\",\"location\":\"L\",\"method\":\"pickup\"}}")
            #expect(put.status == 201 && put.json?["scope"]?["method"]?.string == "pickup", "\(put.body)")
            let shown = try await server.get("/v1/availability/A/L?method=pickup").json
            #expect(shown?["eligible"]?.boolean == false && shown?["availableToSell"]?.integer == 0)
            let shipped = try await server.get("/v1/availability/A/L?method=ship").json
            #expect(shipped?["eligible"]?.boolean == true && shipped?["availableToSell"]?.integer == 5)
            #expect(try await server.available("A") == 5)
            let across = try await server.get("/v1/availability/A?method=pickup").json
            #expect(across?["availableToSell"]?.integer == 3)
            #expect(across?["locations"]?.elements?.compactMap { $0["location"]?.string } == ["M"])
            let refused = try await server.reserve(lines: [("B", 1), ("A", 1)])
            #expect(refused.status == 409 && refused.code == "saleRestricted", "\(refused.body)")
            #expect(refused.json?["saleRestriction"]?.string == "knives")
            #expect(try await server.reserve(lines: [("A", 1)], at: "M").status == 201)
            let explained = try await server.get("/v1/availability/A/L/explain?method=pickup").json
            #expect(explained?["obstacles"]?[0]?.string == "saleRestriction")
            #expect(explained?["saleRestriction"]?["id"]?.string == "knives")
            #expect(try await server.get("/v1/availability/A/L/explain").json?["saleRestriction"]?.isNull == true)
            #expect(try await server.send(.delete, "/v1/sale-restrictions/knives").status == 204)
            #expect(try await server.reserve(lines: [("A", 1)]).status == 201)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `what is not on a channel is not shipped for it from anywhere, and the refusal names the rule`()
        async throws
    {
        try await withStock { server async throws in
            _ = try await server.put(
                "/v1/sale-restrictions/clearance", "{\"scope\":{\"sku\":\"A\",\"channel\":\"web\"}}")
            #expect(try await server.get("/v1/availability/A?channel=web").json?["availableToSell"]?.integer == 0)
            #expect(try await server.get("/v1/availability/A?channel=app").json?["availableToSell"]?.integer == 8)
            let list = try await server.get("/v1/availability?channel=web&band=out").json
            #expect(list?["items"]?.elements?.compactMap { $0["sku"]?.string } == ["A"])
            let body = { (channel: String) in
                "{\"method\":\"ship\",\"channel\":\"\(channel)\",\"shipTo\":{\"latitude\":52,\"longitude\":13},"
                    + "\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}"
            }
            let refused = try await server.reserve(body("web"))
            #expect(refused.code == "insufficientAvailability", "\(refused.body)")
            #expect(refused.json?["lines"]?[0]?["reason"]?.string == "saleRestriction")
            #expect(refused.json?["lines"]?[0]?["saleRestriction"]?.string == "clearance")
            #expect(try await server.reserve(body("app")).status == 201)
            // A till sells what is in the customer's hand.
            let sold = try await server.facts(sale("s"))
            #expect(sold.json?["results"]?[0]?["verdict"]?.string == "applied")
        }
    }

    private static let barred = [
        (
            "L and M by location", "A",
            ["{\"sku\":\"A\",\"location\":\"L\"}", "{\"location\":\"M\",\"channel\":\"web\"}"]
        ),
        ("by group", "A", ["{\"group\":\"G\",\"method\":\"ship\"}"]),
        ("by method", "A", ["{\"method\":\"ship\"}"]),
        ("a part of a kit", "K", ["{\"sku\":\"B\",\"channel\":\"web\"}"]),
        ("a kit at its only place", "K", ["{\"sku\":\"K\",\"location\":\"L\"}"]),
    ]

    @Test(arguments: barred) func `an order that may be shipped from nowhere names the rule, whatever its scope`(
        name: String, sku: String, scopes: [String]
    ) async throws {
        try await withStock { server async throws in
            _ = try await server.put("/v1/location-groups/G", "{\"name\":\"G\",\"locations\":[\"L\",\"M\"]}")
            _ = try await server.put(
                "/v1/items/K",
                "{\"name\":\"Kit\",\"components\":[{\"sku\":\"A\",\"quantity\":1},{\"sku\":\"B\",\"quantity\":1}]}")
            let wanted =
                "\"channel\":\"web\",\"shipTo\":{\"latitude\":52,\"longitude\":13},"
                + "\"lines\":[{\"sku\":\"\(sku)\",\"quantity\":1}]}"
            let order = "{\"method\":\"ship\",\(wanted)"
            for (index, scope) in scopes.enumerated() {
                let put = try await server.put("/v1/sale-restrictions/r\(index)", "{\"scope\":\(scope)}")
                #expect(put.status == 201, "\(put.body)")
            }
            let refused = try await server.reserve(order)
            let line = refused.json?["lines"]?[0]
            #expect(line?["reason"]?.string == "saleRestriction", "\(name): \(refused.body)")
            #expect(line?["saleRestriction"]?.string == "r0", "\(name): \(refused.body)")
            let preview = try await server.post("/v1/sourcing-previews", "{\(wanted)")
            #expect(preview.json?["lines"]?[0]?["quantity"]?.integer == 0, "\(name): \(preview.body)")
            // Where one that has it may ship it, there is merely too little of it.
            #expect(try await server.send(.delete, "/v1/sale-restrictions/r0").status == 204)
            let tooMuch = order.replacing("\"quantity\":1", with: "\"quantity\":999")
            #expect(try await server.reserve(tooMuch).json?["lines"]?[0]?["reason"]?.string == "short")
        }
    }

    @Test func `a kit is not sold where it or a part of it is not`() async throws {
        try await withStock { server async throws in
            _ = try await server.put(
                "/v1/items/K",
                "{\"name\":\"Kit\",\"components\":[{\"sku\":\"A\",\"quantity\":1},{\"sku\":\"B\",\"quantity\":1}]}")
            func kits() async throws -> Int64? {
                try await server.get("/v1/availability/K/L?method=pickup").json?["availableToSell"]?.integer
            }
            #expect(try await kits() == 5)
            for sku in ["K", "B"] {
                _ = try await server.put(
                    "/v1/sale-restrictions/r", "{\"scope\":{\"sku\":\"\(sku)\",\"method\":\"pickup\"}}")
                #expect(try await kits() == 0, "\(sku)")
                #expect(try await server.reserve(lines: [("K", 1)]).code == "saleRestricted", "\(sku)")
            }
            #expect(try await server.reserve(lines: [("A", 1)]).status == 201)
        }
    }

    @Test func `a restriction of everything is refused, and one of a place is not`() async throws {
        try await withStock { server async throws in
            let everything = try await server.put("/v1/sale-restrictions/r", "{\"scope\":{}}")
            #expect(everything.status == 400 && everything.pointers == ["/scope"])
            let quantity = try await server.put("/v1/sale-restrictions/r", "{\"scope\":{\"sku\":\"A\"},\"quantity\":1}")
            #expect(quantity.status == 400 && quantity.pointers == ["/quantity"])
            #expect(
                try await server.put(
                    "/v1/sale-restrictions/r", "{\"scope\":{\"location\":\"L\",\"method\":\"pickup\"}}"
                ).status == 201)
            #expect(try await server.reserve(lines: [("B", 1)]).code == "saleRestricted")
            #expect(try await server.get("/v1/availability/B?method=pickup").json?["availableToSell"]?.integer == 0)
        }
    }
}

import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// What becomes of orders whose locations the service chose: not found, uncovered, replaced, handed over.
@Suite struct SourcedOrderTests: ShippingCities {
    @Test func `what is not found is shipped from elsewhere in the same step`() async throws {
        try await withCities { server async throws in
            let order = try await ship(server, [("A", 5)], ",\"confirm\":true")
            #expect(shipping(order) == ["hamburg 5"])
            let body = "{\"allocations\":[{\"id\":\"\(try order.allocation)\",\"quantity\":2}]}"
            let moved = try await server.act("not-found", order.id, body, key: "nf")
            #expect(moved.json?["state"]?.string == "confirmed", "\(moved.body)")
            #expect(shipping(moved) == ["berlin 2", "hamburg 3"])
            #expect(moved.json?["sourcing"]?["attempts"]?.integer == 1)
            // Nobody has so many: what there is moves, the rest stays and is said to be missing.
            let big = try await ship(server, [("B", 12)], ",\"confirm\":true")
            #expect(try await server.act("not-found", big.id).status == 400)
            let lost = try await server.act("not-found", big.id, key: "lost")
            #expect(lost.json?["state"]?.string == "notFound")
            // Said again of what has moved on, it is about nothing: the other location keeps its units.
            let whole = try await ship(server, [("A", 1)], ",\"confirm\":true,\"objective\":\"priority\"")
            let old = "{\"allocations\":[{\"id\":\"\(try whole.allocation)\"}]}"
            let once = try await server.act("not-found", whole.id, old)
            #expect(once.status == 200 && once.json?["state"]?.string == "confirmed", "\(once.body)")
            #expect(try await server.act("not-found", whole.id, old).code == "unknownReference")
            let replay = try await server.act("not-found", order.id, body, key: "nf")
            #expect(shipping(replay) == ["berlin 2", "hamburg 3"])
            // A pickup stays where it is.
            let pickup = try await server.reserve(lines: [("A", 1)], at: "munich", more: ",\"confirm\":true")
            let missing = try await server.act("not-found", pickup.id)
            #expect(missing.json?["state"]?.string == "notFound" && missing.json?["location"]?.string == "munich")
        }
    }

    @Test func `the list of what is at risk proposes moves that are taken as they are`() async throws {
        try await withCities { server async throws in
            let order = try await ship(server, [("A", 4)], ",\"confirm\":true")
            _ = try await server.facts(
                "{\"eventId\":\"x\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"hamburg\",\"quantity\":4}")
            let list = try await server.get("/v1/reservations?atRisk=true")
            let proposals = list.json?["reservations"]?[0]?["proposals"]?.elements ?? []
            #expect(proposals.count == 1, "\(list.body)")
            let proposal = try #require(proposals.first)
            let parts = proposal["allocations"]?.elements ?? []
            let body = """
                {"allocations":[{"id":"\(parts.first?["id"]?.string ?? "")",\
                "quantity":\(parts.first?["quantity"]?.integer ?? 0)}],\
                "location":"\(proposal["location"]?.string ?? "")"}
                """
            let moved = try await server.act("move", order.id, body, key: "m")
            #expect(moved.status == 200 && moved.json?["atRisk"]?.boolean == false, "\(moved.body)")
            #expect(shipping(moved) == ["berlin 3", "hamburg 1"], "\(moved.body)")
        }
    }

    @Test func `a pickup without cover moves whole to one store that has all of it, and is split only where none has`()
        async throws
    {
        try await withCities { server async throws in
            _ = try await server.facts(receipt("6", "C", "berlin", 4), receipt("7", "C", "munich", 4))
            let order = try await server.reserve(lines: [("A", 2), ("C", 1)], at: "berlin", more: ",\"confirm\":true")
            _ = try await server.facts(sale("8", "A", at: "berlin", "3"))
            let path = "/v1/reservations/\(try order.id)"
            func proposals(_ query: String) async throws -> [JSONValue] {
                let answer = try await server.get("\(path)\(query)")
                #expect(answer.status == 200, "\(answer.body)")
                return answer.json?["proposals"]?.elements ?? []
            }
            func parts(_ proposal: JSONValue?) -> [Int64] {
                (proposal?["allocations"]?.elements ?? []).compactMap { $0["quantity"]?.integer }.sorted()
            }
            // Hamburg is nearer, and has the jacket alone: the customer would have two ways.
            let whole = try await proposals("?proposals=true")
            #expect(whole.map { $0["location"]?.string } == ["munich"], "\(whole)")
            #expect(parts(whole.first) == [1, 2])
            let listed = try await server.get("/v1/reservations?atRisk=true").json?["reservations"]?[0]?["proposals"]
            #expect(listed?.elements?.map { $0["location"]?.string } == ["munich"])
            #expect(try await proposals("").isEmpty)
            #expect(try await server.get("\(path)?location=berlin").parameters == ["location"])
            // What is covered is not asked about, unless all is to leave.
            let other = try await server.reserve(lines: [("C", 1)], at: "berlin", more: ",\"confirm\":true")
            let calm = try await server.get("/v1/reservations/\(other.id)?proposals=true")
            #expect(calm.json?["proposals"]?.elements?.isEmpty == true)
            let leaving = try await server.get("/v1/reservations/\(other.id)?proposals=true&location=berlin")
            #expect(leaving.json?["proposals"]?[0]?["location"]?.string == "munich")
            #expect(try await proposals("?proposals=true&location=nowhere").isEmpty)
            // No store has both any more: what lost its cover goes where it is nearest, and the rest stays.
            _ = try await server.facts(sale("9", "C", at: "munich", "4"))
            let split = try await proposals("?proposals=true")
            #expect(split.map { $0["location"]?.string } == ["hamburg"])
            #expect(parts(split.first) == [2])
            _ = try await server.facts(receipt("10", "C", "munich", 1))
            let again = try #require(try await proposals("?proposals=true").first)
            let moved = try await server.act("move", order.id, String(decoding: again.raw, as: UTF8.self), key: "m")
            #expect(moved.status == 200 && moved.json?["atRisk"]?.boolean == false, "\(moved.body)")
            #expect(moved.json?["location"]?.string == "munich")
        }
    }

    @Test func `lines of an order that the service sourced are replaced where it ships from`() async throws {
        try await withCities { server async throws in
            let order = try await ship(server, [("A", 7)], ",\"confirm\":true")
            #expect(shipping(order) == ["berlin 2", "hamburg 5"])
            func replace(_ lines: String) async throws -> TestServer.Answer {
                try await server.send(.put, "/v1/reservations/\(order.id)/lines", "{\"lines\":[\(lines)]}")
            }
            // Its own units serve other lines too, and there is one more in Berlin.
            let split = try await replace(
                "{\"id\":\"x\",\"sku\":\"A\",\"quantity\":3},{\"id\":\"1\",\"sku\":\"A\",\"quantity\":5}")
            #expect(split.status == 200 && shipping(split) == ["berlin 3", "hamburg 5"], "\(split.body)")
            #expect(try await replace("{\"sku\":\"A\",\"quantity\":9}").code == "insufficientAvailability")
            #expect(try await replace("{\"sku\":\"Z\",\"quantity\":1}").code == "unknownReference")
            let less = try await replace("{\"id\":\"1\",\"sku\":\"A\",\"quantity\":5}")
            #expect(less.status == 200, "\(less.body)")
            let part = try #require(less.lines.first?["allocations"]?.elements?.last)
            let (id, units) = (part["id"]?.string ?? "", part["quantity"]?.integer ?? 0)
            let body = "{\"allocations\":[{\"id\":\"\(id)\",\"quantity\":\(units)}]}"
            #expect(try await server.act("fulfil", order.id, body, key: "f").status == 200)
            let rest = try await replace("{\"id\":\"1\",\"sku\":\"A\",\"quantity\":\(units)}")
            #expect(rest.status == 200, "\(rest.body)")
            #expect(rest.json?["location"]?.string == part["location"]?.string)
            #expect(rest.json?["state"]?.string == "fulfilled", "\(rest.body)")
        }
    }

    @Test func `a paused location gets no more by replaced lines`() async throws {
        try await withCities { server async throws in
            let order = try await ship(server, [("A", 7)], ",\"confirm\":true")
            try await server.shop.addLocation("hamburg") { $0.status = .paused }
            let body = "{\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":7,\"location\":\"hamburg\"}]}"
            let answer = try await server.send(.put, "/v1/reservations/\(order.id)/lines", body)
            #expect(answer.code == "locationUnavailable", "\(answer.body)")
        }
    }

    @Test func `a replaced hold gives back its place in the day`() async throws {
        try await withCities({ if $0 == "hamburg" { $1.dailyCapacity = 1 } }) { server async throws in
            let first = try await ship(server, [("A", 1)])
            let second = try await ship(server, [("A", 2)], ",\"replaces\":\"\(first.id)\"")
            #expect(shipping(second) == ["hamburg 2"], "\(second.body)")
            let named = try await server.reserve(
                """
                {"method":"ship","location":"hamburg","replaces":"\(second.id)","lines":[{"sku":"A","quantity":3}]}
                """)
            #expect(named.status == 201, "\(named.body)")
        }
    }

    @Test func `an order that was handed over is no hold that another can replace, and goes on counting in its day`()
        async throws
    {
        try await withCities({ if $0 == "hamburg" { $1.dailyCapacity = 1 } }) { server async throws in
            let first = try await ship(server, [("A", 1)], ",\"confirm\":true")
            #expect(shipping(first) == ["hamburg 1"], "\(first.body)")
            #expect(try await server.act("fulfil", first.id, key: "f").status == 200)
            let named = try await server.reserve(
                """
                {"method":"ship","location":"hamburg","replaces":"\(first.id)","lines":[{"sku":"A","quantity":1}]}
                """)
            #expect(named.status == 409 && named.code == "illegalTransition", "\(named.body)")
            // Planned at once where there is room.
            let chosen = try await ship(server, [("A", 1)])
            #expect(shipping(chosen) == ["berlin 1"], "\(chosen.body)")
            #expect(chosen.json?["sourcing"]?["attempts"]?.integer == 1, "\(chosen.body)")
        }
    }

    @Test(arguments: ["ship", "pickup"])
    func `an order to ship takes over the kits of the hold that it replaces`(method: String) async throws {
        try await withStock { server async throws in
            _ = try await server.put(
                "/v1/items/K", "{\"name\":\"Pair\",\"components\":[{\"sku\":\"B\",\"quantity\":2}]}")
            let at = method == "pickup" ? ",\"location\":\"L\"" : ""
            let lines = "\"lines\":[{\"sku\":\"K\",\"quantity\":2}]"
            let held = try await server.reserve("{\"method\":\"\(method)\"\(at),\(lines)}")
            let again = try await server.reserve("{\"method\":\"ship\",\"replaces\":\"\(try held.id)\",\(lines)}")
            #expect(again.status == 201, "\(again.body)")
            #expect(try await server.available("B") == 1)
        }
    }
}

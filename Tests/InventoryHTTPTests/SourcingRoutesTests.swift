import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Ship from store: chosen, taken, explained.
@Suite struct SourcingRoutesTests: ShippingCities {
    @Test func `each objective chooses its locations and says why`() async throws {
        try await withCities { server async throws in
            let chosen = [
                "nearest": ["cologne 2", "hamburg 4"], "fewestSplits": ["munich 6"], "cheapest": ["munich 6"],
                "priority": ["cologne 2", "munich 4"],
            ]
            for (objective, expected) in chosen {
                let answer = try await ship(server, [("A", 4), ("B", 2)], ",\"objective\":\"\(objective)\"")
                #expect(answer.status == 201)
                #expect(shipping(answer) == expected, "\(objective)")
                let sourcing = answer.json?["sourcing"]
                #expect(sourcing?["objective"]?.string == objective)
                #expect(sourcing?["optimal"]?.boolean == true && sourcing?["attempts"]?.integer == 1)
                #expect(sourcing?["passedOver"]?.elements?.isEmpty == false)
                _ = try await server.act("release", answer.id)
            }
            let nearest = try await ship(server, [("A", 4)])
            let shipment = nearest.json?["sourcing"]?["shipments"]?[0]
            #expect(shipment?["cost"]?["amount"]?.integer == 510, "\(nearest.body)")
            #expect(abs((shipment?["distanceKm"]?.number ?? 0) - 69.609) < 0.01)
        }
    }

    @Test func `too many splits are refused with the split that would do, and with a date`() async throws {
        try await withCities { server async throws in
            _ = try await server.send(
                .put, "/v1/expected-supply/s1",
                "{\"sku\":\"B\",\"location\":\"berlin\",\"quantity\":50,\"expectedAt\":\"2099-01-01T00:00:00Z\"}")
            let split = try await ship(server, [("A", 9)], ",\"maxSplits\":1")
            #expect(split.status == 409)
            let first = split.json?["alternatives"]?[0]
            #expect(first?["kind"]?.string == "split" && first?["lines"]?.elements?.count == 2, "\(split.body)")
            #expect(split.json?["detail"]?.string?.contains("maxSplits") == true, "\(split.body)")
            let shared = try await ship(server, [("B", 8), ("B", 8)])
            let waiting = shared.json?["alternatives"]?.elements?.first { $0["kind"]?.string == "later" }
            #expect(waiting?["lines"]?.elements?.compactMap { $0["quantity"]?.integer } == [4], "\(shared.body)")
            let later = try await ship(server, [("A", 1), ("B", 20)])
            #expect(later.code == "insufficientAvailability")
            #expect(later.json?["lines"]?.elements?.count == 1)
            #expect(later.json?["lines"]?[0]?["available"]?.integer == 12)
            let alternative = later.json?["alternatives"]?.elements?.first { $0["kind"]?.string == "later" }
            #expect(alternative?["availableFrom"]?.string == "2099-01-01T00:00:00Z", "\(later.body)")
            // A shop refused for pickup gets the same help.
            let pickup = try await server.reserve(lines: [("A", 9)], at: "hamburg")
            #expect(pickup.json?["alternatives"]?[0]?["kind"]?.string == "split", "\(pickup.body)")
        }
    }

    @Test func `a location takes its shipments of a day, and gets them back`() async throws {
        try await withCities({ if $0 == "hamburg" { $1.dailyCapacity = 2 } }, clock: .settable) { server async throws in
            let first = try await ship(server, [("A", 1)])
            // A pickup and a second line of the same order do not count.
            let second = try await ship(server, [("A", 1), ("A", 1)], ",\"expiresInSeconds\":60")
            _ = try await server.reserve(lines: [("A", 1)], at: "hamburg")
            #expect(shipping(first) == ["hamburg 1"] && shipping(second) == ["hamburg 2"])
            let third = try await ship(server, [("A", 1)])
            #expect(shipping(third) == ["berlin 1"])
            let passed = third.json?["sourcing"]?["passedOver"]?.elements?.first { $0["location"]?.string == "hamburg" }
            #expect(passed?["reason"]?.string == "capacity", "\(third.body)")
            let named = "{\"method\":\"ship\",\"location\":\"hamburg\",\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}"
            #expect(try await server.reserve(named).code == "locationUnavailable")
            try await server.passExpiry(of: second.id)
            let fourth = try await server.reserve(named)
            #expect(fourth.status == 201)
            // What ended is not taken again where the day is full.
            #expect(try await server.act("confirm", second.id).code == "locationUnavailable")
            _ = try await server.act("release", first.id)
            #expect(try await server.act("confirm", second.id).status == 200)
            #expect(try await server.reserve(named).code == "locationUnavailable")
        }
    }

    @Test func `partial orders, groups, what is left over, replays and replacements`() async throws {
        try await withCities { server async throws in
            let partial = try await ship(server, [("A", 20), ("C", 1)], ",\"allowPartial\":true")
            #expect(partial.lines.map { $0["quantity"]?.integer } == [13, 0], "\(partial.body)")
            let replaced = try await ship(server, [("A", 13)], ",\"replaces\":\"\(partial.id)\"")
            #expect(replaced.status == 201, "\(replaced.body)")
            _ = try await server.act("release", replaced.id)
            #expect(try await ship(server, [("C", 1)]).lines.first?["available"]?.integer == 0)
            // What a hold at a paused location gives back is not shipped from there.
            let held = try await ship(server, [("A", 5)])
            #expect(shipping(held) == ["hamburg 5"])
            try await server.shop.addLocation("hamburg") { $0.status = .paused }
            let elsewhere = try await ship(
                server, [("A", 5)], ",\"objective\":\"nearest\",\"replaces\":\"\(held.id)\"")
            #expect(elsewhere.json?["sourcing"]?["attempts"]?.integer == 1, "\(elsewhere.body)")
            #expect(!shipping(elsewhere).contains { $0.hasPrefix("hamburg") })
            _ = try await server.act("release", elsewhere.id)
            try await server.shop.addLocation("hamburg") {
                $0.coordinates = Coordinates(latitude: 53.55, longitude: 10)
            }

            _ = try await server.send(
                .put, "/v1/location-groups/south", "{\"name\":\"South\",\"locations\":[\"munich\",\"cologne\"]}")
            let south = try await ship(server, [("A", 2)], ",\"group\":\"south\"", key: "south")
            #expect(shipping(south) == ["munich 2"])
            let again = try await ship(server, [("A", 2)], ",\"group\":\"south\"", key: "south")
            #expect(again.status == 201)
            #expect(try again.id == south.id)
            #expect(try await ship(server, [("A", 4)], ",\"group\":\"south\"").code == "insufficientAvailability")
            #expect(try await ship(server, [("A", 4)], ",\"group\":\"none\"").code == "unknownReference")
            let spared = try await ship(server, [("A", 1)], ",\"minimumLeft\":4")
            #expect(shipping(spared) == ["hamburg 1"])
            #expect(try await ship(server, [("A", 2)], ",\"minimumLeft\":5").code == "insufficientAvailability")

            let more = try await server.send(
                .put, "/v1/reservations/\(spared.id)/lines", "{\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}")
            #expect(more.status == 200 && shipping(more) == ["hamburg 1"], "\(more.body)")
        }
    }

    @Test func `an asked group stands before the network of the channel`() async throws {
        try await withCities { server async throws in
            for (id, more) in [
                ("web", ",\"channel\":\"web\",\"locations\":[\"berlin\"]"), ("south", ",\"locations\":[\"munich\"]"),
            ] {
                _ = try await server.send(.put, "/v1/location-groups/\(id)", "{\"name\":\"G\"\(more)}")
            }
            let south = try await ship(server, [("A", 1)], ",\"channel\":\"web\",\"group\":\"south\"")
            #expect(shipping(south) == ["munich 1"], "\(south.body)")
            #expect(shipping(try await ship(server, [("A", 1)], ",\"channel\":\"web\"")) == ["berlin 1"])
            let short = try await ship(server, [("A", 5)], ",\"group\":\"web\"")
            let other = short.json?["alternatives"]?[0]
            #expect(other?["kind"]?.string == "location" && other?["location"]?.string == "hamburg", "\(short.body)")
        }
    }

    @Test func `an order in too many parts is refused as a whole`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            let stores = (0..<30).map { "s\($0)" }
            for store in stores { try await server.shop.addLocation(store) }
            _ = try await server.facts(stores.map { receipt("in/\($0)", "A", $0, 40) }.joined(separator: ","))
            // Each line is taken from another location's shelf, and is one part; some are two.
            let lines = (0..<200).map { "{\"id\":\"\($0)\",\"sku\":\"A\",\"quantity\":6}" }.joined(separator: ",")
            let many = try await server.reserve("{\"method\":\"ship\",\"lines\":[\(lines)]}")
            #expect(many.status == 201, "\(many.body.prefix(300))")
            for sku in 0..<20 { try await server.shop.addItem("B\(sku)") }
            for sku in 0..<20 {
                _ = try await server.facts(
                    stores.map { receipt("in/\(sku)/\($0)", "B\(sku)", $0, 1) }.joined(separator: ","))
            }
            let spread = (0..<20).map { "{\"id\":\"\($0)\",\"sku\":\"B\($0)\",\"quantity\":30}" }.joined(separator: ",")
            let refused = try await server.reserve("{\"method\":\"ship\",\"lines\":[\(spread)]}")
            #expect(refused.code == "limitExceeded", "\(refused.body.prefix(300))")
            #expect(try await server.available("B0", "s0") == 1)
        }
    }

    @Test func `without an objective the fewest locations ship, and of equals the nearest`() async throws {
        try await withCities { server async throws in
            let both = "\"lines\":[{\"sku\":\"A\",\"quantity\":4},{\"sku\":\"B\",\"quantity\":2}]"
            let preview = try await server.send(.post, "/v1/sourcing-previews", "{\(Self.nearHamburg),\(both)}")
            #expect(preview.json?["objective"]?.string == "fewestSplits", "\(preview.body)")
            #expect(preview.json?["shipments"]?.elements?.compactMap { $0["location"]?.string } == ["munich"])
            let split = try await ship(server, [("A", 4), ("B", 2)])
            #expect(split.json?["sourcing"]?["objective"]?.string == "fewestSplits", "\(split.body)")
            #expect(shipping(split) == ["munich 6"])
            _ = try await server.act("release", split.id)
            // Hamburg and Munich have it, and Hamburg is nearer.
            #expect(shipping(try await ship(server, [("A", 4)])) == ["hamburg 4"])
            // Nobody knows how far it goes: by the locations' priority, which is Munich's before Hamburg's.
            let nowhere = try await server.reserve("{\"method\":\"ship\",\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}")
            #expect(shipping(nowhere) == ["munich 1"], "\(nowhere.body)")
            // Said outright it is the same, also where the service does not choose.
            let pickup = try await server.reserve(
                lines: [("A", 1)], at: "berlin", more: ",\"objective\":\"fewestSplits\"")
            #expect(pickup.status == 201, "\(pickup.body)")
        }
    }

    @Test func `a preview holds nothing, and costs are reported by day and objective`() async throws {
        try await withCities { server async throws in
            let lines = "\"lines\":[{\"sku\":\"A\",\"quantity\":4},{\"sku\":\"B\",\"quantity\":2}]"
            let body = "{\(Self.nearHamburg),\"objective\":\"nearest\",\(lines)}"
            let preview = try await server.send(.post, "/v1/sourcing-previews", body)
            #expect(preview.json?["isComplete"]?.boolean == true && preview.json?["objective"]?.string == "nearest")
            #expect(preview.json?["cost"]?["amount"]?.integer == 1_387)
            #expect(try await server.available("A", "hamburg") == 5)
            let named = "{\"lines\":[{\"sku\":\"A\",\"quantity\":1,\"location\":\"hamburg\"}]}"
            #expect(try await server.send(.post, "/v1/sourcing-previews", named).status == 400)
            _ = try await ship(server, [("A", 4), ("B", 2)], ",\"objective\":\"nearest\"")
            let held = try await ship(server, [("A", 1)], ",\"objective\":\"priority\"")
            _ = try await server.act("release", held.id)
            let today = Timestamp(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000)
            let (from, to) = (
                "\(today.advanced(byMicroseconds: -86_400_000_000))".prefix(10),
                "\(today.advanced(byMicroseconds: 2 * 86_400_000_000))".prefix(10)
            )
            let costs = try await server.get("/v1/fulfilment-costs?from=\(from)&to=\(to)")
            let rows = costs.json?["costs"]?.elements ?? []
            #expect(rows.count == 1 && rows.first?["amount"]?.integer == 1_387, "\(costs.body)")
            #expect(rows.first?["orders"]?.integer == 1 && rows.first?["shipments"]?.integer == 2)
            #expect(try await server.get("/v1/fulfilment-costs?from=2026-02-30&to=2026-03-01").status == 400)
            #expect(try await server.get("/v1/fulfilment-costs?from=2026-02-02&to=2026-02-01").status == 400)
        }
    }

    @Test func `requests that cannot be meant are refused with a pointer`() async throws {
        try await withCities { server async throws in
            for (body, pointer) in [
                (
                    "{\"method\":\"ship\",\"objective\":\"nearest\",\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}",
                    "/shipTo"
                ),
                (
                    "{\"method\":\"ship\",\"lines\":[{\"sku\":\"A\",\"quantity\":1},"
                        + "{\"sku\":\"B\",\"quantity\":1,\"location\":\"munich\"}]}", "/location"
                ),
                ("{\"method\":\"pickup\",\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}", "/lines/0/location"),
                (
                    "{\"method\":\"pickup\",\"location\":\"munich\",\"maxSplits\":2,"
                        + "\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}", "/maxSplits"
                ),
            ] {
                let answer = try await server.reserve(body)
                #expect(answer.status == 400)
                #expect(answer.json?["errors"]?[0]?["pointer"]?.string == pointer, "\(answer.body)")
            }
        }
    }
}

import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Ship from store: chosen, taken, explained.
@Suite struct SourcingRoutesTests {
    /// Four cities; Munich has both items, the others one each or little.
    private func withCities(
        _ change: @escaping @Sendable (String, inout Location) -> Void = { _, _ in }, clock: TestClock = .running,
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run(clock: clock) { server async throws in
            for sku in ["A", "B", "C"] { try await server.shop.addItem(sku) }
            let cities: [(String, Double, Double, Int64)] = [
                ("berlin", 52.5, 13.4, 390), ("hamburg", 53.55, 10, 440), ("munich", 48.1, 11.6, 490),
                ("cologne", 50.9, 6.96, 540),
            ]
            for (place, city) in cities.enumerated() {
                try await server.shop.addLocation(city.0) { location in
                    location.coordinates = Coordinates(latitude: city.1, longitude: city.2)
                    location.costPerShipment = Money(amount: city.3, currency: "EUR")
                    location.costPerKm = Money(amount: 1, currency: "EUR")
                    location.priority = Int64(10 - place)
                    location.timeZone = "Europe/Berlin"
                    change(city.0, &location)
                }
            }
            _ = try await server.facts(
                receipt("1", "A", "berlin", 3), receipt("2", "A", "hamburg", 5), receipt("3", "A", "munich", 5),
                receipt("4", "B", "munich", 2), receipt("5", "B", "cologne", 10))
            try await body(server)
        }
    }

    private static let nearHamburg = "\"shipTo\":{\"latitude\":53.0,\"longitude\":10.5}"

    private func ship(
        _ server: TestServer, _ lines: [(String, Int)], _ more: String = "", key: String = UUID().uuidString
    ) async throws -> TestServer.Answer {
        let lines = lines.map { "{\"sku\":\"\($0.0)\",\"quantity\":\($0.1)}" }.joined(separator: ",")
        return try await server.reserve(
            "{\"method\":\"ship\",\(Self.nearHamburg)\(more),\"lines\":[\(lines)]}", key: key)
    }

    private func shipping(_ answer: TestServer.Answer) -> [String] {
        answer.json?["sourcing"]?["shipments"]?.elements?.compactMap { shipment in
            shipment["location"]?.string.map { "\($0) \(shipment["units"]?.integer ?? 0)" }
        } ?? []
    }

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

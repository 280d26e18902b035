import Inventory
import TestSupport
import Testing

/// A part of a kit that is not found, of an order that ships: the whole kit comes from elsewhere.
@Suite struct KitResourcingTests {
    private static let id = ReservationID(milliseconds: 1, random: (1, 1))
    private static let places = ["L", "M", "N"]

    /// Three sets of two jars and a lid, shipped from L.
    private func shop(
        elsewhere: [(place: String, jars: Int64, lids: Int64)], method: FulfilmentMethod = .ship, kits: Int64 = 3
    ) throws -> World {
        var world = World(items: ["jar", "lid", "set"], locations: Self.places)
        world.kits[SKU(stored: "set")] = [
            .init(sku: SKU(stored: "jar"), quantity: 2), .init(sku: SKU(stored: "lid"), quantity: 1),
        ]
        for (place, jars, lids) in [("L", 10, 10)] + elsewhere {
            if jars > 0 { _ = world.send([.receipt("jar/\(place)", "jar", at: place, jars)]) }
            if lids > 0 { _ = world.send([.receipt("lid/\(place)", "lid", at: place, lids)]) }
        }
        let line = WantedLine(
            id: LineID(stored: "1"), item: .sku(SKU(stored: "set")), location: LocationID(stored: "L"), method: method,
            quantity: .of(kits), pointer: "/lines/0", locationPointer: "/location")
        let new = NewReservation(
            reference: nil, owner: nil, channel: nil, method: method, location: LocationID(stored: "L"),
            holdSeconds: nil, allowsPartial: false, replaces: nil, lines: [line], pickupBy: nil, shipTo: nil)
        _ = try world.request(.create(new), on: Self.id).get()
        return world
    }

    private func part(_ world: World, _ sku: String, _ units: Int64?) throws -> AllocationSelection {
        let allocation = world.reservations[Self.id]?.allocations.first {
            $0.sku.text == sku && $0.location.text == "L" && $0.state != .notFound
        }
        let number = try #require(allocation?.number)
        return .some([
            .init(id: AllocationID(reservation: Self.id, number: number), quantity: units.map { .of($0) })
        ])
    }

    /// As the service does, with all that may ship.
    private func lose(_ selection: AllocationSelection, _ world: inout World) throws -> Reservation {
        let names = Self.places.flatMap { place in
            ["jar", "lid"].map { Name(item: .sku(SKU(stored: $0)), location: LocationID(stored: place)) }
        }
        var command = ReservationCommand(
            id: Self.id, key: nil, action: .notFound(selection, wholeBalance: false, occurredAt: nil),
            limits: HoldLimits(), names: names)
        command.ships = true
        command.sites = Self.places.enumerated().map { number, place in
            SourcingSite(
                location: LocationID(stored: place), distanceMetres: Int64(number), cost: nil, priority: Int64(number))
        }
        let outcome = world.decideAndStore([.reservation(command)])[0].reservation
        let answer = try #require(try outcome?.get()).reservation
        for (sku, place) in ["jar", "lid"].flatMap({ sku in Self.places.map { (sku, $0) } }) {
            let key = try #require(world.key(sku, place))
            var proof = LedgerProof(hash: testHash)
            for line in world.lines where line.key == key { proof.add(line) }
            proof.finish(world.balance(sku, place))
            #expect(proof.defects.isEmpty)
            let open = answer.allocations.reduce(0) { $1.key == key ? $0 + $1.open : $0 }
            #expect(world.balance(sku, place).figures.reserved == open, "\(sku) at \(place)")
        }
        return answer
    }

    /// On hand, promised and sought of an item at a place.
    private func figures(_ world: World, _ sku: String, _ place: String) -> [Int64] {
        let figures = world.balance(sku, place).figures
        return [figures.onHand, figures.reserved, figures.suspect]
    }

    @Test func `one jar of three sets takes one set elsewhere, and its other jar and its lid are free`() throws {
        var world = try shop(elsewhere: [("M", 9, 9)])
        let after = try lose(part(world, "jar", 1), &world)
        #expect(figures(world, "jar", "L") == [9, 4, 1])
        #expect(figures(world, "lid", "L") == [10, 2, 0], "nobody missed a lid")
        #expect(figures(world, "jar", "M") == [9, 2, 0])
        #expect(figures(world, "lid", "M") == [9, 1, 0])
        #expect(after.allocations.allSatisfy { $0.state == .confirmed })
        // The number that was not found is nobody's any more.
        let numbers = after.allocations.map(\.number)
        #expect(Set(numbers).count == numbers.count)
    }

    @Test func `a set never comes from two places`() throws {
        // M is nearer and has the jar that is missing, and no lid.
        var world = try shop(elsewhere: [("M", 9, 0), ("N", 3, 3)])
        _ = try lose(part(world, "jar", 1), &world)
        #expect(figures(world, "jar", "M") == [9, 0, 0])
        #expect(figures(world, "jar", "N") == [3, 2, 0] && figures(world, "lid", "N") == [3, 1, 0])

        // Nobody has a whole one: it stays where it was not found, with its lid.
        world = try shop(elsewhere: [("M", 9, 0), ("N", 1, 9)])
        let after = try lose(part(world, "jar", 1), &world)
        #expect(after.allocations.allSatisfy { $0.location.text == "L" })
        #expect(after.allocations.filter { $0.state == .notFound }.map(\.quantity) == [1])
        #expect(figures(world, "lid", "L") == [10, 3, 0])
    }

    @Test func `as many sets as others have whole, each from one place`() throws {
        var world = try shop(elsewhere: [("M", 2, 5), ("N", 5, 1)])
        let after = try lose(part(world, "jar", nil), &world)
        // All three sets lack a jar; M and N have one whole set each.
        #expect(figures(world, "jar", "M") == [2, 2, 0] && figures(world, "lid", "M") == [5, 1, 0])
        #expect(figures(world, "jar", "N") == [5, 2, 0] && figures(world, "lid", "N") == [1, 1, 0])
        #expect(figures(world, "jar", "L") == [4, 2, 6] && figures(world, "lid", "L") == [10, 1, 0])
        #expect(after.allocations.filter { $0.state == .notFound }.map(\.sku.text) == ["jar"])
    }

    @Test func `what was packed of it is free too, and what was handed over stays`() throws {
        var world = try shop(elsewhere: [("M", 9, 9)])
        _ = try world.request(.ready(.everything), on: Self.id).get()
        // One lid is in the customer's hands: of that set only the jars are promised still.
        _ = try world.request(.fulfil(part(world, "lid", 1), occurredAt: nil), on: Self.id).get()
        let after = try lose(part(world, "jar", nil), &world)
        #expect(figures(world, "lid", "L") == [9, 0, 0])
        #expect(figures(world, "jar", "M") == [9, 6, 0] && figures(world, "lid", "M") == [9, 2, 0])
        #expect(after.allocations.allSatisfy { $0.open == 0 || $0.state == .confirmed })
        #expect(world.packed.values.reduce(0, +) == 0, "nothing waits at L any more")
    }

    @Test func `a pickup stays, and its other parts with it`() throws {
        var world = try shop(elsewhere: [("M", 9, 9)], method: .pickup)
        let after = try lose(part(world, "jar", 1), &world)
        #expect(after.allocations.allSatisfy { $0.location.text == "L" })
        #expect(figures(world, "jar", "L") == [9, 6, 1] && figures(world, "lid", "L") == [10, 3, 0])
    }

    /// Whatever is lost in whatever order: at every place there are whole sets, but for what is not found with its rest.
    @Test(arguments: seeds)
    func `sets stay whole`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<40 {
            let stock = ["M", "N"].map {
                (
                    place: $0, jars: Int64.random(in: 0...8, using: &random),
                    lids: Int64.random(in: 0...5, using: &random)
                )
            }
            var world = try shop(elsewhere: stock, kits: Int64.random(in: 1...4, using: &random))
            for _ in 0..<3 {
                let sku = random.pick(["jar", "lid"])
                guard
                    let allocation = world.reservations[Self.id]?.allocations.first(where: {
                        $0.sku.text == sku && $0.state == .confirmed && $0.open > 0 && $0.location.text == "L"
                    })
                else { continue }
                let units = Int64.random(in: 1...allocation.open, using: &random)
                let after = try lose(part(world, sku, units), &world)
                for place in Self.places {
                    let there = after.allocations.filter { $0.location.text == place }
                    let units = ["jar", "lid"].map { sku in
                        there.reduce(Int64(0)) { $1.sku.text == sku ? $0 + $1.open : $0 }
                    }
                    #expect(units[0] == 2 * units[1], "seed \(seed), round \(round), \(place): \(units)")
                    let isElsewhere = place != "L"
                    #expect(!isElsewhere || there.allSatisfy { $0.state == .confirmed || $0.open == 0 })
                }
            }
        }
    }
}

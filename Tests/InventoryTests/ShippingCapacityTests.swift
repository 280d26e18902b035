import Inventory
import TestSupport
import Testing

/// No more shipments from a location on one day than it takes, whatever becomes of the reservations that they belong to.
@Suite struct ShippingCapacityTests {
    private static let items = ["A", "B"]
    /// Shipments that each takes; nil: any number.
    private static let places: [(name: String, most: Int64?)] = [("L", 3), ("M", 2), ("N", nil)]

    enum FulfilmentWay: CaseIterable { case handedOver, soldInPart }

    fileprivate struct Run {
        var world: World
        var random: SeededGenerator
        var made: UInt64 = 0

        init(_ seed: UInt64) {
            random = SeededGenerator(seed: seed)
            world = World(items: items, locations: places.map(\.name))
            for (name, most) in places {
                world.dailyCapacities[LocationID(stored: name)] = most
                for item in items { _ = world.send([.receipt("in/\(item)/\(name)", item, at: name, 500)]) }
            }
        }

        mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
        mutating func place() -> LocationID { LocationID(stored: random.pick(places).name) }
        mutating func known() -> ReservationID? { world.reservations.keys.sorted().randomElement(using: &random) }
    }

    @Test(arguments: FulfilmentWay.allCases)
    func `a replaced order of which something has left makes no room`(way: FulfilmentWay) throws {
        var run = Run(1)
        run.world.dailyCapacities[LocationID(stored: "L")] = 1
        let (first, second) = (run.nextID(), run.nextID())
        _ = try run.send(.create(run.order(at: "L", units: 3, seconds: 60)), on: first).get()
        switch way {
        case .handedOver:
            _ = try run.send(.confirm(.everything, acceptAtRisk: false), on: first).get()
            _ = try run.send(.fulfil(.everything, occurredAt: nil), on: first).get()
        case .soldInPart:
            var sale = FactLine.sale("sold", "A", at: "L", 1)
            sale.soldFor = PromiseReference(reservation: Reference(stored: first.description), line: nil)
            #expect(run.world.send([sale]).lines[0].verdict == .applied)
        }
        let named = run.send(.create(run.order(at: "L", units: 1, seconds: nil, replaces: first)), on: second)
        let sourced = run.send(.create(run.order(at: nil, units: 1, seconds: nil, replaces: first)), on: run.nextID())
        switch (way, named, sourced) {
        // It is no hold any more.
        case (.handedOver, .failure(.illegalTransition), .failure(.illegalTransition)): break
        // Where the service chooses, it chooses another location.
        case (.soldInPart, .failure(.locationUnavailable), .success(let answer)):
            #expect(answer.reservation.shipments.map(\.location.text) == ["M"])
        default: Issue.record("\(named), \(sourced)")
        }
        try run.check("\(way)")
    }

    @Test func `a hold that nothing has left of makes room for what replaces it`() throws {
        var run = Run(1)
        run.world.dailyCapacities[LocationID(stored: "L")] = 1
        let (first, second) = (run.nextID(), run.nextID())
        _ = try run.send(.create(run.order(at: "L", units: 3, seconds: 60)), on: first).get()
        let outcome = run.send(.create(run.order(at: "L", units: 1, seconds: nil, replaces: first)), on: second)
        #expect(try outcome.get().reservation.shipments.map(\.location.text) == ["L"])
        try run.check("replaced")
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `no step, alone or among others of its batch, makes more shipments than a day takes`(seed: UInt64) throws {
        var run = Run(seed)
        var (granted, refused) = (0, 0)
        for step in 0..<150 {
            var what = "time"
            switch run.pick(10) {
            case 0: run.world.now = run.world.now.advanced(byMicroseconds: Int64(run.pick(6_000_000)))
            case 1:
                var sale = FactLine.sale("s\(step)", run.random.pick(Self.items), at: run.place().text)
                if let id = run.known() {
                    sale.soldFor = PromiseReference(reservation: Reference(stored: id.description), line: nil)
                }
                what = "\(sale) → \(run.world.send([sale]))"
            default:
                let commands = (0...run.pick(3)).map { _ in run.command() }
                let outcomes = run.world.decideAndStore(commands.map { .reservation($0) })
                for outcome in outcomes.compactMap(\.reservation) {
                    switch outcome {
                    case .success: granted += 1
                    case .failure: refused += 1
                    }
                }
                what = "\(commands.map(\.action)) → \(outcomes)"
            }
            try run.check("seed \(seed), step \(step): \(what)")
        }
        #expect(granted > 30 && refused > 10, "\(granted) granted, \(refused) refused")
    }
}

extension ShippingCapacityTests.Run {
    /// Each location's shipments, by its promises and what has left, not by what was counted of them.
    fileprivate func check(_ context: String) throws {
        for location in world.locations.keys {
            var promised: Int64 = 0
            for reservation in world.reservations.values {
                let counts = reservation.allocations.contains { allocation in
                    allocation.location == location
                        && (reservation.open(allocation, at: world.now) > 0 || allocation.fulfilled > 0)
                }
                let shipments = reservation.shipments.filter {
                    $0.location == location && $0.expiresAt.map { $0 > world.now } ?? true
                }
                if counts { promised += 1 }
                // Where no capacity is known, the day is not either.
                guard world.dailyCapacities[location] != nil else { continue }
                try #require(shipments.count == (counts ? 1 : 0), "\(reservation) at \(location): \(context)")
            }
            guard let most = world.dailyCapacities[location] else { continue }
            try #require(promised <= most, "\(promised) shipments from \(location): \(context)")
        }
    }

    fileprivate mutating func nextID() -> ReservationID {
        made += 1
        return ReservationID(milliseconds: made, random: (1, made))
    }

    fileprivate func order(
        at place: String?, units: Int64, seconds: Int64?, replaces: ReservationID? = nil
    ) -> NewReservation {
        NewReservation(
            reference: nil, owner: nil, channel: nil, method: .ship, location: place.map(LocationID.init(stored:)),
            holdSeconds: seconds, allowsPartial: false, replaces: replaces,
            lines: [line("1", "A", at: place.map(LocationID.init(stored:)), units)], pickupBy: nil, shipTo: nil,
            sourcing: place == nil ? SourcingTerms(objective: .priority) : nil)
    }

    private func line(_ id: String, _ item: String, at place: LocationID?, _ units: Int64) -> WantedLine {
        WantedLine(
            id: LineID(stored: id), item: .sku(SKU(stored: item)), location: place, method: .ship, quantity: .of(units),
            pointer: "/lines/0", locationPointer: "/location")
    }

    fileprivate mutating func send(_ action: ReservationAction, on id: ReservationID) -> ReservationOutcome {
        guard let outcome = world.decideAndStore([.reservation(command(action, on: id))])[0].reservation else {
            preconditionFailure("a request is answered as one")
        }
        return outcome
    }

    /// As the service does where it locks all that may ship.
    private func command(_ action: ReservationAction, on id: ReservationID) -> ReservationCommand {
        let places = world.locations.keys.sorted()
        let names = world.items.keys.sorted().flatMap { sku in
            places.map { Name(item: .sku(sku), location: $0) }
        }
        var command = ReservationCommand(id: id, key: nil, action: action, limits: HoldLimits(), names: names)
        command.ships = true
        command.sites = places.enumerated().map { number, place in
            SourcingSite(location: place, distanceMetres: nil, cost: nil, priority: Int64(number))
        }
        return command
    }

    fileprivate mutating func command() -> ReservationCommand {
        guard pick(5) > 1, let id = known() else { return command(.create(new()), on: nextID()) }
        return command(action(on: id), on: id)
    }

    private mutating func wantedLines(isSourced: Bool) -> [WantedLine] {
        (0...pick(3)).map { number in
            line("\(number)", pick(2) == 0 ? "A" : "B", at: isSourced ? nil : place(), Int64(1 + pick(3)))
        }
    }

    private mutating func new() -> NewReservation {
        let isSourced = pick(2) == 0
        return NewReservation(
            reference: nil, owner: nil, channel: nil, method: .ship, location: nil,
            holdSeconds: pick(3) > 0 ? Int64(1 + pick(8)) : nil, allowsPartial: pick(4) == 0,
            replaces: pick(3) == 0 ? known() : nil, lines: wantedLines(isSourced: isSourced), pickupBy: nil,
            shipTo: nil,
            sourcing: isSourced
                ? SourcingTerms(
                    objective: random.pick([.priority, .fewestSplits]), locationsMax: pick(2) == 0 ? 1 + pick(2) : nil)
                : nil)
    }

    private mutating func action(on id: ReservationID) -> ReservationAction {
        var selection = AllocationSelection.everything
        if pick(3) == 0, let allocation = world.reservations[id]?.allocations.randomElement(using: &random) {
            selection = .some([
                .init(
                    id: AllocationID(reservation: id, number: allocation.number), quantity: pick(2) == 0 ? .of(1) : nil)
            ])
        }
        switch pick(10) {
        case 0, 1: return .confirm(selection, acceptAtRisk: true)
        case 2: return .extend(world.now.startOfSecond.advanced(byMicroseconds: Int64(1 + pick(8)) * 1_000_000))
        case 3: return .ready(selection)
        case 4: return .fulfil(selection, occurredAt: nil)
        case 5, 6: return .release(selection, reason: nil, restock: .immediate, occurredAt: nil)
        case 7: return .move(selection, to: place())
        case 8: return .notFound(selection, wholeBalance: false, occurredAt: nil)
        default: return .replaceLines(wantedLines(isSourced: world.reservations[id]?.sourcing != nil))
        }
    }
}

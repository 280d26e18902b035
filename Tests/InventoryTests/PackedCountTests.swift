import Inventory
import TestSupport
import Testing

/// Counts that leave out what is packed, among handovers that are told at any time: what was packed at a count's instant
/// is decided by when things happened.
@Suite struct PackedCountTests {
    private static let instants = (2...12).map { Timestamp(microseconds: Int64($0) * 1_000_000) }
    private static let stock: Int64 = 1_000

    /// One report, and what must be told before it.
    private struct Report {
        enum What {
            case fact(FactLine)
            case action(ReservationID, ReservationAction)
        }

        let what: What
        var after: [Int] = []
    }

    /// What a shop has to tell, and what is true once all of it is told.
    private struct Story {
        var reports: [Report] = []
        var reservations: [(id: ReservationID, units: Int64)] = []
        /// Changes of what is there, and of what is packed.
        var moves: [(at: Timestamp, units: Int64)] = []
        var packed: [(at: Timestamp, units: Int64)] = []
        var counts: [(position: CountPosition, stated: Int64, excludesReady: Bool)] = []

        func packed(at instant: Timestamp) -> Int64 { packed.reduce(0) { $1.at <= instant ? $0 + $1.units : $0 } }

        func onHand(at instant: Timestamp) -> Int64 {
            let last = counts.filter { $0.position.at <= instant }.max { $0.position < $1.position }
            let found = last.map { $0.stated + ($0.excludesReady ? packed(at: $0.position.at) : 0) }
            return moves.reduce(found ?? PackedCountTests.stock) { sum, move in
                move.at <= instant && last.map { move.at > $0.position.at } ?? true ? sum + move.units : sum
            }
        }

        @discardableResult
        mutating func tell(_ what: Report.What, after: [Int] = []) -> Int {
            reports.append(Report(what: what, after: after))
            return reports.count - 1
        }
    }

    private static func sale(_ event: String, _ units: Int64, of id: ReservationID?, at instant: Timestamp) -> FactLine
    {
        FactLine(
            eventID: EventID(stored: event), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"),
            change: .sale(.onHand, .of(units)), occurredAt: instant,
            soldFor: id.map { PromiseReference(reservation: Reference(stored: $0.description), line: nil) })
    }

    private static func part(_ id: ReservationID, _ number: Int16, _ units: Int64?) -> AllocationSelection {
        .some([.init(id: AllocationID(reservation: id, number: number), quantity: units.map { .of($0) })])
    }

    private static func story(_ random: inout SeededGenerator) -> Story {
        var story = Story()
        for number in 0..<Int.random(in: 1...3, using: &random) {
            let id = ReservationID(milliseconds: 1, random: (UInt64(number + 1), 1))
            let (ready, rest) = (Int64.random(in: 2...6, using: &random), Int64.random(in: 0...4, using: &random))
            story.reservations.append((id, ready + rest))
            let readyAt = random.pick(instants)
            story.packed.append((readyAt, ready))
            // Of some of it an allocation of its own, of all of it the first.
            let allocation: Int16 = rest == 0 ? 1 : 2
            let packing = story.tell(.action(id, .ready(part(id, 1, ready), occurredAt: readyAt)))
            func unpack(_ units: Int64, at instant: Timestamp) { story.packed.append((max(instant, readyAt), -units)) }
            var left = ready
            // What the system and the till tell of one order is the same; here each order has one who tells.
            let tillTells = random.isOne(in: 2)
            for step in 0..<Int.random(in: 0...2, using: &random) where left > 0 {
                let (units, at) = (Int64.random(in: 1...left, using: &random), random.pick(instants))
                left -= units
                switch Int.random(in: 0..<6, using: &random) {
                case 0 where !tillTells:
                    story.tell(
                        .action(id, .fulfil(part(id, allocation, units), occurredAt: at)), after: [packing])
                    story.moves.append((at, -units))
                    unpack(units, at: at)
                case 0,
                    1 where tillTells:
                    story.tell(.fact(sale("r\(number)/\(step)", units, of: id, at: at)), after: [packing])
                    story.moves.append((at, -units))
                    unpack(units, at: at)
                case 1, 2:
                    let restock: Restock = random.isOne(in: 2) ? .pending : .immediate
                    story.tell(
                        .action(
                            id,
                            .release(part(id, allocation, units), reason: nil, restock: restock, occurredAt: at)),
                        after: [packing])
                    if restock == .pending { story.moves.append((at, -units)) }
                    unpack(units, at: at)
                case 3 where step == 0 && rest >= units:
                    // The till does not say which; the order system says that it was none of what was packed.
                    story.tell(.fact(sale("r\(number)/\(step)", units, of: id, at: at)), after: [packing])
                    story.tell(.action(id, .fulfil(part(id, 1, units), occurredAt: at)), after: [packing])
                    story.moves.append((at, -units))
                    left = 0
                case 4:
                    story.tell(
                        .action(id, .notFound(part(id, allocation, left + units), wholeBalance: false, occurredAt: at)),
                        after: Array(story.reports.indices))
                    // Somebody who looks later finds it missing; a count has seen that it is.
                    story.moves.append((at, -left - units))
                    unpack(left + units, at: at)
                    left = 0
                default:
                    story.tell(
                        .action(id, .move(part(id, allocation, left + units), to: LocationID(stored: "M"))),
                        after: Array(story.reports.indices))
                    story.packed.append((Timestamp(microseconds: 19_000_000), -left - units))
                    left = 0
                }
            }
        }
        for number in 0..<Int.random(in: 1...4, using: &random) {
            let (at, excludes) = (random.pick(instants), !random.isOne(in: 3))
            let stated = Int64.random(in: 900...1_000, using: &random)
            let event = EventID(stored: "c\(number)")
            story.counts.append(
                (CountPosition(at: at, source: World.tillID, event: event), stated, excludes))
            story.tell(
                .fact(
                    FactLine(
                        eventID: event, item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"),
                        change: .count(
                            CountStatement(quantity: CountedQuantity(units: stated) ?? .none, excludesReady: excludes)),
                        occurredAt: at)))
        }
        for number in 0..<Int.random(in: 0...3, using: &random) {
            let (units, at) = (Int64.random(in: 1...9, using: &random), random.pick(instants))
            story.tell(.fact(sale("s\(number)", units, of: nil, at: at)))
            story.moves.append((at, -units))
        }
        return story
    }

    /// Tells all of it in some order that keeps what must come first, several at once, and facts now and then again.
    private func play(_ story: Story, _ random: inout SeededGenerator) throws -> World {
        var world = World()
        world.now = Timestamp(microseconds: 1_000_000)
        _ = world.send([.receipt("in", "A", at: "L", Self.stock), .receipt("in/M", "A", at: "M", Self.stock)])
        for (id, units) in story.reservations {
            let line = WantedLine(
                id: LineID(stored: "1"), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"),
                method: .pickup, quantity: .of(units), pointer: "/lines/0", locationPointer: "/location")
            let new = NewReservation(
                reference: nil, owner: nil, channel: nil, method: .pickup, location: LocationID(stored: "L"),
                holdSeconds: nil, allowsPartial: false, replaces: nil, lines: [line], pickupBy: nil, shipTo: nil)
            _ = try world.request(.create(new), on: id).get()
        }
        world.now = Timestamp(microseconds: 20_000_000)
        var waiting = Array(story.reports.indices)
        var commands: [Command] = []
        func flush() throws {
            for outcome in world.decideAndStore(commands) {
                if case .reservation(let outcome) = outcome { _ = try outcome.get() }
            }
            commands = []
        }
        while !waiting.isEmpty {
            let ready = waiting.filter { Set(story.reports[$0].after).isDisjoint(with: waiting) }
            let next = random.pick(ready)
            waiting.removeAll { $0 == next }
            switch story.reports[next].what {
            case .fact(let fact):
                for _ in 0...(random.isOne(in: 4) ? 1 : 0) {
                    commands.append(
                        .facts(
                            FactCommand(
                                source: World.till, sourceID: World.tillID, lines: [World.submitted(fact)])))
                }
            case .action(let id, let action):
                let names = ["L", "M"].map {
                    Name(item: .sku(SKU(stored: "A")), location: LocationID(stored: $0))
                }
                commands.append(
                    .reservation(
                        ReservationCommand(id: id, key: nil, action: action, limits: HoldLimits(), names: names))
                )
            }
            if random.isOne(in: 2) { try flush() }
        }
        try flush()
        return world
    }

    @Test(arguments: seeds)
    func `any order ends in the same balance, and in what each count found`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<60 {
            let story = Self.story(&random)
            var found: [CountLineKey: [Int64]]?
            for order in 0..<6 {
                let world = try play(story, &random)
                let place = "seed \(seed), round \(round), order \(order)"
                let key = try #require(world.key("A", "L"))
                #expect(world.balance().figures.onHand == story.onHand(at: world.now), "\(place)")
                for instant in Self.instants {
                    #expect(world.occurred(key, instant).onHand == story.onHand(at: instant), "\(place), \(instant)")
                }
                let counts = world.countLines.mapValues { [$0.quantity, $0.packed, $0.variance] }
                for (position, stated, excludesReady) in story.counts {
                    let count = counts[CountLineKey(balance: key, counted: .onHand, position: position)]
                    let packed = excludesReady ? story.packed(at: position.at) : 0
                    #expect(count?[0] == stated + packed && count?[1] == packed, "\(place), \(position)")
                }
                if let found { #expect(counts == found, "\(place)") }
                found = counts
                var proof = LedgerProof(hash: testHash)
                for line in world.lines where line.key == key { proof.add(line) }
                proof.finish(world.balance())
                #expect(proof.defects.isEmpty, "\(place)")
                let waiting = world.reservations.values.flatMap(\.allocations).reduce(Int64(0)) {
                    $1.state == .ready && $1.key == key ? $0 + $1.open : $0
                }
                #expect(
                    world.packed.reduce(0) { $1.key.balance == key ? $0 + $1.value : $0 } == waiting, "\(place)")
            }
        }
    }
}

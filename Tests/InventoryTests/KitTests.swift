import Inventory
import TestSupport
import Testing

/// A kit is its components: whatever happens by its name happens to them.
@Suite struct KitTests {
    private static let parts: [(sku: String, quantity: Int64)] = [("A", 2), ("B", 1), ("C", 3)]
    private static let places = ["L", "M"]

    private static func world() -> World {
        var world = World(items: ["A", "B", "C", "K"], locations: places)
        world.kits[SKU(stored: "K")] = parts.map { .init(sku: SKU(stored: $0.sku), quantity: $0.quantity) }
        world.aliases[Code(stored: "case")] = (SKU(stored: "K"), 4)
        return world
    }

    private static func reservation(_ number: Int) -> ReservationID {
        ReservationID(milliseconds: UInt64(number + 1), random: (UInt64(number), 7))
    }

    private static func hold(
        _ lines: [(String, Int64)], at place: String, allowsPartial: Bool = false
    ) -> ReservationAction {
        .create(
            NewReservation(
                reference: nil, owner: nil, channel: nil, method: .pickup, location: LocationID(stored: place),
                holdSeconds: nil, allowsPartial: allowsPartial, replaces: nil,
                lines: lines.enumerated().map { number, line in
                    WantedLine(
                        id: LineID(stored: "\(number)"), item: .sku(SKU(stored: line.0)),
                        location: LocationID(stored: place), method: .pickup, quantity: .of(line.1),
                        pointer: "/lines/\(number)", locationPointer: "/location")
                }, pickupBy: nil, shipTo: nil))
    }

    @Test(arguments: seeds)
    func `facts and promises by kit equal those of its components`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        // One shop hears of kits, the other of their components.
        var (kits, components) = (Self.world(), Self.world())
        for part in Self.parts {
            for place in Self.places {
                let units = Int64.random(in: 40...160, using: &random)
                let receipt = FactLine.receipt("in/\(part.sku)/\(place)", part.sku, at: place, units)
                _ = kits.send([receipt])
                _ = components.send([receipt])
            }
        }
        var held: [Int] = []
        var granted = 0
        var refused = 0
        for step in 0..<60 {
            let place = random.pick(Self.places)
            let units = Int64.random(in: 1...4, using: &random)
            let what = "seed \(seed), step \(step)"
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                // Each part by the same share, whatever the fact is.
                let (isCode, code) = (random.isOne(in: 4), Code(stored: "case"))
                let change = { (units: Int64) -> FactChange in
                    switch step % 5 {
                    case 0: .sale(.onHand, .of(units))
                    case 1: .return(.inspection, .of(units))
                    case 2: .receipt(.onHand, .of(units))
                    case 3: .stateChange(from: .onHand, to: .damaged, .of(units))
                    default: .adjustment(.onHand, .of(-units), Reason(stored: "theft"))
                    }
                }
                let fact = FactLine(
                    eventID: EventID(stored: "e\(step)"),
                    item: isCode ? .code(system: CodeSystem(stored: "packs"), code) : .sku(SKU(stored: "K")),
                    location: LocationID(stored: place), change: change(units))
                let line = kits.send([fact]).lines[0]
                #expect(line.components?.count == Self.parts.count, "\(what)")
                let rank: [Verdict] = [.applied, .recordedBeforeCount, .appliedUncovered]
                let worst = line.components?.map(\.verdict).max {
                    rank.firstIndex(of: $0) ?? 9 < rank.firstIndex(of: $1) ?? 9
                }
                #expect(line.verdict == worst, "\(what)")
                _ = components.send(
                    Self.parts.map { part in
                        FactLine(
                            eventID: EventID(stored: "e\(step)/\(part.sku)"), item: .sku(SKU(stored: part.sku)),
                            location: LocationID(stored: place),
                            change: change(units * (isCode ? 4 : 1) * part.quantity))
                    })
                if random.isOne(in: 3) {
                    #expect(kits.send([fact]).verdicts == [.duplicate], "\(what)")
                }
            case 1:
                // Together with a part of its own, since both take of one balance.
                let extra = Int64.random(in: 1...3, using: &random)
                let byKit = kits.request(
                    Self.hold([("K", units), ("B", extra)], at: place), on: Self.reservation(step))
                let byPart = components.request(
                    Self.hold(Self.parts.map { ($0.sku, units * $0.quantity) } + [("B", extra)], at: place),
                    on: Self.reservation(step))
                switch (byKit, byPart) {
                case (.success(let answer), .success):
                    #expect(answer.reservation.quantity(ofLine: 0) == units, "\(what)")
                    granted += 1
                    held.append(step)
                case (.failure(.insufficient), .failure(.insufficient)): refused += 1
                default: Issue.record("\(what): \(byKit) by kit, \(byPart) by component")
                }
            case 2:
                guard let number = held.popLast() else { continue }
                let release = ReservationAction.release(.everything, reason: nil, restock: .immediate, occurredAt: nil)
                let fulfil = ReservationAction.fulfil(.everything, occurredAt: nil)
                let action = random.isOne(in: 2) ? release : fulfil
                _ = try kits.request(action, on: Self.reservation(number)).get()
                _ = try components.request(action, on: Self.reservation(number)).get()
            default:
                // As many kits as there are: whole ones.
                let available =
                    Self.parts.map { part -> Int64 in
                        let figures = kits.balance(part.sku, place).figures
                        return max(Int64(0), figures.onHand - figures.reserved) / part.quantity
                    }.min() ?? 0
                let partial = kits.request(
                    Self.hold([("K", 1_000)], at: place, allowsPartial: true), on: Self.reservation(step))
                if available == 0 {
                    guard case .failure(.insufficient(let short)) = partial else {
                        Issue.record("\(what): \(partial)")
                        continue
                    }
                    #expect(short[0].available == 0 && short[0].sku.text == "K")
                    continue
                }
                let reservation = try partial.get().reservation
                #expect(reservation.quantity(ofLine: 0) == available, "\(what)")
                let release = ReservationAction.release(.everything, reason: nil, restock: .immediate, occurredAt: nil)
                _ = try kits.request(release, on: reservation.id).get()
            }
            for part in Self.parts {
                for place in Self.places {
                    #expect(
                        kits.balance(part.sku, place).figures == components.balance(part.sku, place).figures,
                        "\(part.sku) \(place), \(what)")
                }
            }
            #expect(kits.balance("K", "L") == Balance(), "a kit has no balance: \(what)")
        }
        #expect(granted > 0, "seed \(seed): \(granted) granted, \(refused) refused")
    }

    @Test func `a held kit stays what it was when its recipe changes`() throws {
        var world = Self.world()
        _ = world.send(Self.parts.map { .receipt("in/\($0.sku)", $0.sku, at: "L", 30) })
        let id = Self.reservation(1)
        _ = try world.request(Self.hold([("K", 2)], at: "L"), on: id).get()
        world.kits[SKU(stored: "K")] = [.init(sku: SKU(stored: "A"), quantity: 9)]
        let more = [
            WantedLine(
                id: LineID(stored: "0"), item: .sku(SKU(stored: "K")), location: LocationID(stored: "L"),
                method: .pickup, quantity: .of(3), pointer: "/lines/0", locationPointer: "/location")
        ]
        let grown = try world.request(.replaceLines(more), on: id).get().reservation
        #expect(grown.quantity(ofLine: 0) == 3)
        #expect(Self.parts.map { world.balance($0.sku, "L").figures.reserved } == [6, 3, 9])
        _ = try world.request(.fulfil(.everything, occurredAt: nil), on: id).get()
        #expect(Self.parts.map { world.balance($0.sku, "L").figures.onHand } == [24, 27, 21])
    }

    @Test func `a sale by kit keeps the promise of the kit, once`() throws {
        var world = Self.world()
        _ = world.send(Self.parts.map { .receipt("in/\($0.sku)", $0.sku, at: "L", 30) })
        let id = Self.reservation(1)
        _ = try world.request(Self.hold([("K", 2)], at: "L"), on: id).get()
        func sale(_ event: String, _ units: Int64) -> FactLine {
            FactLine(
                eventID: EventID(stored: event), item: .sku(SKU(stored: "K")), location: LocationID(stored: "L"),
                change: .sale(.onHand, .of(units)),
                soldFor: PromiseReference(reservation: Reference(stored: id.description), line: nil))
        }
        #expect(world.send([sale("s1", 2)]).verdicts == [.applied])
        #expect(world.reservations[id]?.state(at: world.now) == .fulfilled)
        #expect(Self.parts.map { world.balance($0.sku, "L").figures } == [26, 28, 24].map(Self.figures))
        _ = try world.request(.fulfil(.everything, occurredAt: nil), on: id).get()
        #expect(Self.parts.map { world.balance($0.sku, "L").figures } == [26, 28, 24].map(Self.figures))
    }

    @Test func `a sale and a return that name a promise mean the kit that was promised`() throws {
        var world = Self.world()
        _ = world.send(Self.parts.map { .receipt("in/\($0.sku)", $0.sku, at: "L", 60) })
        let (sold, back) = (Self.reservation(1), Self.reservation(2))
        for id in [sold, back] { _ = try world.request(Self.hold([("K", 2)], at: "L"), on: id).get() }
        _ = try world.request(.confirm(.everything, acceptAtRisk: false), on: back).get()
        _ = try world.request(.fulfil(.everything, occurredAt: nil), on: back).get()
        // More of one part, less of another, and one that is in it no longer.
        world.kits[SKU(stored: "K")] = [
            .init(sku: SKU(stored: "A"), quantity: 9), .init(sku: SKU(stored: "C"), quantity: 1),
        ]
        func fact(_ event: String, _ change: FactChange, of id: ReservationID) -> FactLine {
            FactLine(
                eventID: EventID(stored: event), item: .sku(SKU(stored: "K")), location: LocationID(stored: "L"),
                change: change, soldFor: PromiseReference(reservation: Reference(stored: id.description), line: nil))
        }
        #expect(world.send([fact("s", .sale(.onHand, .of(2)), of: sold)]).verdicts == [.applied])
        #expect(world.reservations[sold]?.state(at: world.now) == .fulfilled)
        #expect(Self.parts.map { world.balance($0.sku, "L").figures } == [52, 56, 48].map(Self.figures))
        let line = world.send([fact("r", .return(.sellable, .of(1)), of: back)]).lines[0]
        #expect(line.verdict == .applied && line.warnings == [])
        #expect(Self.parts.map { world.balance($0.sku, "L").figures } == [54, 57, 51].map(Self.figures))
        // What names no promise means the kit of today.
        var today = fact("t", .sale(.onHand, .of(1)), of: sold)
        today.soldFor = nil
        #expect(world.send([today]).verdicts == [.applied])
        #expect(Self.parts.map { world.balance($0.sku, "L").figures } == [45, 57, 50].map(Self.figures))
    }

    @Test func `who moves or releases one part of a kit moves or releases the kit`() throws {
        var world = Self.world()
        for place in Self.places {
            _ = world.send(Self.parts.map { .receipt("in/\($0.sku)/\(place)", $0.sku, at: place, 60) })
        }
        let id = Self.reservation(1)
        _ = try world.request(Self.hold([("K", 5)], at: "L"), on: id).get()
        _ = try world.request(.confirm(.everything, acceptAtRisk: false), on: id).get()
        func part(_ sku: String, at place: String = "L", _ units: Int64? = nil) throws -> AllocationSelection {
            let allocation = try #require(
                world.reservations[id]?.allocations.first {
                    $0.sku.text == sku && $0.location.text == place && $0.open > 0
                })
            return .some([
                .init(
                    id: AllocationID(reservation: id, number: allocation.number), quantity: units.map { .of($0) })
            ])
        }
        func reserved(_ place: String) -> [Int64] {
            Self.parts.map { world.balance($0.sku, place).figures.reserved }
        }
        // Three units of the first part, of which a kit has two: two kits.
        _ = try world.request(.move(try part("A", 3), to: LocationID(stored: "M")), on: id).get()
        #expect(reserved("L") == [6, 3, 9] && reserved("M") == [4, 2, 6])
        _ = try world.request(
            .release(try part("C", at: "M", 1), reason: nil, restock: .immediate, occurredAt: nil), on: id
        ).get()
        #expect(reserved("L") == [6, 3, 9] && reserved("M") == [2, 1, 3])
        // What was handed over is a fact, of parts too; the rest still goes together.
        _ = try world.request(.fulfil(try part("B", at: "M"), occurredAt: nil), on: id).get()
        #expect(reserved("M") == [2, 0, 3])
        _ = try world.request(
            .release(try part("A", at: "M"), reason: nil, restock: .immediate, occurredAt: nil), on: id
        ).get()
        #expect(reserved("L") == [6, 3, 9] && reserved("M") == [0, 0, 0])
    }

    private static func figures(onHand: Int64) -> Figures {
        var figures = Figures()
        figures.onHand = onHand
        return figures
    }

    @Test func `a kit is not counted, has no version, and is written whole or not at all`() {
        var world = Self.world()
        let count = FactLine(
            eventID: EventID(stored: "c"), item: .sku(SKU(stored: "K")), location: LocationID(stored: "L"),
            change: .count(CountStatement(quantity: .none)))
        var adjusted = FactLine(
            eventID: EventID(stored: "a"), item: .sku(SKU(stored: "K")), location: LocationID(stored: "L"),
            change: .adjustment(.onHand, .of(1), Reason(stored: "found")))
        adjusted.expectedVersion = 0
        let outcome = world.send([count, adjusted])
        #expect(outcome.lines.map { $0.problem?.code } == [.notForKits, .notForKits])
        // The last of its parts is at its bound.
        if let key = world.key("C", "L") { world.balances[key] = Self.full() }
        let refused = world.send([.receipt("r", "K", at: "L", 1)])
        #expect(refused.lines[0].problem?.code == .quantityOverflow)
        #expect(world.lines.isEmpty && world.balance("A", "L") == Balance())
    }

    private static func full() -> Balance {
        var figures = Figures()
        figures.onHand = Figures.unitsMax
        return Balance(figures: figures)
    }

    @Test(arguments: [["K", "A"], ["A", "K"]])
    func `a kit and one of its parts are sold for an order in any order`(sold: [String]) throws {
        var world = Self.world()
        _ = world.send(Self.parts.map { .receipt("in/\($0.sku)", $0.sku, at: "L", 30) })
        let id = Self.reservation(1)
        let part = Self.parts[0].sku
        _ = try world.request(Self.hold([("K", 1), (part, 1)], at: "L"), on: id).get()
        for back in [false, true] {
            for name in sold {
                let fact = FactLine(
                    eventID: EventID(stored: "\(name)/\(back)"), item: .sku(SKU(stored: name)),
                    location: LocationID(stored: "L"),
                    change: back ? .return(.sellable, .of(1)) : .sale(.onHand, .of(1)),
                    soldFor: PromiseReference(reservation: Reference(stored: id.description), line: nil))
                #expect(world.send([fact]).lines[0].warnings.isEmpty, "\(name), back: \(back)")
            }
            let each = Self.parts[0].quantity + 1
            #expect(world.balance(part, "L").figures.onHand == (back ? 30 : 30 - each), "\(sold), back: \(back)")
            #expect(world.balance(part, "L").figures.reserved == 0)
        }
        #expect(world.exceptions.isEmpty)
    }

    @Test func `more that comes back than was handed over is taken and flagged`() throws {
        var world = Self.world()
        _ = world.send(Self.parts.map { .receipt("in/\($0.sku)", $0.sku, at: "L", 30) })
        let id = Self.reservation(1)
        _ = try world.request(Self.hold([("K", 2)], at: "L"), on: id).get()
        _ = try world.request(.fulfil(.everything, occurredAt: nil), on: id).get()
        func back(_ event: String, _ units: Int64) -> FactLine {
            FactLine(
                eventID: EventID(stored: event), item: .sku(SKU(stored: "K")), location: LocationID(stored: "M"),
                change: .return(.inspection, .of(units)),
                soldFor: PromiseReference(reservation: Reference(stored: id.description), line: nil))
        }
        let first = world.send([back("b1", 1)])
        #expect(first.verdicts == [.applied] && first.lines[0].warnings.isEmpty && world.exceptions.isEmpty)
        #expect(world.reservations[id]?.allocations.map(\.returned) == [2, 1, 3])
        let second = world.send([back("b2", 2)])
        #expect(second.verdicts == [.applied] && !second.lines[0].warnings.isEmpty)
        #expect(world.reservations[id]?.allocations.map(\.returned) == [4, 2, 6])
        #expect(world.exceptions.map(\.type) == [.excessReturn, .excessReturn, .excessReturn])
        #expect(Self.parts.map { world.balance($0.sku, "M").figures.inspection } == [6, 3, 9])
    }
}

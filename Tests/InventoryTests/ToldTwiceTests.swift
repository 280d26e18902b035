import Inventory
import TestSupport
import Testing

/// One handover, told by the order system and by the till: it counts once, however the units are split over allocations.
@Suite struct ToldTwiceTests {
    private static let id = ReservationID(milliseconds: 1, random: (1, 1))

    private func shop(_ lines: [Int64]) throws -> World {
        var world = World()
        _ = world.send([.receipt("in", "A", at: "L", 100)])
        let wanted = lines.enumerated().map { number, units in
            WantedLine(
                id: LineID(stored: "\(number + 1)"), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"),
                method: .pickup, quantity: .of(units), pointer: "/lines/\(number)", locationPointer: "/location")
        }
        let new = NewReservation(
            reference: nil, owner: nil, channel: nil, method: .pickup, location: LocationID(stored: "L"),
            holdSeconds: nil, allowsPartial: false, replaces: nil, lines: wanted, pickupBy: nil, shipTo: nil)
        _ = try world.request(.create(new), on: Self.id).get()
        _ = try world.request(.confirm(.everything, acceptAtRisk: false), on: Self.id).get()
        return world
    }

    private func allocation(_ number: Int16, _ units: Int64?) -> AllocationSelection {
        .some([
            .init(
                id: AllocationID(reservation: Self.id, number: number),
                quantity: units.map { .of($0) })
        ])
    }

    private func sale(_ event: String, _ units: Int64, line: String? = nil) -> FactLine {
        FactLine(
            eventID: EventID(stored: event), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"),
            change: .sale(.onHand, .of(units)),
            soldFor: PromiseReference(
                reservation: Reference(stored: Self.id.description), line: line.map(LineID.init(stored:))))
    }

    private func figures(_ world: World) -> [Int64] {
        [world.balance("A", "L").figures.onHand, world.balance("A", "L").figures.reserved]
    }

    /// Open units by allocation.
    private func open(_ world: World) -> [Int64] { world.reservations[Self.id]?.allocations.map(\.open) ?? [] }

    @Test(arguments: [true, false])
    func `of a line that is ready in part`(tillFirst: Bool) throws {
        var world = try shop([5])
        _ = try world.request(.ready(allocation(1, 3)), on: Self.id).get()
        if tillFirst { #expect(world.send([sale("t", 3)]).verdicts == [.applied]) }
        _ = try world.request(.fulfil(allocation(2, 3), occurredAt: nil), on: Self.id).get()
        if !tillFirst { #expect(world.send([sale("t", 3)]).verdicts == [.duplicate]) }
        #expect(figures(world) == [97, 2])
        #expect(open(world) == [2, 0])
    }

    @Test func `of two lines of one item, where the till named none of them`() throws {
        var world = try shop([2, 3])
        #expect(world.send([sale("t", 3)]).verdicts == [.applied])
        _ = try world.request(.fulfil(allocation(2, nil), occurredAt: nil), on: Self.id).get()
        #expect(figures(world) == [97, 2])
        #expect(open(world) == [2, 0])
        // The rest is handed over, told of by both again.
        _ = try world.request(.fulfil(allocation(1, nil), occurredAt: nil), on: Self.id).get()
        #expect(world.send([sale("u", 2)]).verdicts == [.duplicate])
        #expect(figures(world) == [95, 0])
    }

    @Test func `but of two lines that both named, two`() throws {
        var world = try shop([2, 2])
        #expect(world.send([sale("t", 2, line: "1")]).verdicts == [.applied])
        _ = try world.request(.fulfil(allocation(2, nil), occurredAt: nil), on: Self.id).get()
        #expect(figures(world) == [96, 0])
        #expect(world.send([sale("u", 2, line: "2")]).verdicts == [.duplicate])
        #expect(figures(world) == [96, 0])
    }

    @Test func `and what is beyond both is an ordinary sale`() throws {
        var world = try shop([5])
        _ = try world.request(.ready(allocation(1, 3)), on: Self.id).get()
        _ = try world.request(.fulfil(.everything, occurredAt: nil), on: Self.id).get()
        let line = world.send([sale("t", 6)]).lines[0]
        #expect(line.verdict == .applied)
        #expect(figures(world) == [94, 0])
    }

    @Test(arguments: [["1", nil], [nil, "1"]])
    func `of two lines, where the till named only one of them`(named: [String?]) throws {
        for fulfilsFirst in [true, false] {
            var world = try shop([1, 1])
            if fulfilsFirst { _ = try world.request(.fulfil(.everything, occurredAt: nil), on: Self.id).get() }
            for (number, line) in named.enumerated() {
                let verdict = world.send([sale("t\(number)", 1, line: line)]).verdicts
                #expect(verdict == [fulfilsFirst ? .duplicate : .applied])
            }
            if !fulfilsFirst { _ = try world.request(.fulfil(.everything, occurredAt: nil), on: Self.id).get() }
            #expect(figures(world) == [98, 0], "\(named), fulfilled first: \(fulfilsFirst)")
        }
    }

    /// Any split into allocations, any order of tellings, and each told by both: what has left is what was handed over.
    @Test(arguments: seeds)
    func `whatever the order and the split`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let lines = (0..<Int.random(in: 1...3, using: &random)).map { _ in Int64.random(in: 1...6, using: &random) }
        let total = lines.reduce(0, +)
        var world = try shop(lines)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let allocations = world.reservations[Self.id]?.allocations ?? []
            guard let one = allocations.filter({ $0.state == .confirmed && $0.open > 0 }).randomElement(using: &random)
            else { continue }
            let units = Int64.random(in: 1...one.open, using: &random)
            _ = try world.request(.ready(allocation(one.number, units)), on: Self.id).get()
        }
        // Hand over, piece by piece; each piece is told of twice, in any order and never both at once, and the till names its
        // line or does not.
        var (bySystem, byTill) = (lines.map { _ in Int64(0) }, lines.map { _ in Int64(0) })
        var (named, unnamed, tills) = (lines.map { _ in Int64(0) }, Int64(0), 0)
        while bySystem != lines || byTill != lines {
            let line = Int.random(in: lines.indices, using: &random)
            if random.isOne(in: 2), byTill[line] < lines[line] {
                let units = Int64.random(in: 1...(lines[line] - byTill[line]), using: &random)
                let isNamed = random.isOne(in: 2)
                tills += 1
                _ = world.send([sale("t\(tills)", units, line: isNamed ? "\(line + 1)" : nil)])
                byTill[line] += units
                if isNamed { named[line] += units } else { unnamed += units }
            } else if bySystem[line] < lines[line] {
                // An allocation that the system still has to hand over.
                let left = (world.reservations[Self.id]?.allocations ?? []).filter {
                    $0.line == line && $0.quantity - $0.fulfilledByRequest > 0
                }
                guard let one = left.randomElement(using: &random) else { break }
                let most = one.quantity - one.fulfilledByRequest
                let units = Int64.random(in: 1...most, using: &random)
                _ = try world.request(.fulfil(allocation(one.number, units), occurredAt: nil), on: Self.id).get()
                bySystem[line] += units
            }
            // The fewest units that explain all that was told.
            let sure = lines.indices.reduce(0) { $0 + max(bySystem[$1], named[$1]) }
            let untold = lines.indices.reduce(0) { $0 + max(0, bySystem[$1] - named[$1]) }
            let handedOver = sure + max(0, unnamed - untold)
            #expect(figures(world) == [100 - handedOver, total - handedOver], "seed \(seed), \(lines)")
        }
        #expect(world.reservations[Self.id]?.state(at: world.now) == .fulfilled)
    }
}

import Inventory
import TestSupport
import Testing

/// What leaves, what comes, and what is closed, in whatever order it is heard.
@Suite struct TransferTests {
    private static let id = TransferID(ReservationID(milliseconds: 1, random: (1, 1)))
    private static let keep = ReservationID(milliseconds: 1, random: (2, 2))

    /// From L to M, with X beside; A, B and a kit K of two A and a B.
    private static func world() -> World {
        var world = World(items: ["A", "B", "K"], locations: ["L", "M", "X"])
        world.kits[SKU(stored: "K")] = [
            .init(sku: SKU(stored: "A"), quantity: 2), .init(sku: SKU(stored: "B"), quantity: 1),
        ]
        return world
    }

    private static func new(_ lines: [(String, Int64)], from: String? = "L", reserves: Bool = false) -> NewTransfer {
        NewTransfer(
            reference: nil, from: from.map(LocationID.init(stored:)), to: LocationID(stored: "M"), reserves: reserves,
            expectedAt: nil,
            lines: lines.enumerated().map { place, line in
                .init(
                    id: LineID(stored: "\(place)"), item: .sku(SKU(stored: line.0)), quantity: .of(line.1),
                    pointer: "/lines/\(place)")
            })
    }

    private static func step(
        _ world: World, line: Int, _ units: Int64, event: String, isShip: Bool, at place: String? = nil,
        into bucket: Bucket = .onHand, occurredAt: Timestamp? = nil
    ) -> FactLine {
        guard let transfer = world.transfers[id] else { preconditionFailure("the transfer is there") }
        let of = transfer.lines[line]
        let step = TransferStep(
            transfer: id, line: of.id, quantity: .of(units),
            parts: of.parts.map { .init(sku: $0.sku, quantity: $0.quantity) }, from: transfer.from, to: transfer.to,
            reservation: transfer.reservation)
        let location = isShip ? transfer.from ?? transfer.to : LocationID(stored: place ?? "M")
        return FactLine(
            eventID: EventID(stored: event), item: .sku(of.sku), location: location,
            change: isShip ? .ship(step) : .receive(step, bucket), occurredAt: occurredAt)
    }

    private struct Told {
        let line: Int
        let units: Int64
        let isShip: Bool
        let place: String
        let bucket: Bucket
        let event: String
    }

    /// Every line's two sides together are nothing, and nothing stays between the ends of transfers.
    private static func conserves(_ world: World) -> Bool {
        var accounts: [ItemNumber: [String: Int64]] = [:]
        for line in world.lines {
            guard let posting = line.posting else { continue }
            accounts[line.key.item, default: [:]][posting.bucket.name, default: 0] += posting.units
            accounts[line.key.item, default: [:]][posting.counterAccount.name, default: 0] -= posting.units
        }
        return accounts.values.allSatisfy { $0.values.reduce(0, +) == 0 && $0["transfer", default: 0] == 0 }
    }

    @Test(arguments: seeds)
    func `whatever order ship, receive and close are heard in, the same is there in the end`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<12 {
            let isFromSupplier = random.isOne(in: 4)
            let skus = ["A", "B", "K"]
            let told = (0..<Int.random(in: 1...8, using: &random)).map { number in
                let isShip = random.isOne(in: 2)
                return Told(
                    line: Int.random(in: 0...2, using: &random), units: Int64.random(in: 1...9, using: &random),
                    isShip: isShip, place: random.isOne(in: 4) ? "X" : "M",
                    bucket: random.isOne(in: 4) ? random.pick([.damaged, .inspection, .suspect]) : .onHand,
                    event: "e\(number)")
            }
            let isClosed = random.isOne(in: 2)
            // The naive truth.
            var expected: [String: Int64] = ["A L onHand": 50, "B L onHand": 50]
            var onTheWay: [String: Int64] = [:]
            for fact in told {
                let one: [(String, Int64)] = [(skus[fact.line], 1)]
                let parts: [(String, Int64)] = fact.line == 2 ? [("A", 2), ("B", 1)] : one
                for (sku, each) in parts {
                    let units = fact.units * each
                    if fact.isShip {
                        if !isFromSupplier { expected["\(sku) L onHand", default: 0] -= units }
                        onTheWay[sku, default: 0] += units
                    } else {
                        expected["\(sku) \(fact.place) \(fact.bucket.name)", default: 0] += units
                        onTheWay[sku, default: 0] -= units
                    }
                }
            }
            var variance: [String: Int64] = [:]
            for (sku, units) in onTheWay {
                if isClosed { variance[sku] = units } else { expected["\(sku) M inTransit"] = units }
            }
            for attempt in 0..<4 {
                var world = Self.world()
                _ = world.send([.receipt("a", "A", at: "L", 50), .receipt("b", "B", at: "L", 50)])
                let new = Self.new([("A", 5), ("B", 5), ("K", 2)], from: isFromSupplier ? nil : "L")
                _ = try world.request(.create(new), on: Self.id).get()
                var order = told + (random.isOne(in: 2) ? [random.pick(told)] : [])
                order.shuffle(using: &random)
                // Nothing can be closed before it has begun.
                let closesAfter = isClosed ? Int.random(in: 1...order.count, using: &random) : nil
                for (place, fact) in order.enumerated() {
                    let line = Self.step(
                        world, line: fact.line, fact.units, event: fact.event, isShip: fact.isShip, at: fact.place,
                        into: fact.bucket)
                    let verdict = world.send([line]).lines[0].verdict
                    #expect(verdict == .applied || verdict == .duplicate, "\(verdict) of \(fact)")
                    if closesAfter == place + 1 {
                        let reason = Reason(stored: "lost")
                        _ = try world.request(.close(reason, occurredAt: nil), on: Self.id).get()
                    }
                }
                let place =
                    "seed \(seed), round \(round), attempt \(attempt), closed after \(closesAfter ?? 0), \(order)"
                for sku in ["A", "B"] {
                    for location in ["L", "M", "X"] {
                        for bucket in Bucket.allCases {
                            let units = world.balance(sku, location).figures[bucket]
                            #expect(
                                units == expected["\(sku) \(location) \(bucket.name)", default: 0],
                                "\(sku) \(location) \(bucket), \(place)")
                        }
                    }
                    let lost = world.lines.reduce(Int64(0)) { sum, line in
                        guard line.key.item == world.items[SKU(stored: sku)], let posting = line.posting,
                            posting.counterAccount == .outside(.variance)
                        else { return sum }
                        return sum - posting.units
                    }
                    #expect(lost == variance[sku, default: 0], "\(sku) lost, \(place)")
                }
                #expect(Self.conserves(world), "\(place)")
                for key in world.balances.keys {
                    var proof = LedgerProof(hash: testHash)
                    for line in world.lines where line.key == key { proof.add(line) }
                    proof.finish(world.balances[key] ?? Balance())
                    #expect(proof.defects.isEmpty, "\(place)")
                }
            }
        }
    }

    @Test func `what came without having left is flagged until its ship is heard`() throws {
        var world = Self.world()
        _ = world.send([.receipt("a", "A", at: "L", 10)])
        _ = try world.request(.create(Self.new([("A", 4)])), on: Self.id).get()
        _ = world.send([Self.step(world, line: 0, 4, event: "r", isShip: false)])
        #expect(world.exceptions.map(\.type) == [.transferUnshipped])
        #expect(world.balance("A", "M").figures.inTransit == -4)
        #expect(world.transfers[Self.id]?.state == .received)
        _ = world.send([Self.step(world, line: 0, 4, event: "s", isShip: true)])
        #expect(world.exceptions.isEmpty)
        #expect(world.balance("A", "M").figures.inTransit == 0)
        #expect(world.balance("A", "L").figures.onHand == 6)
    }

    @Test func `less, more and elsewhere are flagged, and agreeing later settles them`() throws {
        var world = Self.world()
        _ = world.send([.receipt("a", "A", at: "L", 10)])
        _ = try world.request(.create(Self.new([("A", 4)])), on: Self.id).get()
        _ = world.send([Self.step(world, line: 0, 4, event: "s", isShip: true)])
        _ = world.send([Self.step(world, line: 0, 1, event: "r1", isShip: false)])
        #expect(world.exceptions.isEmpty, "a part came, and the rest may still")
        _ = try world.request(.close(Reason(stored: "lost"), occurredAt: nil), on: Self.id).get()
        #expect(world.exceptions.map(\.type) == [.transferShortage])
        #expect(world.balance("A", "M").figures.inTransit == 0)
        let outcome = world.send([Self.step(world, line: 0, 3, event: "r2", isShip: false, at: "X")])
        #expect(outcome.lines[0].warnings.contains { $0.contains("closed") })
        #expect(world.exceptions.map(\.type) == [.transferElsewhere])
        #expect(world.balance("A", "X").figures.onHand == 3)
        _ = world.send([Self.step(world, line: 0, 1, event: "r3", isShip: false)])
        #expect(Set(world.exceptions.map(\.type)) == [.transferElsewhere, .transferOverage])
        #expect(world.balance("A", "M").figures == Self.figures(onHand: 2))
    }

    private static func figures(onHand: Int64) -> Figures {
        var figures = Figures()
        figures.onHand = onHand
        return figures
    }

    @Test func `what is reserved for a transfer leaves with it, and the rest comes free at its end`() throws {
        var world = Self.world()
        _ = world.send([.receipt("a", "A", at: "L", 9), .receipt("b", "B", at: "L", 9)])
        let new = Self.new([("A", 3), ("K", 2)], reserves: true)
        let answer = try world.request(.create(new), on: Self.id, reservation: Self.keep).get()
        #expect(answer.transfer.reservation == Self.keep)
        #expect(world.balance("A", "L").figures.reserved == 7 && world.balance("B", "L").figures.reserved == 2)
        // A release past the transfer would leave it with a promise that it does not have.
        let direct = world.request(
            ReservationAction.release(.everything, reason: nil, restock: .immediate, occurredAt: nil), on: Self.keep)
        guard case .failure(.illegalTransition) = direct else { throw Unexpected("\(direct)") }
        _ = world.send([Self.step(world, line: 1, 1, event: "s1", isShip: true)])
        #expect(world.balance("A", "L").figures.reserved == 5 && world.balance("A", "L").figures.onHand == 7)
        #expect(world.balance("B", "L").figures.reserved == 1 && world.balance("B", "M").figures.inTransit == 1)
        // More than was reserved leaves all the same.
        _ = world.send([Self.step(world, line: 0, 4, event: "s2", isShip: true)])
        #expect(world.balance("A", "L").figures.reserved == 2 && world.balance("A", "L").figures.onHand == 3)
        _ = try world.request(.close(Reason(stored: "done"), occurredAt: nil), on: Self.id).get()
        #expect(world.balance("A", "L").figures.reserved == 0 && world.balance("B", "L").figures.reserved == 0)
        #expect(world.reservations[Self.keep]?.state(at: world.now).isOpen == false)
    }

    @Test func `a transfer that reserves more than there is is refused and leaves nothing`() throws {
        var world = Self.world()
        _ = world.send([.receipt("a", "A", at: "L", 5), .receipt("b", "B", at: "L", 5)])
        let lines = world.lines.count
        let refused = world.request(
            .create(Self.new([("A", 2), ("K", 2)], reserves: true)), on: Self.id, reservation: Self.keep)
        guard case .failure(.insufficient(let short)) = refused else { throw Unexpected("\(refused)") }
        // Neither line asks for more than there is; together they do.
        #expect(short.map(\.sku.text) == ["A"] && short.map(\.requested) == [6] && short.map(\.available) == [5])
        #expect(short[0].askers.map(\.sku.text) == ["A", "K"] && short[0].askers.map(\.requested) == [2, 2])
        #expect(world.lines.count == lines && world.transfers.isEmpty && world.reservations.isEmpty)
    }

    @Test func `only a draft is cancelled, and only what has moved is closed`() throws {
        var world = Self.world()
        _ = world.send([.receipt("a", "A", at: "L", 5)])
        _ = try world.request(
            .create(Self.new([("A", 2)], reserves: true)), on: Self.id, reservation: Self.keep
        ).get()
        guard
            case .failure(.illegalTransition) = world.request(.close(Reason(stored: "x"), occurredAt: nil), on: Self.id)
        else { throw Unexpected("a draft was closed") }
        let cancelled = try world.request(.cancel, on: Self.id).get()
        #expect(cancelled.transfer.state == .cancelled && world.balance("A", "L").figures.reserved == 0)
        #expect(try world.request(.cancel, on: Self.id).get().transfer == cancelled.transfer)
        // Goods that left all the same have left.
        let late = world.send([Self.step(world, line: 0, 2, event: "s", isShip: true)])
        #expect(late.verdicts == [.applied] && late.lines[0].warnings.contains { $0.contains("cancelled") })
        #expect(world.transfers[Self.id]?.state == .shipped)
        guard case .failure(.illegalTransition) = world.request(.cancel, on: Self.id) else {
            throw Unexpected("a transfer that has moved was cancelled")
        }
    }

    @Test func `a ship that a count has seen changes nothing that was counted`() throws {
        var world = Self.world()
        world.now = Timestamp(microseconds: 50_000_000_000)
        _ = world.send([.receipt("a", "A", at: "L", 10)])
        let before = world.now
        world.now = world.now.advanced(byMicroseconds: 60_000_000)
        let counted = FactLine(
            eventID: EventID(stored: "c"), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"),
            change: .count(CountStatement(quantity: CountedQuantity(units: 6) ?? .none)), occurredAt: world.now)
        _ = world.send([counted])
        _ = try world.request(.create(Self.new([("A", 4)])), on: Self.id).get()
        let late = Self.step(
            world, line: 0, 4, event: "s", isShip: true, occurredAt: before.advanced(byMicroseconds: 1))
        let outcome = world.send([late])
        #expect(outcome.verdicts == [.recordedBeforeCount])
        #expect(outcome.lines[0].components?.map(\.verdict) == [.recordedBeforeCount, .applied])
        #expect(world.balance("A", "L").figures.onHand == 6 && world.balance("A", "M").figures.inTransit == 4)
    }

    @Test func `holds that have ended are free before a close writes to their balance`() throws {
        var world = Self.world()
        world.now = Timestamp(microseconds: 50_000_000_000)
        _ = world.send([.receipt("a", "A", at: "L", 10), .receipt("b", "A", at: "M", 10)])
        let hold = NewReservation(
            reference: nil, owner: nil, channel: nil, method: .pickup, location: LocationID(stored: "M"),
            holdSeconds: 5, allowsPartial: false, replaces: nil,
            lines: [
                WantedLine(
                    id: LineID(stored: "0"), item: .sku(SKU(stored: "A")), location: LocationID(stored: "M"),
                    method: .pickup, quantity: .of(3), pointer: "/lines/0", locationPointer: "/location")
            ], pickupBy: nil, shipTo: nil)
        _ = try world.request(.create(hold), on: Self.keep).get()
        _ = try world.request(.create(Self.new([("A", 4)])), on: Self.id).get()
        _ = world.send([Self.step(world, line: 0, 4, event: "s", isShip: true)])
        world.now = world.now.advanced(byMicroseconds: 10_000_000)
        // One batch: the close writes to the balance first, and a fact follows.
        let names = ["L", "M"].map { Name(item: .sku(SKU(stored: "A")), location: LocationID(stored: $0)) }
        let close = TransferCommand(
            id: Self.id, reservation: nil, key: nil, action: .close(Reason(stored: "lost"), occurredAt: nil),
            names: names)
        let receipt = FactCommand(
            source: World.till, sourceID: World.tillID,
            lines: [World.submitted(.receipt("c", "A", at: "M", 1))])
        let first = world.lines.count
        _ = world.decideAndStore([.transfer(close), .facts(receipt)])
        let lines = world.lines[first...].filter { $0.key == world.key("A", "M") }
        #expect(lines.map(\.kind) == [.expiry, .transferClose, .receipt])
        #expect(zip(lines, lines.dropFirst()).allSatisfy { $0.recordedAt < $1.recordedAt })
        #expect(world.balance("A", "M").figures.reserved == 0 && world.balance("A", "M").figures.inTransit == 0)
    }

    @Test func `lines read back from their bytes`() throws {
        var world = Self.world()
        _ = try world.request(.create(Self.new([("A", 5), ("K", 2)])), on: Self.id).get()
        _ = world.send([Self.step(world, line: 1, 3, event: "r", isShip: false, at: "X", into: .damaged)])
        let lines = try #require(world.transfers[Self.id]?.lines)
        #expect([TransferLine](canonicalBytes: lines.canonicalBytes) == lines)
        for fact in [
            Self.step(world, line: 1, 3, event: "r", isShip: false, at: "X", into: .damaged),
            Self.step(world, line: 0, 1, event: "s", isShip: true),
        ] {
            #expect(FactLine(canonicalBytes: fact.canonicalBytes) == fact)
        }
    }
}

private struct Unexpected: Error {
    let what: String
    init(_ what: String) { self.what = what }
}

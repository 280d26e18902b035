import Inventory
import TestSupport
import Testing

/// Random lives of reservations, among sales, receipts, counts and passing time, against what a person with a list of all
/// promises would say.
@Suite struct ReservationPropertyTests {
    private static let steps = 250

    fileprivate struct Run {
        var world = World(items: ["A", "B"], locations: ["L", "M"])
        var random: SeededGenerator
        var made: UInt64 = 0
        var events = 0
        var log: [String] = []
        /// Granted under a key, to be sent again.
        var sent: [(action: ReservationAction, id: ReservationID, key: RequestKey)] = []

        init(_ seed: UInt64) { random = SeededGenerator(seed: seed) }

        mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
        mutating func chance(_ percent: Int) -> Bool { pick(100) < percent }
        mutating func units(_ most: Int = 4) -> Quantity { Quantity(units: Int64(1 + pick(most))) ?? Quantity.of(1) }

        mutating func line(_ id: String) -> WantedLine {
            WantedLine(
                id: LineID(stored: id), item: .sku(SKU(stored: chance(70) ? "A" : "B")),
                location: LocationID(stored: chance(70) ? "L" : "M"), method: .pickup, quantity: units(),
                pointer: "/lines/0", locationPointer: "/location")
        }

        mutating func new() -> NewReservation {
            NewReservation(
                reference: nil, owner: chance(50) ? Owner(stored: "cart") : nil, channel: nil, method: .pickup,
                location: LocationID(stored: "L"), holdSeconds: chance(70) ? Int64(1 + pick(20)) : nil,
                allowsPartial: chance(30), replaces: chance(15) ? known() : nil,
                lines: (0...pick(2)).map { line("\($0)") }, pickupBy: nil, shipTo: nil)
        }

        mutating func known() -> ReservationID? { world.reservations.keys.sorted().randomElement(using: &random) }

        mutating func selection(of id: ReservationID) -> AllocationSelection {
            guard chance(40), let allocation = world.reservations[id]?.allocations.randomElement(using: &random) else {
                return .everything
            }
            let quantity = chance(60) ? units(3) : nil
            if chance(40), let line = world.reservations[id]?.lines.randomElement(using: &random) {
                return .lines([.init(id: line.id, quantity: quantity)])
            }
            return .some([.init(id: AllocationID(reservation: id, number: allocation.number), quantity: quantity)])
        }

        mutating func action(on id: ReservationID) -> ReservationAction {
            let selection = selection(of: id)
            switch pick(11) {
            case 0: return .confirm(selection, acceptAtRisk: chance(30))
            case 1:
                let seconds = Int64(pick(15) - 2)
                return .extend(world.now.startOfSecond.advanced(byMicroseconds: seconds * 1_000_000))
            case 2, 3: return .ready(selection)
            case 4: return .fulfil(selection, occurredAt: nil)
            case 5:
                return .release(selection, reason: nil, restock: chance(50) ? .pending : .immediate, occurredAt: nil)
            case 6: return .move(selection, to: LocationID(stored: chance(50) ? "L" : "M"))
            case 7: return .replaceLines((0...pick(2)).map { line("\($0)") })
            case 8: return .notFound(selection, wholeBalance: chance(30), occurredAt: nil)
            case 9: return .restock(selection, occurredAt: nil)
            default: return .expire
            }
        }

        mutating func fact() -> FactLine {
            events += 1
            let event = "e\(events)"
            let (sku, location) = (chance(70) ? "A" : "B", chance(70) ? "L" : "M")
            switch pick(10) {
            case 0...3: return .receipt(event, sku, at: location, Int64(1 + pick(6)))
            case 4:
                return FactLine(
                    eventID: EventID(stored: event), item: .sku(SKU(stored: sku)),
                    location: LocationID(stored: location),
                    change: .count(CountStatement(quantity: CountedQuantity(units: Int64(pick(12))) ?? .none)))
            case 5...7:
                var sale = FactLine.sale(event, sku, at: location, Int64(1 + pick(3)))
                if let id = known() {
                    sale.soldFor = PromiseReference(reservation: Reference(stored: id.description), line: nil)
                }
                return sale
            default: return .sale(event, sku, at: location, Int64(1 + pick(3)))
            }
        }
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `after every step, every balance promises what its open promises say, and no more than was there`(seed: UInt64)
        throws
    {
        var run = Run(seed)
        for step in 0..<Self.steps {
            // Away from the end of a second, where a batch may move to the next one: then both know the instant.
            if run.world.now.microseconds % 1_000_000 > 900_000 {
                run.world.now = run.world.now.startOfSecond.advanced(byMicroseconds: 1_000_000)
            }
            let before = run.world
            let what: String
            switch run.pick(10) {
            case 0:  // Time passes; holds end.
                run.world.now = run.world.now.advanced(byMicroseconds: Int64(run.pick(8_000_000)))
                what = "time"
            case 1...3:
                let fact = run.fact()
                let outcome = run.world.send([fact])
                try checkFact(outcome.lines[0], fact, before, run.world)
                what = "\(fact)"
            case 4...6:
                run.made += 1
                let new = run.new()
                let id = ReservationID(milliseconds: run.made, random: (seed, run.made))
                let key = run.key()
                let outcome = run.world.request(.create(new), on: id, key: key)
                what = "create \(new) → \(outcome)"
                try checkGrant(new, outcome, before, run.world, what)
                if case .success = outcome { run.sent.append((.create(new), id, key)) }
            default:
                guard let id = run.known() else { continue }
                let action = run.action(on: id)
                let key = run.key()
                let outcome = run.world.request(action, on: id, key: key)
                what = "\(action) → \(outcome)"
                try checkStep(outcome, id, action, before, run.world, what)
                if case .success = outcome { run.sent.append((action, id, key)) }
            }
            run.log.append(what)
            let context: Comment = "seed \(seed), step \(step):\n\(run.log.suffix(4).joined(separator: "\n"))"
            try checkBalances(run.world, context)
            if run.chance(20), let again = run.sent.randomElement(using: &run.random) {
                let before = run.world
                let outcome = run.world.request(again.action, on: again.id, key: again.key)
                try #require((try? outcome.get())?.isReplay == true, context)
                try #require(run.world.reservations == before.reservations, context)
                try #require(run.world.reservedNow == before.reservedNow, context)
            }
        }
        checkLedger(run.world)
    }

    /// What the sum of promises is, what the balance says, and who is without cover.
    private func checkBalances(_ world: World, _ context: Comment) throws {
        for (key, balance) in world.balances {
            let promised = world.openPromises(of: key, at: world.now).reduce(0) { $0 + $1.units }
            try #require(world.reserved(key) == promised, context)
            // Who is last in the order of cover has none: worked out promise by promise from the first.
            var left = max(0, balance.figures.onHand)
            var naive: [AllocationID: Int64] = [:]
            for promise in world.openPromises(of: key, at: world.now).sorted(by: OpenPromise.isCoveredBefore) {
                let covered = min(left, promise.units)
                left -= covered
                if covered < promise.units { naive[promise.id] = promise.units - covered }
            }
            let shortfall = max(0, promised - max(0, balance.figures.onHand))
            let atRisk = promisesAtRisk(shortfall: shortfall, world.openPromises(of: key, at: world.now))
            try #require(
                Dictionary(uniqueKeysWithValues: atRisk.map { ($0.id, $0.uncoveredQuantity) }) == naive, context)
        }
        for reservation in world.reservations.values {
            for allocation in reservation.allocations {
                try #require(allocation.quantity > 0 && allocation.remaining >= 0 && allocation.released >= 0, context)
                try #require(
                    allocation.restockPending >= 0 && allocation.restockPending <= allocation.released, context)
            }
            try #require(Set(reservation.allocations.map(\.number)).count == reservation.allocations.count, context)
        }
    }

    /// Nothing may be promised that was not there at the instant of the grant.
    private func checkGrant(
        _ new: NewReservation, _ outcome: ReservationOutcome, _ before: World, _ after: World, _ what: String
    ) throws {
        var wanted: [BalanceKey: Int64] = [:]
        for line in new.lines { wanted[try key(of: line, before), default: 0] += line.quantity.units }
        var free: [BalanceKey: Int64] = [:]
        let old = new.replaces.flatMap { before.reservations[$0] }
        for key in wanted.keys {
            let own = old?.allocations.reduce(Int64(0)) {
                $1.key == key ? $0 + (old?.open($1, at: before.now) ?? 0) : $0
            }
            free[key] = max(0, before.balance(of: key).figures.onHand - before.reserved(key) + (own ?? 0))
        }
        switch outcome {
        case .success(let answer):
            // Nobody takes another's hold.
            try #require(old.map { $0.owner == new.owner } ?? true, "\(what)")
            var granted: [BalanceKey: Int64] = [:]
            for allocation in answer.reservation.allocations {
                granted[allocation.key, default: 0] += allocation.quantity
            }
            for (key, units) in granted { try #require(units <= free[key, default: 0], "\(what)") }
            if !new.allowsPartial { try #require(granted == wanted, "\(what)") }
            try #require(answer.uncovered.isEmpty || old != nil, "\(what)")
        case .failure(.insufficient(let lines)):
            try #require(wanted.contains { $0.value > free[$0.key, default: 0] }, "\(what)")
            #expect(!lines.isEmpty)
            try checkUnchanged(before, after, what)
        case .failure(.illegalTransition):
            let states = try #require(old).allocations.map { old?.state(of: $0, at: before.now) }
            let isNoHold =
                states.contains { [.confirmed, .ready, .notFound].contains($0) }
                || !states.contains { $0 == .held || $0 == .expired }
            try #require(isNoHold, "\(what)")
            try checkUnchanged(before, after, what)
        case .failure(.unknownReference):
            try #require(old.map { $0.owner != new.owner } ?? false, "\(what)")
            try checkUnchanged(before, after, what)
        case .failure: Issue.record("\(what)")
        }
    }

    /// Allocations change only as the table allows, and a refusal changes nothing.
    private func checkStep(
        _ outcome: ReservationOutcome, _ id: ReservationID, _ action: ReservationAction, _ before: World,
        _ after: World,
        _ what: String
    ) throws {
        let old = try #require(before.reservations[id])
        let now = try #require(after.reservations[id])
        guard case .success = outcome else { return try checkUnchanged(before, after, what) }
        for allocation in old.allocations {
            guard let next = now.allocations.first(where: { $0.number == allocation.number }) else { continue }
            let (from, to) = (old.state(of: allocation, at: before.now), now.state(of: next, at: before.now))
            guard from != to else { continue }
            let event = action.event
            let isAllowed =
                event.flatMap { from.after($0) } == to
                // Parts that leave may leave nothing open behind.
                || !to.isOpen && next.remaining == 0
            try #require(isAllowed, "\(from.name) became \(to.name): \(what)")
        }
        // A step neither makes nor loses units of what is promised, but where it says so.
        let units = { (reservation: Reservation) in reservation.allocations.reduce(0) { $0 + $1.quantity } }
        if case .replaceLines = action {} else { try #require(units(old) == units(now), "\(what)") }
    }

    private func checkFact(_ line: LineOutcome, _ fact: FactLine, _ before: World, _ after: World) throws {
        let key = try #require(before.key(fact.item.text, fact.location.text))
        let shortfall = { (world: World) in
            max(0, world.reserved(key) - max(0, world.balance(of: key).figures.onHand))
        }
        // Compared at one instant: the end of a hold covers others without any fact.
        var then = before
        then.now = max(before.now, after.balance(of: key).foldedUntil ?? before.now)
        #expect((line.verdict == .appliedUncovered) == (shortfall(after) > shortfall(then)), "\(fact)")
        #expect(
            line.atRisk.reduce(0) { $0 + $1.uncoveredQuantity }
                == (line.verdict == .appliedUncovered ? shortfall(after) : 0))
    }

    private func checkUnchanged(_ before: World, _ after: World, _ what: String) throws {
        try #require(before.reservations == after.reservations, "\(what)")
        try #require(before.requests == after.requests, "\(what)")
        // But for holds that were over anyway.
        try #require(after.lines.dropFirst(before.lines.count).allSatisfy { $0.kind == .expiry }, "\(what)")
    }

    private func key(of line: WantedLine, _ world: World) throws -> BalanceKey {
        let location = try #require(line.location)
        return try #require(world.key(line.item.text, location.text))
    }

    /// The ledger alone tells what was promised at each version: what it added, less what had ended by then.
    private func checkLedger(_ world: World) {
        for (key, balance) in world.balances {
            var proof = LedgerProof(hash: testHash)
            var ends: [Timestamp: Int64] = [:]
            var reserved: Int64 = 0
            for line in world.lines where line.key == key {
                proof.add(line)
                if line.kind == .expiry {
                    for end in ends.keys where end <= line.recordedAt {
                        reserved -= ends[end] ?? 0
                        ends[end] = nil
                    }
                } else {
                    reserved += line.reservedDelta
                    if let end = line.holdExpiresAt { ends[end, default: 0] += line.heldDelta }
                }
                #expect(line.after.reserved == reserved)
                // Whatever had ended was taken out before the line.
                #expect(!ends.contains { $0.key <= line.recordedAt && $0.value != 0 })
            }
            proof.finish(balance)
            #expect(proof.defects.isEmpty)
        }
    }
}

extension ReservationPropertyTests.Run {
    fileprivate mutating func key() -> RequestKey {
        events += 1
        let text = RequestKeyText(stored: "k\(events)")
        return RequestKey(text: text, fingerprint: Fingerprint(testHash(Array(text.text.utf8))))
    }
}

extension World {
    /// Units promised now: what is stored less what has ended.
    fileprivate func reserved(_ key: BalanceKey) -> Int64 {
        balance(of: key).figures.reserved
            - holds.reduce(0) { $1.key.balance == key && $1.key.expiresAt <= now ? $0 + $1.value : $0 }
    }

    fileprivate var reservedNow: [BalanceKey: Int64] {
        Dictionary(uniqueKeysWithValues: balances.keys.map { ($0, reserved($0)) })
    }

    fileprivate func balance(of key: BalanceKey) -> Balance { balances[key] ?? Balance() }
}

extension ReservationAction {
    fileprivate var event: AllocationEvent? {
        switch self {
        case .confirm: .confirm
        case .extend: .extend
        case .ready: .ready
        case .fulfil: .fulfil
        case .release: .release
        case .move: .move
        case .replaceLines: .replaceLines
        case .notFound: .notFound
        case .expire: .expire
        case .create, .amend, .restock, .arrive, .claim: nil
        }
    }
}

extension ItemReference {
    fileprivate var text: String {
        switch self {
        case .sku(let sku): sku.text
        case .code(_, let code): code.text
        }
    }
}

import Inventory
import TestSupport
import Testing

/// Random histories against a model that only adds numbers up.
@Suite struct LedgerPropertyTests {
    /// The naive truth: signed units by balance and account, one fact at a time, each event id once.
    private struct Model {
        var units: [BalanceKey: [String: Int64]] = [:]
        var seen: Set<EventID> = []

        mutating func apply(_ fact: FactLine, on key: BalanceKey) {
            guard seen.insert(fact.eventID).inserted else { return }
            switch fact.change {
            case .opening(let bucket, let quantity): move(key, bucket.name, "opening", quantity.units)
            case .receipt(let bucket, let quantity): move(key, bucket.name, "supplier", quantity.units)
            case .sale(let bucket, let quantity): move(key, bucket.name, "customer", -quantity.units)
            case .return(let disposition, let quantity):
                move(key, disposition.bucket.name, "customer", quantity.units)
            case .adjustment(let bucket, let delta, let reason):
                let isLoss = reason.text == "theft" && delta.units < 0
                move(key, bucket.name, isLoss ? "writeOff" : "variance", delta.units)
            case .stateChange(let from, let to, let quantity): move(key, to.name, from.name, quantity.units)
            case .vendorReturn(let bucket, let quantity): move(key, bucket.name, "supplier", -quantity.units)
            case .count, .ship, .receive, .transfer: preconditionFailure("these histories do nothing of the kind")
            }
        }

        private mutating func move(_ key: BalanceKey, _ account: String, _ counter: String, _ units: Int64) {
            self.units[key, default: [:]][account, default: 0] += units
            self.units[key, default: [:]][counter, default: 0] -= units
        }
    }

    @Test(arguments: seeds)
    func `balances equal the model, conserve units, fold and chain`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var world = World()
        world.sourceSystems[World.till] = .gtin
        world.aliases[Code(stored: "04006381333931")] = (SKU(stored: "A"), 1)
        world.aliases[Code(stored: "00000096385074")] = (SKU(stored: "B"), 1)
        var model = Model()
        for step in 0..<150 {
            let facts = (0..<Int.random(in: 1...6, using: &generator)).map { _ in FactLine.random(&generator) }
            let outcome = world.send(facts, isAtomic: generator.isOne(in: 5))
            for (fact, line) in zip(facts, outcome.lines) where line.verdict == .applied {
                guard let name = line.name else { continue }
                model.apply(fact, on: name.key)
            }
            check(world, model, "seed \(seed), step \(step), last \(facts)")
        }
        #expect(world.lines.count > 50, "the history must reach the ledger: seed \(seed)")
    }

    private func check(_ world: World, _ model: Model, _ place: String) {
        for (key, balance) in world.balances {
            for bucket in Bucket.allCases {
                #expect(balance.figures[bucket] == model.units[key]?[bucket.name] ?? 0, "\(bucket), \(place)")
            }
            var proof = LedgerProof(hash: testHash)
            for line in world.lines where line.key == key { proof.add(line) }
            proof.finish(balance)
            #expect(proof.defects.isEmpty, "\(place)")
        }
        for (key, accounts) in model.units { #expect(accounts.values.reduce(0, +) == 0, "\(key), \(place)") }
    }

    /// Reckoned by hand from the order of the fields: a chain that changes makes every ledger that is out there unprovable.
    @Test func `the chain of a plain line is what it always was`() {
        var after = Figures()
        after.onHand = 5
        let line = LedgerLine(
            key: BalanceKey(item: ItemNumber(1), location: LocationNumber(2)), version: 7,
            recordedAt: Timestamp(microseconds: 1_000), kind: .receipt,
            posting: Posting(bucket: .onHand, counterAccount: .outside(.supplier), units: 5), after: after,
            occurredAt: Timestamp(microseconds: 900), claimedAt: nil, source: SourceNumber(3),
            eventID: EventID(stored: "e"), reference: nil, reason: nil, attributes: nil, chain: .zero)
        #expect(
            line.chained(to: .zero, testHash).withBytes { $0.hexadecimal }
                == "5ed00c5367198526d887e6108426fdcebac676bb5d6b063bc2837908ff9033a8")
    }

    @Test func `a line that was changed, taken out or put in is found`() {
        var world = World()
        for number in 1...6 { _ = world.send([.receipt("r\(number)", "A", at: "L", Int64(number))]) }
        let balance = world.balance()
        func defects(_ change: (inout [LedgerLine]) -> Void) -> [LedgerProof.Defect] {
            var lines = world.lines
            change(&lines)
            var proof = LedgerProof(hash: testHash)
            for line in lines { proof.add(line) }
            proof.finish(balance)
            return proof.defects
        }
        #expect(defects { _ in }.isEmpty)
        #expect(!defects { $0[2].occurredAt = Timestamp(microseconds: 1) }.isEmpty)
        #expect(!defects { $0[2].eventID = EventID(stored: "x") }.isEmpty)
        #expect(!defects { $0.remove(at: 3) }.isEmpty)
        #expect(!defects { $0.removeLast() }.isEmpty)
        #expect(!defects { $0.insert($0[1], at: 2) }.isEmpty)
        #expect(!defects { $0.swapAt(1, 2) }.isEmpty)
        // Even a forger who mends the figures after the change breaks the chain.
        #expect(!defects { $0[5].after.onHand += 1 }.isEmpty)
    }

    @Test func `the recorded time of a balance rises even when the clock steps back`() {
        var world = World()
        _ = world.send([.sale("a"), .sale("b")])
        world.now = Timestamp(microseconds: 5)
        _ = world.send([.sale("c")])
        let times = world.lines.map(\.recordedAt)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
    }
}

@Suite struct AvailabilityTests {
    @Test(
        arguments: [
            (AvailabilityTerms(onHand: 5, reserved: 0), 5, 0), (AvailabilityTerms(onHand: 5, reserved: 2), 3, 0),
            (AvailabilityTerms(onHand: 5, reserved: 2, holdBack: HoldBack(safetyStock: 4)), 0, 0),
            (AvailabilityTerms(onHand: -5, reserved: 0), 0, 0), (AvailabilityTerms(onHand: -5, reserved: 2), 0, 2),
            (AvailabilityTerms(onHand: 1, reserved: 3), 0, 2),
            (AvailabilityTerms(onHand: 5, reserved: 0, itemStatus: .stopSale), 0, 0),
            (AvailabilityTerms(onHand: 5, reserved: 0, itemStatus: .discontinued), 5, 0),
            (AvailabilityTerms(onHand: 5, reserved: 0, isEligible: false), 0, 0),
        ] as [(AvailabilityTerms, Int64, Int64)])
    func `what can be sold is what is there less what is promised and held back`(
        terms: AvailabilityTerms, available: Int64, shortfall: Int64
    ) {
        #expect(terms.availableToSell == available)
        #expect(terms.shortfall == shortfall)
    }

    @Test func `a band says in stock, low or out`() {
        #expect(Band(availableToSell: 0, threshold: 3) == .out)
        #expect(Band(availableToSell: 1, threshold: 3) == .low)
        #expect(Band(availableToSell: 3, threshold: 3) == .low)
        #expect(Band(availableToSell: 4, threshold: 3) == .inStock)
        #expect(Band(availableToSell: 1, threshold: 0) == .inStock)
    }
}

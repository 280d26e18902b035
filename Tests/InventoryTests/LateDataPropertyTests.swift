import Inventory
import TestSupport
import Testing

/// Any order, repetition and batching of facts and counts comes to the same: the contract's section 3.
@Suite struct LateDataPropertyTests {
    private static let instants = (1...12).map { Timestamp(microseconds: Int64($0) * 1_000_000) }

    /// Sends reports in any order, some twice, in batches of any size.
    private func play(_ history: StoreHistory, _ generator: inout SeededGenerator) -> World {
        var world = World()
        world.now = Timestamp(microseconds: 20_000_000)
        let repeated = history.reports + history.reports.filter { _ in generator.isOne(in: 3) }
        var waiting: [(FactLine, SourceID)] = []
        func flush() {
            for source in StoreHistory.sources {
                let facts = waiting.filter { $0.1 == source }.map(\.0)
                if !facts.isEmpty { world.send(facts, from: source) }
            }
            waiting = []
        }
        for report in repeated.shuffled(using: &generator) {
            switch report {
            case .fact(let fact, let source): waiting.append((fact, source))
            case .completeCount(let position, let location, let lines):
                if !(world.completeCounts[location] ?? []).contains(position) {
                    world.completeCounts[location, default: []].append(position)
                }
                waiting += lines.shuffled(using: &generator).map { ($0, position.source) }
                // What has arrived before the count comes to the unlisted items is one more order.
                if generator.isOne(in: 2) { flush() }
                for item in StoreHistory.items where world.balance(item, location.text).version > 0 {
                    let fact = FactLine(
                        eventID: position.event.line("=\(item)"), item: .sku(SKU(stored: item)), location: location,
                        change: .count(CountStatement(quantity: .none)), occurredAt: position.at)
                    waiting.append((fact, position.source))
                }
                flush()
            }
            if generator.isOne(in: 3) { flush() }
        }
        flush()
        return world
    }

    @Test(arguments: seeds)
    func `any order, repetition and batching ends in the truth, now and at every instant`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<15 {
            let history = StoreHistory.random(&generator, instants: Self.instants)
            let truth = history.truth
            var variances: [CountLineKey: Int64]?
            for order in 0..<6 {
                let world = play(history, &generator)
                let place = "seed \(seed), round \(round), order \(order)"
                for (item, location) in StoreHistory.items.flatMap({ item in StoreHistory.places.map { (item, $0) } }) {
                    let balance = world.balance(item, location.text)
                    guard let key = world.key(item, location.text) else { continue }
                    for bucket in Bucket.namedInFacts {
                        let now = truth.units(item, location, bucket, at: world.now)
                        #expect(balance.figures[bucket] == now, "\(place): \(item) at \(location), \(bucket)")
                        for instant in Self.instants {
                            let then = truth.units(item, location, bucket, at: instant)
                            #expect(
                                world.occurred(key, instant)[bucket] == then,
                                "\(place): \(item) at \(location), \(bucket), \(instant)")
                        }
                    }
                    var proof = LedgerProof(hash: testHash)
                    for line in world.lines where line.key == key { proof.add(line) }
                    proof.finish(balance)
                    #expect(proof.defects.isEmpty, "\(place)")
                }
                // What each count found is the same too, whatever came first.
                let found = world.countLines.mapValues(\.variance).filter { $0.value != 0 }
                if let variances { #expect(found == variances, "\(place)") }
                variances = found
                let negative = world.pendingAlarms.keys.filter { $0.type == .negativeBalance }.map(\.balance)
                #expect(
                    Set(negative) == Set(world.balances.filter { $0.value.figures.onHand < 0 }.keys), "\(place)")
            }
        }
    }
}

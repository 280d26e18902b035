import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// The optimistic write is an optimisation: whoever looks at answers and rows must not be able to tell.
@Suite struct WritePathTests {
    /// One request of a history, and which of two processes gets it.
    private struct Step: Sendable {
        let process: Int
        let source: String
        let isAtomic: Bool
        let facts: [FactLine]
        /// A change of master data that comes before it.
        let change: Change?
    }

    private enum Change: Sendable, CaseIterable {
        case mapCode, remapCode, stopSale, pauseLocation, sourceSystem, addItem
    }

    private func history(_ seed: UInt64) -> [Step] {
        var generator = SeededGenerator(seed: seed)
        var process = 0
        return (0..<50).map { number in
            // A few in a row, so that a process also meets balances as it left them: facts of two places are about most.
            if generator.isOne(in: 4) { process = 1 - process }
            return Step(
                process: process, source: generator.pick(["till", "wms"]),
                isAtomic: generator.isOne(in: 5),
                facts: (0..<Int.random(in: 1...8, using: &generator)).map { _ in
                    var fact = FactLine.random(&generator)
                    // Times that both runs agree on.
                    fact.occurredAt = Timestamp(microseconds: Int64(number) * 1_000_000)
                    return fact
                },
                change: generator.isOne(in: 6) ? generator.pick(Change.allCases) : nil)
        }
    }

    private func apply(_ change: Change, in shop: TestShop) async throws {
        switch change {
        case .mapCode: try await shop.addAlias("gtin", "4006381333931", "A", units: 2)
        case .remapCode: try await shop.addAlias("gtin", "4006381333931", "B")
        case .stopSale: try await shop.addItem("A", status: .stopSale)
        case .pauseLocation: try await shop.addLocation("M") { $0.status = .paused }
        case .sourceSystem:
            var source = Source(id: SourceID(stored: "till"))
            source.codeSystem = CodeSystem(stored: "gtin")
            _ = try await shop.masterStore.putSource(source, .none).get()
        case .addItem: try await shop.addItem("C")
        }
    }

    /// What a client sees of an answer, without what no two runs share: times and places in the commit order.
    private func visible(_ answer: FactAnswer) -> [String] {
        answer.lines.map { line in
            let balance = line.availability.map {
                "\($0.sku) \($0.location) \($0.figures) v\($0.version) \($0.isEligible)"
            }
            return """
                \(line.eventID ?? "-") \(line.verdict) \(line.firstVerdict.map { "\($0)" } ?? "-") \
                \(line.problem?.code.rawValue ?? "-") \(line.sequence == nil ? "-" : "sequence") \(balance ?? "-")
                """
        }
    }

    private struct Outcome: Equatable {
        var answers: [[String]]
        var lines: [String]
        var parked: Int64
        var exceptions: Int64
        var proof: LedgerProver.Report
    }

    private typealias Played = (outcome: Outcome, optimistic: Int, locked: Int)

    private func play(_ steps: [Step], _ path: PostgresBatchStore.WritePath) async throws -> Played {
        // One batch after the other, so that lines which were parked together are applied in the same order.
        var limits = FactService.Limits.patient
        limits.writers = 1
        return try await withDatabase { [limits] database in
            try await withShop(on: database, path: path, limits: limits) { first in
                try await withShop(on: database, path: path, limits: limits) { second in
                    try await first.addItem("A")
                    try await first.addItem("B")
                    try await first.addLocation("L")
                    try await first.addLocation("M")
                    var answers: [[String]] = []
                    for step in steps {
                        let shop = step.process == 0 ? first : second
                        if let change = step.change { try await apply(change, in: shop) }
                        answers.append(
                            visible(try await shop.send(step.facts, source: step.source, isAtomic: step.isAtomic)))
                    }
                    let outcome = Outcome(
                        answers: answers, lines: try await ledger(of: first),
                        parked: try await first.count("parked_line"),
                        exceptions: try await first.count("exception"), proof: try await first.prove())
                    let counts = [first.factStore.batchCounts, second.factStore.batchCounts]
                    return (outcome, counts[0].optimistic + counts[1].optimistic, counts[0].locked + counts[1].locked)
                }
            }
        }
    }

    /// Every ledger line, with all that is the same in every run.
    private func ledger(of shop: TestShop) async throws -> [String] {
        var lines: [String] = []
        var after: LedgerPosition?
        while true {
            let page = try await shop.ledger.lines(LedgerFilter(), after: after, limit: 500).get()
            for entry in page.entries {
                let line = entry.line
                lines.append(
                    """
                    \(entry.sku) \(entry.location) v\(line.version) \(line.kind) \(String(describing: line.posting)) \(line.after) \
                    \(line.occurredAt) \(entry.source) \(line.eventID) \(line.reference?.text ?? "-") \
                    \(line.reason?.text ?? "-") \(line.attributes ?? "-")
                    """)
            }
            guard page.hasMore, let last = page.entries.last else { break }
            after = last.position
        }
        // Of one balance in the order of its versions; of all in none that matters.
        return lines.sorted()
    }

    @Test func `no request is refused for a version that another process has changed`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { one in
                try await withShop(on: database) { two in
                    for sku in ["A", "B"] { try await one.addItem(sku) }
                    try await one.addLocation("L")
                    try await one.send([.receipt("a", "A", at: "L", 9), .receipt("b", "B", at: "L", 9)])
                    // Two remembers both balances, and one changes one of them.
                    try await two.send([.sale("c", "A", at: "L", 1), .sale("d", "B", at: "L", 1)])
                    try await one.send([.sale("e", "A", at: "L", 1)])
                    let version = try await one.balance("A", "L").version
                    var adjustment = FactLine(
                        eventID: EventID(stored: "f"), item: .sku(SKU(stored: "A")), location: LocationID(stored: "L"),
                        change: .adjustment(.onHand, try #require(Delta(units: 3)), Reason(stored: "found")))
                    adjustment.expectedVersion = version
                    let till = SourceID(stored: "till")
                    let number = try await two.factStore.sourceNumber(till)
                    // In one batch with a line that is written.
                    let batch = try await two.factStore.commit(
                        [[adjustment], [.sale("g", "B", at: "L", 1)]].map { lines in
                            .facts(
                                FactCommand(
                                    source: number, sourceID: till, lines: lines.map(\.submitted), isAtomic: true))
                        }, within: .seconds(60))
                    #expect(batch.outcomes.map { $0.facts?.isRefused } == [false, false])
                    #expect(try await one.onHand("A", "L") == 10)
                }
            }
        }
    }

    @Test(arguments: seeds)
    func `random histories, two processes in turn, come out the same on both paths`(seed: UInt64) async throws {
        let steps = history(seed)
        let (locked, optimisticWhileLocked, lockedWhileLocked) = try await play(steps, .locked)
        let (optimistic, optimisticBatches, lockedBatches) = try await play(steps, .optimistic)
        #expect(optimisticWhileLocked == 0 && lockedWhileLocked > 0)
        #expect(optimisticBatches > 0 && lockedBatches > 0, "the history takes both ways")
        for (number, pair) in zip(locked.answers, optimistic.answers).enumerated() {
            #expect(pair.0 == pair.1, "seed \(seed), request \(number)")
        }
        #expect(locked.lines == optimistic.lines, "seed \(seed)")
        #expect(locked == optimistic, "seed \(seed)")
        // Folds, chains and conservation, of either.
        #expect(optimistic.proof.isProved, "seed \(seed)")
        #expect(!optimistic.lines.isEmpty)
    }

    /// The gate writes one line for an event, and a transfer has two.
    @Test func `transfer lines take the locked way, and those beside them are right`() async throws {
        try await withDatabase { database in
            try await withShop(on: database, path: .optimistic) { shop in
                try await shop.addItem("A")
                for location in ["L", "M"] { try await shop.addLocation(location) }
                _ = try await shop.send([.receipt("l", "A", at: "L", 50), .receipt("m", "A", at: "M", 1)])
                let before = shop.factStore.batchCounts
                for number in 0..<10 {
                    let fact = FactLine(
                        eventID: EventID(stored: "t\(number)"), item: .sku(SKU(stored: "A")),
                        location: LocationID(stored: "L"),
                        change: .transfer(.onHand, .of(2), to: .id(LocationID(stored: "M"))))
                    let sale = FactLine.sale("s\(number)", "A")
                    #expect(try await shop.send([fact, sale]).lines.map(\.verdict) == [.applied, .applied])
                }
                let after = shop.factStore.batchCounts
                #expect(after.optimistic == before.optimistic && after.locked - before.locked == 10)
                #expect(try await shop.onHand("A", "L") == 20)
                #expect(try await shop.onHand("A", "M") == 21)
                #expect(try await shop.prove().isProved)
            }
        }
    }

    @Test func `two optimistic processes at once on few balances lose and double nothing`() async throws {
        try await withDatabase { database in
            try await withShop(on: database, path: .optimistic) { first in
                try await withShop(on: database, path: .optimistic) { second in
                    for sku in ["A", "B", "C"] { try await first.addItem(sku) }
                    try await first.addLocation("L")
                    let shops = [first, second]
                    // Each line goes to both, so that half of all are duplicates, most of them at the same moment.
                    let verdicts = try await withThrowingTaskGroup(of: [Verdict].self) { tasks in
                        for (place, shop) in shops.enumerated() {
                            for client in 0..<8 {
                                tasks.addTask {
                                    var verdicts: [Verdict] = []
                                    var generator = SeededGenerator(seed: UInt64(place * 8 + client))
                                    for number in (0..<40).shuffled(using: &generator) {
                                        let facts = (0..<3).map { line in
                                            FactLine.sale("\(client)/\(number)/\(line)", ["A", "B", "C"][line])
                                        }
                                        verdicts += try await shop.send(facts.shuffled(using: &generator)).lines
                                            .map(\.verdict)
                                    }
                                    return verdicts
                                }
                            }
                        }
                        var all: [Verdict] = []
                        for try await part in tasks { all += part }
                        return all
                    }
                    #expect(verdicts.count { $0 == .applied } == 960)
                    #expect(verdicts.count { $0 == .duplicate } == 960)
                    for sku in ["A", "B", "C"] { #expect(try await second.onHand(sku, "L") == -320) }
                    #expect(try await first.prove().isProved)
                }
            }
        }
    }
}

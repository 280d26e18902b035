import Inventory
import InventoryService
import TestSupport
import Testing

/// What every batch store promises. The one in memory is held to it as PostgreSQL is, so that what is tested over it means
/// something.
@Suite struct BatchStoreContractTests {
    @Test(arguments: Ports.Kind.allCases)
    func `facts are written once, and a repeated line names its first`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            try await ports.addItem("A")
            try await ports.addLocation("L", .exception)
            let first = try await ports.commit([.receipt("r", "A", at: "L", 9), .sale("s", "A", at: "L", 2)])
            #expect(first.outcome.verdicts == [.applied, .applied])
            #expect(first.outcome.lines.map(\.sequence) == [.inThisBatch(0), .inThisBatch(1)])
            #expect(first.batch.balances.values.map(\.figures.onHand) == [7])
            #expect(first.batch.balances.values.map(\.version) == [2])
            let sequence = try #require(first.batch.firstSequence)
            let again = try await ports.commit([.sale("s", "A", at: "L", 2), .sale("s", "A", at: "L", 3)])
            #expect(again.outcome.verdicts == [.duplicate, .rejected])
            #expect(again.outcome.lines[0].firstVerdict == .applied)
            #expect(again.outcome.lines[0].sequence == .recorded(sequence + 1))
            #expect(again.outcome.lines[1].problem?.code == .eventIdReused)
            #expect(again.batch.firstSequence == nil)
            #expect(again.batch.balances.values.map(\.figures.onHand) == [7])
            // The same id of another source is another event.
            let other = try await ports.commit([.sale("s", "A", at: "L", 2)], source: "wms")
            #expect(other.outcome.verdicts == [.applied])
            #expect(try #require(other.batch.firstSequence) > sequence + 1)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a refused command leaves nothing, and its neighbour is written`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            try await ports.addItem("A")
            try await ports.addLocation("L", .exception)
            let till = SourceID(stored: "till")
            let number = try await ports.batches.sourceNumber(till)
            func command(_ facts: [FactLine], isAtomic: Bool) -> Command {
                .facts(
                    FactCommand(source: number, sourceID: till, lines: facts.map(\.submitted), isAtomic: isAtomic))
            }
            let batch = try await ports.batches.commit(
                [
                    command([.sale("a"), .sale("b", "NEW")], isAtomic: true), command([.sale("c")], isAtomic: false),
                ], within: .seconds(60))
            #expect(batch.outcomes.map { $0.facts?.isRefused } == [true, false])
            #expect(batch.outcomes[0].facts?.verdicts == [.notApplied, .parked])
            #expect(batch.balances.values.map(\.figures.onHand).contains(-1))
            #expect(try await ports.batches.parkedReady(.all, after: nil, limit: 10).last == nil)
            #expect(try await ports.commit([.sale("a")]).outcome.verdicts == [.applied])
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `a source has one number, and two have two`(_ kind: Ports.Kind) async throws {
        try await Ports.run(kind) { ports async throws in
            let first = try await ports.batches.sourceNumber(SourceID(stored: "till"))
            #expect(try await ports.batches.sourceNumber(SourceID(stored: "wms")) != first)
            #expect(try await ports.batches.sourceNumber(SourceID(stored: "till")) == first)
        }
    }

    @Test(arguments: Ports.Kind.allCases)
    func `parked lines are found by what they wait for, page by page, and say when they are ready`(
        _ kind: Ports.Kind
    ) async throws {
        try await Ports.run(kind) { ports async throws in
            try await ports.addItem("A")
            try await ports.addLocation("L", .exception)
            let store = ports.batches
            let parked = try await ports.commit([
                .sale("3", "NEW"), .sale("1", "NEW"), .sale("2", "A", at: "FAR"), .scan("4", "gtin", "96385074"),
            ])
            #expect(parked.outcome.verdicts == Array(repeating: .parked, count: 4))
            func events(_ selection: ParkedSelection) async throws -> [String] {
                try await store.parkedReady(selection, after: nil, limit: 10).ready.map(\.key.event.text)
            }
            #expect(try await events(.all) == [])
            try await ports.addItem("NEW")
            #expect(try await events(.all) == ["1", "3"])
            #expect(try await events(.item(SKU(stored: "NEW"))) == ["1", "3"])
            #expect(try await events(.item(SKU(stored: "A"))) == [])
            #expect(try await events(.location(LocationID(stored: "FAR"))) == [])
            #expect(try await events(.location(LocationID(stored: "L"))) == ["1", "3"])
            #expect(try await events(.code(CodeSystem(stored: "gtin"), Code(stored: "96385074"))) == [])
            let number = try await store.sourceNumber(SourceID(stored: "till"))
            let third = EventKey(source: number, event: EventID(stored: "3"))
            #expect(try await events(.events([third])) == ["3"])
            // What is not ready has been looked at too.
            let first = try await store.parkedReady(.all, after: nil, limit: 2)
            #expect(first.ready.map(\.key.event.text) == ["1"])
            #expect(first.last == EventKey(source: number, event: EventID(stored: "2")))
            let second = try await store.parkedReady(.all, after: first.last, limit: 3)
            #expect(second.ready.map(\.key) == [third] && second.last == nil)
            let ready = second.ready[0]
            #expect(ready.source.text == "till" && ready.fact == .sale("3", "NEW"))
            #expect(ready.raw == Array(FactLine.sale("3", "NEW").submitted.raw))
        }
    }

    @Test(arguments: seeds.prefix(4))
    func `both stores come to the same verdicts and balances, whatever they are told`(seed: UInt64) async throws {
        let told = history(seed)
        let expected = try await tell(told, .inMemory)
        let found = try await tell(told, .postgres)
        for (index, pair) in zip(expected, found).enumerated() where pair.0 != pair.1 {
            Issue.record("seed \(seed), batch \(index): \(told[index])\nin memory: \(pair.0)\nPostgreSQL: \(pair.1)")
            return
        }
        #expect(expected.count == found.count)
    }

    /// Batches of facts, some atomic.
    private func history(_ seed: UInt64) -> [(facts: [FactLine], source: String, isAtomic: Bool)] {
        var random = SeededGenerator(seed: seed)
        return (0..<60).map { _ in
            let facts = (0..<Int.random(in: 1...6, using: &random)).map { _ in FactLine.random(&random) }
            return (facts, random.pick(["till", "wms"]), random.isOne(in: 4))
        }
    }

    /// What one batch came to, in words, so that a difference can be read.
    private func tell(
        _ told: [(facts: [FactLine], source: String, isAtomic: Bool)], _ kind: Ports.Kind
    ) async throws -> [String] {
        try await Ports.run(kind) { ports async throws in
            var results: [String] = []
            for item in ["A", "B"] { try await ports.addItem(item) }
            for location in ["L", "M"] { try await ports.addLocation(location, .exception) }
            for (facts, source, isAtomic) in told {
                let (batch, outcome) = try await ports.commit(facts, source: source, isAtomic: isAtomic)
                let lines = outcome.lines.map { line in
                    let balance = line.name.flatMap { batch.balances[$0.key] }
                    let first = line.firstVerdict.map { "\($0)" } ?? "-"
                    let problem = line.problem.map { "\($0.code)" } ?? "-"
                    let figures = balance.map { "\($0.figures) v\($0.version)" } ?? "-"
                    return "\(line.verdict) \(first) \(problem) \(figures)"
                }
                results.append("\(outcome.isRefused) \(lines)")
            }
            return results
        }
    }
}

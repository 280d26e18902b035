import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// Another system's books against the ledger while both go on, from two processes.
@Suite struct ReconciliationTests {
    struct Pair: Hashable, Comparable, CustomStringConvertible {
        let sku: String
        let location: String
        var description: String { "\(sku)@\(location)" }
        static func < (left: Pair, right: Pair) -> Bool { left.description < right.description }
    }

    private static let stores = ["S1", "S2", "S3", "S4"]
    private static let items = (1...8).map { "I\($0)" }
    private static let inFlightSeconds: Int64 = 300
    static let second: Int64 = 1_000_000
    static let wms = SourceID(stored: "wms")

    /// All units of the traffic are multiples of ten, so that no sum of them makes a difference that was planted.
    private struct World {
        var ours: [Pair: Int64] = [:]
        var theirs: [Pair: Int64] = [:]
        var history: [FactLine] = []
        /// Occurred until the instant, and told to us after it.
        var late: [FactLine] = []
        /// Occurred after it, and told to us before the figures came.
        var ahead: [FactLine] = []
        var big: Set<Pair> = []
        var small: Set<Pair> = []
        var tolerated: Set<Pair> = []
        private var events = 0

        mutating func fact(_ pair: Pair, _ units: Int64, _ at: Timestamp?) -> FactLine {
            events += 1
            let change: FactChange =
                units < 0 ? .sale(.onHand, .of(-units)) : .receipt(.onHand, .of(units))
            return FactLine(
                eventID: EventID(stored: "e\(events)"), item: .sku(SKU(stored: pair.sku)),
                location: LocationID(stored: pair.location), change: change, occurredAt: at)
        }
    }

    private static var pairs: [Pair] { stores.flatMap { store in items.map { Pair(sku: $0, location: store) } } }

    /// What happens before the instant, and what their books have of it.
    private func begin(_ generator: inout SeededGenerator, until now: Timestamp) -> World {
        var world = World()
        var pairs = Self.pairs.shuffled(using: &generator)
        world.big = Set(pairs.prefix(4))
        pairs.removeFirst(4)
        world.small = Set(pairs.filter { $0.location != "S3" }.prefix(4))
        world.tolerated = Set(pairs.filter { $0.location == "S3" && !world.small.contains($0) }.prefix(2))
        for pair in Self.pairs {
            let isUpToDate = world.small.contains(pair) || world.tolerated.contains(pair)
            let start = now.advanced(byMicroseconds: -7_200 * Self.second)
            world.history.append(world.fact(pair, 1_000, start))
            world.ours[pair, default: 0] += 1_000
            world.theirs[pair, default: 0] += 1_000
            for _ in 0..<Int.random(in: 0...9, using: &generator) {
                let units: Int64 = generator.pick([-10, -20, -30, 50])
                let isRecent = generator.isOne(in: 2)
                // So far before the instant that what is old stays out of reach of it, however slow the test is.
                let ago =
                    isRecent
                    ? Int64.random(in: 1...200, using: &generator) : Int64.random(in: 900...7_000, using: &generator)
                let at = now.advanced(byMicroseconds: -ago * Self.second)
                world.history.append(world.fact(pair, units, at))
                world.ours[pair, default: 0] += units
                if isUpToDate || !isRecent || generator.isOne(in: 2) { world.theirs[pair, default: 0] += units }
            }
        }
        world.history.shuffle(using: &generator)
        return world
    }

    /// What reaches us after the instant, of before it and of after it.
    private func goOn(_ world: inout World, _ generator: inout SeededGenerator, after asOf: Timestamp) {
        for pair in Self.pairs where !world.small.contains(pair) && !world.tolerated.contains(pair) {
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                let units: Int64 = generator.pick([-10, 40])
                let ago = Int64.random(in: 1...5_000, using: &generator)
                world.late.append(world.fact(pair, units, asOf.advanced(byMicroseconds: -ago * Self.second)))
                world.ours[pair, default: 0] += units
                if generator.isOne(in: 2) { world.theirs[pair, default: 0] += units }
            }
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                let units: Int64 = generator.pick([-20, 30])
                let at = asOf.advanced(byMicroseconds: Int64.random(in: 1...200, using: &generator) * Self.second)
                world.ahead.append(world.fact(pair, units, at))
                if generator.isOne(in: 2) { world.theirs[pair, default: 0] += units }
            }
        }
        for pair in world.big.sorted() {
            world.theirs[pair, default: 0] +=
                generator.pick([-1, 1]) * Int64.random(in: 100_000...900_000, using: &generator)
        }
        for pair in world.small.sorted() { world.theirs[pair, default: 0] += generator.pick([-4, -1, 2, 3]) }
        for pair in world.tolerated.sorted() { world.theirs[pair, default: 0] += generator.pick([-7, 6]) }
    }

    func posted(
        _ figures: [Pair: Int64], _ event: String, _ asOf: Timestamp, corrects: Bool
    ) -> PostedReconciliation {
        let lines = figures.keys.sorted().map {
            PostedReconciliation.Line(
                item: .sku(SKU(stored: $0.sku)), location: .id(LocationID(stored: $0.location)),
                quantity: figures[$0] ?? 0)
        }
        return PostedReconciliation(
            source: Self.wms, event: EventID(stored: event), asOf: asOf, completeAt: nil,
            inFlightSeconds: Self.inFlightSeconds, corrects: corrects, lines: lines)
    }

    func lines(
        _ reconciliation: StoredReconciliation, of shop: TestShop
    ) async throws -> [Pair: ReconciledLine] {
        let page = try await shop.reconciliationStore.lines(
            reconciliation.id, .all, PageRequest(limit: PageRequest.limitMax))
        return Dictionary(
            uniqueKeysWithValues: page.elements.map {
                (Pair(sku: $0.sku?.text ?? "", location: $0.location.text), $0)
            })
    }

    private func pairs(_ lines: [Pair: ReconciledLine], _ status: ReconciledStatus) -> Set<Pair> {
        Set(lines.filter { $0.value.status == status }.keys)
    }

    func openVariances(_ shop: TestShop) async throws -> Set<Pair> {
        var filter = ExceptionFilter()
        filter.type = .reconciliationVariance
        let found = try await shop.exceptions.store.exceptions(filter, PageRequest(limit: 1_000))
        return Set(found.value.elements.map { Pair(sku: $0.sku?.text ?? "", location: $0.location?.text ?? "") })
    }

    /// Sends in small batches by several clients of both processes, some lines twice.
    private func send(
        _ facts: [FactLine], _ shops: [TestShop], _ generator: inout SeededGenerator
    ) async throws {
        var facts = facts + facts.filter { _ in generator.isOne(in: 5) }
        facts.shuffle(using: &generator)
        let sent = facts
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for client in 0..<4 {
                let part = sent.enumerated().filter { $0.offset % 4 == client }.map(\.element)
                tasks.addTask {
                    for start in stride(from: 0, to: part.count, by: 7) {
                        try await shops[client % 2].send(Array(part[start..<min(start + 7, part.count)]))
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    func prepare(_ shop: TestShop) async throws {
        for sku in Self.items { try await shop.addItem(sku) }
        for store in Self.stores { try await shop.addLocation(store) }
        _ = try await shop.masterStore.putSource(
            Source(id: Self.wms, authority: .authoritative), .none
        ).get()
        let rule = { (id: String, location: String?, limits: ReconciliationLimits) in
            ReconciliationRule(
                id: ReconciliationRuleID(stored: id), source: location == nil ? Self.wms : nil,
                location: location.map(LocationID.init(stored:)), limits: limits)
        }
        _ = try await shop.masterStore.putReconciliationRule(
            rule("wms", nil, ReconciliationLimits(autoCorrectUnits: 5)), .none
        ).get()
        _ = try await shop.masterStore.putReconciliationRule(
            rule("S3", "S3", ReconciliationLimits(toleranceUnits: 9)), .none
        ).get()
    }

    @Test(arguments: seeds.prefix(5))
    func `with live traffic it finds exactly the planted variances and corrects exactly the small ones`(
        seed: UInt64
    ) async throws {
        try await withDatabase { database in
            try await withShop(on: database) { one in
                try await withShop(on: database) { two in try await run(seed, one, two) }
            }
        }
    }

    private func run(_ seed: UInt64, _ one: TestShop, _ two: TestShop) async throws {
        try await prepare(one)
        var generator = SeededGenerator(seed: seed)
        var world = begin(&generator, until: try await one.reconciliationStore.now())
        try await send(world.history, [one, two], &generator)
        let asOf = try await one.reconciliationStore.now()
        goOn(&world, &generator, after: asOf)
        try await send(world.late + world.ahead, [one, two], &generator)

        // The same figures come to both processes at one time, and the shops go on selling.
        let figures = posted(world.theirs, "night", asOf, corrects: true)
        let live = (0..<300).map { _ in
            world.fact(generator.pick(Self.pairs), generator.pick([-10, -20, 10]), nil)
        }
        var liveGenerator = generator
        async let selling: Void = send(live, [one, two], &liveGenerator)
        async let first = one.reconciliations.submit(figures)
        async let second = two.reconciliations.submit(figures)
        let answers = try await [first.get(), second.get()]
        try await selling
        #expect(answers.filter(\.isNew).count == 1, "seed \(seed)")
        #expect(answers.allSatisfy { $0.reconciliation == answers[0].reconciliation }, "seed \(seed)")
        let found = answers[0].reconciliation
        let lines = try await lines(found, of: two)
        #expect(lines.count == Self.pairs.count)
        #expect(pairs(lines, .variance) == world.big, "seed \(seed)")
        #expect(pairs(lines, .corrected) == world.small, "seed \(seed)")
        #expect(pairs(lines, .withinTolerance) == world.tolerated, "seed \(seed)")
        for (pair, line) in lines {
            #expect(line.ours == world.ours[pair], "seed \(seed): \(pair)")
            #expect(line.theirs == world.theirs[pair], "seed \(seed): \(pair)")
            let isPlanted = world.big.contains(pair) || world.small.contains(pair) || world.tolerated.contains(pair)
            guard !isPlanted else { continue }
            #expect(line.status == (line.theirs == line.ours ? .matched : .explained), "seed \(seed): \(pair) \(line)")
        }
        #expect(!pairs(lines, .explained).isEmpty, "seed \(seed): nothing was on its way")
        #expect(found.summary?.variance == Int64(world.big.count))
        #expect(found.summary?.corrected == Int64(world.small.count))
        #expect(try await openVariances(one) == world.big, "seed \(seed)")

        // What happened after the instant stands: only the small differences were added.
        var expected = world.ours
        for fact in world.ahead + live { expected[fact.pair, default: 0] += fact.signedUnits }
        for pair in world.small { expected[pair, default: 0] += (world.theirs[pair] ?? 0) - (world.ours[pair] ?? 0) }
        for pair in Self.pairs {
            #expect(try await one.onHand(pair.sku, pair.location) == expected[pair], "seed \(seed): \(pair)")
        }
        try await repeatAndAgree(seed, world, figures, found, one, two)
    }

    private func repeatAndAgree(
        _ seed: UInt64, _ world: World, _ figures: PostedReconciliation, _ found: StoredReconciliation,
        _ one: TestShop, _ two: TestShop
    ) async throws {
        let (movements, before) = (try await one.count("movement"), try await lines(found, of: one))
        let again = try await two.reconciliations.submit(figures).get()
        #expect(!again.isNew)
        #expect(again.reconciliation == found)
        #expect(try await lines(again.reconciliation, of: two) == before)
        #expect(try await one.count("movement") == movements)
        var other = world.theirs
        other[Self.pairs[0]] = 0
        await #expect(throws: ReconciliationRejection.reused) {
            try await two.reconciliations.submit(posted(other, "night", figures.asOf, corrects: true)).get()
        }

        // Under another event id: what was corrected agrees now, and the exceptions stay one for each pair.
        let next = try await one.reconciliations.submit(
            posted(world.theirs, "once more", figures.asOf, corrects: true)
        ).get().reconciliation
        let nextLines = try await lines(next, of: one)
        #expect(pairs(nextLines, .variance) == world.big, "seed \(seed)")
        #expect(pairs(nextLines, .corrected).isEmpty, "seed \(seed)")
        #expect(pairs(nextLines, .matched).isSuperset(of: world.small), "seed \(seed)")
        #expect(try await openVariances(two) == world.big, "seed \(seed)")

        // They find their mistake: the exceptions close by themselves.
        var right = world.theirs
        for pair in world.big { right[pair] = world.ours[pair] }
        _ = try await two.reconciliations.submit(posted(right, "right", figures.asOf, corrects: false)).get()
        #expect(try await openVariances(one).isEmpty, "seed \(seed)")
        #expect(try await one.prove().isProved, "seed \(seed)")
    }

    @Test func `what was cut off before anything was compared is finished by a sweep`() async throws {
        try await withShop { shop in
            try await prepare(shop)
            try await shop.send([.receipt("r", "I1", at: "S1", 10)])
            let asOf = try await shop.reconciliationStore.now()
            let figures = posted(
                [Pair(sku: "I1", location: "S1"): 12, Pair(sku: "I2", location: "S1"): 900], "cut", asOf, corrects: true
            )
            let number = try await shop.factStore.sourceNumber(Self.wms)
            // Stored, and then nothing more: as if the process had ended.
            let stored = try await shop.reconciliationStore.open(figures, from: number).get().stored
            #expect(!stored.isDone)
            #expect(stored.summary == nil)
            let later = stored.createdAt.advanced(byMicroseconds: 1)
            #expect(try await shop.reconciliations.finishOpen(before: later, limit: 10) == 1)
            #expect(try await shop.reconciliations.finishOpen(before: later, limit: 10) == 0)
            #expect(try await shop.onHand("I1", "S1") == 12)
            let done = try #require(try await shop.reconciliationStore.reconciliation(stored.id))
            #expect(done.isDone)
            #expect(done.summary?.corrected == 1)
            #expect(done.summary?.variance == 1)
            #expect(try await openVariances(shop) == [Pair(sku: "I2", location: "S1")])
        }
    }

    /// The correction is in the ledger, and the process ends before it notes that.
    @Test func `a correction that was written and not noted is not written twice`() async throws {
        try await withShop { shop in
            try await prepare(shop)
            try await shop.send([.receipt("r", "I1", at: "S1", 10)])
            let asOf = try await shop.reconciliationStore.now()
            let figures = posted([Pair(sku: "I1", location: "S1"): 12], "cut", asOf, corrects: true)
            let done = try await shop.reconciliations.submit(figures).get().reconciliation
            #expect(try await shop.onHand("I1", "S1") == 12)
            try await shop.runSQL(
                """
                update reconciliation set status = 'comparing';
                update reconciliation_line set status = 'variance', sequence = null
                """)
            let again = try await shop.reconciliations.submit(figures).get().reconciliation
            #expect(again == done)
            #expect(try await lines(again, of: shop).values.map(\.status) == [.corrected])
            #expect(try await shop.onHand("I1", "S1") == 12)
        }
    }
}

extension FactLine {
    fileprivate var pair: ReconciliationTests.Pair {
        guard case .sku(let sku) = item else { preconditionFailure("facts of this test name a sku") }
        return .init(sku: sku.text, location: location.text)
    }

    fileprivate var signedUnits: Int64 {
        switch change {
        case .sale(_, let quantity): -quantity.units
        case .receipt(_, let quantity): quantity.units
        default: 0
        }
    }
}

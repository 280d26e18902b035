import Inventory
import InventoryService
import Logging
import TestSupport
import Testing

/// What is corrected of other systems' figures, over stores in memory that fail when they are told.
@Suite struct ReconciliationServiceTests {
    private struct Shop: Sendable {
        let service: ReconciliationService
        let store: InMemoryReconciliationStore
        let facts: InMemoryStore
        let catalog: InMemoryCatalogStore
        let rules: InMemoryReconciliationRules
        let queue: FactService
        let batches: ScriptedBatchStore

        var now: Timestamp { facts.world.now }

        func onHand(_ sku: String) -> Int64 { facts.world.balance(sku, "L").figures.onHand }

        func lines(_ found: StoredReconciliation) async throws -> [ReconciledLine] {
            try await service.lines(found.id, .all, PageRequest()).elements
        }

        /// Somebody counts what is sellable.
        func count(_ sku: String, _ units: Int64, at instant: Timestamp) async throws {
            let count = FactLine(
                eventID: EventID(stored: "count \(sku)"), item: .sku(SKU(stored: sku)),
                location: LocationID(stored: "L"),
                change: .count(CountStatement(quantity: CountedQuantity(units: units) ?? .none)), occurredAt: instant)
            _ = try await queue.submit(
                source: SourceID(stored: "scanner"), lines: [count.submitted], isAtomic: false)
        }

        func put(_ authority: Source.Authority) async throws {
            let source = Source(id: SourceID(stored: "wms"), authority: authority)
            _ = try await catalog.putSource(source, .none, by: nil).get()
        }

        func put(autoCorrectUnits: Int64, toleranceUnits: Int64 = 0) async throws {
            let rule = ReconciliationRule(
                id: ReconciliationRuleID(stored: "all"),
                limits: ReconciliationLimits(
                    toleranceUnits: toleranceUnits, autoCorrectUnits: autoCorrectUnits))
            _ = try await rules.putReconciliationRule(rule, .none, by: nil).get()
        }
    }

    /// A shop with 10 of A, B and C at L, whose `wms` may correct them by up to 5 units.
    private func withShop(
        _ steps: [ScriptedBatchStore.Step] = [], wait: Duration = .seconds(0), _ body: (Shop) async throws -> Void
    ) async throws {
        let store = InMemoryStore(items: [], locations: [])
        let catalog = InMemoryCatalogStore(store)
        let rules = InMemoryReconciliationRules(catalog)
        for sku in ["A", "B", "C"] {
            _ = try await catalog.putItem(Item(sku: SKU(stored: sku), name: sku), parts: [], .none, by: nil).get()
        }
        _ = try await catalog.putLocation(Location(id: LocationID(stored: "L"), name: "L"), .none, by: nil).get()
        try await withFacts(store) { facts async throws in
            let lines = ["A", "B", "C"].map { FactLine.receipt($0, $0, at: "L", 10).submitted }
            _ = try await facts.submit(source: SourceID(stored: "wms"), lines: lines, isAtomic: false)
        }
        let scripted = ScriptedBatchStore(store, steps)
        let reconciliations = InMemoryReconciliationStore(store, catalog, rules)
        try await withFacts(scripted) { facts async throws in
            let shop = Shop(
                service: ReconciliationService(
                    store: reconciliations, facts: facts, sources: scripted, wait: wait, hash: testHash),
                store: reconciliations, facts: store, catalog: catalog, rules: rules, queue: facts,
                batches: scripted)
            try await shop.put(.authoritative)
            try await shop.put(autoCorrectUnits: 5)
            try await body(shop)
        }
    }

    private func posted(
        _ event: String, _ figures: KeyValuePairs<String, Int64>, at asOf: Timestamp, corrects: Bool = true
    ) -> PostedReconciliation {
        PostedReconciliation(
            source: SourceID(stored: "wms"), event: EventID(stored: event), asOf: asOf, completeAt: nil,
            inFlightSeconds: 0, corrects: corrects,
            lines: figures.map { figure in
                .init(
                    item: .sku(SKU(stored: figure.key)), location: .id(LocationID(stored: "L")), quantity: figure.value)
            })
    }

    @Test func `what may be corrected is, as of the instant, and the rest is left to people`() async throws {
        try await withShop { shop async throws in
            let asOf = shop.now
            shop.facts.advanceClock(bySeconds: 60)
            let answer = try await shop.service.submit(posted("1", ["A": 13, "B": 99, "C": 10, "D": 1], at: asOf)).get()
            #expect(answer.isNew && answer.reconciliation.isDone)
            let lines = try await shop.lines(answer.reconciliation)
            #expect(lines.map(\.status) == [.corrected, .variance, .matched, .unknown])
            #expect(lines[1].problem?.contains("more than the 5 units") == true)
            #expect([shop.onHand("A"), shop.onHand("B"), shop.onHand("C")] == [13, 10, 10])
            #expect(shop.store.openVariances == ["B L"])
            let correction = try #require(shop.facts.world.lines.last)
            #expect(correction.kind == .adjustment && correction.occurredAt == asOf)
            #expect(correction.reference?.text == answer.reconciliation.id.description)
            #expect(lines[0].sequence != nil)
            #expect(answer.reconciliation.summary?.corrected == 1)
        }
    }

    @Test func `figures sent again are answered as they were found, and correct nothing again`() async throws {
        try await withShop { shop async throws in
            let figures = posted("1", ["A": 13], at: shop.now)
            let first = try await shop.service.submit(figures).get()
            let written = shop.facts.world.lines.count
            let again = try await shop.service.submit(figures).get()
            #expect(!again.isNew && again.reconciliation == first.reconciliation)
            #expect(shop.facts.world.lines.count == written)
            await #expect(throws: ReconciliationRejection.reused) {
                try await shop.service.submit(posted("1", ["A": 14], at: figures.asOf)).get()
            }
        }
    }

    @Test func `nothing is corrected without the authority, the wish for it and a rule that lets it`() async throws {
        try await withShop { shop async throws in
            let asOf = shop.now
            func statuses(_ event: String, corrects: Bool = true) async throws -> [ReconciledStatus] {
                let answer = try await shop.service.submit(posted(event, ["A": 13], at: asOf, corrects: corrects)).get()
                let lines = try await shop.lines(answer.reconciliation)
                if lines[0].status != .variance { return lines.map(\.status) }
                #expect(shop.onHand("A") == 10)
                return lines.map(\.status)
            }
            #expect(try await statuses("not asked for", corrects: false) == [.variance])
            try await shop.put(.advisory)
            #expect(try await statuses("advisory") == [.variance])
            try await shop.put(.authoritative)
            try await shop.put(autoCorrectUnits: 2)
            #expect(try await statuses("too much") == [.variance])
            try await shop.put(autoCorrectUnits: 0)
            #expect(try await statuses("no rule") == [.variance])
            try await shop.put(autoCorrectUnits: 5, toleranceUnits: 3)
            #expect(try await statuses("let pass") == [.withinTolerance])
            try await shop.put(autoCorrectUnits: 3)
            #expect(try await statuses("all of it") == [.corrected])
            #expect(shop.onHand("A") == 13)
        }
    }

    @Test func `what somebody counted, and what later figures speak of, is not corrected, and it is said why`()
        async throws
    {
        try await withShop { shop async throws in
            let asOf = shop.now
            shop.facts.advanceClock(bySeconds: 60)
            _ = try await shop.service.submit(posted("later", ["B": 10], at: shop.now)).get()
            try await shop.count("A", 10, at: asOf)
            let answer = try await shop.service.submit(posted("1", ["A": 12, "B": 12, "C": 12], at: asOf)).get()
            let lines = try await shop.lines(answer.reconciliation)
            #expect(lines.map(\.status) == [.variance, .variance, .corrected])
            #expect(lines[0].problem?.contains("somebody counted it") == true)
            #expect(lines[1].problem?.contains("later figures") == true)
        }
    }

    @Test func `nobody is told and nothing corrected while data may be on its way, until the wait is over`()
        async throws
    {
        try await withShop(wait: .seconds(600)) { shop async throws in
            let till = Source(id: SourceID(stored: "till"), locations: [LocationID(stored: "L")])
            _ = try await shop.catalog.putSource(till, .none, by: nil).get()
            let answer = try await shop.service.submit(posted("1", ["A": 13, "B": 10], at: shop.now)).get()
            let lines = try await shop.lines(answer.reconciliation)
            #expect(lines.map(\.status) == [.variance, .matched])
            #expect(lines[0].problem?.contains("'till'") == true && lines[1].problem == nil)
            #expect(shop.onHand("A") == 10 && shop.store.openVariances.isEmpty)
            #expect(try await shop.service.tellOfAwaited() == 0)
            shop.facts.advanceClock(bySeconds: 601)
            #expect(try await shop.service.tellOfAwaited() == 1)
            #expect(shop.store.openVariances == ["A L"])
            let after = try await shop.service.submit(posted("2", ["A": 13], at: answer.reconciliation.asOf)).get()
            #expect(try await shop.lines(after.reconciliation).map(\.status) == [.corrected])
        }
    }

    @Test func `a correction whose commit was in doubt is written once`() async throws {
        try await withShop([.commitAndLose]) { shop async throws in
            let answer = try await shop.service.submit(posted("1", ["A": 13], at: shop.now)).get()
            #expect(try await shop.lines(answer.reconciliation).map(\.status) == [.corrected])
            #expect(shop.onHand("A") == 13)
        }
    }

    @Test func `two sets of figures that were compared at one time correct a difference once`() async throws {
        try await withShop([.hold]) { shop async throws in
            let asOf = shop.now
            async let first = shop.service.submit(posted("1", ["A": 13, "B": 11], at: asOf)).get()
            while await shop.batches.commitsBegun == 0 { await Task.yield() }
            // Another process, whose batches nobody holds.
            try await withFacts(shop.facts) { facts async throws in
                let other = ReconciliationService(
                    store: shop.store, facts: facts, sources: shop.facts, wait: .zero, hash: testHash)
                let second = try await other.submit(posted("2", ["A": 14], at: asOf)).get().reconciliation
                #expect(try await shop.lines(second).map(\.status) == [.corrected])
            }
            await shop.batches.release()
            let done = try await first.reconciliation
            let lines = try await shop.lines(done)
            #expect(lines.map(\.status) == [.corrected, .corrected] && lines.map(\.ours) == [14, 10])
            #expect([shop.onHand("A"), shop.onHand("B")] == [13, 11])
            #expect(done.summary?.corrected == 2 && done.summary?.absoluteVariance == 2)
        }
    }

    @Test func `what was sold since it was compared is compared again, and a balance that never rests is left alone`()
        async throws
    {
        for (sales, status, onHand) in [(9, ReconciledStatus.corrected, 4), (10, .variance, 0)] as [(Int, _, Int64)] {
            let steps = (1...sales).map {
                ScriptedBatchStore.Step.overtaken(by: .sale("sale \($0)", "A", at: "L", 1))
            }
            try await withShop(steps) { shop async throws in
                let asOf = shop.now
                shop.facts.advanceClock(bySeconds: 60)
                let done = try await shop.service.submit(posted("1", ["A": 13], at: asOf)).get().reconciliation
                let lines = try await shop.lines(done)
                #expect(lines.map(\.status) == [status])
                let isVariance = status == .variance
                #expect(lines[0].problem?.contains("changed each of the 10 times") == (isVariance ? true : nil))
                #expect(shop.onHand("A") == onHand)
                #expect(shop.store.openVariances == (isVariance ? ["A L"] : []))
            }
        }
    }

    @Test func `what was cut off is finished by whoever sends it again, or by the sweep`() async throws {
        for bySweep in [false, true] {
            try await withShop([.fail(.broken("test"))]) { shop async throws in
                let figures = posted("1", ["A": 13, "B": 99], at: shop.now)
                await #expect(throws: StoreError.self) { try await shop.service.submit(figures).get() }
                #expect(shop.onHand("A") == 10 && shop.store.openVariances.isEmpty)
                if bySweep {
                    let sweep = ReconciliationSweep(
                        reconciliations: shop.service, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                    #expect(try await sweep.pass().items == 0, "it is young")
                    shop.facts.advanceClock(bySeconds: 61)
                    #expect(try await sweep.pass().items == 1)
                    #expect(try await sweep.pass().items == 0)
                } else {
                    #expect(try await !shop.service.submit(figures).get().isNew)
                }
                #expect(shop.onHand("A") == 13 && shop.store.openVariances == ["B L"])
            }
        }
    }

    @Test func `a look finds what would be corrected, and writes nothing`() async throws {
        try await withShop { shop async throws in
            let figures = posted("1", ["D": 1, "A": 13, "B": 99, "C": 10], at: shop.now)
            let before = shop.facts.world.lines.count
            let looked = try await shop.service.preview(figures).get()
            #expect(looked.map(\.number) == [0, 1, 2, 3])
            #expect(looked.map(\.status) == [.unknown, .corrected, .variance, .matched])
            #expect(looked.allSatisfy { $0.sequence == nil })
            #expect(shop.facts.world.lines.count == before && shop.store.openVariances.isEmpty)
            let answer = try await shop.service.submit(figures).get()
            #expect(answer.isNew)
            var lines = try await shop.lines(answer.reconciliation)
            for index in lines.indices { lines[index].sequence = nil }
            #expect(lines.map(\.status) == looked.map(\.status))
            #expect(lines.map(\.problem) == looked.map(\.problem) && lines.map(\.ours) == looked.map(\.ours))
        }
    }

    @Test func `more lines than one step takes are all compared and corrected`() async throws {
        try await withShop { shop async throws in
            let skus = (0..<1_100).map { "S\($0)" }
            for part in stride(from: 0, to: skus.count, by: 550) {
                let items = skus[part..<part + 550].map { ListedItem(Item(sku: SKU(stored: $0), name: $0)) }
                try await shop.catalog.putItems(items, by: nil)
            }
            let figures = PostedReconciliation(
                source: SourceID(stored: "wms"), event: EventID(stored: "many"), asOf: shop.now, completeAt: nil,
                inFlightSeconds: 0, corrects: true,
                lines: skus.enumerated().map { number, sku in
                    .init(
                        item: .sku(SKU(stored: sku)), location: .id(LocationID(stored: "L")),
                        quantity: Int64(number % 2))
                })
            let summary = try await shop.service.submit(figures).get().reconciliation.summary
            #expect(summary?.lines == 1_100 && summary?.matched == 550 && summary?.corrected == 550)
        }
    }
}

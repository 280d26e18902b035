import Inventory
import InventoryService
import Logging
import TestSupport
import Testing

/// What becomes of files, over stores in memory that fail and change hands when they are told.
@Suite struct ImportServiceTests {
    struct Shop: Sendable {
        let imports: ImportService
        let store: InMemoryImportStore
        let catalog: InMemoryCatalogStore
        let facts: InMemoryStore
        let reader: ScriptedImportReader

        /// A file of a kind comes, whatever is in it.
        func send(_ kind: ImportKind, _ change: (inout ImportOrder) -> Void = { _ in }) async throws -> ImportID {
            var order = ImportOrder(kind: kind)
            change(&order)
            var reception = try await imports.receive(order)
            try await reception.write([1, 2, 3])
            _ = try await reception.finish { _ in nil }
            return reception.id
        }

        func job(_ id: ImportID) async throws -> StoredImport { try #require(try await imports.importJob(id)) }

        /// What the report says, by line.
        func report(_ id: ImportID) async throws -> [String] {
            try await imports.report(id, verdict: nil, after: 0, limit: 1_000).map {
                "\($0.line) \($0.verdict) \($0.code)"
            }
        }

        func onHand(_ sku: String) -> Int64 { facts.world.balance(sku, "L").figures.onHand }
    }

    /// A shop that knows A at L.
    func withShop(
        _ reader: ScriptedImportReader, _ body: (Shop) async throws -> Void
    ) async throws {
        let store = InMemoryStore(items: [], locations: [])
        let catalog = InMemoryCatalogStore(store)
        _ = try await catalog.putItem(item("A"), parts: [], .none, by: nil).get()
        _ = try await catalog.putLocation(Location(id: LocationID(stored: "L"), name: "L"), .none, by: nil).get()
        let imports = InMemoryImportStore(catalog)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await withFacts(store) { facts async throws in
            let rules = InMemoryReconciliationRules(catalog)
            let targets = ImportTargets(
                facts: facts, rehearsal: FactRehearsal(store: store, batches: store),
                master: CatalogService(store: catalog, facts: facts, logger: quiet), bulk: catalog,
                rules: NoRulesOrSupply(), supply: NoRulesOrSupply(),
                transfers: TransferService(store: store, facts: facts),
                reconciliations: ReconciliationService(
                    store: InMemoryReconciliationStore(store, catalog, rules), facts: facts, sources: store,
                    wait: .seconds(0), hash: testHash))
            let service = ImportService(
                store: imports, mappings: InMemoryImportMappings(catalog), reader: reader, targets: targets,
                logger: quiet)
            try await body(
                Shop(imports: service, store: imports, catalog: catalog, facts: store, reader: reader))
        }
    }

    func item(_ sku: String, _ name: String = "") -> Item { Item(sku: SKU(stored: sku), name: name) }

    /// - Parameter named: fields that the file has columns for.
    func record(
        _ line: Int, _ content: ImportRecord.Content, notes: [String] = [], named: Set<String> = []
    ) -> ImportRecord {
        ImportRecord(line: Int64(line), content: content, notes: notes, named: named, fields: ["row \(line)"])
    }

    func fact(_ line: Int, _ fact: FactLine, from source: String = "till") -> ImportRecord {
        record(line, .fact(SourceID(stored: source), fact.submitted))
    }

    func receipts(_ count: Int) -> [ImportRecord] {
        (1...count).map { fact($0, .receipt("\($0)", "A", at: "L", 1)) }
    }

    // MARK: Facts

    @Test func `what becomes of each row is counted, and reported unless it was plainly applied`() async throws {
        let records = [
            fact(1, .receipt("1", "A", at: "L", 5)), fact(2, .receipt("1", "A", at: "L", 5)),
            fact(3, .sale("2", "NEW")), fact(4, .receipt("1", "A", at: "L", 6)),
            record(5, .skipped(because: "empty")), record(6, .skipped(because: "empty")),
            record(7, .rejected(code: "badNumber", detail: "no number", eventID: "x")),
            record(8, .conflict("another row says otherwise")), fact(9, .receipt("1", "A", at: "L", 7), from: "wms"),
        ]
        try await withShop(ScriptedImportReader(records)) { shop async throws in
            let id = try await shop.send(.movements)
            #expect(try await shop.imports.runNext())
            let job = try await shop.job(id)
            #expect(job.state == .done && job.recordsTotal == 9 && job.progress.recordsDone == 9)
            let counts = job.progress.counts
            #expect(counts[.applied] == 2 && counts[.duplicate] == 1 && counts[.parked] == 1 && counts[.rejected] == 2)
            #expect(counts[.skipped] == 2 && counts[.conflict] == 1 && counts.records == 9)
            #expect(job.progress.skipped.map(\.reason) == ["empty"] && job.progress.skipped.map(\.count) == [2])
            #expect(
                try await shop.report(id) == [
                    "3 parked unknownSku", "4 rejected eventIdReused", "7 rejected badNumber", "8 conflict conflict",
                ])
            #expect(shop.onHand("A") == 12)
            #expect(shop.store.pieces(of: id) == 0, "the body is not kept")
            #expect(try await !shop.imports.runNext(), "there is nothing more")
        }
    }

    @Test func `a dry run looks at every row and writes nothing but its report`() async throws {
        let unreadable = SubmittedLine(
            .malformed(LineProblem(.malformedLine, "no quantity", pointer: "/quantity"), eventID: "e"), raw: [])
        let records = [
            fact(1, .receipt("1", "A", at: "L", 5)), record(2, .fact(SourceID(stored: "till"), unreadable)),
            record(3, .skipped(because: "empty")),
        ]
        try await withShop(ScriptedImportReader(records)) { shop async throws in
            let id = try await shop.send(.movements) { $0.isDryRun = true }
            #expect(try await shop.imports.runNext())
            let counts = try await shop.job(id).progress.counts
            #expect(counts[.applied] == 1 && counts[.rejected] == 1 && counts[.skipped] == 1)
            #expect(try await shop.report(id) == ["2 rejected malformedLine"])
            #expect(shop.facts.world.lines.isEmpty)
            // It is of now, and the file has not been received by it.
            let seen = try #require(shop.reader.files.last?.receipt)
            shop.facts.advanceClock(bySeconds: 60)
            _ = try await shop.send(.movements)
            #expect(try await shop.imports.runNext())
            let received = try #require(shop.reader.files.last?.receipt)
            #expect(received.content > seen.content && received.reading > seen.reading)
        }
    }

    @Test func `of a file with something wrong with the whole nothing is applied`() async throws {
        let problem = ImportProblem(code: "cutOff", detail: "the file ends in the middle of a row", line: 3)
        for reader in [
            ScriptedImportReader(receipts(2), problemAtEnd: problem),
            ScriptedImportReader(receipts(2), problemAtOpening: problem),
        ] {
            try await withShop(reader) { shop async throws in
                let id = try await shop.send(.movements)
                #expect(try await shop.imports.runNext(), "it came to its end")
                let job = try await shop.job(id)
                #expect(job.state == .failed && job.problem == problem)
                #expect(shop.facts.world.lines.isEmpty)
                #expect(shop.store.pieces(of: id) == 0)
            }
        }
    }

    @Test func `a body that is not as it came is not read`() async throws {
        try await withShop(ScriptedImportReader(receipts(2))) { shop async throws in
            let id = try await shop.send(.movements)
            shop.store.damage(id)
            #expect(try await shop.imports.runNext())
            #expect(try await shop.job(id).problem?.code == "damagedBody")
            #expect(shop.reader.files.isEmpty)
        }
    }

    @Test func `a store that is away for a moment is waited for, and nothing is applied twice`() async throws {
        try await withShop(ScriptedImportReader(receipts(3))) { shop async throws in
            let id = try await shop.send(.movements)
            shop.store.failAdvancing(.unavailable)
            #expect(try await shop.imports.runNext())
            let job = try await shop.job(id)
            #expect(job.state == .done && job.progress.counts[.applied] == 3 && job.progress.recordsDone == 3)
        }
    }

    @Test func `a defect ends an import, and what was applied before stays`() async throws {
        try await withShop(ScriptedImportReader(receipts(2))) { shop async throws in
            let id = try await shop.send(.movements)
            shop.store.failAdvancing(.broken("test"))
            #expect(try await shop.imports.runNext())
            let job = try await shop.job(id)
            #expect(job.state == .failed && job.problem?.code == "internalError")
            #expect(shop.onHand("A") == 2)
        }
    }

    @Test func `who loses an import stops, and whoever has it goes on where it was`() async throws {
        // More than one batch.
        try await withShop(ScriptedImportReader(receipts(4_100))) { shop async throws in
            let id = try await shop.send(.movements)
            let (store, facts) = (shop.store, shop.facts)
            store.beforeAdvance { id in
                let done = try? await store.importJob(id)?.progress.recordsDone
                guard done == 2_000 else { return }
                facts.advanceClock(bySeconds: 7)
                _ = try? await store.claimNext(by: "thief")
                try? await store.release(id, afterSeconds: 0, by: "thief")
            }
            #expect(try await !shop.imports.runNext(), "it is another's")
            var job = try await shop.job(id)
            #expect(job.state == .waiting && job.progress.recordsDone == 2_000)
            #expect(shop.store.pieces(of: id) == 1, "its body is still needed")
            store.beforeAdvance { _ in }
            facts.advanceClock(bySeconds: 1)
            #expect(try await shop.imports.runNext())
            job = try await shop.job(id)
            #expect(job.state == .done && job.progress.recordsDone == 4_100)
            let counts = job.progress.counts
            #expect(counts[.applied] + counts[.duplicate] == 4_100, "what was written and not noted is known")
            #expect(shop.onHand("A") == 4_100)
        }
    }

    @Test func `an import that is cancelled under way stops there`() async throws {
        try await withShop(ScriptedImportReader(receipts(4_100))) { shop async throws in
            let id = try await shop.send(.movements)
            let imports = shop.imports
            shop.store.beforeAdvance { _ = try? await imports.cancel($0) }
            #expect(try await !shop.imports.runNext())
            let job = try await shop.job(id)
            #expect(job.state == .cancelled && job.progress.recordsDone == 0)
            #expect(shop.onHand("A") < 4_100)
        }
    }

    // MARK: Master data

    // MARK: Book figures

    // MARK: Receiving and turns

}

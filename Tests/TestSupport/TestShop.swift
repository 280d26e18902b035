import Crypto
import Foundation
package import Inventory
package import InventoryPostgres
package import InventoryService
import LibPQ
import Logging

/// One process's worth of Holdfast on a database: stores and services, running.
package struct TestShop: Sendable {
    package let pools: PostgresPools
    package let facts: FactService
    package let master: CatalogService
    package let factStore: PostgresBatchStore
    package let masterStore: PostgresCatalogStore
    package let availability: PostgresAvailabilityStore
    package let ledger: PostgresLedgerStore
    package let views: AvailabilityViews
    package let proof: PostgresProofStore
    package let audit: PostgresAuditStore
    package let heard = LastSeenTracker()
    package let lastSeenStore: PostgresLastSeenStore
    package let silenceStore: PostgresSilenceStore
    package let silence: SilenceService
    package let counts: CountService
    package let countStore: PostgresCountStore
    package let exceptions: ExceptionService
    package let reservationStore: PostgresReservationStore
    package let sourcingStore: PostgresSourcingStore
    package let reservations: ReservationService
    package let transfers: TransferService
    package let reconciliationStore: PostgresReconciliationStore
    package let importStore: PostgresImportStore
    package let reconciliations: ReconciliationService
    package let apiKeys: PostgresAPIKeyStore
    package let eventStore: PostgresEventStore

    /// The way that all tests take which do not ask for one: the program's own, unless the environment names another.
    package static let usualPath =
        ProcessInfo.processInfo.environment["HOLDFAST_WRITE_PATH"].flatMap(PostgresBatchStore.WritePath.init)
        ?? .optimistic

    init(
        url: String, path: PostgresBatchStore.WritePath, limits: FactService.Limits, holds: HoldLimits,
        lockWaits: PostgresPools.LockWaits
    ) throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        // Few tests use more than a few of a process's fifteen, and each has plans of its own to make.
        pools = try PostgresPools(
            url: url, lockWaits: lockWaits, opening: .asNeeded(after: .milliseconds(5)), logger: logger)
        factStore = PostgresBatchStore(pools: pools, path: path)
        facts = FactService(store: factStore, limits: limits, heard: heard, logger: logger)
        masterStore = PostgresCatalogStore(pools: pools)
        apiKeys = PostgresAPIKeyStore(pools: pools)
        eventStore = PostgresEventStore(pools: pools)
        master = CatalogService(store: masterStore, facts: facts, logger: logger)
        availability = PostgresAvailabilityStore(pools: pools)
        ledger = PostgresLedgerStore(pools: pools)
        views = AvailabilityViews(
            availability: availability, store: availability, master: masterStore, supply: masterStore)
        proof = PostgresProofStore(pools: pools)
        audit = PostgresAuditStore(pools: pools)
        lastSeenStore = PostgresLastSeenStore(pools: pools)
        silenceStore = PostgresSilenceStore(pools: pools)
        silence = SilenceService(store: silenceStore)
        countStore = PostgresCountStore(pools: pools)
        counts = CountService(store: countStore, reports: countStore, facts: facts, sources: factStore)
        exceptions = ExceptionService(store: PostgresExceptionStore(pools: pools), master: master, facts: facts)
        reservationStore = PostgresReservationStore(pools: pools)
        sourcingStore = PostgresSourcingStore(pools: pools)
        reservations = ReservationService(
            store: reservationStore, sourcing: sourcingStore, costs: sourcingStore, facts: facts, limits: holds)
        transfers = TransferService(store: PostgresTransferStore(pools: pools), facts: facts)
        reconciliationStore = PostgresReconciliationStore(pools: pools)
        importStore = PostgresImportStore(pools: pools)
        reconciliations = ReconciliationService(store: reconciliationStore, facts: facts, sources: factStore)
    }

    /// Who takes what files hold.
    package var importTargets: ImportTargets {
        ImportTargets(
            facts: facts, rehearsal: FactRehearsal(store: factStore, batches: factStore), master: master,
            bulk: importStore, rules: masterStore, supply: masterStore, transfers: transfers,
            reconciliations: reconciliations)
    }

    package func addItem(_ sku: String, status: ItemStatus = .active) async throws {
        let item = Item(sku: SKU(stored: sku), name: "Item \(sku)", status: status)
        _ = try await master.put(item, .none, by: nil).get()
    }

    package func addLocation(_ id: String, _ change: (inout Location) -> Void = { _ in }) async throws {
        var location = Location(id: LocationID(stored: id), name: "Location \(id)")
        change(&location)
        _ = try await master.put(location, .none, by: nil).get()
    }

    package func addAlias(_ system: String, _ code: String, _ sku: String, units: Int64 = 1) async throws {
        let alias = Alias(
            codeSystem: CodeSystem(stored: system), code: Code(stored: code), sku: SKU(stored: sku),
            unitsPerCode: UnitsPerCode(units: units) ?? .one)
        _ = try await master.put(alias, .none, by: nil).get()
    }

    /// - Returns: the verdicts' names, lines in order.
    @discardableResult
    package func send(
        _ facts: [FactLine], source: String = "till", isAtomic: Bool = false
    ) async throws -> FactAnswer {
        try await self.facts.submit(
            source: SourceID(stored: source), lines: facts.map(\.submitted), isAtomic: isAtomic)
    }

    package func onHand(_ sku: String, _ location: String) async throws -> Int64 {
        try await balance(sku, location).figures.onHand
    }

    package func balance(_ sku: String, _ location: String) async throws -> BalanceView {
        try await availability.balance(.sku(SKU(stored: sku)), at: LocationID(stored: location), NetworkFilter()).get()
    }

    /// Proves the whole database.
    package func prove() async throws -> LedgerProver.Report {
        try await LedgerProver(store: proof, hash: sha256).run()
    }

    /// Proves the audit.
    package func proveAudit() async throws -> AuditProver.Report {
        try await AuditProver(store: audit, hash: sha256).run()
    }

    /// Every balance's figures, by sku and location.
    package func allFigures() async throws -> [String: [Int64]] {
        try await pools.report.run(timeout: .seconds(60)) { session throws(PQError) in
            let rows = try session.query(
                Statement(
                    "test_all_figures",
                    sql: """
                        select i.sku || ' ' || l.id, b.on_hand, b.damaged, b.inspection, b.suspect, b.in_transit, b.reserved
                        from balance b join item i using (item_id) join location l using (location_id)
                        where b.version > 0
                        """))
            var figures: [String: [Int64]] = [:]
            for row in rows { figures[row.text(0)] = (1...6).map { row.int8($0) } }
            return figures
        }
    }

    /// Makes it so that a location was heard last at an instant, whoever was heard since, and looks who is silent.
    package func fallSilent(_ location: String, since instant: Timestamp) async throws {
        await LastSeenWriter(board: heard, store: lastSeenStore, logger: Logger(label: "test")).flush()
        try await runSQL(
            """
            insert into location_heard (location_id, source_id, heard_at, heard_through)
            select l.location_id, 0, '\(instant)', '\(instant)' from location l where l.id = '\(location)'
            on conflict do nothing;
            update location_heard h set heard_at = '\(instant)'
            from location l where l.location_id = h.location_id and l.id = '\(location)';
            """)
        try await silence.sweep()
    }

    /// What a process does every second.
    package func flushHeard() async {
        await LastSeenWriter(board: heard, store: lastSeenStore, silence: silence, logger: Logger(label: "test"))
            .flush()
    }

    /// For what a test has to arrange behind the service's back.
    package func runSQL(_ sql: String) async throws {
        try await pools.write.run(timeout: .seconds(60)) { session throws(PQError) in
            try session.script(sql, name: "test")
        }
    }

    package func count(_ table: String) async throws -> Int64 {
        try await pools.report.run(timeout: .seconds(60)) { session throws(PQError) in
            try session.query(Statement("test_count_\(table.hashValue)", sql: "select count(*) from \(table)"))[0].int8(
                0)
        }
    }
}

/// Runs `body` with a shop on the database, and shuts it down behind it.
package func withShop<T: Sendable>(
    on database: TestDatabase, path: PostgresBatchStore.WritePath = TestShop.usualPath,
    limits: FactService.Limits = .patient, holds: HoldLimits = HoldLimits(),
    lockWaits: PostgresPools.LockWaits = PostgresPools.LockWaits(),
    _ body: @escaping @Sendable (TestShop) async throws -> T
) async throws -> T {
    let shop = try TestShop(url: database.url, path: path, limits: limits, holds: holds, lockWaits: lockWaits)
    return try await withThrowingTaskGroup(of: T?.self) { tasks in
        tasks.addTask {
            await shop.facts.run()
            return nil
        }
        do {
            let result = try await body(shop)
            tasks.cancelAll()
            shop.facts.drain()
            try await tasks.waitForAll()
            await shop.pools.shutdown()
            return result
        } catch {
            shop.facts.drain()
            _ = try? await tasks.waitForAll()
            await shop.pools.shutdown()
            throw error
        }
    }
}

/// Runs `body` with a shop on a fresh database.
package func withShop<T: Sendable>(
    path: PostgresBatchStore.WritePath = TestShop.usualPath, holds: HoldLimits = HoldLimits(),
    clock: TestClock = .running, _ body: @escaping @Sendable (TestShop) async throws -> T
) async throws -> T {
    try await withDatabase(clock: clock) { try await withShop(on: $0, path: path, holds: holds, body) }
}

extension FactService.Limits {
    /// The program's own, but for the time that a command may wait for its answer: a test that is not about that time must
    /// pass on a machine that is busy, or watched by a sanitizer.
    package static let patient = {
        var limits = FactService.Limits()
        limits.answerWithin = .seconds(120)
        return limits
    }()
}

extension FactLine {
    /// The line as it would come in.
    package var submitted: SubmittedLine {
        SubmittedLine(.fact(self, fingerprint(sha256)), raw: Array("{\"eventId\":\"\(eventID)\"}".utf8)[...])
    }

    /// A sale of one unit unless said otherwise.
    package static func sale(
        _ event: String, _ sku: String = "A", at location: String = "L", _ quantity: Int64 = 1,
        occurredAt: Timestamp? = nil
    ) -> FactLine {
        FactLine(
            eventID: EventID(stored: event), item: .sku(SKU(stored: sku)), location: LocationID(stored: location),
            change: .sale(.onHand, .of(quantity)), occurredAt: occurredAt)
    }

    package static func receipt(
        _ event: String, _ sku: String = "A", at location: String = "L", _ quantity: Int64
    ) -> FactLine {
        FactLine(
            eventID: EventID(stored: event), item: .sku(SKU(stored: sku)), location: LocationID(stored: location),
            change: .receipt(.onHand, .of(quantity)))
    }

    package static func scan(
        _ event: String, _ system: String?, _ code: String, at location: String = "L", _ quantity: Int64 = 1
    ) -> FactLine {
        FactLine(
            eventID: EventID(stored: event),
            item: .code(system: system.map(CodeSystem.init(stored:)), Code(stored: code)),
            location: LocationID(stored: location), change: .sale(.onHand, .of(quantity)))
    }
}

extension Quantity {
    package static func of(_ units: Int64) -> Quantity {
        guard let quantity = Quantity(units: units) else { preconditionFailure("\(units) is no quantity") }
        return quantity
    }
}

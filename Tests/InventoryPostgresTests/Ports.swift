import Inventory
import InventoryPostgres
import InventoryService
import TestSupport

/// The stores that services stand on, of one kind, and what a test needs to arrange behind them.
struct Ports: Sendable {
    enum Kind: String, Sendable, CaseIterable { case inMemory, postgres }

    let batches: any BatchStore
    let reservations: any ReservationStore
    let counts: any CountStore
    let catalog: any CatalogStore
    let sourcing: any SourcingStore
    let reconciliations: any ReconciliationStore
    let reconciliationRules: any ReconciliationRuleStore
    let imports: any ImportStore
    let mappings: any ImportMappingStore
    let bulk: any BulkCatalogStore
    let facts: FactService
    /// Expects units of an item at a location so many seconds from now.
    let expectSupply:
        @Sendable (_ sku: String, _ units: Int64, _ location: String, _ seconds: Int64) async throws -> Void
    /// A source tells of all that happened at a location until now.
    let hear: @Sendable (_ source: String, _ location: String) async throws -> Void
    /// Balances of which people are told that they are off, as `sku location`.
    let openVariances: @Sendable () async throws -> Set<String>
    /// Lets so many seconds pass.
    let advanceClock: @Sendable (Int64) async throws -> Void

    /// Runs `body` on empty stores of the kind.
    static func run<T: Sendable>(
        _ kind: Kind, _ body: @escaping @Sendable (Ports) async throws -> T
    ) async throws -> T {
        switch kind {
        case .inMemory:
            let store = InMemoryStore(items: [], locations: [])
            let catalog = InMemoryCatalogStore(store)
            let sourcing = InMemorySourcingStore(catalog)
            let rules = InMemoryReconciliationRules(catalog)
            let reconciliations = InMemoryReconciliationStore(store, catalog, rules)
            return try await withFacts(store) { facts async throws in
                try await body(
                    Ports(
                        batches: store, reservations: store, counts: InMemoryCountStore(store),
                        catalog: catalog, sourcing: sourcing, reconciliations: reconciliations,
                        reconciliationRules: rules, imports: InMemoryImportStore(catalog),
                        mappings: InMemoryImportMappings(catalog), bulk: catalog, facts: facts,
                        expectSupply: { sku, units, location, seconds in
                            let at = store.world.now.advanced(byMicroseconds: seconds * 1_000_000)
                            sourcing.expect(sku, units, at: location, on: at)
                        },
                        hear: { reconciliations.hear(SourceID(stored: $0), at: LocationID(stored: $1)) },
                        openVariances: { reconciliations.openVariances },
                        advanceClock: { store.advanceClock(bySeconds: $0) }))
            }
        case .postgres:
            return try await withShop(clock: .settable) { shop in
                try await body(
                    Ports(
                        batches: shop.factStore, reservations: shop.reservationStore, counts: shop.countStore,
                        catalog: shop.masterStore, sourcing: shop.sourcingStore,
                        reconciliations: shop.reconciliationStore, reconciliationRules: shop.masterStore,
                        imports: shop.importStore, mappings: shop.importStore, bulk: shop.importStore,
                        facts: shop.facts,
                        expectSupply: { try await shop.expectSupply($0, $1, at: $2, inSeconds: $3) },
                        hear: { try await shop.hear($0, at: $1) }, openVariances: { try await shop.openVariances() },
                        advanceClock: { try await shop.advanceClock(bySeconds: $0) }))
            }
        }
    }

    /// Adds an item, and applies nothing that waits for it.
    func addItem(_ sku: String) async throws {
        let item = Item(sku: SKU(stored: sku), name: sku)
        _ = try await catalog.putItem(item, parts: [], .none, by: nil).get()
    }

    /// Adds a location, and applies nothing that waits for it.
    func addLocation(
        _ id: String, _ late: LocationTerms.LatePolicy = .exception, _ change: (inout Location) -> Void = { _ in }
    ) async throws {
        var location = Location(id: LocationID(stored: id), name: id)
        (location.latePickup, location.leadTimeMinutes) = (late, 60)
        change(&location)
        _ = try await catalog.putLocation(location, .none, by: nil).get()
    }

    /// Commits one command of facts as a batch of its own.
    func commit(
        _ facts: [FactLine], source: String = "till", isAtomic: Bool = false
    ) async throws -> (batch: CommittedBatch, outcome: CommandOutcome) {
        let id = SourceID(stored: source)
        let number = try await batches.sourceNumber(id)
        let command = FactCommand(source: number, sourceID: id, lines: facts.map(\.submitted), isAtomic: isAtomic)
        let batch = try await batches.commit([.facts(command)], within: .seconds(60))
        guard let outcome = batch.outcomes[0].facts else { preconditionFailure("facts are answered line by line") }
        return (batch, outcome)
    }

    /// Asks for units of A at L in the way of the service.
    var service: ReservationService {
        ReservationService(store: reservations, sourcing: sourcing, costs: NoFulfilmentCosts(), facts: facts)
    }

    func reserve(
        _ key: String, _ units: Int64, at location: String = "L", holdSeconds: Int64? = nil, owner: String? = nil,
        reference: String? = nil, pickupBy: Timestamp? = nil, method: FulfilmentMethod = .pickup
    ) async throws -> ReservationOutcome {
        let place = LocationID(stored: location)
        let line = WantedLine(
            id: LineID(stored: "1"), item: .sku(SKU(stored: "A")), location: place, method: method,
            quantity: .of(units), pointer: "/lines/0", locationPointer: "/location")
        let new = NewReservation(
            reference: reference.map(Reference.init(stored:)), owner: owner.map(Owner.init(stored:)), channel: nil,
            method: method, location: place, holdSeconds: holdSeconds, allowsPartial: false, replaces: nil,
            lines: [line], pickupBy: pickupBy, shipTo: nil)
        return try await service.create(
            new, key: RequestKey(text: RequestKeyText(stored: key), fingerprint: Fingerprint(testHash(Array(key.utf8))))
        )
    }
}

extension TestShop {
    fileprivate func expectSupply(
        _ sku: String, _ units: Int64, at location: String, inSeconds seconds: Int64
    ) async throws {
        let at = try await reconciliationStore.now().advanced(byMicroseconds: seconds * 1_000_000)
        let supply = ExpectedSupply(
            id: SupplyID(stored: "\(sku) \(location) \(seconds)"), sku: SKU(stored: sku),
            location: LocationID(stored: location), quantity: units, expectedAt: at, firstExpectedAt: at,
            reference: nil)
        _ = try await masterStore.putSupply(supply, of: .sku(supply.sku), .none).get()
    }

    fileprivate func hear(_ source: String, at location: String) async throws {
        _ = try await factStore.sourceNumber(SourceID(stored: source))
        try await runSQL(
            """
            insert into location_heard (location_id, source_id, heard_at, heard_through)
            select l.location_id, s.source_id, clock_timestamp(), clock_timestamp()
            from location l, source s where l.id = '\(location)' and s.id = '\(source)'
            on conflict (location_id, source_id) do update
            set heard_at = excluded.heard_at, heard_through = excluded.heard_through
            """)
    }

    fileprivate func openVariances() async throws -> Set<String> {
        var filter = ExceptionFilter()
        filter.type = .reconciliationVariance
        let open = try await exceptions.store.exceptions(filter, PageRequest(limit: 100)).value.elements
        return Set(open.map { "\($0.sku?.text ?? "") \($0.location?.text ?? "")" })
    }
}

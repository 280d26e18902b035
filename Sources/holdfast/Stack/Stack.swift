import Hummingbird
import InventoryHTTP
import InventoryImport
import InventoryPostgres
import InventoryService
import LibPQ
import Logging
import ServiceLifecycle
import WebhookDelivery

/// Everything of one process, wired. The only place that sees every part.
struct Stack: Sendable {
    let settings: Settings
    let logger: Logger
    let pools: PostgresPools
    let facts: FactService
    let master: CatalogService
    let masterStore: PostgresCatalogStore
    let ledger: PostgresLedgerStore
    let availability: PostgresAvailabilityStore
    let heard = LastSeenTracker()
    let lastSeenStore: PostgresLastSeenStore
    let counts: CountService
    let countStore: PostgresCountStore
    let exceptions: ExceptionService
    let reservations: ReservationService
    let transfers: TransferService
    let reconciliations: ReconciliationService
    let reconciliationStore: PostgresReconciliationStore
    let imports: ImportService
    let apiKeyStore: PostgresAPIKeyStore
    let apiKeyUses = APIKeyUses()
    let eventStore: PostgresEventStore
    let events: EventFeed
    let webhookSender: HTTPWebhookSender
    let started = StartFlag()
    let contract = ServedContract()
    /// What the background work of this process has done.
    let backgroundFigures = BackgroundFigures()
    private let database: Database

    init(_ settings: Settings, _ database: Database, logger: Logger) throws {
        self.settings = settings
        self.database = database
        self.logger = logger
        pools = try PostgresPools(url: database.url, plans: settings.hotPlans, logger: logger)
        let factStore = PostgresBatchStore(pools: pools, path: settings.writePath)
        facts = FactService(store: factStore, heard: heard, logger: logger)
        masterStore = PostgresCatalogStore(pools: pools)
        master = CatalogService(store: masterStore, facts: facts, logger: logger)
        ledger = PostgresLedgerStore(pools: pools)
        availability = PostgresAvailabilityStore(pools: pools)
        lastSeenStore = PostgresLastSeenStore(pools: pools)
        countStore = PostgresCountStore(pools: pools)
        counts = CountService(store: countStore, reports: countStore, facts: facts, sources: factStore)
        exceptions = ExceptionService(
            store: PostgresExceptionStore(pools: pools), master: master, facts: facts)
        let sourcingStore = PostgresSourcingStore(pools: pools)
        reservations = ReservationService(
            store: PostgresReservationStore(pools: pools), sourcing: sourcingStore, costs: sourcingStore, facts: facts,
            limits: settings.holdLimits)
        transfers = TransferService(store: PostgresTransferStore(pools: pools), facts: facts)
        reconciliationStore = PostgresReconciliationStore(pools: pools)
        reconciliations = ReconciliationService(
            store: reconciliationStore, facts: facts, sources: factStore, wait: settings.alarmWait)
        apiKeyStore = PostgresAPIKeyStore(pools: pools)
        eventStore = PostgresEventStore(pools: pools)
        events = EventFeed(store: eventStore, render: EventJSON.bytes)
        webhookSender = HTTPWebhookSender(allowsPrivate: settings.webhooks.allowsPrivate)
        let importStore = PostgresImportStore(pools: pools)
        imports = ImportService(
            store: importStore, mappings: importStore, reader: Self.importReader,
            targets: ImportTargets(
                facts: facts, rehearsal: FactRehearsal(store: factStore, batches: factStore), master: master,
                bulk: importStore, rules: masterStore, supply: masterStore, transfers: transfers,
                reconciliations: reconciliations),
            logger: logger)
    }

    /// Files are read as what the API itself would take.
    static var importReader: FileImportReader { FileImportReader() }

    /// What runs, in the order of what needs what: shutdown goes the other way, front door first.
    func services(_ use: Database.Use) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        if let embedded = database.embedded { services.append(.init(service: embedded)) }
        services.append(.init(service: PoolsService(pools: pools)))
        services.append(.init(service: facts))
        let silence = SilenceService(
            store: PostgresSilenceStore(pools: pools), limitSeconds: settings.silenceLimitSeconds)
        services += [
            periodic(LastSeenWriter(board: heard, store: lastSeenStore, silence: silence, logger: logger)),
            periodic(SilenceSweep(silence: silence)),
            periodic(ParkedSweep(facts: facts, logger: logger)),
            periodic(CountSweep(counts: counts, store: countStore, logger: logger)),
            periodic(ReconciliationSweep(reconciliations: reconciliations, logger: logger)),
            periodic(
                PendingAlarmSweep(
                    store: exceptions.store, wait: settings.alarmWait, toleranceUnits: settings.countToleranceUnits)),
            periodic(StoppedLocationSweep(store: exceptions.store)),
            periodic(ReservationSweep(reservations: reservations)),
            periodic(StockRuleSweep(store: masterStore)),
            periodic(PartitionMaintenance(pools: pools, logger: logger)),
            periodic(FeedRetention(pools: pools, bounds: settings.feed)),
        ]
        services.append(
            .init(
                service: DatabaseStart(
                    url: database.url, use: use, pools: pools, started: started, logger: logger),
                successTerminationBehavior: .ignore))
        return services
    }

    /// What only a process that serves runs: one that came for something else should not take up an import and go.
    func servingServices(_ access: Access? = nil) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        services(.serving) + readersOfKeys(access) + [
            periodic(APIKeyUseWriter(uses: apiKeyUses, store: apiKeyStore)),
            periodic(ImportSweep(imports: imports)), periodic(StaleImportSweep(imports: imports, logger: logger)),
        ] + webhookServices + kafkaServices
    }

    var stopBound: ServiceGroupConfiguration.ServiceConfiguration {
        .init(service: StopBound(pools: pools), successTerminationBehavior: .ignore)
    }

    func periodic(_ work: some PeriodicWork) -> ServiceGroupConfiguration.ServiceConfiguration {
        let service = PeriodicService(work, figures: backgroundFigures, logger: logger)
        return .init(service: AfterStart(started: started, inner: service), successTerminationBehavior: .ignore)
    }

    /// - Parameters:
    ///   - access: what tells who sends a request; nil where nobody is asked.
    ///   - connections: how they come in.
    ///   - onRunning: called with the port that the server listens on.
    func server(
        _ access: Access? = nil, _ connections: ConnectionOptions = ConnectionOptions(),
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws -> some Service {
        let started = started
        let pools = pools
        var services = HTTPServices(
            facts: ClientFacts(
                facts: facts, counts: counts, transfers: transfers, availability: availability, heard: heard),
            master: master, rules: masterStore,
            views: AvailabilityViews(
                availability: availability, store: availability, master: masterStore, supply: masterStore),
            ledger: ledger, audit: PostgresAuditStore(pools: pools),
            counts: counts, exceptions: exceptions, reservations: reservations,
            transfers: transfers, reconciliations: reconciliations, discrepancies: reconciliationStore,
            reconciliationRules: masterStore, heard: heard, lastSeenStore: lastSeenStore,
            apiKeys: APIKeyService(store: apiKeyStore, authenticator: access?.authenticator),
            events: events, snapshots: eventStore,
            feeds: masterStore, exports: PostgresExportStore(pools: pools),
            pastExports: PostgresPastExportStore(pools: pools), kpis: PostgresKPIStore(pools: pools),
            proofs: PostgresProofStore(pools: pools),
            hasStarted: { started.isSet },
            isReady: {
                guard started.isSet else { return false }
                let answer = try? await pools.read.run(timeout: .seconds(2)) { session throws(PQError) in
                    try session.query(.readyProbe).count
                }
                return answer == 1
            }, docsViewerFolder: settings.docsViewerFolder)
        services.metrics = metrics
        services.contract = contract
        services.storefront = settings.storefront
        if let access { services.access = .token(access.authenticator) }
        services.imports = imports
        services.webhooks = webhooks
        services.connections = connections
        services.hasFastLane = settings.network.hasFastLane
        services.clientLimits = settings.clientLimits
        services.tail = EventTail(events, logger: logger)
        services.corsOrigins = settings.network.corsOrigins
        services.pages = settings.pages.served
        services.limits.connectionsMax = min(services.limits.connectionsMax, OpenFiles.connectionsMax())
        return try holdfastServer(
            services, host: settings.httpHost, port: settings.httpPort, logger: logger, onRunning: onRunning)
    }
}

extension Statement {
    fileprivate static let readyProbe = Statement("ready_probe", sql: "select 1")
}

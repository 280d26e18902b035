package import Hummingbird
package import InventoryService

/// What the routes need from the rest of the program.
package struct HTTPServices: Sendable {
    /// Takes what clients report, of every kind.
    package var facts: ClientFacts
    package var master: CatalogService
    package var rules: any StockRuleStore
    package var views: AvailabilityViews
    package var storefront = StorefrontSettings()
    /// Nil: this process takes no imports.
    package var imports: ImportService?
    /// Nil: this process has no webhooks.
    package var webhooks: WebhookService?
    package var ledger: any LedgerStore
    package var audit: any AuditStore
    package var counts: CountService
    package var exceptions: ExceptionService
    package var reservations: ReservationService
    package var transfers: TransferService
    package var reconciliations: ReconciliationService
    package var discrepancies: any DiscrepancyStore
    package var reconciliationRules: any ReconciliationRuleStore
    package var heard: LastSeenTracker
    package var lastSeenStore: any LastSeenStore
    /// Nil: this process has no event streams.
    package var tail: EventTail?
    package var apiKeys: APIKeyService
    package var events: EventFeed
    package var snapshots: any SnapshotStore
    package var feeds: any FeedStore
    package var exports: any ExportStore
    package var pastExports: any PastExportStore
    package var kpis: any KPIStore
    package var proofs: any ProofRunStore
    /// Whether requests are asked who sends them.
    package var access = RequestAccess.open
    /// True once the database was reached and is at the right schema.
    package var hasStarted: @Sendable () -> Bool
    /// True when the database answers now.
    package var isReady: @Sendable () async -> Bool
    /// A folder with the files of the page viewer; nil for none.
    package var docsViewerFolder: String?
    /// Nil: this process serves no pages for people.
    package var pages: PageSettings?
    package var limits = HTTPLimits()
    package var connections = ConnectionOptions()
    /// Origins whose pages may read what storefronts show, as browsers name them.
    package var corsOrigins: Set<String> = []
    package var clientLimits = ClientLimits.none
    /// Whether what is asked most is answered beside the router: ADR 34.
    package var hasFastLane = true
    /// By which they are counted: nanoseconds that never go back.
    package var limitClock = ClientLimiter.uptime
    package var metrics = MetricsSources()
    package var contract = ServedContract()

    package init(
        facts: ClientFacts, master: CatalogService, rules: any StockRuleStore,
        views: AvailabilityViews,
        ledger: any LedgerStore, audit: any AuditStore,
        counts: CountService, exceptions: ExceptionService,
        reservations: ReservationService, transfers: TransferService, reconciliations: ReconciliationService,
        discrepancies: any DiscrepancyStore, reconciliationRules: any ReconciliationRuleStore, heard: LastSeenTracker,
        lastSeenStore: any LastSeenStore, apiKeys: APIKeyService, events: EventFeed, snapshots: any SnapshotStore,
        feeds: any FeedStore, exports: any ExportStore, pastExports: any PastExportStore,
        kpis: any KPIStore, proofs: any ProofRunStore,
        hasStarted: @escaping @Sendable () -> Bool, isReady: @escaping @Sendable () async -> Bool,
        docsViewerFolder: String? = nil
    ) {
        self.facts = facts
        self.master = master
        self.rules = rules
        self.views = views
        self.ledger = ledger
        self.audit = audit
        self.counts = counts
        self.exceptions = exceptions
        self.reservations = reservations
        self.transfers = transfers
        self.reconciliations = reconciliations
        self.discrepancies = discrepancies
        self.reconciliationRules = reconciliationRules
        self.heard = heard
        self.lastSeenStore = lastSeenStore
        self.apiKeys = apiKeys
        self.events = events
        self.snapshots = snapshots
        self.feeds = feeds
        self.exports = exports
        self.pastExports = pastExports
        self.kpis = kpis
        self.proofs = proofs
        self.hasStarted = hasStarted
        self.isReady = isReady
        self.docsViewerFolder = docsViewerFolder
    }
}

/// All paths of the service, and the lane beside them that answers what is asked most.
package struct HoldfastRoutes {
    package let router: Router<AppContext>
    /// Nil: it is off.
    package let lane: FastLane?
}

/// - Throws: `RouteWithoutAccess`.
package func holdfastRoutes(_ services: HTTPServices) throws -> HoldfastRoutes {
    let router = Router(context: AppContext.self, options: [.autoGenerateHeadEndpoints])
    let methods = AllowedMethodsBox()
    let requests = RequestFigures(AccessTable.ofContract.names)
    router.addMiddleware { MetricsMiddleware(figures: requests, table: .ofContract) }
    router.addMiddleware { PackingMiddleware() }
    if !services.corsOrigins.isEmpty { router.addMiddleware { CORSMiddleware(origins: services.corsOrigins) } }
    let problems = ProblemAnswers { methods.value }
    let headers = SecurityHeaders(isOverTLS: services.connections.certificates != nil)
    router.addMiddleware { ProblemMiddleware(problems: problems, headers: headers) }
    let root = router.group("")
    HealthRoutes(isReady: services.isReady).add(to: root)
    let pages = router.group("")
    let v1 = router.group("v1")
    // Figures of the process are there while the database is not, so nothing of `v1` that waits for it stands before them.
    let figures = router.group("")
    let limiter = ClientLimiter(services.clientLimits, now: services.limitClock)
    let gate = RequestGate(limiter: limiter, authenticator: services.access.authenticator, table: .ofContract)
    let noteRefused: GateMiddleware.NoteRefused = { requests.refused($0, of: $1.name, to: $2) }
    if !gate.isOpen {
        for group in [v1, figures] { group.addMiddleware { GateMiddleware(gate: gate, noteRefused: noteRefused) } }
    }
    let pagesGate = RequestGate(limiter: limiter, authenticator: nil, table: .ofContract)
    if !pagesGate.isOpen { pages.addMiddleware { GateMiddleware(gate: pagesGate, noteRefused: noteRefused) } }
    let streams = StreamPlaces(
        max: services.limits.eventStreamsMax, perClientMax: services.clientLimits.eventStreamsMax)
    MetricsRoutes(sources: services.metrics, requests: requests, streams: streams).add(to: figures)
    DocsRoutes(contract: services.contract, viewerFolder: services.docsViewerFolder).add(to: pages)
    if let settings = services.pages { PageRoutes(settings, services.access).add(to: pages) }
    let admission = Admission(hasStarted: services.hasStarted, services.limits)
    v1.addMiddleware {
        AdmissionMiddleware(admission: admission) { AccessTable.ofContract.operation($0, $1)?.takesQuery ?? true }
    }
    CallerRoutes().add(to: v1)
    AuditRoutes(audit: services.audit).add(to: v1)
    ItemRoutes(master: services.master, limits: services.limits).add(to: v1)
    ItemBinRoutes(master: services.master, limits: services.limits).add(to: v1)
    LocationRoutes(
        master: services.master, heard: services.heard, lastSeenStore: services.lastSeenStore, limits: services.limits
    ).add(to: v1)
    LocationGroupRoutes(master: services.master, limits: services.limits).add(to: v1)
    SourceRoutes(master: services.master, limits: services.limits).add(to: v1)
    AliasRoutes(master: services.master, limits: services.limits).add(to: v1)
    LocationAliasRoutes(master: services.master, limits: services.limits).add(to: v1)
    StockRuleRoutes(store: services.rules, limits: services.limits).add(to: v1)
    RulePreviewRoutes(store: services.rules, limits: services.limits).add(to: v1)
    SupplyRoutes(store: services.views.supply, limits: services.limits).add(to: v1)
    ExplainRoutes(views: services.views, heard: services.heard).add(to: v1)
    AssociateRoutes(views: services.views, heard: services.heard, limits: services.limits).add(to: v1)
    StorefrontRoutes(
        views: services.views, settings: services.storefront, limits: services.limits
    ).add(to: v1)
    let movements = MovementRoutes(
        facts: services.facts, master: services.master, ledger: services.ledger, limits: services.limits)
    movements.add(to: v1)
    CountRoutes(
        facts: services.facts, counts: services.counts, master: services.master, limits: services.limits
    ).add(to: v1)
    ReconciliationRoutes(
        reconciliations: services.reconciliations, discrepancies: services.discrepancies, limits: services.limits
    ).add(to: v1)
    ReconciliationRuleRoutes(store: services.reconciliationRules, limits: services.limits).add(to: v1)
    ImportRoutes(imports: services.imports, limits: services.limits).add(to: v1)
    ImportMappingRoutes(imports: services.imports, limits: services.limits).add(to: v1)
    ExceptionRoutes(exceptions: services.exceptions, limits: services.limits).add(to: v1)
    ReservationRoutes(reservations: services.reservations, limits: services.limits).add(to: v1)
    SourcingRoutes(reservations: services.reservations, limits: services.limits).add(to: v1)
    TransferRoutes(facts: services.facts, transfers: services.transfers, limits: services.limits).add(to: v1)
    InspectionRoutes(
        transfers: services.transfers, facts: services.facts, master: services.master, limits: services.limits
    ).add(to: v1)
    LastSeenRoutes(facts: services.facts, store: services.lastSeenStore, limits: services.limits).add(to: v1)
    let availability = AvailabilityRoutes(
        store: services.views.availability, heard: services.heard, limits: services.limits)
    availability.add(to: v1)
    RateRoutes(store: services.views.availability).add(to: v1)
    EventRoutes(events: services.events).add(to: v1)
    EventStreamRoutes(tail: services.tail, access: services.access, places: streams).add(to: v1)
    APIKeyRoutes(keys: services.apiKeys, limits: services.limits).add(to: v1)
    let slots = StreamSlots()
    SnapshotRoutes(
        events: services.events, store: services.snapshots, reservations: services.reservations, slots: slots
    ).add(to: v1)
    FeedRoutes(store: services.feeds, limits: services.limits, slots: slots).add(to: v1)
    ExportRoutes(store: services.exports, slots: slots).add(to: v1)
    PastExportRoutes(store: services.pastExports, slots: slots).add(to: v1)
    KPIRoutes(store: services.kpis).add(to: v1)
    ProofRoutes(store: services.proofs).add(to: v1)
    WebhookRoutes(webhooks: services.webhooks, limits: services.limits).add(to: v1)
    let unsaid = AccessTable.ofContract.missing(router.routes.map { ($0.path.description, $0.method) })
    guard unsaid.allSatisfy({ $0.hasPrefix("GET /docs/") || PageRoutes.routes.contains($0) }) else {
        throw RouteWithoutAccess(routes: unsaid)
    }
    methods.value = AllowedMethods(router.routes.map { ($0.path, $0.method) })
    guard services.hasFastLane else { return HoldfastRoutes(router: router, lane: nil) }
    let lane = FastLane(
        operations: [
            LaneOperation(.get, "/v1/availability/{sku}/{location}", in: .ofContract, availability.balance),
            LaneOperation(.post, "/v1/movements", in: .ofContract, movements.record),
        ], gate: gate, admission: admission, problems: problems, headers: headers, figures: requests)
    return HoldfastRoutes(router: router, lane: lane)
}

/// Routes that `api/access.yaml` says nothing of. The program does not start with one.
package struct RouteWithoutAccess: Error, CustomStringConvertible {
    package let routes: [String]

    package var description: String { "api/access.yaml says nothing of \(routes.joined(separator: ", "))" }
}

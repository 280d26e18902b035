import Hummingbird
import HummingbirdTesting
import Inventory
import InventoryHTTP
import InventoryImport
import InventoryPostgres
import InventoryService
import Logging
import NIOCore
import StrictJSON
import TestSupport
import Testing
import WebhookDelivery

/// The API over a real socket, on a database of its own.
struct TestServer {
    let shop: TestShop
    /// Nothing sweeps here: a test runs what it has sent with `runNext`.
    let imports: ImportService
    /// What webhooks are sent; nothing dispatches here but what a test runs.
    let events: ScriptedEventStore
    /// One connection, whose requests are answered one after the other.
    let client: any TestClientProtocol
    /// What `onOwnConnection` sends over instead.
    var connection: TestClient?
    /// Who calls; nobody in particular where there are none.
    var caller: HTTPFields = [:]

    /// - Parameter access: what asks requests who sends them; nil for nobody.
    static func run(
        path: PostgresBatchStore.WritePath = TestShop.usualPath, limits: HTTPLimits = HTTPLimits(),
        clientLimits: ClientLimits = .none, holds: HoldLimits = HoldLimits(), hasStarted: Bool = true,
        isReady: Bool = true, clock: TestClock = .running, logger: Logger = quiet,
        tail: EventTail? = nil, corsOrigins: Set<String> = [], pages: PageSettings? = nil,
        allowsPrivateWebhooks: Bool = true, hasFastLane: Bool = true,
        routed: RoutedRequests? = nil,
        access: @escaping @Sendable (TestShop) -> Authenticator? = { _ in nil },
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await withShop(path: path, holds: holds, clock: clock) { shop in
            var services = services(of: shop, limits, hasStarted: hasStarted, isReady: isReady)
            services.clientLimits = clientLimits
            // It stands still, so that no bucket fills again while a slow machine sends what should empty it.
            services.limitClock = { 0 }
            services.tail = tail ?? EventTail(services.events, logger: logger)
            services.corsOrigins = corsOrigins
            services.pages = pages
            services.hasFastLane = hasFastLane
            if let authenticator = access(shop) {
                services.access = .token(authenticator)
                services.apiKeys = APIKeyService(store: shop.apiKeys, authenticator: authenticator)
            }
            let imports = ImportService(
                store: shop.importStore, mappings: shop.importStore, reader: FileImportReader(),
                targets: shop.importTargets, logger: quiet)
            services.imports = imports
            let events = ScriptedEventStore()
            let sender = HTTPWebhookSender(allowsPrivate: allowsPrivateWebhooks)
            services.webhooks = WebhookService(store: shop.masterStore, feed: events.feed, sender: sender)
            let routes = try holdfastRoutes(services)
            let app = Application(
                responder: CallerFromHeaders(base: routes.router.buildResponder(), routed: routed),
                server: .guarded(limits, lane: CallerFromHeaders.lane(routes)),
                configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                services: services.tail.map { [$0] } ?? [], logger: logger)
            try await app.test(.live) { client in
                try await body(TestServer(shop: shop, imports: imports, events: events, client: client))
            }
            await sender.shutdown()
        }
    }

    /// A server of a process that runs already, beside others of its database.
    static func serve(_ shop: TestShop, _ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        var services = services(of: shop, HTTPLimits(), hasStarted: true, isReady: true)
        let imports = ImportService(
            store: shop.importStore, mappings: shop.importStore, reader: FileImportReader(),
            targets: shop.importTargets, logger: quiet)
        services.imports = imports
        let routes = try holdfastRoutes(services)
        let app = Application(
            responder: CallerFromHeaders(base: routes.router.buildResponder()),
            server: .guarded(services.limits, lane: CallerFromHeaders.lane(routes)),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            logger: quiet)
        try await app.test(.live) { client in
            try await body(TestServer(shop: shop, imports: imports, events: ScriptedEventStore(), client: client))
        }
    }

    private static func services(
        of shop: TestShop, _ limits: HTTPLimits, hasStarted: Bool, isReady: Bool
    ) -> HTTPServices {
        var services = HTTPServices(
            facts: shop.clientFacts, master: shop.master, rules: shop.masterStore, views: shop.views,
            ledger: shop.ledger, audit: shop.audit, counts: shop.counts, exceptions: shop.exceptions,
            reservations: shop.reservations,
            transfers: shop.transfers, reconciliations: shop.reconciliations, discrepancies: shop.reconciliationStore,
            reconciliationRules: shop.masterStore, heard: shop.heard, lastSeenStore: shop.lastSeenStore,
            apiKeys: APIKeyService(store: shop.apiKeys),
            events: EventFeed(store: shop.eventStore, render: EventJSON.bytes), snapshots: shop.eventStore,
            feeds: shop.masterStore, exports: PostgresExportStore(pools: shop.pools),
            pastExports: PostgresPastExportStore(pools: shop.pools), kpis: PostgresKPIStore(pools: shop.pools),
            proofs: shop.proof,
            hasStarted: { hasStarted },
            isReady: { isReady })
        services.limits = limits
        let queue = shop.facts.queue
        services.metrics.batches = queue.figures
        services.metrics.waiting = { queue.waiting }
        services.metrics.database = PostgresFiguresStore(pools: shop.pools)
        return services
    }

    /// The server as the program runs it; the framework for tests makes a configuration of its own.
    static func runAsProgram(
        limits: HTTPLimits, _ body: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        try await withShop { shop in
            let (ports, running) = AsyncStream.makeStream(of: Int.self)
            let server = try holdfastServer(
                services(of: shop, limits, hasStarted: true, isReady: true), host: "127.0.0.1", port: 0, logger: quiet
            ) { running.yield($0) }
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await server.run() }
                for await port in ports {
                    try await body(port)
                    break
                }
                tasks.cancelAll()
                _ = try? await tasks.waitForAll()
            }
        }
    }

    struct Answer {
        let status: Int
        let headers: HTTPFields
        let body: String

        /// An answer that the contract documents, or the test fails.
        init(_ method: HTTPRequest.Method, _ path: String, _ response: TestResponse) {
            self.init(
                method, path, status: response.status.code, headers: response.headers,
                body: String(buffer: response.body))
        }

        init(_ method: HTTPRequest.Method, _ path: String, status: Int, headers: HTTPFields, body: String) {
            (self.status, self.headers, self.body) = (status, headers, body)
            let named = Dictionary(headers.map { ($0.name.canonicalName, $0.value) }) { first, _ in first }
            let problems = AnswerContract.shared.problems(
                method.rawValue, path, status: status, headers: named, body: Array(body.utf8))
            #expect(problems == [], "\(method) \(path) answered \(status): \(body.prefix(2_000))")
        }

        var json: JSONValue? { try? JSONDocument(parsing: Array(body.utf8)).root }
        /// The stable code of a problem.
        var code: String? { json?["code"]?.string }
        var pointers: [String] { json?["errors"]?.elements?.compactMap { $0["pointer"]?.string } ?? [] }
        var parameters: [String] { json?["errors"]?.elements?.compactMap { $0["parameter"]?.string } ?? [] }
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        headers.append(contentsOf: caller)
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        let bytes = body.map { ByteBuffer(string: $0) }
        if let connection { return try await connection.answer(method, path, bytes, headers: headers) }
        return try await client.execute(uri: path, method: method, headers: headers, body: bytes) { response in
            Answer(method, path, response)
        }
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, path, headers: headers)
    }

    func put(_ path: String, _ body: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.put, path, body, headers: headers)
    }

    func post(_ path: String, _ body: String) async throws -> Answer { try await send(.post, path, body) }

    /// Posts fact lines, given as JSON objects.
    func facts(_ lines: String..., source: String = "till", more: String = "") async throws -> Answer {
        try await post("/v1/movements", "{\"source\":\"\(source)\"\(more),\"lines\":[\(lines.joined(separator: ","))]}")
    }
}

extension TestShop {
    var clientFacts: ClientFacts {
        ClientFacts(facts: facts, counts: counts, transfers: transfers, availability: availability, heard: heard)
    }
}

extension JSONValue {
    subscript(_ name: String) -> JSONValue? { members?.first { $0.name.string == name }?.value }
    subscript(_ index: Int) -> JSONValue? { elements.flatMap { $0.indices.contains(index) ? $0[index] : nil } }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// One sale line as a client writes it.
func sale(_ event: String, _ sku: String = "A", at location: String = "L", _ quantity: String = "1") -> String {
    "{\"eventId\":\"\(event)\",\"type\":\"sale\",\"sku\":\"\(sku)\",\"location\":\"\(location)\",\"quantity\":\(quantity)}"
}

/// The header that makes a request count once.
func keyed(_ key: String) -> HTTPFields { [.init("Idempotency-Key") ?? .accept: key] }

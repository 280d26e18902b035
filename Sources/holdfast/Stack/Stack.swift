import Hummingbird
import InventoryHTTP
import InventoryPostgres
import InventoryService
import LibPQ
import Logging
import ServiceLifecycle

/// Everything of one process, wired. The only place that sees every part.
struct Stack: Sendable {
    let settings: Settings
    let logger: Logger
    let pools: PostgresPools
    let facts: FactService
    let master: MasterService
    let ledger: PostgresLedgerStore
    let availability: PostgresAvailabilityStore
    let started = StartFlag()
    private let database: Database

    init(_ settings: Settings, _ database: Database, logger: Logger) throws {
        self.settings = settings
        self.database = database
        self.logger = logger
        pools = try PostgresPools(url: database.url, logger: logger)
        facts = FactService(store: PostgresFactStore(pools: pools, path: settings.writePath), logger: logger)
        master = MasterService(store: PostgresMasterStore(pools: pools), facts: facts, logger: logger)
        ledger = PostgresLedgerStore(pools: pools)
        availability = PostgresAvailabilityStore(pools: pools)
    }

    /// What runs, in the order of what needs what: shutdown goes the other way, front door first.
    var services: [ServiceGroupConfiguration.ServiceConfiguration] {
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        if let embedded = database.embedded { services.append(.init(service: embedded)) }
        services.append(.init(service: PoolsService(pools: pools)))
        services.append(.init(service: facts))
        let sweep = ParkedSweep(facts: facts, logger: logger)
        services.append(
            .init(service: AfterStart(started: started, inner: sweep), successTerminationBehavior: .ignore))
        let partitions = PartitionMaintenance(pools: pools, logger: logger)
        services.append(
            .init(service: AfterStart(started: started, inner: partitions), successTerminationBehavior: .ignore))
        services.append(
            .init(
                service: DatabaseStart(url: database.url, pools: pools, started: started, logger: logger),
                successTerminationBehavior: .ignore))
        return services
    }

    /// - Parameter onRunning: called with the port that the server listens on.
    func server(onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }) throws -> some Service {
        let started = started
        let pools = pools
        let services = HTTPServices(
            facts: facts, master: master, availability: availability, ledger: ledger,
            hasStarted: { started.isSet },
            isReady: {
                guard started.isSet else { return false }
                let answer = try? await pools.read.run(timeout: .seconds(2)) { session throws(PQError) in
                    try session.query(.readyProbe).count
                }
                return answer == 1
            }, docsViewerFolder: settings.docsViewerFolder)
        return try holdfastServer(
            services, host: settings.httpHost, port: settings.httpPort, logger: logger, onRunning: onRunning)
    }
}

extension Statement {
    fileprivate static let readyProbe = Statement("ready_probe", sql: "select 1")
}

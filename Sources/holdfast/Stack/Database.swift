import EmbeddedPostgres
import InventoryPostgres
import InventoryService
import LibPQ
import Logging
import ServiceLifecycle

/// The database that the settings name: a server elsewhere, or the embedded one.
struct Database: Sendable {
    let url: String
    /// Ours to stop; nil when the server is somebody else's.
    let embedded: RunningPostgres?

    /// - Parameter joinsRunning: when another holdfast runs the embedded server, use it instead of refusing.
    static func open(_ settings: Settings, joinsRunning: Bool, logger: Logger) async throws -> Database {
        if let url = settings.databaseURL { return Database(url: url, embedded: nil) }
        let binaries = try await PostgresBinaries.find(folder: settings.postgresFolder)
        let postgres = try EmbeddedPostgres(folder: settings.dataFolder, binaries: binaries, logger: logger)
        do throws(EmbeddedPostgresError) {
            let running = try await postgres.start()
            return Database(url: running.url, embedded: running)
        } catch {
            if joinsRunning, case .inUse = error, let url = await postgres.urlIfRunning() {
                return Database(url: url, embedded: nil)
            }
            throw error
        }
    }

    func close() async {
        await embedded?.stop()
    }

    /// Opens the database for `body` and closes it behind it, also when `body` fails.
    static func withDatabase<T>(
        _ settings: Settings, joinsRunning: Bool, logger: Logger, _ body: (Database) async throws -> T
    ) async throws -> T {
        let database = try await open(settings, joinsRunning: joinsRunning, logger: logger)
        do {
            let result = try await body(database)
            await database.close()
            return result
        } catch {
            await database.close()
            throw error
        }
    }
}

/// Waits for the database, brings it to the right schema, and then says so once.
struct DatabaseStart: Service {
    let url: String
    let pools: PostgresPools
    let started: StartFlag
    let logger: Logger

    func run() async throws {
        let migrator = Migrator(try ConnectionSettings(url: url), logger: logger)
        try await cancelWhenGracefulShutdown {
            var pause: Duration = .milliseconds(100)
            while !Task.isCancelled {
                do throws(Migrator.Failure) {
                    let report = try await migrator.run()
                    if !report.pending.isEmpty {
                        logger.info("schema migrated", metadata: ["steps": "\(report.pending.count)"])
                    }
                    break
                } catch .database(let error) {
                    logger.warning("waiting for the database", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: pause)
                    pause = min(pause * 2, .seconds(5))
                }
            }
            while !Task.isCancelled {
                do {
                    try await ServerCheck(pools: pools).run()
                    started.set()
                    return logger.info("ready")
                } catch let error as StoreError {
                    logger.warning("waiting for the database", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: .milliseconds(200))
                }
            }
        }
    }
}

/// Closes the pools after everything that uses them.
struct PoolsService: Service {
    let pools: PostgresPools

    func run() async throws {
        try? await gracefulShutdown()
        await pools.shutdown()
    }
}

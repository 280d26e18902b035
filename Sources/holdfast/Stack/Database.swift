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

    /// What a command is to its database.
    enum Use: Sendable {
        /// Serves it: makes it where there is none, brings its schema up to date, and waits for as long as it is away.
        case serving
        /// Comes for something and goes: joins the embedded server that another holdfast runs, makes nothing, and does not wait
        /// for long.
        case visiting
    }

    /// Of a visitor, for a database that is away; a server that was just started is there by then.
    static let patience: Duration = .seconds(15)

    static func open(_ settings: Settings, _ use: Use, logger: Logger) async throws -> Database {
        if let url = settings.databaseURL { return Database(url: url, embedded: nil) }
        let binaries = try await PostgresBinaries.find(folder: settings.postgresFolder)
        let postgres = try EmbeddedPostgres(folder: settings.dataFolder, binaries: binaries, logger: logger)
        do throws(EmbeddedPostgresError) {
            let running = try await postgres.start(makesMissing: use == .serving)
            return Database(url: running.url, embedded: running)
        } catch {
            if use == .visiting, case .inUse = error, let url = await postgres.urlIfRunning() {
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
        _ settings: Settings, _ use: Use, logger: Logger, _ body: (Database) async throws -> T
    ) async throws -> T {
        let database = try await open(settings, use, logger: logger)
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

/// Waits for the database, brings it to the right schema, and then says so once. Not a `PeriodicService`, whose work comes
/// again and again: this ends with its first success, and nothing else begins before it.
struct DatabaseStart: Service, CustomStringConvertible {
    let url: String
    let use: Database.Use
    let pools: PostgresPools
    let started: StartFlag
    let logger: Logger

    /// What the life cycle logs of a service; without it that would be all of it, the URL's password too.
    var description: String { "DatabaseStart" }

    private static let firstPause: Duration = .milliseconds(100)
    private static let longestPause: Duration = .seconds(5)

    func run() async throws {
        let settings = try ConnectionSettings(url: url)
        let migrator =
            use == .serving
            ? Migrator(settings, logger: logger)
            : Migrator(settings, connectTimeout: Database.patience, logger: logger)
        let giveUp = ContinuousClock.now.advanced(by: Database.patience)
        try await cancelWhenGracefulShutdown {
            var pause = Self.firstPause
            while !Task.isCancelled {
                guard let obstacle = try await prepare(migrator) else {
                    started.set()
                    return logger.info("ready")
                }
                if use == .visiting, ContinuousClock.now >= giveUp { throw obstacle }
                logger.warning("waiting for the database", metadata: ["error": "\(obstacle)"])
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    /// - Returns: what may pass by itself; nil once the database can be used.
    /// - Throws: what does not pass, such as a schema that is newer than the program.
    private func prepare(_ migrator: Migrator) async throws -> (any Error)? {
        do throws(Migrator.Failure) {
            switch use {
            case .serving:
                let report = try await migrator.run()
                if !report.pending.isEmpty {
                    logger.info("schema migrated", metadata: ["steps": "\(report.pending.count)"])
                }
            case .visiting: try await migrator.check()
            }
        } catch {
            switch error {
            case .database, .unreachable: return error
            case .edited, .newer, .refused, .behind: throw error
            }
        }
        do {
            try await ServerCheck(pools: pools).run()
        } catch let error as StoreError {
            return error
        }
        return nil
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

import Crypto
package import LibPQ
package import Logging
package import Migrations

/// Brings a database to the newest schema, once, however many start at the same time.
package struct Migrator: Sendable {
    /// What stands in the way of migrating.
    package enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// A file that was applied is not what it was.
        case edited(number: Int32, name: String)
        /// The database was migrated by a newer program.
        case newer(found: Int32, known: Int32)
        case refused(number: Int32, name: String, ServerError)
        case database(PQError)
        /// No connection was to be had; what the server or the network said last.
        case unreachable(String)
        /// The database has no schema of ours, or an older one, and may not be changed now.
        case behind(applied: Int, known: Int)

        package var description: String {
            switch self {
            case .edited(let number, let name):
                "migration \(number) (\(name)) was changed after it was applied; restore the file and add a new one"
            case .newer(let found, let known):
                "the database is at schema \(found), this program knows \(known); run the newer program"
            case .refused(let number, let name, let error):
                "migration \(number) (\(name)) was refused and rolled back: SQLSTATE \(error.state)"
                    + (error.said.map { ", \($0)" } ?? "")
            case .database(let error): error.description
            case .unreachable(let reason): "the database cannot be reached: \(reason)"
            case .behind(0, _):
                "this database has no tables of Holdfast; name the right one, or run 'holdfast migrate' to make them"
            case .behind(let applied, let known):
                "the database is at step \(applied) of \(known); run 'holdfast migrate' to bring it to this program's schema"
            }
        }
    }

    package struct Report: Sendable, Hashable {
        package var alreadyApplied: Int
        /// Applied now; with a dry run, those that would be.
        package var pending: [String]
    }

    private let settings: ConnectionSettings
    private let migrations: [Migration]
    private let makesPartitions: Bool
    private let connectTimeout: Duration
    private let logger: Logger

    /// Months of ledger partitions that are made ahead of time.
    package static let partitionMonthsAhead: Int32 = 3

    /// - Parameters:
    ///   - makesPartitions: the ledger's next months too; false for a schema without a ledger.
    ///   - connectTimeout: for a connection; the work, and other migrators that come first, have ten minutes.
    package init(
        _ settings: ConnectionSettings, migrations: [Migration] = Migration.all, makesPartitions: Bool = true,
        connectTimeout: Duration = .seconds(600), logger: Logger
    ) {
        var settings = settings
        settings.applicationName = "holdfast migrate"
        self.settings = settings
        self.migrations = migrations
        self.makesPartitions = makesPartitions
        self.connectTimeout = connectTimeout
        self.logger = logger
    }

    /// - Parameter isDryRun: only say what would be applied.
    /// - Returns: what was there and what was done. Waits for another migrator to finish first.
    package func run(isDryRun: Bool = false) async throws(Failure) -> Report {
        let pool = ConnectionPool(settings, size: 1, jobsMax: 1, logger: logger)
        // A program that is told to stop while the database is away must not wait for it.
        var result = await withTaskCancellationHandler {
            await migrate(with: pool, isDryRun: isDryRun)
        } onCancel: {
            pool.close()
        }
        if case .failure(.database(.unavailable)) = result, let reason = pool.lastRefusal {
            result = .failure(.unreachable(reason))
        }
        await pool.shutdown()
        return try result.get()
    }

    /// Looks whether the schema is this program's, and changes nothing.
    /// - Throws: `.behind` where something is left to apply, and what `run` throws.
    package func check() async throws(Failure) {
        let report = try await run(isDryRun: true)
        if !report.pending.isEmpty {
            throw .behind(applied: report.alreadyApplied, known: report.alreadyApplied + report.pending.count)
        }
    }

    private func migrate(with pool: ConnectionPool, isDryRun: Bool) async -> Result<Report, Failure> {
        do throws(PQError) {
            try await pool.run(timeout: connectTimeout) { _ in }
            return try await pool.run(timeout: .seconds(600)) { [self] session throws(PQError) in
                do throws(Failure) {
                    return .success(try migrate(on: session, isDryRun: isDryRun))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            return .failure(.database(error))
        }
    }

    private func migrate(on session: Session, isDryRun: Bool) throws(Failure) -> Report {
        do throws(PQError) {
            // Held to the end of the session, so a second migrator starts when the first is through.
            _ = try session.query(.migrationLock)
            // Only where it is missing: a service that may not change the schema asks whether anything is left to do.
            if try session.query(.migrationTableExists).isEmpty {
                if isDryRun { return Report(alreadyApplied: 0, pending: migrations.map(\.title)) }
                _ = try session.query(.migrationTableCreate)
            }
        } catch { throw .database(error) }
        let applied = try applied(on: session)
        try check(applied)
        let pending = migrations.filter { applied[$0.number] == nil }
        if !isDryRun {
            for migration in pending { try apply(migration, on: session) }
            guard makesPartitions else { return Report(alreadyApplied: applied.count, pending: pending.map(\.title)) }
            do throws(PQError) {
                _ = try session.query(.movementPartitionsEnsure) { $0.int4(Self.partitionMonthsAhead) }
            } catch { throw .database(error) }
        }
        return Report(alreadyApplied: applied.count, pending: pending.map(\.title))
    }

    private func applied(on session: Session) throws(Failure) -> [Int32: [UInt8]] {
        do throws(PQError) {
            let rows = try session.query(.migrationList)
            return Dictionary(
                uniqueKeysWithValues: rows.map { row in
                    var row = RowCursor(row)
                    return (row.int4(), row.bytea())
                })
        } catch { throw .database(error) }
    }

    private func check(_ applied: [Int32: [UInt8]]) throws(Failure) {
        let known = migrations.map(\.number).max() ?? 0
        if let found = applied.keys.max(), found > known { throw .newer(found: found, known: known) }
        for migration in migrations {
            guard let checksum = applied[migration.number] else { continue }
            if checksum != migration.checksum { throw .edited(number: migration.number, name: migration.name) }
        }
    }

    private func apply(_ migration: Migration, on session: Session) throws(Failure) {
        logger.info("migrating", metadata: ["migration": "\(migration.title)"])
        do throws(PQError) {
            if migration.runsInTransaction {
                try session.script("begin", name: migration.title)
                try record(migration, on: session)
                try session.script(migration.sql, name: migration.title)
                try session.script("commit", name: migration.title)
            } else {
                try session.script(migration.sql, name: migration.title)
                try record(migration, on: session)
            }
        } catch {
            if case .server(let server) = error {
                throw .refused(number: migration.number, name: migration.name, server)
            }
            throw .database(error)
        }
    }

    private func record(_ migration: Migration, on session: Session) throws(PQError) {
        _ = try session.query(.migrationRecord) {
            $0.int4(migration.number)
            $0.text(migration.name)
            $0.bytea(migration.checksum)
        }
    }
}

extension Migration {
    fileprivate var checksum: [UInt8] { Array(SHA256.hash(data: Array(sql.utf8))) }
    fileprivate var title: String { "\(number) \(name)" }
}

extension Statement {
    fileprivate static let migrationLock = Statement(
        "migration_lock", sql: "select \(AdvisoryLock.migration.excludeInSession())")

    fileprivate static let migrationTableExists = Statement(
        "migration_table_exists", sql: "select 1 from pg_class where oid = to_regclass('schema_migration')")

    fileprivate static let migrationTableCreate = Statement(
        "migration_table_create",
        sql: """
            create table schema_migration (
                number int4 primary key,
                name text not null,
                checksum bytea not null,
                applied_at timestamptz not null default clock_timestamp()
            )
            """)

    fileprivate static let migrationList = Statement(
        "migration_list", sql: "select number, checksum from schema_migration order by number")

    fileprivate static let migrationRecord = Statement(
        "migration_record", [.int4, .text, .bytea],
        sql: "insert into schema_migration (number, name, checksum) values ($1, $2, $3)")

    /// Makes the ledger's monthly partitions of this month and the next ones, where missing.
    package static let movementPartitionsEnsure = Statement(
        "movement_partitions_ensure", [.int4], sql: "select movement_partitions_ensure($1)")
}

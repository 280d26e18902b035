import Foundation
import InventoryPostgres
import LibPQ
import Logging
import Migrations
import TestSupport
import Testing

private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite struct MigratorTests {
    private func withEmptyDatabase(_ body: (ConnectionSettings) async throws -> Void) async throws {
        let database = try await TestCluster.shared.makeEmptyDatabase()
        do {
            try await body(ConnectionSettings(url: database.url))
            try await TestCluster.shared.drop(database)
        } catch {
            try? await TestCluster.shared.drop(database)
            throw error
        }
    }

    private let two = [
        Migration(number: 1, name: "one", sql: "create table one (a int4);"),
        Migration(number: 2, name: "two", sql: "create table two (a int4);"),
    ]

    @Test func `the program knows exactly the files of the folder, in order`() throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../Migrations").standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
            .filter { $0.hasSuffix(".sql") }.sorted()
        let known = Migration.all.map { String(format: "%04d_%@.sql", $0.number, $0.name) }
        #expect(files == known)
        for (migration, file) in zip(Migration.all, files) {
            #expect(try String(contentsOf: folder.appending(path: file), encoding: .utf8) == migration.sql)
        }
    }

    @Test func `twenty at once migrate once`() async throws {
        try await withEmptyDatabase { settings async throws in
            let reports = try await withThrowingTaskGroup(of: Migrator.Report.self) { group in
                for _ in 0..<20 { group.addTask { try await Migrator(settings, logger: logger).run() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.count { $0.pending.count == Migration.all.count } == 1)
            #expect(reports.count { $0.pending.isEmpty } == 19)
        }
    }

    @Test func `a dry run changes nothing and says what it would do`() async throws {
        try await withEmptyDatabase { settings async throws in
            let migrator = Migrator(settings, migrations: two, makesPartitions: false, logger: logger)
            #expect(try await migrator.run(isDryRun: true).pending == ["1 one", "2 two"])
            #expect(try await migrator.run(isDryRun: true).alreadyApplied == 0)
            #expect(try await migrator.run().pending.count == 2)
            #expect(try await migrator.run(isDryRun: true).pending.isEmpty)
        }
    }

    @Test func `a file that was edited after it was applied is refused`() async throws {
        try await withEmptyDatabase { settings async throws in
            _ = try await Migrator(settings, migrations: two, makesPartitions: false, logger: logger).run()
            let edited = [two[0], Migration(number: 2, name: "two", sql: "create table two (b int4);")]
            await #expect(throws: Migrator.Failure.edited(number: 2, name: "two")) {
                try await Migrator(settings, migrations: edited, makesPartitions: false, logger: logger).run()
            }
        }
    }

    @Test func `a newer schema is refused`() async throws {
        try await withEmptyDatabase { settings async throws in
            _ = try await Migrator(settings, migrations: two, makesPartitions: false, logger: logger).run()
            await #expect(throws: Migrator.Failure.newer(found: 2, known: 1)) {
                try await Migrator(settings, migrations: [two[0]], makesPartitions: false, logger: logger).run()
            }
        }
    }

    @Test func `a step that fails is rolled back whole and can be mended`() async throws {
        try await withEmptyDatabase { settings async throws in
            let broken = [
                two[0], Migration(number: 2, name: "two", sql: "create table two (a int4); select 1 / 0;"),
            ]
            let failure = await #expect(throws: Migrator.Failure.self) {
                try await Migrator(settings, migrations: broken, makesPartitions: false, logger: logger).run()
            }
            guard case .refused(number: 2, name: "two", _)? = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(
                try await Migrator(settings, migrations: two, makesPartitions: false, logger: logger).run().pending == [
                    "2 two"
                ])
        }
    }

    @Test func `a step that cannot run in a transaction runs outside of one`() async throws {
        try await withEmptyDatabase { settings async throws in
            let steps = [
                two[0],
                Migration(
                    number: 2, name: "index",
                    sql: "-- migrate: no-transaction\ncreate index concurrently one_a on one (a);"),
            ]
            #expect(
                try await Migrator(settings, migrations: steps, makesPartitions: false, logger: logger).run().pending
                    .count == 2)
        }
    }

    @Test func `a second schema is migrated while the first one's migrators are locked out`() async throws {
        try await withEmptyDatabase { settings async throws in
            let held = ConnectionPool(settings, size: 1, jobsMax: 1, logger: logger)
            try await held.run(timeout: .seconds(5)) { session throws(PQError) in
                try session.script("create schema other", name: "create schema")
                _ = try session.query(
                    Statement(
                        "test_migration_lock",
                        sql: "select pg_advisory_lock(hashtextextended(current_schema(), 7021000))"))
            }
            let other = try ConnectionSettings(url: settings.url + "&options=-csearch_path%3Dother")
            #expect(try await Migrator(other, logger: logger).run().pending.count == Migration.all.count)
            let places = try await held.run(timeout: .seconds(5)) { session throws(PQError) in
                try session.query(
                    Statement(
                        "test_schemas",
                        sql: """
                            select distinct n.nspname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
                            where c.relname in ('balance', 'movement', 'reservation', 'schema_migration')
                            """)
                ).map { $0.text(0) }
            }
            #expect(places == ["other"])
            await held.shutdown()
        }
    }
}

import EmbeddedPostgres
import Foundation
import InventoryPostgres
import LibPQ
import Logging
import Synchronization

/// One private PostgreSQL for a whole test run, in memory where the machine has a memory file system, with a
/// migrated database that each test's own is cloned from. Logic only: nothing in it would survive a crash.
package actor TestCluster {
    package static let shared = TestCluster()

    private var starting: Task<ConnectionSettings, any Error>?
    private var databasesMade = 0
    private var isAdministered = false

    private static let templateName = "holdfast"
    private static let dropsMax = 5

    /// A fresh database with the newest schema and nothing in it.
    package func makeDatabase(clock: TestClock = .running) async throws -> TestDatabase {
        let settings = try await settings()
        databasesMade += 1
        let name = "test_\(databasesMade)"
        try await administer(settings, "create database \(name) template \(Self.templateName) strategy file_copy")
        if clock == .settable {
            try await administer(settings, "alter database \(name) set search_path = \(SettableClock.searchPath)")
        }
        return TestDatabase(url: Self.url(settings, name), name: name)
    }

    /// A fresh database without any table.
    package func makeEmptyDatabase() async throws -> TestDatabase {
        let settings = try await settings()
        databasesMade += 1
        let name = "test_\(databasesMade)"
        try await administer(settings, "create database \(name) template template0")
        return TestDatabase(url: Self.url(settings, name), name: name)
    }

    package func drop(_ database: TestDatabase) async throws {
        let settings = try await settings()
        // Now and then the server fails with an internal error while it ends the last connections; a second look is enough.
        for _ in 1..<Self.dropsMax {
            do {
                return try await administer(settings, "drop database if exists \(database.name) with (force)")
            } catch PQError.server(let error) where error.state == SQLState("XX000") {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        try await administer(settings, "drop database if exists \(database.name) with (force)")
    }

    /// One statement at a time: PostgreSQL refuses to clone a database while another clone of it is being made, and now and
    /// then fails with an internal error when one is dropped beside.
    private func administer(_ settings: ConnectionSettings, _ sql: String) async throws {
        while isAdministered { try await Task.sleep(for: .milliseconds(5)) }
        isAdministered = true
        defer { isAdministered = false }
        let maintenance = try ConnectionSettings(url: Self.url(settings, "postgres"))
        let pool = ConnectionPool(maintenance, size: 1, jobsMax: 1, logger: Logger(label: "test"))
        defer { Task { await pool.shutdown() } }
        try await pool.run(timeout: .seconds(60)) { session throws(PQError) in
            try session.script(sql, name: "administer")
        }
    }

    private func settings() async throws -> ConnectionSettings {
        if starting == nil { starting = Task { try await Self.start() } }
        guard let starting else { preconditionFailure("the cluster is being started") }
        return try await starting.value
    }

    private static func url(_ settings: ConnectionSettings, _ name: String) -> String {
        settings.url.replacing("/holdfast?", with: "/\(name)?")
    }

    private static func start() async throws -> ConnectionSettings {
        let memory = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
        let folder = "\(memory)/holdfast-tests-\(getpid())"
        let postgres = try EmbeddedPostgres(
            folder: folder, binaries: try await PostgresBinaries.find(folder: nil), durability: .none,
            logger: Logger(label: "test"))
        let running = try await postgres.start()
        TestClusterEnd.arrange(running, folder: folder)
        let settings = try ConnectionSettings(url: running.url)
        _ = try await Migrator(settings, logger: Logger(label: "test")).run()
        try await SettableClock.create(settings)
        return settings
    }
}

/// A database of one test's own.
package struct TestDatabase: Sendable {
    package let url: String
    package let name: String
}

/// Runs `body` on a fresh migrated database and drops it behind it.
package func withDatabase<T>(
    clock: TestClock = .running, _ body: (TestDatabase) async throws -> T
) async throws -> T {
    let database = try await TestCluster.shared.makeDatabase(clock: clock)
    do {
        let result = try await body(database)
        try await TestCluster.shared.drop(database)
        return result
    } catch {
        try? await TestCluster.shared.drop(database)
        throw error
    }
}

/// Ends the cluster with the test process, from where nothing can be awaited.
private enum TestClusterEnd {
    private static let state = Mutex<(server: RunningPostgres, folder: String)?>(nil)

    static func arrange(_ server: RunningPostgres, folder: String) {
        state.withLock { $0 = (server, folder) }
        atexit {
            TestClusterEnd.state.withLock { state in
                guard let (server, folder) = state else { return }
                server.abandon()
                usleep(200_000)
                try? FileManager.default.removeItem(atPath: folder)
            }
        }
    }
}

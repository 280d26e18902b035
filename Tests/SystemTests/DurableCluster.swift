import EmbeddedPostgres
import LibPQ
import Logging

/// A PostgreSQL with full durability, for tests that kill things.
func withDurablePostgres<T>(in folder: String, _ body: (RunningPostgres) async throws -> T) async throws -> T {
    let postgres = try EmbeddedPostgres(
        folder: "\(folder)/pg", binaries: try await PostgresBinaries.find(folder: nil),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let running = try await postgres.start()
    do {
        let result = try await body(running)
        await running.stop()
        return result
    } catch {
        await running.stop()
        throw error
    }
}

/// Rows of a constant query, each as its columns' texts joined by a bar.
func rows(_ url: String, _ sql: String) async throws -> [String] {
    let pool = ConnectionPool(
        try ConnectionSettings(url: url), size: 1, jobsMax: 1,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    do {
        let found = try await pool.run(timeout: .seconds(60)) { session throws(PQError) in
            try session.query(Statement("test_rows", sql: sql)).map { $0.text(0) }
        }
        await pool.shutdown()
        return found
    } catch {
        await pool.shutdown()
        throw error
    }
}

/// Runs statements, one after the other.
func script(_ sql: String, _ url: String) async throws {
    let pool = ConnectionPool(
        try ConnectionSettings(url: url), size: 1, jobsMax: 1,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    do {
        try await pool.run(timeout: .seconds(120)) { session throws(PQError) in
            try session.script(sql, name: "test")
        }
    } catch {
        await pool.shutdown()
        throw error
    }
    await pool.shutdown()
}

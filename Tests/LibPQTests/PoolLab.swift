import LibPQ
import Logging
import TestSupport

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` with a pool on a database of its own, and shuts it down behind it.
func withPool<T>(
    size: Int = 1, jobsMax: Int = 100, opening: ConnectionPool.Opening = .atOnce, session: [String: String] = [:],
    _ body: @Sendable (ConnectionPool) async throws -> T
) async throws -> T {
    try await withDatabase { database in
        let settings = try ConnectionSettings(url: database.url, session: session)
        let pool = ConnectionPool(settings, size: size, jobsMax: jobsMax, opening: opening, logger: quiet)
        do {
            let result = try await body(pool)
            await pool.shutdown()
            return result
        } catch {
            await pool.shutdown()
            throw error
        }
    }
}

extension Statement {
    static let backend = Statement("test_backend", sql: "select pg_backend_pid()")
    static let sleeping = Statement(
        "test_sleeping", [.int4],
        sql: "select exists (select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep')")
    static let end = Statement(
        "test_end", [.int4], sql: "select pg_terminate_backend($1)")
    static let sleep = Statement("test_sleep", [.float8], sql: "select 1 from pg_sleep($1)")
    static let divide = Statement("test_divide", [.int8], sql: "select 10 / $1")
    static let keep = Statement(
        "test_keep", [.text], sql: "insert into actor (name) values ($1) returning actor_id")
    static let kept = Statement("test_kept", sql: "select count(*) from actor")
}

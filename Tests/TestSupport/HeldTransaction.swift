package import InventoryPostgres
import LibPQ
import Logging
import Synchronization

/// Runs `body` while a transaction of another connection holds the locks that some SQL takes. It commits as soon as so many
/// others wait for them, or the body is over.
/// - Parameter waiters: 0 where nobody is to wait.
package func whileHeld<T: Sendable>(
    _ sql: String, on database: TestDatabase, untilWaiting waiters: Int64 = 1,
    _ body: () async throws -> T
) async throws -> T {
    let settings = try ConnectionSettings(url: database.url)
    let pool = ConnectionPool(settings, size: 1, jobsMax: 1, logger: Logger(label: "test"))
    let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
    let isOver = Signal()
    let holder = Task {
        defer { beginning.finish() }
        try await pool.run(timeout: .seconds(60)) { session throws(PQError) in
            try session.script("begin; \(sql)", name: "hold")
            beginning.finish()
            // The end is bounded, so that a body that waits in another way fails by what its test expects.
            let end = ContinuousClock.now.advanced(by: .seconds(40))
            while !isOver.isGiven, ContinuousClock.now < end {
                if waiters > 0, try session.query(.waiting)[0].int8(0) >= waiters { break }
                try session.script("select pg_sleep(0.005)", name: "wait")
            }
            try session.script("commit", name: "release")
        }
    }
    for await _ in begun {}
    let result: T
    do {
        result = try await body()
        isOver.give()
        try await holder.value
    } catch {
        isOver.give()
        _ = try? await holder.value
        await pool.shutdown()
        throw error
    }
    await pool.shutdown()
    return result
}

private final class Signal: Sendable {
    private let state = Mutex(false)

    var isGiven: Bool { state.withLock { $0 } }

    func give() { state.withLock { $0 = true } }
}

extension PostgresPools.LockWaits {
    /// For tests in which somebody has to wait until the others are where the test wants them, however slow the machine.
    package static var patient: Self {
        var waits = Self()
        (waits.write, waits.aside, waits.change) = (30_000, 30_000, 30_000)
        return waits
    }
}

extension TestShop {
    /// Returns once so many connections of its database wait for locks.
    package func awaitWaiting(_ waiters: Int64) async throws {
        let isSo = try await eventually {
            try await pools.report.run(timeout: .seconds(60)) { session throws(PQError) in
                try session.query(.waiting)[0].int8(0)
            } >= waiters
        }
        if !isSo { throw NobodyWaits() }
    }
}

/// Nobody came to wait for a lock, so a test of what happens then would test nothing.
private struct NobodyWaits: Error {}

extension Statement {
    /// Connections of this database that wait for a lock. Of the lock table, which is read afresh within a transaction too.
    fileprivate static let waiting = Statement(
        "test_waiting",
        sql: """
            select count(distinct w.pid)
            from pg_locks w
            where not w.granted and exists (
                select from pg_locks h join pg_database d on d.oid = h.database
                where h.pid = w.pid and d.datname = current_database())
            """)
}

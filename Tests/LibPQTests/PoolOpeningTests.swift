import Foundation
import LibPQ
import Testing

@Suite struct PoolOpeningTests {
    private static let connected = Statement(
        "test_connected",
        sql:
            "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'"
    )

    private func connected(_ pool: ConnectionPool) async throws -> Int64 {
        try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
            try session.query(Self.connected)[0].int8(0)
        }
    }

    @Test func `jobs one after another need one connection, and jobs at once one each, up to the pool's size`()
        async throws
    {
        try await withPool(size: 3, opening: .asNeeded(after: .seconds(20))) { pool async throws in
            for _ in 0..<5 { #expect(try await connected(pool) == 1) }
        }
        try await withPool(size: 3, opening: .asNeeded(after: .milliseconds(5))) { pool async throws in
            // None of the three jobs ends before each has a connection.
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<3 {
                    tasks.addTask {
                        try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                            while try session.query(Self.connected)[0].int8(0) < 3 { usleep(1_000) }
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            #expect(try await connected(pool) == 3)
        }
    }

    @Test func `a pool that nobody asked for anything ends without a connection`() async throws {
        try await withPool(size: 2, opening: .asNeeded(after: .milliseconds(5))) { _ in }
    }

    @Test func `jobs that come as the pool is closed are all answered`() async throws {
        for _ in 0..<20 {
            try await withPool(size: 2, opening: .asNeeded(after: .milliseconds(5))) { pool async throws in
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for _ in 0..<8 {
                        tasks.addTask {
                            do { _ = try await connected(pool) } catch PQError.unavailable(.shutDown) {}
                        }
                    }
                    pool.close()
                    try await tasks.waitForAll()
                }
            }
        }
    }
}

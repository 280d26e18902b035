import LibPQ
import TestSupport
import Testing

@Suite struct PoolBoundsTests {
    @Test func `a deadline ends a job that takes too long, and the pool recovers`() async throws {
        try await withPool { pool async throws in
            await #expect(throws: PQError.outcomeUnknown) {
                try await pool.run(timeout: .milliseconds(200)) { session throws(PQError) in
                    _ = try session.query(.sleep) { $0.float8(20) }
                }
            }
            let answer = try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                try session.query(.divide) { $0.int8(2) }[0].int8(0)
            }
            #expect(answer == 5)
        }
    }

    @Test func `one job more than may wait is refused at once`() async throws {
        try await withPool(jobsMax: 2) { pool async throws in
            let outcomes = await withTaskGroup(of: PQError?.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        do throws(PQError) {
                            try await pool.run(timeout: .seconds(20)) { session throws(PQError) in
                                _ = try session.query(.sleep) { $0.float8(0.5) }
                            }
                            return nil
                        } catch { return error }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let refused = outcomes.count { $0 == .unavailable(.queueFull) }
            #expect((3...4).contains(refused), "one may run already, two wait: \(outcomes)")
            #expect(outcomes.count { $0 == nil } == 6 - refused)
        }
    }

    @Test func `shutting down finishes accepted jobs and refuses new ones`() async throws {
        try await withDatabase { database in
            let pool = ConnectionPool(
                try ConnectionSettings(url: database.url), size: 1, jobsMax: 10, logger: quiet)
            _ = try await pool.run(timeout: .seconds(30)) { session throws(PQError) in try session.query(.backend).count
            }
            let (begun, continuation) = AsyncStream.makeStream(of: Void.self)
            async let slow = pool.run(timeout: .seconds(30)) { session throws(PQError) in
                continuation.yield()
                return try session.query(.sleep) { $0.float8(0.3) }.count
            }
            for await _ in begun { break }
            await pool.shutdown()
            #expect(try await slow == 1)
            await #expect(throws: PQError.unavailable(.shutDown)) {
                try await pool.run(timeout: .seconds(1)) { session throws(PQError) in try session.query(.backend).count
                }
            }
        }
    }

    @Test func `without a server a job fails by its deadline, and shutting down does not hang`() async throws {
        let settings = try ConnectionSettings(url: "postgresql://nobody@/none?host=/nowhere-at-all")
        let pool = ConnectionPool(settings, size: 2, jobsMax: 10, logger: quiet)
        await #expect(throws: PQError.unavailable(.notConnected)) {
            try await pool.run(timeout: .milliseconds(300)) { session throws(PQError) in
                try session.query(.backend).count
            }
        }
        await pool.shutdown()
    }

    @Test func `session settings are in force from the first statement`() async throws {
        let setting = Statement("test_setting", sql: "select current_setting('lock_timeout'), current_setting('jit')")
        try await withPool(session: ["lock_timeout": "1234ms", "jit": "off"]) { pool async throws in
            try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                let row = try session.query(setting)[0]
                #expect(row.text(0) == "1234ms")
                #expect(row.text(1) == "off")
            }
        }
    }
}

import Dispatch
import LibPQ
import TestSupport
import Testing

@Suite struct PoolBoundsTests {
    @Test func `a deadline ends a job that takes too long, and the pool recovers`() async throws {
        try await withPool { pool async throws in
            // On a busy machine its time may be over before its turn. Then nothing has run, and it is tried again.
            var (caught, tries): (PQError?, Int) = (nil, 0)
            repeat {
                (caught, tries) = (nil, tries + 1)
                do throws(PQError) {
                    try await pool.run(timeout: .milliseconds(200)) { session throws(PQError) in
                        _ = try session.query(.sleep) { $0.float8(20) }
                    }
                } catch { caught = error }
            } while (caught == .unavailable(.deadlineExceeded) || caught == .unavailable(.notConnected)) && tries < 100
            #expect(caught == .outcomeUnknown)
            let answer = try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                try session.query(.divide) { $0.int8(2) }[0].int8(0)
            }
            #expect(answer == 5)
        }
    }

    @Test func `one job more than may wait is refused at once`() async throws {
        try await withPool(jobsMax: 2) { pool async throws in
            let gate = DispatchSemaphore(value: 0)
            let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
            async let running: Void = pool.run(timeout: .seconds(60)) { _ throws(PQError) in
                beginning.finish()
                _ = gate.wait(timeout: .now() + 30)
            }
            for await _ in begun {}
            // One runs, and two of five wait. The other three are told before anything moves.
            let outcomes = await withTaskGroup(of: PQError?.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        do throws(PQError) {
                            try await pool.run(timeout: .seconds(60)) { session throws(PQError) in
                                _ = try session.query(.backend)
                            }
                            return nil
                        } catch { return error }
                    }
                }
                var outcomes: [PQError?] = []
                for await outcome in group {
                    outcomes.append(outcome)
                    if outcomes.count == 3 { gate.signal() }
                }
                return outcomes
            }
            try await running
            let refused: PQError? = .unavailable(.queueFull)
            #expect(outcomes == [refused, refused, refused, nil, nil])
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

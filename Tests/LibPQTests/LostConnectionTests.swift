import LibPQ
import TestSupport
import Testing

@Suite struct LostConnectionTests {
    /// Ends the backend of a job while it waits inside `statements`.
    private func run(_ statements: [Statement]) async throws -> PQError? {
        try await withPool(size: 2) { pool async throws in
            let (pids, found) = AsyncStream.makeStream(of: Int32.self)
            async let killed: Void = {
                guard let pid = await pids.first(where: { _ in true }) else { return }
                // Not before the server is at it.
                let isSleeping = try await eventually {
                    try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                        try session.query(.sleeping) { $0.int4(pid) }[0].bool(0)
                    }
                }
                #expect(isSleeping)
                try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                    _ = try session.query(.end) { $0.int4(pid) }
                }
            }()
            var caught: PQError?
            do throws(PQError) {
                try await pool.run(timeout: .seconds(90)) { session throws(PQError) in
                    found.yield(try session.query(.backend)[0].int4(0))
                    var exchange = Exchange()
                    for statement in statements {
                        exchange.add(statement) { if statement == .sleep { $0.float8(50) } }
                    }
                    _ = try session.run(exchange)
                }
            } catch {
                caught = error
            }
            try await killed
            // The pool comes back by itself, on both connections.
            for _ in 0..<4 {
                let answer = try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                    try session.query(.divide) { $0.int8(1) }[0].int8(0)
                }
                #expect(answer == 10)
            }
            return caught
        }
    }

    @Test func `a connection lost while work that commits is under way leaves its outcome unknown`() async throws {
        #expect(try await run([.sleep]) == .outcomeUnknown)
        #expect(try await run([.begin, .sleep, .commit]) == .outcomeUnknown)
    }

    @Test func `a connection lost before a commit was sent has changed nothing, and says so`() async throws {
        #expect(try await run([.begin, .sleep]) == .interrupted)
    }

    @Test func `a connection that died while idle costs nobody anything`() async throws {
        try await withPool(size: 2) { pool async throws in
            let pids = try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                try session.query(.backend)[0].int4(0)
            }
            // Returns once the backend has ended. Where it ends its own, it fails, and that has ended, too.
            let end = Statement("test_end_and_wait", [.int4], sql: "select pg_terminate_backend($1, 30000)")
            _ = try? await pool.run(timeout: .seconds(60)) { session throws(PQError) in
                _ = try session.query(end) { $0.int4(pids) }
            }
            for _ in 0..<6 {
                let answer = try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                    try session.query(.divide) { $0.int8(2) }[0].int8(0)
                }
                #expect(answer == 5)
            }
        }
    }
}

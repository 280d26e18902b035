import LibPQ
import Testing

@Suite struct ExchangeTests {
    @Test func `statements of one exchange are answered in order, prepared once`() async throws {
        try await withPool { pool async throws in
            for _ in 0..<3 {
                try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                    var exchange = Exchange()
                    let first = exchange.add(.divide) { $0.int8(2) }
                    let second = exchange.add(.divide) { $0.int8(5) }
                    let results = try session.run(exchange)
                    #expect(results[first][0].int8(0) == 5)
                    #expect(results[second][0].int8(0) == 2)
                }
            }
        }
    }

    @Test func `a refused statement names its SQLSTATE, rolls everything back, and carries no value`() async throws {
        try await withPool { pool async throws in
            let error = await #expect(throws: PQError.self) {
                try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                    var exchange = Exchange()
                    exchange.add(.begin)
                    exchange.add(.keep) { $0.text("secret-value") }
                    exchange.add(.keep) { $0.text("secret-value") }
                    exchange.add(.commit)
                    _ = try session.run(exchange)
                }
            }
            guard case .server(let server)? = error else {
                Issue.record("not a server error: \(String(describing: error))")
                return
            }
            #expect(server.state == .uniqueViolation)
            #expect(server.statement == "test_keep")
            #expect(server.constraint == "actor_name_key")
            #expect(!"\(server) \(String(describing: error))".contains("secret-value"))
            let kept = try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                #expect(!session.isInTransaction)
                return try session.query(.kept)[0].int8(0)
            }
            #expect(kept == 0)
        }
    }

    @Test func `a transaction that a job leaves open is rolled back before the next job`() async throws {
        try await withPool { pool async throws in
            try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                _ = try session.query(.begin)
                _ = try session.query(.keep) { $0.text("left open") }
            }
            let kept = try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                try session.query(.kept)[0].int8(0)
            }
            #expect(kept == 0)
        }
    }

    @Test func `much data in both directions at once does not block`() async throws {
        let echo = Statement("test_echo_text", [.text], sql: "select $1")
        try await withPool { pool async throws in
            try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                let large = String(repeating: "x", count: 4 << 20)
                var exchange = Exchange()
                for _ in 0..<8 { exchange.add(echo) { $0.text(large) } }
                #expect(try session.run(exchange).allSatisfy { $0[0].text(0).utf8.count == large.utf8.count })
            }
        }
    }
}

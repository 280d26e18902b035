import LibPQ
import Logging
import Synchronization
import TestSupport
import Testing

private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

private func withPool<T>(
    size: Int = 1, jobsMax: Int = 100, session: [String: String] = [:],
    _ body: (ConnectionPool) async throws -> T
) async throws -> T {
    try await withDatabase { database in
        let settings = try ConnectionSettings(url: database.url, session: session)
        let pool = ConnectionPool(settings, size: size, jobsMax: jobsMax, logger: logger)
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
    fileprivate static let backend = Statement("test_backend", sql: "select pg_backend_pid()")
    fileprivate static let sleeping = Statement(
        "test_sleeping", [.int4],
        sql: "select exists (select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep')")
    fileprivate static let end = Statement(
        "test_end", [.int4], sql: "select pg_terminate_backend($1)")
    fileprivate static let sleep = Statement("test_sleep", [.float8], sql: "select 1 from pg_sleep($1)")
    fileprivate static let divide = Statement("test_divide", [.int8], sql: "select 10 / $1")
    fileprivate static let keep = Statement(
        "test_keep", [.text], sql: "insert into actor (name) values ($1) returning actor_id")
    fileprivate static let kept = Statement("test_kept", sql: "select count(*) from actor")
}

@Suite struct ParameterTests {
    @Test func `every scalar type goes there and back, at its edges and as NULL`() async throws {
        let echo = Statement(
            "test_echo", [.int8, .int4, .int2, .float8, .bool, .text, .bytea, .timestamptz, .text],
            sql: "select $1, $2, $3, $4, $5, $6, $7, $8, $9")
        try await withPool { pool async throws in
            try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
                let row = try session.query(echo) {
                    $0.int8(.min)
                    $0.int4(.max)
                    $0.int2(-1)
                    $0.float8(-0.1)
                    $0.bool(true)
                    $0.text("")
                    $0.bytea([0, 255])
                    $0.timestamptz(-1)
                    $0.text(nil)
                }[0]
                #expect(row.int8(0) == .min)
                #expect(row.int4(1) == .max)
                #expect(row.int2(2) == -1)
                #expect(row.float8(3) == -0.1)
                #expect(row.bool(4))
                #expect(row.text(5).isEmpty, "an empty text is not NULL")
                #expect(row.bytea(6) == [0, 255])
                #expect(row.timestamptz(7) == -1)
                #expect(row.isNull(8))
                #expect(row.textIfPresent(8) == nil)
            }
        }
    }

    @Test func `an empty text alone is not NULL`() async throws {
        let echo = Statement("test_empty", [.text], sql: "select $1 is null")
        try await withPool { pool async throws in
            try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
                #expect(try !session.query(echo) { $0.text("") }[0].bool(0))
            }
        }
    }

    @Test func `arrays go there and back, with NULLs, empty and large`() async throws {
        let echo = Statement(
            "test_arrays", [.int8Array, .textArray, .byteaArray, .boolArray, .timestamptzArray],
            sql: """
                select a, b, c, d, e, cardinality($1)
                from unnest($1, $2, $3, $4, $5) with ordinality as t(a, b, c, d, e, o) order by o
                """)
        try await withPool { pool async throws in
            try await pool.run(timeout: .seconds(20)) { session throws(PQError) in
                let count = 20_000
                let rows = try session.query(echo) {
                    $0.int8s((0..<count).map { $0 == 7 ? nil : Int64($0) })
                    $0.texts((0..<count).map { "text \($0) 'é'\u{1}" })
                    $0.byteas((0..<count).map { [UInt8](repeating: UInt8($0 & 255), count: 40) })
                    $0.bools((0..<count).map { $0.isMultiple(of: 2) })
                    $0.timestamptzs((0..<count).map { Int64($0) })
                }
                #expect(rows.count == count)
                #expect(rows[7].isNull(0))
                #expect(rows[19_999].int8(0) == 19_999)
                #expect(rows[12_345].text(1) == "text 12345 'é'\u{1}")
                #expect(rows[300].bytea(2) == [UInt8](repeating: 44, count: 40))
                #expect(rows[300].timestamptz(4) == 300)
                let empty = try session.query(echo) {
                    $0.int8s([])
                    $0.texts([])
                    $0.byteas([])
                    $0.bools([])
                    $0.timestamptzs([])
                }
                #expect(empty.isEmpty)
            }
        }
    }
}

@Suite struct ExchangeTests {
    @Test func `statements of one exchange are answered in order, prepared once`() async throws {
        try await withPool { pool async throws in
            for _ in 0..<3 {
                try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
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
                try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
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
            let kept = try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
                #expect(!session.isInTransaction)
                return try session.query(.kept)[0].int8(0)
            }
            #expect(kept == 0)
        }
    }

    @Test func `a transaction that a job leaves open is rolled back before the next job`() async throws {
        try await withPool { pool async throws in
            try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
                _ = try session.query(.begin)
                _ = try session.query(.keep) { $0.text("left open") }
            }
            let kept = try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
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

@Suite struct LostConnectionTests {
    /// Ends the backend of a job while it waits inside `statements`.
    private func run(_ statements: [Statement]) async throws -> PQError? {
        try await withPool(size: 2) { pool async throws in
            let (pids, found) = AsyncStream.makeStream(of: Int32.self)
            async let killed: Void = {
                guard let pid = await pids.first(where: { _ in true }) else { return }
                // Not before the server is at it, however slow the machine.
                var isSleeping = false
                for _ in 0..<400 where !isSleeping {
                    isSleeping = try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
                        try session.query(.sleeping) { $0.int4(pid) }[0].bool(0)
                    }
                    if !isSleeping { try await Task.sleep(for: .milliseconds(10)) }
                }
                try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
                    _ = try session.query(.end) { $0.int4(pid) }
                }
            }()
            var caught: PQError?
            do throws(PQError) {
                try await pool.run(timeout: .seconds(10)) { session throws(PQError) in
                    found.yield(try session.query(.backend)[0].int4(0))
                    var exchange = Exchange()
                    for statement in statements {
                        exchange.add(statement) { if statement == .sleep { $0.float8(5) } }
                    }
                    _ = try session.run(exchange)
                }
            } catch {
                caught = error
            }
            try await killed
            // The pool comes back by itself, on both connections.
            for _ in 0..<4 {
                let answer = try await pool.run(timeout: .seconds(10)) { session throws(PQError) in
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
            let pids = try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
                try session.query(.backend)[0].int4(0)
            }
            _ = try? await pool.run(timeout: .seconds(5)) { session throws(PQError) in
                _ = try session.query(.end) { $0.int4(pids) }
            }
            // The backend ends a moment after it is told to.
            try await Task.sleep(for: .milliseconds(200))
            for _ in 0..<6 {
                let answer = try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
                    try session.query(.divide) { $0.int8(2) }[0].int8(0)
                }
                #expect(answer == 5)
            }
        }
    }
}

@Suite struct PoolBoundsTests {
    @Test func `a deadline ends a job that takes too long, and the pool recovers`() async throws {
        try await withPool { pool async throws in
            await #expect(throws: PQError.outcomeUnknown) {
                try await pool.run(timeout: .milliseconds(200)) { session throws(PQError) in
                    _ = try session.query(.sleep) { $0.float8(20) }
                }
            }
            let answer = try await pool.run(timeout: .seconds(10)) { session throws(PQError) in
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
                try ConnectionSettings(url: database.url), size: 1, jobsMax: 10, logger: logger)
            _ = try await pool.run(timeout: .seconds(5)) { session throws(PQError) in try session.query(.backend).count
            }
            async let slow = pool.run(timeout: .seconds(10)) { session throws(PQError) in
                try session.query(.sleep) { $0.float8(0.3) }.count
            }
            try await Task.sleep(for: .milliseconds(100))
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
        let pool = ConnectionPool(settings, size: 2, jobsMax: 10, logger: logger)
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
            try await pool.run(timeout: .seconds(5)) { session throws(PQError) in
                let row = try session.query(setting)[0]
                #expect(row.text(0) == "1234ms")
                #expect(row.text(1) == "off")
            }
        }
    }
}

@Suite struct ConnectionSettingsTests {
    @Test func `a URL is read and its secret stays out of what is logged`() throws {
        let settings = try ConnectionSettings(url: "postgresql://u:hunter2@db.example:6543/shop?sslmode=verify-full")
        #expect(settings.endpoint == "db.example:6543/shop")
        let keywords = Dictionary(uniqueKeysWithValues: settings.keywords())
        #expect(keywords["sslmode"] == "verify-full")
        #expect(keywords["password"] == "hunter2")
        #expect(keywords["client_encoding"] == "UTF8")
    }

    @Test(arguments: [
        "postgresql://u:hunter2@[::1/x", "hostname=only", "postgresql://h/d?nonsense=1",
        "postgresql://u:hunter2@h:99999/d",
        "postgresql://u:hunter2@h/d?sslmode=hunter2", "postgresql://h:5432,h:0/d",
    ])
    func `what libpq cannot read is refused without repeating it`(url: String) {
        let error = #expect(throws: InvalidConnectionURL.self) { try ConnectionSettings(url: url) }
        #expect(error?.description.contains("hunter2") == false)
    }
}

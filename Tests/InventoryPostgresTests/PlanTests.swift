import InventoryPostgres
import LibPQ
import Logging
import TestSupport
import Testing

/// Plans of hot statements are part of the contract: by index, whatever the tables held when they were made.
@Suite struct PlanTests {
    /// Tables that grow; reading one whole would be noticed only in production.
    private static let growing = [
        "balance", "movement", "event_key", "item", "alias", "parked_line", "exception", "stock_count", "count_line",
        "pending_alarm", "reservation", "allocation", "hold_expiry", "request_key", "commit_log", "feed_position",
        "feed_change", "availability_told", "band_told", "cover_told",
    ]

    /// Those that grow with every sale, and with every order.
    private static let ledger = [
        "balance", "movement", "event_key", "count_line", "allocation", "hold_expiry", "request_key", "reservation",
        "commit_log", "feed_position", "feed_change", "band_told",
    ]

    private enum State {
        /// As made: the planner has no statistics and assumes some rows.
        case empty
        /// Looked at before its first row, so that the planner takes the table for empty for ever. What is not shaped
        /// against that is slow until autovacuum looks again.
        case analysedWhileEmpty
        case filled
    }

    private func plan(_ statement: Statement, on session: Session) throws(PQError) -> [String] {
        let types = statement.parameters.map(\.sqlName).joined(separator: ", ")
        let nulls = statement.parameters.map { _ in "null" }.joined(separator: ", ")
        let name = "plan_of_\(statement.name)"
        try session.script(
            "prepare \(name)\(types.isEmpty ? "" : "(\(types))") as \(statement.sql)", name: name)
        return try session.query(
            Statement("explain_\(name)", sql: "explain (costs off) execute \(name)\(types.isEmpty ? "" : "(\(nulls))")")
        ).map { $0.text(0) }
    }

    private func check(_ database: TestDatabase, _ state: State) async throws {
        let settings = try ConnectionSettings(url: database.url, session: HotStatements.session)
        let pool = ConnectionPool(
            settings, size: 1, jobsMax: 1, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        for statement in HotStatements.writing + HotStatements.reading + HotStatements.feed {
            let lines = try await pool.run(timeout: .seconds(10)) { session throws(PQError) in
                try plan(statement, on: session)
            }
            let text = lines.joined(separator: "\n")
            for table in Self.growing {
                let scans = lines.filter { $0.contains("Seq Scan on \(table)") }
                #expect(scans.isEmpty, "\(statement.name), \(state):\n\(text)")
            }
            let spared = state == .analysedWhileEmpty && !HotStatements.unshakeable.contains(statement)
            for (line, next) in zip(lines, lines.dropFirst() + [""])
            where !spared && Self.ledger.contains(where: line.isIndexScan) {
                #expect(next.contains("Index Cond"), "\(statement.name), \(state), reads a whole index:\n\(text)")
            }
            #expect(
                !text.contains("Hash Join") && !text.contains("Merge Join"), "\(statement.name), \(state):\n\(text)")
        }
        let locking = try await pool.run(timeout: .seconds(10)) { session throws(PQError) in
            _ = try session.query(Statement("deallocate_all", sql: "deallocate plan_of_balance_lock"))
            return try plan(HotStatements.locking, on: session)
        }
        let lock = locking.firstIndex { $0.contains("LockRows") }
        let sort = locking.firstIndex { $0.contains("Sort") && !$0.contains("Sort Key") }
        let isLockAboveSort = if let lock, let sort { lock < sort } else { false }
        #expect(isLockAboveSort, "locks are taken in the order sorted:\n\(locking)")
        await pool.shutdown()
    }

    @Test func `hot statements go by index on empty and on filled tables`() async throws {
        try await withDatabase { database in
            try await check(database, .empty)
            try await run("vacuum analyze", on: database)
            try await check(database, .analysedWhileEmpty)
            try await run(
                """
                insert into item (sku, name, unit, status)
                    select 'S' || n, 'Item', 'each', 'active' from generate_series(1, 20000) n;
                insert into location (id, name, kind, status, mode, can_pickup, can_ship, time_zone)
                    select 'L' || n, 'Store', 'store', 'active', 'live', true, true, 'UTC' from generate_series(1, 200) n;
                insert into balance (item_id, location_id, version)
                    select i, l, 1 from generate_series(1, 1000) i, generate_series(1, 50) l;
                insert into event_key (source_id, event_id, verdict, fingerprint)
                    select 1, 'e' || n, 1, decode(repeat('00', 16), 'hex') from generate_series(1, 50000) n;
                insert into reservation (
                        reservation_id, version, created_at, expires_at, due_at, renewals, allocations_made, is_open,
                        is_split, state, method, location, owner, lines)
                    select decode(lpad(to_hex(n), 32, '0'), 'hex'), 1, now(), now(), now(), 0, 1, n % 10 = 0, false,
                           case n % 10 when 0 then 'held' else 'fulfilled' end, 'pickup', 'L1', 'o' || n, ''
                    from generate_series(1, 20000) n;
                insert into allocation (
                        item_id, location_id, reservation_id, number, line, quantity, open_units, released,
                        fulfilled_by_request, fulfilled_by_sale, restock_pending, created_at, state, cover_rank)
                    select n % 1000 + 1, n % 50 + 1, decode(lpad(to_hex(n), 32, '0'), 'hex'), 1, 0, 1,
                           case n % 10 when 0 then 1 else 0 end, 0, 0, 0, 0, now(), 2, 1
                    from generate_series(1, 20000) n;
                insert into hold_expiry (item_id, location_id, expires_at, units)
                    select n % 1000 + 1, n % 50 + 1, now() + make_interval(secs => n), 1
                    from generate_series(1, 20000) n;
                insert into request_key (client_id, key, fingerprint, reservation_id)
                    select 0, 'k' || n, '', '' from generate_series(1, 20000) n;
                insert into commit_log (recorded_at, lines, items, locations)
                    select now(), 1, array[n % 1000 + 1], array[n % 50 + 1] from generate_series(1, 20000) n;
                insert into feed_position (position, commit_id, recorded_at)
                    select n, case when n % 3 > 0 then n end, now() from generate_series(1, 15000) n;
                insert into feed_change (position, ordinal, kind, item_id, location_id, band)
                    select n, 1, 1, n % 1000 + 1, n % 50 + 1, 2 from generate_series(3, 15000, 3) n;
                insert into availability_told (item_id, location_id, band, shown)
                    select i, l, 2, 0 from generate_series(1, 1000) i, generate_series(1, 50) l;
                insert into band_told (item_id, group_id, band) select n, 0, 2 from generate_series(1, 10000) n;
                update feed_progress set high = 15000, newest = 15000, told = 14000, telling = 14000;
                \(analyzeOwnTables)
                """, on: database)
            try await check(database, .filled)
        }
    }

    private func run(_ script: String, on database: TestDatabase) async throws {
        let pool = ConnectionPool(
            try ConnectionSettings(url: database.url), size: 1, jobsMax: 1,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await pool.run(timeout: .seconds(60)) { session throws(PQError) in
            try session.script(script, name: "script")
        }
        await pool.shutdown()
    }

    @Test func `updates of a balance stay inside its page`() async throws {
        try await withShop { shop async throws in
            for number in 0..<10 { try await shop.addItem("S\(number)") }
            try await shop.addLocation("L")
            for round in 0..<60 {
                _ = try await shop.send((0..<10).map { .sale("\(round)/\($0)", "S\($0)") })
            }
            let counts = Statement(
                "test_hot",
                sql: "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'balance'")
            var (updates, hot): (Int64, Int64) = (0, 0)
            // An index on a column that changes would make none of them stay; a few leave while the page is still full.
            let flush = Statement("test_flush", sql: "select pg_stat_force_next_flush()")
            for _ in 0..<50 where updates < 200 {
                // Both writing sessions hand their statistics in when they are told to and go idle.
                for _ in 0..<4 {
                    _ = try await shop.pools.write.run(timeout: .seconds(5)) { session throws(PQError) in
                        try session.query(flush).count
                    }
                }
                try await Task.sleep(for: .milliseconds(50))
                (updates, hot) = try await shop.pools.report.run(timeout: .seconds(10)) { session throws(PQError) in
                    let row = try session.query(counts)[0]
                    return (row.int8(0), row.int8(1))
                }
            }
            #expect(updates >= 200)
            #expect(Double(hot) / Double(max(updates, 1)) > 0.7, "\(hot) of \(updates)")
        }
    }
}

extension String {
    /// Of a plan.
    fileprivate func isIndexScan(on table: String) -> Bool {
        contains("Index Scan using \(table)_") || contains("Index Only Scan using \(table)_")
    }
}

extension PQType {
    fileprivate var sqlName: String {
        switch self {
        case .bool: "bool"
        case .bytea: "bytea"
        case .int8: "int8"
        case .int2: "int2"
        case .int4: "int4"
        case .text: "text"
        case .float8: "float8"
        case .timestamptz: "timestamptz"
        case .jsonb: "jsonb"
        case .boolArray: "bool[]"
        case .byteaArray: "bytea[]"
        case .int2Array: "int2[]"
        case .int4Array: "int4[]"
        case .textArray: "text[]"
        case .int8Array: "int8[]"
        case .float8Array: "float8[]"
        case .timestamptzArray: "timestamptz[]"
        }
    }
}

import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import TestSupport
import Testing

/// A ledger of ten years: what is asked of one month costs what it costs in a ledger of one.
@Suite struct ManyMonthsTests {
    private static let months = 120
    /// A line on the second day of each month until three months ago, one unit in each: item A everywhere, B at L only.
    private static let filling = """
        do $$
        declare
            month timestamptz;
        begin
            for ago in 1..\(months) loop
                month := date_trunc('month', clock_timestamp() at time zone 'UTC') at time zone 'UTC'
                    - make_interval(months => ago);
                execute format(
                    'create table movement_%s partition of movement for values from (%L) to (%L)',
                    to_char(month at time zone 'UTC', 'YYYY_MM'), month,
                    ((month at time zone 'UTC') + interval '1 month') at time zone 'UTC');
            end loop;
        end
        $$;
        insert into item (sku, name, unit, status) values ('A', 'A', 'each', 'active'), ('B', 'B', 'each', 'active');
        insert into item_history select item_id, 1, '2000-01-01', name, status from item;
        insert into location (id, name, kind, status, mode, can_pickup, can_ship, time_zone)
            select id, id, 'store', 'active', 'live', true, true, 'UTC' from unnest(array['L', 'M']) id;
        insert into location_history
            select location_id, 1, '2000-01-01', status, mode, can_pickup, can_ship, false from location;
        insert into movement (
                item_id, location_id, recorded_at, version, sequence, units, on_hand_after, reserved_after, occurred_at,
                source_id, kind, bucket, counter_account, event_id, chain)
            select i.item_id, l.location_id, at, n, n, 1, n, 0, at, 0, 2, 1, 11, i.sku || n, decode(repeat('00', 32), 'hex')
            from (
                select n, (date_trunc('month', clock_timestamp() at time zone 'UTC')
                           - make_interval(months => \(months) - n) + interval '1 day') at time zone 'UTC' as at
                from generate_series(0, \(months) - 3) n where n > 0
            ) m
            cross join item i join location l on i.sku = 'A' or l.id = 'L';
        insert into balance (item_id, location_id, on_hand, version, recorded_at, first_recorded_at)
            select item_id, location_id, count(*), count(*), max(recorded_at), min(recorded_at) from movement group by 1, 2;
        insert into event_key (source_id, event_id, verdict, fingerprint, item_id, location_id, recorded_at, version, sequence)
            select 0, event_id, 1, decode(repeat('00', 16), 'hex'), item_id, location_id, recorded_at, version, sequence
            from movement where location_id = 1;
        \(analyzeOwnTables)
        """

    /// Months whose tables a question looks into.
    private func monthsRead(_ sql: String, in shop: TestShop) async throws -> [String] {
        let question = Statement("test_question_\(sql.hashValue)", sql: sql)
        // What the session has not handed in of questions before is in the counts too.
        let looks = Statement(
            "test_looks",
            sql: """
                select relname::text, coalesce(seq_scan, 0) + coalesce(idx_scan, 0) from pg_stat_xact_user_tables
                where relname like 'movement\\_2%' order by 1
                """)
        return try await shop.pools.past.run(timeout: .seconds(20)) { session throws(PQError) in
            var before: [String: Int64] = [:]
            _ = try session.query(Statement("test_begin", sql: "begin"))
            for row in try session.query(looks) { before[row.text(0)] = row.int8(1) }
            _ = try session.query(question)
            let after = try session.query(looks).map { (month: $0.text(0), looks: $0.int8(1)) }
            _ = try session.query(Statement("test_end", sql: "rollback"))
            return after.filter { $0.looks > before[$0.month, default: 0] }.map(\.month)
        }
    }

    /// What the balance was so many months ago, in the middle of one.
    private func instant(monthsAgo months: Int, in shop: TestShop) async throws -> Timestamp {
        let sql = """
            select ((date_trunc('month', clock_timestamp() at time zone 'UTC') - interval '\(months) months')
                    + interval '15 days') at time zone 'UTC'
            """
        return try await shop.pools.past.run(timeout: .seconds(5)) { session throws(PQError) in
            Timestamp(microseconds: try session.query(Statement("test_instant_\(months)", sql: sql))[0].timestamptz(0))
        }
    }

    @Test func `the past is found in the month that it was, and is right`() async throws {
        try await withShop { shop async throws in
            try await shop.runSQL(Self.filling)
            for ago in [4, 13, 60, 110] {
                let at = try await instant(monthsAgo: ago, in: shop)
                let known = try await shop.availability.known(
                    .sku(SKU(stored: "A")), NetworkFilter(), named: [], around: nil, at: at)
                let places = try #require(try known?.get()).value.places
                #expect(places.map(\.balance.figures.onHand) == [Int64(Self.months - ago), Int64(Self.months - ago)])
                let occurred = try await shop.availability.occurred(
                    .sku(SKU(stored: "B")), at: LocationID(stored: "L"), at)
                #expect(try #require(try occurred?.get()).value.map(\.figures.onHand) == [Int64(Self.months - ago)])
                let keys = "array[1, 1, 2]::int8[], array[1, 2, 1]::int4[]"
                let last = try await monthsRead(
                    "select count(*) from last_lines(\(keys), array_fill('\(at)'::timestamptz, array[3]))", in: shop)
                #expect(last.count <= 2, "\(ago): \(last)")
                let since = try await monthsRead(
                    "select count(*) from promise_lines(\(keys), '\(at)')", in: shop)
                #expect(since.count <= 3, "\(ago): \(since)")
                let holds = try await monthsRead(
                    "select count(*) from holds_ended(\(keys), array_fill('\(at)'::timestamptz, array[3]), '\(at)')",
                    in: shop)
                #expect(holds.count <= 3, "\(ago): \(holds)")
            }
            // Nothing was there before its first line, which takes a look at every month and no more.
            let at = try await instant(monthsAgo: Self.months + 5, in: shop)
            let before = try await shop.availability.known(
                .sku(SKU(stored: "A")), NetworkFilter(), named: [LocationID(stored: "L")], around: nil, at: at)
            #expect(try #require(try before?.get()).value.places.map(\.balance.version) == [0])
            // What has occurred by now has no later lines than those of now.
            let now = try await monthsRead(
                "select count(*) from units_occurred(array[1]::int8[], array[1], array[statement_timestamp()])",
                in: shop)
            #expect(now.count <= 9, "\(now)")
        }
    }

    @Test func `lists of the ledger look at the months that they show`() async throws {
        try await withShop { shop async throws in
            try await shop.runSQL(Self.filling)
            // All of it, page by page, is each line once and in order.
            for (item, order) in [("A", .oldest), (nil, .oldest), ("A", .newest), (nil, .newest)]
                as [(String?, LedgerFilter.Order)]
            {
                var (found, after): ([LedgerEntry], LedgerPosition?) = ([], nil)
                while true {
                    var filter = LedgerFilter()
                    filter.order = order
                    filter.item = item.map { .sku(SKU(stored: $0)) }
                    if item == nil { filter.location = LocationID(stored: "L") }
                    let page = try await shop.ledger.lines(filter, after: after, limit: 50).get()
                    found += page.entries
                    guard page.hasMore, let last = page.entries.last?.line else { break }
                    after = LedgerPosition(
                        recordedAt: last.recordedAt, location: last.key.location, item: last.key.item)
                }
                #expect(found.count == 2 * (Self.months - 3))
                let instants = found.map(\.line.recordedAt)
                #expect(instants == (order == .oldest ? instants.sorted() : instants.sorted(by: >)))
            }
            var filter = LedgerFilter()
            filter.event = EventID(stored: "B7")
            #expect(try await shop.ledger.lines(filter, after: nil, limit: 5).get().entries.map(\.line.version) == [7])
            filter.event = EventID(stored: "none")
            #expect(try await shop.ledger.lines(filter, after: nil, limit: 5).get().entries.isEmpty)
            // And each statement is planned for the stretch that it gets.
            let at = try await instant(monthsAgo: 60, in: shop)
            for statement in HotStatements.ledger {
                let types = statement.parameters.map { "\($0)" }.joined(separator: ", ")
                var values = statement.parameters.map { _ in "null" }
                (values[3], values[12], values[13]) = ("'A60'", "'A60'", "51")
                if !statement.name.hasPrefix("ledger_by_location") { values[0] = "1" }
                (values[14], values[15]) = ("'\(at)'", "timestamptz '\(at)' + interval '31 days'")
                let given = values.joined(separator: ", ")
                let plan = try await shop.pools.report.run(timeout: .seconds(20)) { session throws(PQError) in
                    try session.script(
                        "prepare test_\(statement.name) (\(types)) as \(statement.sql)", name: statement.name)
                    return try session.query(
                        Statement(
                            "explain_\(statement.name)",
                            sql: "explain (costs off) execute test_\(statement.name) (\(given))"
                        )
                    ).map { $0.text(0) }.joined(separator: "\n")
                }
                let months = Set(plan.matches(of: /on (movement_2\w+)/).map { String($0.1) })
                #expect((1...2).contains(months.count), "\(statement.name):\n\(plan)")
            }
        }
    }
}

import Inventory
import LibPQ

/// What a batch reads and writes of counts. No batch of plain sales runs any of these.
extension Statement {
    /// What `event_key` says of the id of a whole count. No verdict has this number.
    static let wholeCount: Int16 = 100

    /// The first lines of balances and a complete count of their location wait for each other: whichever commits later
    /// sees the other. Taken behind the balances' locks by batches, and before any by counts.
    static let completeCountsShare = Statement(
        "complete_counts_share", [.textArray],
        sql: "select \(AdvisoryLock.completeCounts.share("location")) from unnest($1) as l(location)")

    static let completeCountsExclude = Statement(
        "complete_counts_exclude", [.text], sql: "select \(AdvisoryLock.completeCounts.exclude("$1"))")

    /// The newest complete count of each balance whose location has one that does not leave the item alone. A statement of
    /// its own, behind the lock.
    static let completeCountsRead = Statement(
        "complete_counts_read", [.int8Array, .textArray],
        sql: """
            select asked.item_id, l.location_id, newest.counted_at
            from unnest($1, $2) as asked(item_id, location)
            cross join lateral (select * from location l where l.id = asked.location offset 0) l
            cross join lateral (
                select c.counted_at from stock_count c
                where c.location = asked.location and c.is_complete and asked.item_id <> all (c.left_alone)
                order by c.counted_at desc limit 1
            ) newest
            """)

    private static let balanceInstants: [PQType] = [.int8Array, .int4Array, .timestamptzArray]

    /// For each balance and instant the counts at the first two instants of any that are not before it. A complete count
    /// of the location that has not come to the balance says 0, and has no line yet. Rows are compared, and not columns, so
    /// that no index but the primary key fits: one by location and time looks as good while the table is small, and reads
    /// all lines of a location for each of them.
    static let countsAround = Statement(
        "counts_around", balanceInstants,
        sql: """
            select \(CountMarkColumn.ofLine)
            from unnest($1, $2, $3) as asked(item_id, location_id, instant)
            cross join (values (1::int2), (2::int2), (3::int2)) as counted(bucket)
            cross join lateral (
                select l.counted_at as first, (
                    select n.counted_at from count_line n
                    where (n.item_id, n.location_id, n.bucket, n.counted_at)
                            > (asked.item_id, asked.location_id, counted.bucket, l.counted_at)
                      and (n.item_id, n.location_id, n.bucket) <= (asked.item_id, asked.location_id, counted.bucket)
                    order by n.item_id, n.location_id, n.bucket, n.counted_at limit 1) as second
                from count_line l
                where (l.item_id, l.location_id, l.bucket, l.counted_at)
                        >= (asked.item_id, asked.location_id, counted.bucket, asked.instant)
                  and (l.item_id, l.location_id, l.bucket) <= (asked.item_id, asked.location_id, counted.bucket)
                order by l.item_id, l.location_id, l.bucket, l.counted_at limit 1
            ) near
            cross join lateral (
                select * from count_line c
                where (c.item_id, c.location_id, c.bucket, c.counted_at)
                        >= (asked.item_id, asked.location_id, counted.bucket, near.first)
                  and (c.item_id, c.location_id, c.bucket, c.counted_at)
                        <= (asked.item_id, asked.location_id, counted.bucket, coalesce(near.second, near.first)) offset 0
            ) c
            union
            select \(CountMarkColumn.ofCompleteCount)
            from unnest($1, $2, $3) as asked(item_id, location_id, instant)
            cross join lateral (select * from location l where l.location_id = asked.location_id offset 0) l
            cross join lateral (
                select f.counted_at as first, (
                    select n.counted_at from stock_count n
                    where n.location = l.id and n.is_complete and n.counted_at > f.counted_at
                      and asked.item_id <> all (n.left_alone)
                    order by n.counted_at limit 1) as second
                from stock_count f
                where f.location = l.id and f.is_complete and f.counted_at >= asked.instant
                  and asked.item_id <> all (f.left_alone)
                order by f.counted_at limit 1
            ) near
            cross join lateral (
                select * from stock_count c
                where c.location = l.id and c.is_complete and asked.item_id <> all (c.left_alone)
                  and c.counted_at >= near.first and c.counted_at <= coalesce(near.second, near.first) offset 0
            ) c
            cross join lateral (select * from source s where s.source_id = c.source_id offset 0) s
            where (
                select true from count_line have
                where have.item_id = asked.item_id and have.location_id = asked.location_id and have.bucket = 1
                  and have.counted_at = c.counted_at and have.source = s.id and have.event_id = c.event_id
                limit 1) is null
            """)

    /// What was there at each instant, as far as is known now.
    static let unitsOccurred = Statement(
        "units_occurred", balanceInstants,
        sql: """
            select \(BalanceInstantColumn.selectList(of: "u")), \(UnitsOccurredColumn.selectList)
            from units_occurred($1, $2, $3) u
            """)

    /// Counts that came as single lines, or as records of a file: they are applied with their batch. In one order, since two
    /// batches of one file may wait for each other's.
    static let stockCountAppend = Statement(
        "stock_count_append", .init(of: SingleCountColumn.allCases),
        sql: """
            insert into stock_count (\(SingleCountColumn.allCases.nameList), is_complete, line_count, status)
            select new.*, false, 1, 'applied'
            from unnest(\(SingleCountColumn.allCases.parameterList(from: 1))) as new(\(SingleCountColumn.allCases.nameList))
            order by new.count_id
            on conflict do nothing
            """)

    /// As `Int64.addingUnits` does.
    private static func cutOff(_ sum: String) -> String {
        "greatest(least(\(sum), \(Figures.sumMax)), -\(Figures.sumMax))"
    }

    /// Everything adds up, so that lines of one count may come in any order.
    static let countLineStore = Statement(
        "count_line_store", .init(of: CountLineColumn.allCases),
        sql: """
            insert into count_line as l (\(CountLineColumn.allCases.nameList))
            select * from unnest(\(CountLineColumn.allCases.parameterList(from: 1)))
            on conflict (\(CountLineColumn.key.nameList)) do update
            set is_stated = l.is_stated or excluded.is_stated, quantity = l.quantity + excluded.quantity,
                variance = \(cutOff("l.variance + excluded.variance")),
                suspect_variance = \(cutOff("l.suspect_variance + excluded.suspect_variance")),
                packed_units = l.packed_units + excluded.packed_units,
                recorded_at = coalesce(l.recorded_at, excluded.recorded_at)
            """)

    /// Somebody has looked since it was asked for.
    static let countTaskSettle = Statement(
        "count_task_settle", balanceInstants,
        sql: """
            delete from count_task t
            using unnest($1, $2, $3) as counted(item_id, location_id, counted_at)
            where t.item_id = counted.item_id and t.location_id = counted.location_id
              and t.requested_at <= counted.counted_at
            """)
}

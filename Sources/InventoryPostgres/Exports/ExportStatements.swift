import LibPQ

/// When the first ledger line was recorded, and until when nothing can be recorded any more.
enum ExportSpanColumn: Int32, SelectedColumn {
    case first, horizon

    var selected: String {
        switch self {
        case .first:
            """
            (select min(m.recorded_at)
             from location l
             cross join lateral (
                 select recorded_at from movement where location_id = l.location_id order by recorded_at limit 1
             ) m)
            """
        case .horizon:
            """
            least(clock_timestamp() - interval '60 seconds', (
                select min(coalesce(a.xact_start, '1970-01-01 00:00:00+00') - interval '5 seconds')
                from pg_locks k
                join pg_stat_activity a on a.pid = k.pid
                where k.locktype = 'transactionid' and k.mode = 'ExclusiveLock' and k.granted
                  and a.datname = current_database() and a.pid <> pg_backend_pid()))
            """
        }
    }
}

/// What is kept of day `e`.
enum ExportDayColumn: Int32, SelectedColumn {
    case day, lines, bytes, firstSequence, lastSequence, sha256

    var selected: String {
        switch self {
        case .day: "e.day - date '1970-01-01'"
        case .lines: "e.lines"
        case .bytes: "e.bytes"
        case .firstSequence: "e.first_sequence"
        case .lastSequence: "e.last_sequence"
        case .sha256: "e.sha256"
        }
    }
}

/// Of balance `p` as it is, and line `k` where it has changed since.
enum DailyBalanceColumn: Int32, SelectedColumn {
    case item, location, sku, locationID, onHand, reserved, damaged, inspection, suspect, inTransit, version, recordedAt

    var selected: String {
        switch self {
        case .item: "p.item_id"
        case .location: "p.location_id"
        case .sku: "i.sku"
        case .locationID: "l.id"
        case .onHand: Self.then("on_hand")
        case .reserved: Self.then("reserved")
        case .damaged: Self.then("damaged")
        case .inspection: Self.then("inspection")
        case .suspect: Self.then("suspect")
        case .inTransit: Self.then("in_transit")
        case .version: Self.then("version")
        case .recordedAt: Self.then("recorded_at")
        }
    }

    private static func then(_ column: String) -> String {
        "case when p.recorded_at < $1 then p.\(column) else k.\(column) end"
    }
}

extension Statement {
    /// A line is recorded at most two seconds before its transaction began (the gate of the optimistic write; all others
    /// read the clock in their transaction). A batch's statements end within 15 seconds, and have written or locked a row by
    /// then, which gives the transaction a number. So once a minute has gone by, what may still record something on a
    /// day is a transaction with a number that began before the day's end, or up to five seconds after it. One whose
    /// beginning this role may not see counts as older than all. Long readers, dumps among them, have no number.
    static let exportSpan = Statement("export_span", sql: "select \(ExportSpanColumn.selectList)")

    static let exportDayList = Statement(
        "export_day_list", [.text, .int4, .int4, .int4],
        sql: """
            select \(ExportDayColumn.selectList)
            from export_day e
            where e.kind = $1 and e.format = $2 and e.day >= date '1970-01-01' + $3 and e.day < date '1970-01-01' + $4
            order by e.day
            """)

    static let exportDayAppend = Statement(
        "export_day_append", [.text, .int4, .int4, .int8, .int8, .int8, .int8, .bytea],
        sql: """
            insert into export_day (kind, format, day, lines, bytes, first_sequence, last_sequence, sha256)
            values ($1, $2, date '1970-01-01' + $3, $4, $5, $6, $7, $8)
            on conflict do nothing
            """)

    static let exportPlaces = Statement(
        "export_places", [.int4, .int8],
        sql: "select location_id from location where location_id > $1 order by location_id limit $2")

    /// By the ledger's index of locations, in whose order the page is; only the partition of the day is looked at.
    static let exportLines = Statement(
        "export_lines", [.int4, .timestamptz, .timestamptz, .int8, .int8],
        sql: """
            select \(LedgerColumn.selectList), \(LedgerNameColumn.selectList)
            from (
                select * from movement m
                where m.location_id = $1 and m.recorded_at >= $2 and m.recorded_at < $3
                  and (m.recorded_at, m.item_id) > ($2, $4)
                order by m.recorded_at, m.item_id limit $5
            ) m
            join item i using (item_id)
            join location l on l.location_id = m.location_id
            join source s on s.source_id = m.source_id
            order by m.recorded_at, m.item_id
            """)

    /// A balance without a line since is as it was; of the others, their last line until then says it.
    static let exportBalances = Statement(
        "export_balances", [.timestamptz, .int8, .int4, .int8],
        sql: """
            with page as materialized (
                select * from balance b
                where (b.item_id, b.location_id) > ($2, $3) and b.version > 0 and b.first_recorded_at < $1
                order by b.item_id, b.location_id limit $4
            ), later as materialized (
                select p.item_id, p.location_id, row_number() over (order by p.item_id, p.location_id) as ord
                from page p where p.recorded_at >= $1
            ), asked as materialized (
                select array_agg(item_id order by ord) as items, array_agg(location_id order by ord) as places,
                       array_agg($1 - interval '1 microsecond') as instants
                from later
            ), known as materialized (
                select found.* from asked cross join lateral last_lines(asked.items, asked.places, asked.instants) found
            )
            select \(DailyBalanceColumn.selectList)
            from page p
            join item i using (item_id)
            join location l using (location_id)
            left join later using (item_id, location_id)
            left join known k on k.ord = later.ord
            order by p.item_id, p.location_id
            """)
}

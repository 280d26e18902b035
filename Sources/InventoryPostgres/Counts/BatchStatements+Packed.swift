import Inventory
import LibPQ

/// What a batch reads where it matters what was packed: for counts that leave that out.
extension Statement {
    private static let balanceInstants: [PQType] = [.int8Array, .int4Array, .timestamptzArray]

    /// Units that are packed and wait, and what has changed behind an instant.
    static let packedUnitsRead = Statement(
        "packed_units_read", balanceInstants,
        sql: """
            select \(PackedColumn.ofNow)
            from unnest($1, $2, $3) as asked(item_id, location_id, since)
            union all
            select \(PackedColumn.ofChange)
            from unnest($1, $2, $3) as asked(item_id, location_id, since)
            cross join lateral (
                select * from packed_change p
                where p.item_id = asked.item_id and p.location_id = asked.location_id
                  and p.occurred_at > asked.since offset 0
            ) p
            """)

    /// All counts of what can be sold from an instant on, complete ones that have not come to the balance too: what was
    /// packed may change what any of them found.
    static let countsSince = Statement(
        "counts_since", balanceInstants,
        sql: """
            select \(CountMarkColumn.ofLine(excludesReady: "h.excludes_ready"))
            from unnest($1, $2, $3) as asked(item_id, location_id, instant)
            cross join lateral (
                select * from count_line c
                where (c.item_id, c.location_id, c.bucket, c.counted_at)
                        >= (asked.item_id, asked.location_id, 1::int2, asked.instant)
                  and (c.item_id, c.location_id, c.bucket) <= (asked.item_id, asked.location_id, 1::int2) offset 0
            ) c
            cross join lateral (select * from stock_count h where h.count_id = c.count_id offset 0) h
            union all
            select \(CountMarkColumn.ofCompleteCount)
            from unnest($1, $2, $3) as asked(item_id, location_id, instant)
            cross join lateral (select * from location l where l.location_id = asked.location_id offset 0) l
            cross join lateral (
                select * from stock_count c
                where c.location = l.id and c.is_complete and c.counted_at >= asked.instant
                  and asked.item_id <> all (c.left_alone) offset 0
            ) c
            cross join lateral (select * from source s where s.source_id = c.source_id offset 0) s
            where (
                select true from count_line have
                where have.item_id = asked.item_id and have.location_id = asked.location_id and have.bucket = 1
                  and have.counted_at = c.counted_at and have.source = s.id and have.event_id = c.event_id
                limit 1) is null
            """)
}

/// What of a balance is packed, of row `asked`, and what has changed of it, of row `p`.
enum PackedColumn: Int32, ColumnTable {
    /// The instant is NULL for the units that wait now.
    case item, location, instant, units

    static let ofNow = selectList { column in
        switch column {
        case .item: "asked.item_id"
        case .location: "asked.location_id"
        case .instant: "null::timestamptz"
        case .units:
            """
            (
                select coalesce(sum(a.open_units), 0)::int8 from allocation a
                where a.item_id = asked.item_id and a.location_id = asked.location_id and a.open_units > 0
                  and a.cover_rank = \(AllocationState.ready.coverRank))
            """
        }
    }

    static let ofChange = selectList { column in
        switch column {
        case .item: "p.item_id"
        case .location: "p.location_id"
        case .instant: "p.occurred_at"
        case .units: "p.units"
        }
    }
}

extension PackedUnits {
    /// Rows of `packedUnitsRead`.
    static func read(_ rows: Rows) -> [BalanceKey: PackedUnits] {
        var now: [BalanceKey: Int64] = [:]
        var changes: [BalanceKey: [Change]] = [:]
        for row in rows {
            let row = ColumnReader<PackedColumn>(row)
            let key = row.balanceKey(.item, .location)
            if let instant = row.timestamp(.instant) {
                changes[key, default: []].append(Change(at: instant, units: row.int8(.units)))
            } else {
                now[key] = row.int8(.units)
            }
        }
        return now.reduce(into: [:]) { $0[$1.key] = PackedUnits(now: $1.value, changes: changes[$1.key] ?? []) }
    }
}

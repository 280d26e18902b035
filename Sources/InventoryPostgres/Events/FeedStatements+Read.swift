import Inventory
import LibPQ

/// A position of the feed `f`, and its commit `c`, which is missing where the feed itself found the change.
enum FeedHeadColumn: Int32, SelectedColumn {
    case position, recordedAt, commit, lastRecordedAt, lines, kinds, keys

    var selected: String {
        switch self {
        case .position: "f.position"
        case .recordedAt: "f.recorded_at"
        case .commit: "f.commit_id"
        case .lastRecordedAt: "coalesce(c.last_recorded_at, f.recorded_at)"
        case .lines: "coalesce(c.lines, 0)"
        case .kinds: "coalesce(c.change_kinds, '{}')"
        case .keys: "coalesce(c.change_keys, '{}')"
        }
    }
}

/// Where a ledger line stands in the feed, behind the columns of a `LedgerEntry`.
enum FeedLineColumn: Int32, SelectedColumn {
    case position, ordinal

    var selected: String {
        switch self {
        case .position: "f.position"
        case .ordinal: "m.sequence - f.commit_id * 65536 + 1"
        }
    }
}

/// A row `f` of `feed_change` with names, in front of `ToldColumn`.
enum FeedChangeColumn: Int32, SelectedColumn {
    case position, ordinal, kind, sku, location, group, channel, band, previousBand, reservation, version

    var selected: String {
        switch self {
        case .position: "f.position"
        case .ordinal: "f.ordinal"
        case .kind: "f.kind"
        case .sku: "i.sku"
        case .location: "l.id"
        case .group: "g.id"
        case .channel: "g.channel"
        case .band: "f.band"
        case .previousBand: "f.previous_band"
        case .reservation: "f.reservation_id"
        case .version: "case when f.is_kit then null else f.version end"
        }
    }
}

/// What is read of the feed. Pages are short and hold no transaction open.
extension Statement {
    static let feedEnds = Statement(
        "feed_ends", sql: "select oldest, newest from feed_progress where is_only")

    /// The positions from `$1` on, at most `$2`, until their commits have `$3` lines and changes; those of `$4` lines count
    /// only if it is so.
    static let feedHeads = Statement(
        "feed_heads", [.int8, .int8, .int8, .bool],
        sql: """
            select \(FeedHeadColumn.selectList)
            from (
                select f.*, sum(case when f.commit_id is null then 1
                                     else coalesce(case when $4 then c.lines end, 0)
                                          + coalesce(cardinality(c.change_kinds), 0) end)
                    over (order by f.position rows between unbounded preceding and 1 preceding) as before
                from feed_position f
                left join lateral (
                    select c.lines, c.change_kinds from commit_log c where c.commit_id = f.commit_id offset 0) c on true
                where f.position >= $1 and f.position < $1 + $2
            ) f
            left join lateral (select * from commit_log c where c.commit_id = f.commit_id offset 0) c on true
            where coalesce(f.before, 0) < $3
            order by f.position
            """)

    /// Ledger lines of commits at their positions, behind `$3` and `$4`, at most `$5`: of item `$6`, location `$7`, or all.
    /// `$8` and `$9` bound when they were recorded.
    static let feedLines = Statement(
        "feed_lines", [.int8Array, .int8Array, .int8, .int8, .int8, .int8, .int4, .timestamptz, .timestamptz],
        sql: """
            select \(LedgerColumn.selectList), \(LedgerNameColumn.selectList), \(FeedLineColumn.selectList)
            from unnest($1, $2) as f(position, commit_id)
            cross join lateral (select * from commit_log c where c.commit_id = f.commit_id offset 0) c
            cross join lateral (
                select u.item_id, u.location_id from unnest(c.items, c.locations) u(item_id, location_id)
                where ($6::int8 is null or u.item_id = $6) and ($7::int4 is null or u.location_id = $7) offset 0
            ) u
            cross join lateral (
                select * from movement m
                where m.item_id = u.item_id and m.location_id = u.location_id
                  and m.recorded_at >= c.recorded_at
                  and m.recorded_at <= coalesce(c.last_recorded_at, c.recorded_at)
                  and m.recorded_at >= $8 and m.recorded_at <= $9
                  and m.sequence >= f.commit_id * 65536 and m.sequence < (f.commit_id + 1) * 65536
                offset 0
            ) m
            cross join lateral (select * from item i where i.item_id = m.item_id offset 0) i
            cross join lateral (select * from location l where l.location_id = m.location_id offset 0) l
            cross join lateral (select * from source s where s.source_id = m.source_id offset 0) s
            where (f.position, m.sequence - f.commit_id * 65536 + 1) > ($3, $4)
            order by f.position, m.sequence
            limit $5
            """)

    /// What the feed itself found, from position `$1` to `$2`, behind `$3` and `$4`, at most `$5`: of item `$6`, location
    /// `$7`, or all; of kinds `$8`.
    static let feedChanges = Statement(
        "feed_changes", [.int8, .int8, .int8, .int8, .int8, .int8, .int4, .int2Array],
        sql: """
            select \(FeedChangeColumn.selectList), \(ToldColumn.told)
            from feed_change f
            left join lateral (select i.sku from item i where i.item_id = f.item_id offset 0) i on true
            left join lateral (select l.id from location l where l.location_id = f.location_id offset 0) l on true
            left join lateral (
                select g.id, g.channel from location_group g where g.group_id = f.group_id offset 0) g on true
            where f.position >= $1 and f.position <= $2 and (f.position, f.ordinal) > ($3, $4)
              and f.kind = any ($8)
              and ($6::int8 is null or f.item_id = $6) and ($7::int4 is null or f.location_id = $7)
            order by f.position, f.ordinal
            limit $5
            """)

    /// Exceptions by commit and key: whether that commit opened, assigned or resolved it.
    static let feedExceptions = Statement(
        "feed_exceptions", [.int8Array, .textArray],
        sql: """
            select \(ExceptionColumn.selectList), asked.ord, coalesce(e.opened_xid = c.xid, false),
                   coalesce(e.assigned_xid = c.xid, false), coalesce(e.resolved_xid = c.xid, false)
            from unnest($1, $2) with ordinality as asked(commit_id, dedupe_key, ord)
            cross join lateral (select c.xid from commit_log c where c.commit_id = asked.commit_id offset 0) c
            cross join lateral (
                select * from exception e
                where e.dedupe_key = asked.dedupe_key and c.xid in (e.opened_xid, e.assigned_xid, e.resolved_xid)
                order by e.exception_id desc limit 1
            ) e
            left join lateral (select s.id from source s where s.source_id = e.source_id offset 0) s on true
            """)

    static let feedCounts = Statement(
        "feed_counts", [.byteaArray],
        sql: """
            select \(CountColumn.selectList)
            from unnest($1) as asked(count_id)
            cross join lateral (select * from stock_count c where c.count_id = asked.count_id offset 0) c
            cross join lateral (select s.id from source s where s.source_id = c.source_id offset 0) s
            """)

    static let feedSilence = Statement(
        "feed_silence", [.textArray],
        sql: """
            select l.id, l.silent_since
            from unnest($1) as asked(id)
            cross join lateral (select * from location l where l.id = asked.id and l.deleted_at is null offset 0) l
            """)

    /// What a filter names: item and location by number, the group that it or its channel means, and the members of that.
    static let feedFilter = Statement(
        "feed_filter", [.text, .text, .text, .text],
        sql: """
            select (select item_id from item where sku = $1),
                   (select location_id from location where id = $2 and deleted_at is null),
                   g.id,
                   array(
                       select l.id from location_group_member m join location l using (location_id)
                       where m.group_id = g.group_id and l.deleted_at is null)
            from (select 1) always
            left join lateral (
                select g.group_id, g.id from location_group g
                where g.deleted_at is null
                  and case when $3::text is not null then g.id = $3 else g.channel = $4 end
                limit 1
            ) g on true
            """)
}

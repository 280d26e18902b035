import Inventory
import LibPQ

/// Commits get their positions. All of it runs behind `AdvisoryLock.feed`.
extension Statement {
    static let feedLock = Statement("feed_lock", sql: "select \(AdvisoryLock.feed.exclude())")

    /// Whether there are new commits, or gaps that were filled.
    static let feedUnsequenced = Statement(
        "feed_unsequenced",
        sql: """
            select exists (select from commit_log c where c.commit_id > p.high)
                   or exists (
                       select from unnest(p.gaps) gap(commit_id)
                       cross join lateral (
                           select from commit_log c where c.commit_id = gap.commit_id offset 0) c)
            from feed_progress p where p.is_only
            """)

    /// Whether there are positions that nobody has looked at, holds that have ended, rules that began or ended, or work left
    /// over. And whether there are scans.
    static let feedUntold = Statement(
        "feed_untold",
        sql: """
            select p.told < p.newest
                   or exists (
                       select from hold_expiry h where h.expires_at > p.told_until and h.expires_at <= transaction_timestamp())
                   or \(AvailabilitySQL.isRuleTurned(since: "p.rules_until"))
                   or s.is_there,
                   s.is_there
            from feed_progress p cross join (select exists (select from feed_scan) as is_there) s
            where p.is_only
            """)

    /// Gives the next `$1` commits that are visible, and all that have come late, the next positions.
    ///
    /// A number that is missing was drawn by a transaction that had its id before (`commit_log.xid` stands before the
    /// number), so that id is smaller than our own. Once no smaller one is running, it has come or never will.
    static let feedSequence = Statement(
        "feed_sequence", [.int8],
        sql: """
            with progress as materialized (select * from feed_progress where is_only),
            late as materialized (
                select c.commit_id, c.recorded_at
                from progress p
                cross join unnest(p.gaps) gap(commit_id)
                cross join lateral (
                    select c.commit_id, c.recorded_at from commit_log c where c.commit_id = gap.commit_id offset 0
                ) c
            ),
            fresh as materialized (
                select c.commit_id, c.recorded_at from commit_log c
                where c.commit_id > (select high from progress) order by c.commit_id limit $1
            ),
            reach as materialized (
                select coalesce(max(commit_id), (select high from progress)) as high, count(*) as count from fresh
            ),
            given as (
                insert into feed_position (position, commit_id, recorded_at)
                select p.newest + row_number() over (order by n.commit_id), n.commit_id, n.recorded_at
                from progress p cross join (select * from late union all select * from fresh) n
                order by n.commit_id
                returning 1
            ),
            missing as materialized (
                select gap.commit_id, gap.xid
                from progress p cross join unnest(p.gaps, p.gap_xids) gap(commit_id, xid)
                where gap.commit_id not in (select commit_id from late)
                  and pg_snapshot_xmin(pg_current_snapshot()) < gap.xid
                union all
                select n.commit_id, pg_current_xact_id()
                from progress p cross join reach r
                cross join generate_series(greatest(p.high, r.high - \(gapReach)) + 1, r.high) n(commit_id)
                where n.commit_id not in (select commit_id from fresh)
            )
            update feed_progress f
            set high = r.high, newest = f.newest + (select count(*) from given),
                gaps = array(select commit_id from missing order by commit_id),
                gap_xids = array(select xid from missing order by commit_id)
            from reach r
            where f.is_only
            returning r.count = $1
            """)

    /// How far back numbers are looked for that are missing. A server that crashed skips 32; a restored one may skip any
    /// number.
    private static let gapReach = 100_000

    /// Decides how far the next pass looks: at `$1` positions or `$2` balances, but at one position at least.
    ///
    /// Where more than `$3` commits were not looked at, nobody has followed for long, and one look at all balances costs less
    /// than all those commits. It is due once all of them have positions but those that the next pass takes; where nothing was
    /// ever told, what it finds is only noted.
    static let feedAim = Statement(
        "feed_aim", [.int8, .int8, .int8],
        sql: """
            with progress as materialized (
                select p.*, p.is_behind or waiting + p.newest - p.told > $3 or p.told + 1 < p.oldest as is_far,
                       waiting > \(PostgresEventStore.commitsPerPass) as is_waiting
                from feed_progress p
                cross join (
                    select coalesce((select max(c.commit_id) from commit_log c), 0) - q.high as waiting
                    from feed_progress q where q.is_only
                ) w
                where p.is_only
            ),
            all_balances as (
                insert into feed_scan (is_silent)
                select not exists (select from availability_told) from progress where is_far and not is_waiting
            ),
            span as (
                select f.position,
                       sum(coalesce(cardinality(c.items), 0)) over (order by f.position) as balances
                from progress p
                join feed_position f on f.position > p.told and f.position <= p.told + $1 and not p.is_far
                left join lateral (select c.items from commit_log c where c.commit_id = f.commit_id offset 0) c on true
            )
            update feed_progress f
            set is_behind = p.is_far and p.is_waiting,
                told = case when p.is_far then p.newest else p.told end,
                telling = case when p.is_far then p.newest
                          else greatest(p.told, (
                              select max(s.position) from span s
                              where s.balances <= $2 or s.position = p.told + 1)) end
            from progress p
            where f.is_only
            """)

    /// Whatever else commits of the pass changed, and rules that began or ended, may be shown otherwise at many balances: they
    /// are looked at in pages.
    static let feedScanAppend = Statement(
        "feed_scan_append",
        sql: """
            with change as materialized (
                select distinct change.kind, change.key
                from feed_progress p
                join feed_position f on p.is_only and f.position > p.told and f.position <= p.telling
                cross join lateral (
                    select c.change_kinds, c.change_keys from commit_log c
                    where c.commit_id = f.commit_id and c.change_kinds is not null offset 0
                ) c
                cross join unnest(c.change_kinds, c.change_keys) change(kind, key)
                where change.kind = any ('{\(scanned)}')
            ),
            -- A commit that does not say what it touched.
            unsaid as materialized (
                select from feed_progress p
                join feed_position f on p.is_only and f.position > p.told and f.position <= p.telling
                cross join lateral (
                    select from commit_log c where c.commit_id = f.commit_id and (c.items is null or c.locations is null)
                    and c.lines > 0 offset 0
                ) c
            ),
            turned as materialized (
                select p.rules_until as since, transaction_timestamp() as until from feed_progress p where p.is_only
            ),
            looked as (
                update feed_progress f set rules_until = t.until
                from turned t
                where f.is_only and \(AvailabilitySQL.isRuleTurned(since: "t.since"))
            ),
            regrouped as (
                select g.group_id from change c join location_group g on g.id = c.key
                where c.kind = \(ChangeKind.locationGroup.rawValue)
            ),
            ruled as (
                select r.item_id, r.location_id, r.group_id
                from change c
                join stock_rule r
                    on r.kind = array_position(array[\(StockRuleKind.nameList)], split_part(c.key, chr(10), 1))
                    and r.id = split_part(c.key, chr(10), 2)
                where c.kind = \(ChangeKind.stockRule.rawValue)
                union
                select r.item_id, r.location_id, r.group_id
                from turned t
                cross join lateral (
                    select r.item_id, r.location_id, r.group_id from stock_rule r
                    where r.valid_until is null and r.starts_at > t.since and r.starts_at <= t.until
                    union all
                    select r.item_id, r.location_id, r.group_id from stock_rule r
                    where r.valid_until is null and r.ends_at > t.since and r.ends_at <= t.until
                ) r
            ),
            scope as (
                select i.item_id, null::int4 as location_id, null::int4 as group_id
                from change c join item i on i.sku = c.key where c.kind = \(ChangeKind.item.rawValue)
                union
                select null, l.location_id, null
                from change c join location l on l.id = c.key
                where c.kind in (\(ChangeKind.location.rawValue), \(ChangeKind.silence.rawValue), \(ChangeKind.heard.rawValue))
                union
                select r.item_id, case when r.item_id is null then r.location_id end, null
                from ruled r where r.item_id is not null or r.group_id is null
                union
                -- Of a few places one after the other, by the index; of many, all in the order of their items.
                select null, place, g.group_id
                from (
                    select group_id from regrouped
                    union
                    select r.group_id from ruled r where r.item_id is null and r.group_id is not null
                ) g
                cross join lateral (select group_places_ever(g.group_id) as places) p
                cross join unnest(case when cardinality(p.places) > \(placesByIndexMax) then '{null}' else p.places end) place
                union
                select null, null, null from unsaid
            )
            insert into feed_scan (item_id, location_id, group_id)
            select s.item_id, s.location_id, s.group_id from scope s
            where not exists (
                select from feed_scan o
                where o.next_item = 0 and o.next_location = 0 and not o.is_silent
                  and o.item_id is null and o.location_id is null and o.group_id is null)
              -- Of all balances, none has to be looked at twice.
              and (s.item_id is null and s.location_id is null and s.group_id is null
                   or not exists (
                       select from scope a where a.item_id is null and a.location_id is null and a.group_id is null))
            -- The same is queued already, and has not begun.
            on conflict (coalesce(item_id, 0), coalesce(location_id, 0), coalesce(group_id, 0))
                where next_item = 0 and next_location = 0 and not is_silent do nothing
            """)

    /// Of so many places the balances are found by the index of each; of more, one way through all balances costs less.
    private static let placesByIndexMax = 10

    private static let scanned = [ChangeKind.item, .location, .locationGroup, .stockRule, .silence, .heard]
        .map { "\($0.rawValue)" }.joined(separator: ",")
}

import Inventory
import LibPQ

extension Statement {
    /// Reservations that lost their cover, or got it back, at balances that were just told of.
    static let feedTellCover = Statement(
        "feed_tell_cover",
        sql: """
            with pair as materialized (
                select distinct f.item_id, f.location_id
                from feed_progress p
                -- By its position alone: there may be millions of other changes.
                cross join lateral (
                    select * from feed_change f
                    where f.position = p.newest and f.kind = \(FeedChangeKind.availability.rawValue) offset 0
                ) f
                where p.is_only
                  and (f.reserved > greatest(f.on_hand, 0)
                       or exists (
                           select from cover_told t where t.item_id = f.item_id and t.location_id = f.location_id))
            ),
            uncovered as materialized (
                select distinct pair.item_id, pair.location_id, a.reservation_id
                from pair
                cross join lateral (
                    select * from balance b where b.item_id = pair.item_id and b.location_id = pair.location_id offset 0
                ) b
                cross join lateral (
                    select a.reservation_id, sum(a.open_units) over (order by \(coverOrder)) as ahead
                    from allocation a
                    where a.item_id = pair.item_id and a.location_id = pair.location_id and \(isOpenNow("a"))
                    offset 0
                ) a
                where a.ahead > greatest(b.on_hand, 0)
            ),
            lost as (
                insert into cover_told (item_id, location_id, reservation_id)
                select item_id, location_id, reservation_id from uncovered
                on conflict do nothing
                returning item_id, location_id, reservation_id
            ),
            regained as (
                delete from cover_told t
                using pair
                where t.item_id = pair.item_id and t.location_id = pair.location_id
                  and not exists (
                      select from uncovered u
                      where u.item_id = t.item_id and u.location_id = t.location_id and u.reservation_id = t.reservation_id)
                returning t.item_id, t.location_id, t.reservation_id
            ),
            found as materialized (
                select f.*, row_number() over (order by f.kind, f.item_id, f.location_id, f.reservation_id)::int4 as n
                from (
                    select \(FeedChangeKind.atRisk.rawValue)::int2 as kind, lost.* from lost
                    union all
                    select \(FeedChangeKind.covered.rawValue)::int2, regained.* from regained
                ) f
            ),
            positioned as (
                insert into feed_position (position, recorded_at)
                select p.newest + 1, clock_timestamp() from feed_progress p where p.is_only and exists (select from found)
                returning position
            ),
            written as (
                insert into feed_change (position, ordinal, kind, item_id, location_id, reservation_id)
                select p.position, f.n, f.kind, f.item_id, f.location_id, f.reservation_id
                from found f cross join positioned p
            )
            update feed_progress f
            set newest = f.newest + 1, told = case when f.told = f.newest then f.told + 1 else f.told end
            where f.is_only and exists (select from positioned)
            """)
}

import Inventory
import LibPQ

/// What commits, the time and rules changed of availability and bands is told. All of it runs behind
/// `AdvisoryLock.feed`, in the transaction of `feedAim`.
extension Statement {
    private typealias SQL = AvailabilitySQL

    private static let plainly = "(l.status = 'active' and l.mode = 'live')"
    private static let plain = AvailabilityFormula(
        channel: "null::text", method: "null::text", isEligible: plainly)

    private static let isInNetwork = SQL.isEligible(method: "null::text", group: "n.group_id")
    private static let network = AvailabilityFormula(
        channel: "n.channel", method: "null::text", isEligible: "true")

    /// The kits that an item is part of.
    private static func kitsOf(_ item: String) -> String {
        "select made.kit_id from kit_component made where made.component_id = \(item) and made.valid_until is null offset 0"
    }

    /// Now is when the transaction began, as for all that is judged here (`AvailabilitySQL`). Where it waited then for a pass
    /// that began later, the time steps back, and what has ended in between is looked at once more.
    ///
    /// Balances that may be shown otherwise now: those that commits wrote, those with holds that ended, and a page of those
    /// that a rule or a status is about; and the kits that they are part of.
    private static func touched(scans: Bool) -> String {
        """
        progress as materialized (
            select p.*, transaction_timestamp() as now from feed_progress p where p.is_only),
        committed as materialized (
            select distinct u.item_id, u.location_id
            from progress p
            join feed_position f on f.position > p.told and f.position <= p.telling
            cross join lateral (
                select c.items, c.locations from commit_log c where c.commit_id = f.commit_id offset 0) c
            cross join unnest(c.items, c.locations) u(item_id, location_id)
            where u.item_id is not null and u.location_id is not null
        ),
        ended as materialized (
            select h.item_id, h.location_id
            from progress p
            cross join lateral (
                select h.item_id, h.location_id from hold_expiry h
                where h.expires_at > p.told_until and h.expires_at <= p.now offset 0) h
        ),
        \(scans ? FeedScanSQL.pages : "")touched as materialized (
            select item_id, location_id, bool_and(is_silent) as is_silent
            from (
                select item_id, location_id, false as is_silent from committed
                union all select item_id, location_id, false from ended
                \(scans ? "union all select item_id, location_id, is_silent from page" : "")
            ) t
            group by item_id, location_id
        ),
        pair as materialized (
            select item_id, location_id, bool_and(is_silent) as is_silent
            from (
                select * from touched
                union all
                select c.kit_id, t.location_id, t.is_silent
                from touched t
                cross join lateral (\(kitsOf("t.item_id"))) c
                \(scans ? FeedScanSQL.kits : "")
            ) p
            group by item_id, location_id
        )
        """
    }

    /// What is shown of each now, beside what was told.
    private static let compared = """
        seen as materialized (
            select i.item_id, l.location_id, pair.is_silent, t.band as told_band, t.shown as told_shown,
                   \(ToldColumn.selectList(plainly, plain, kits: kitsHere)),
                   case when b.item_id is null then 0::int8 else \(plain.available) end as plain_available
            from pair
            cross join lateral (select * from item i where i.item_id = pair.item_id offset 0) i
            cross join lateral (select i.item_id) kit
            cross join lateral (
                select * from location l
                where l.location_id = pair.location_id and l.deleted_at is null offset 0) l
            left join lateral (
                select * from balance b
                where b.item_id = pair.item_id and b.location_id = pair.location_id offset 0) b on true
            left join lateral (
                select * from availability_told t
                where t.item_id = pair.item_id and t.location_id = pair.location_id offset 0) t on true
            where b.version > 0 or i.rules & \(ItemRules.kit) <> 0 or t.item_id is not null
        ),
        shown as materialized (
            select s.*, coalesce(s.kits_available, s.plain_available) as available,
                   \(StoredBand.sql(
                    available: "coalesce(s.kits_available, s.plain_available)", threshold: "s.threshold")) as band
            from seen s
        ),
        changed as materialized (
            select s.*, c.hash, row_number() over (order by s.is_silent, s.item_id, s.location_id)::int4 as n
            from shown s
            cross join lateral (select hashtextextended(array[
                s.version, s.on_hand, s.reserved, s.damaged, s.inspection, s.suspect, s.in_transit,
                s.safety_stock + s.lag_buffer, coalesce(s.fenced[1], 0), s.available, s.is_eligible::int4::int8,
                s.is_kit::int4::int8, (extract(epoch from s.counted_at) * 1000000)::int8]::text, s.band) as hash) c
            where s.told_shown is distinct from c.hash
        )
        """

    private static let kitsHere = """
        case when i.rules & \(ItemRules.kit) = 0 then null::int8
             when i.status = 'stopSale' or not \(plainly) or \(plain.isRestricted) then 0::int8
             else coalesce(\(SQL.kit("kit.item_id", plain)), 0::int8) end
        """

    /// Networks whose band of an item may be another now.
    private static func judged(scans: Bool) -> String {
        """
        network as materialized (
            select n.group_id, n.channel,
                   \(SQL.networkThreshold(channel: "n.channel", method: "null::text", group: "n.group_id")) as threshold
            from (
                select null::int4 as group_id, null::text as channel
                union all
                select g.group_id, g.channel from location_group g where g.deleted_at is null
            ) n
        ),
        -- What is shown otherwise to no channel may be to one: a kit, for which a channel's fence leaves fewer of a part.
        stirred as materialized (
            select c.item_id, c.location_id, c.is_silent from changed c
            union
            select k.kit_id, c.location_id, c.is_silent from changed c cross join lateral (\(kitsOf("c.item_id"))) k
        ),
        \(scans ? FeedScanSQL.networks : "")judge as materialized (
            select item_id, group_id, bool_and(is_silent) as is_silent
            from (
                select s.item_id, null::int4 as group_id, s.is_silent from stirred s
                union all
                select s.item_id, m.group_id, s.is_silent
                from stirred s
                cross join lateral (
                    select m.group_id from location_group_member m where m.location_id = s.location_id offset 0) m
                \(scans ? FeedScanSQL.judged(kits: kitsOf("s.item_id")) : "")
            ) j
            group by item_id, group_id
        ),
        network_band as materialized (
            select j.item_id, n.group_id, j.is_silent, coalesce(t.band, 0::int2) as told_band, e.band
            from judge j
            cross join lateral (select * from item i where i.item_id = j.item_id offset 0) i
            cross join lateral (select i.item_id) kit
            join network n on n.group_id is not distinct from j.group_id
            left join lateral (
                select t.band from band_told t
                where t.item_id = j.item_id and t.group_id = coalesce(j.group_id, 0) offset 0) t on true
            cross join lateral (
                select \(SQL.networkThreshold(
                    channel: "n.channel", method: "null::text", group: "n.group_id", place: "n.threshold")) as low
                offset 0
            ) low
            cross join lateral (
                select case
                    when i.status = 'stopSale' then 0::int2
                    when i.rules & \(ItemRules.kit) <> 0 then (
                        select \(StoredBand.sql(available: UnitSum.of("k.available"), threshold: "low.low"))
                        from (
                            select distinct b.location_id
                            from kit_component c join balance b on b.item_id = c.component_id
                            where c.kit_id = i.item_id and c.valid_until is null
                        ) at
                        cross join lateral (
                            select * from location l
                            where l.location_id = at.location_id and l.deleted_at is null offset 0) l
                        cross join lateral (select coalesce(\(SQL.kit("kit.item_id", network)), 0) as available) k
                        where \(isInNetwork) and not \(network.isRestricted))
                    when exists (
                        select from balance b
                        cross join lateral (
                            select * from location l
                            where l.location_id = b.location_id and l.deleted_at is null offset 0) l
                        where b.item_id = i.item_id and \(isInNetwork) and \(network.available) > low.low) then 2::int2
                    else (
                        select \(StoredBand.sql(available: UnitSum.of(network.available), threshold: "low.low"))
                        from balance b
                        cross join lateral (
                            select * from location l
                            where l.location_id = b.location_id and l.deleted_at is null offset 0) l
                        where b.item_id = i.item_id and \(isInNetwork))
                    end as band
                offset 0
            ) e
        ),
        network_changed as materialized (
            select b.*, row_number() over (order by b.is_silent, b.item_id, b.group_id)::int4 as n
            from network_band b where b.band <> b.told_band
        )
        """
    }

    /// Compares what is shown with what was told, notes it, and tells it under one position. `$1` is the size of a page of a
    /// scan. Answers whether there is more to do.
    /// - Parameter scans: takes up pages of scans too. Few passes have any, and PostgreSQL sets up all parts of a statement for
    ///   each of them: without these, a pass over a hundred balances costs a tenth less.
    static func feedTell(scans: Bool) -> Statement { scans ? feedTellScanning : feedTellPlainly }

    private static let feedTellScanning = tell("feed_tell_scanning", scans: true)
    private static let feedTellPlainly = tell("feed_tell", scans: false)

    private static func tell(_ name: String, scans: Bool) -> Statement {
        Statement(
            name, [.int8],
            sql: """
                with \(touched(scans: scans)), \(compared), \(judged(scans: scans)),
                noted as (
                    insert into availability_told as t (item_id, location_id, band, shown)
                    select item_id, location_id, band, hash from changed
                    on conflict (item_id, location_id) do update set band = excluded.band, shown = excluded.shown
                ),
                network_noted as (
                    insert into band_told as t (item_id, group_id, band)
                    select item_id, coalesce(group_id, 0), band from network_changed
                    on conflict (item_id, group_id) do update set band = excluded.band
                ),
                positioned as (
                    insert into feed_position (position, recorded_at)
                    select p.newest + 1, clock_timestamp() from progress p
                    where exists (select from changed where not is_silent)
                       or exists (select from network_changed where not is_silent)
                    returning position
                ),
                written as (
                    insert into feed_change (
                        position, ordinal, kind, item_id, location_id, band, previous_band, \(ToldColumn.nameList))
                    select p.position, c.n, \(FeedChangeKind.availability.rawValue), c.item_id, c.location_id, c.band, null,
                           \(ToldColumn.selectList { "c.\($0.name)" })
                    from changed c cross join positioned p where not c.is_silent
                ),
                band_written as (
                    insert into feed_change (
                        position, ordinal, kind, item_id, location_id, group_id, band, previous_band, version, is_kit)
                    select p.position, \(bandsFrom) + c.n, \(FeedChangeKind.locationBand.rawValue), c.item_id, c.location_id,
                           null, c.band, coalesce(c.told_band, 0), c.version, c.is_kit
                    from changed c cross join positioned p
                    where not c.is_silent and c.band <> coalesce(c.told_band, 0)
                    union all
                    select p.position, \(networksFrom) + c.n, \(FeedChangeKind.networkBand.rawValue), c.item_id, null,
                           c.group_id, c.band, c.told_band, null, null
                    from network_changed c cross join positioned p where not c.is_silent
                )\(scans ? FeedScanSQL.turn : "")
                update feed_progress f
                -- A position of its own has nothing more to tell.
                set told = p.telling + case when p.telling = p.newest then (select count(*) from positioned) else 0 end,
                    told_until = p.now, newest = f.newest + (select count(*) from positioned)
                from progress p
                where f.is_only
                returning p.is_behind or p.telling < p.newest
                    or \(scans
                    ? "(select count(*) from passed) < (select count(*) from feed_scan)"
                    : "exists (select from feed_scan)")
                """)
    }

    /// Ordinals of a pass: its balances come first, then bands of locations, then of networks.
    private static let bandsFrom = 1_000_000
    private static let networksFrom = 2_000_000
}

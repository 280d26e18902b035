import Inventory
import LibPQ

/// The list of items over a network. It judges thousands of balances for one answer, so whatever depends on the location
/// alone is worked out first, once, and which band an item is in is remembered (`NetworkBands`).
extension Statement {
    private typealias SQL = AvailabilitySQL

    /// `$4` is where the client may look.
    static let availabilityNetwork = Statement(
        "availability_network", SQL.network + [.textArray],
        sql: """
            with \(SQL.scope), place as materialized (
                select l.location_id, (\(SQL.isEligible) and \(SQL.isWithin("$4"))) as is_eligible, \(networkPlace.placeSafetyStock) as held,
                       l.rules, l.lag_seconds, l.silent_since
                from location l where l.deleted_at is null
            ), span as materialized (
                select location_id from location
                union select least(location_id, 2147483646) + 1 from location
            ), rules as materialized (
                select coalesce(bit_or(rules & \(LocationRules.ofEachItem)), 0)::int2 as bits from place where is_eligible
            )
            select \(NetworkColumn.selectList)
            from rules
            """)

    private static let networkPlace = AvailabilityFormula(
        channel: "$2::text", method: "$3::text", isEligible: SQL.isEligible)

    /// The parameters of a network: what is held back by place, what else to look for, channel, low, group; for silence by
    /// place; the location numbers at which places begin; and the method.
    static let networkParameters: [PQType] = [
        .int8Array, .int2, .text, .int8, .int4, .int4Array, .timestamptzArray, .int4Array, .text,
    ]

    /// Which place a location has: arrays have one for each location there is, whatever its number.
    private static let place = "width_bucket(b.location_id, $8::int4[])"

    private static let network = AvailabilityFormula(
        location: "b.location_id", channel: "$3::text", method: "$9::text",
        placeSafetyStock: "coalesce(($1::int8[])[\(place)], 0)",
        placeThreshold: "$4::int8", placeRules: "$2::int2", lagSeconds: "($6::int4[])[\(place)]",
        silentSince: "($7::timestamptz[])[\(place)]", isEligible: "true")
    private static let isInNetwork = "($1::int8[] is null or ($1::int8[])[\(place)] >= 0)"
    private static let networkThreshold = SQL.networkThreshold(
        channel: "$3", method: "$9::text", group: "$5::int4", place: "$4::int8")

    /// Over all locations, for item `i`. Kits are the sum of what their components make at each.
    private static let networkSum = """
        case when i.status = 'stopSale' then 0::int8
             when i.rules & \(ItemRules.kit) <> 0 then (
                 select \(UnitSum.of("k.available"))
                 from (select i.item_id as kit_id, i.rules) kit
                 cross join lateral (
                     select min(n.available / c.quantity) as available
                     from kit_component c
                     join item i on i.item_id = c.component_id
                     join balance b on b.item_id = c.component_id and \(isInNetwork)
                     cross join lateral (select \(network.available) as available) n
                     where c.kit_id = kit.kit_id and c.valid_until is null
                       and not (kit.rules & \(ItemRules.saleRestriction) <> 0
                           and is_sale_restricted(kit.kit_id, b.location_id, $3::text, $9::text))
                     group by b.location_id
                     having count(*) = (
                         select count(*) from kit_component o where o.kit_id = kit.kit_id and o.valid_until is null)
                 ) k)
             else (
                 select \(UnitSum.of(network.available))
                 from balance b where b.item_id = i.item_id and \(isInNetwork))
        end
        """

    /// Items of `from` that some location alone has more of than is low: nearly all that are in stock. The first such balance
    /// shows it, where a sum would read them all; and of all items, the question is such that several processes can share it.
    private static func reaching(_ from: String) -> String {
        """
        reaching as materialized (
            select i.item_id from \(from)
            where i.rules & \(ItemRules.thresholdOrKit) = 0 and i.status <> 'stopSale'
              and exists (
                  select from balance b
                  where b.item_id = i.item_id and \(isInNetwork) and \(network.available) > coalesce(i.threshold, $4::int8))
        )
        """
    }

    /// All others are summed up.
    private static func judged(_ from: String) -> String {
        """
        judged as materialized (
            select i.item_id, n.available > n.threshold as is_in_stock
            from \(from)
            cross join lateral (select \(networkSum) as available, \(networkThreshold) as threshold offset 0) n
            where i.item_id not in (select item_id from reaching) and n.available > 0
        )
        """
    }

    /// What is in which band. All others are out.
    static let networkBands = Statement(
        "network_bands", networkParameters,
        sql: """
            with \(reaching("item i")), \(judged("item i"))
            select \(SeenCommitsColumn.selectList), \(NetworkBandsColumn.selectList)
            from config_epoch
            """)

    /// The same of items that may have changed their band since an older answer; and whether the older one can be brought up
    /// to date so, and the numbers of those items. $10 to $12 are what it had seen. A kit moves with its components.
    static let networkBandsChanged = Statement(
        "network_bands_changed", networkParameters + CommittedSince.parameters,
        sql: """
            with \(since.committed), \(since.base), touched as materialized (
                select unnest(items) as item_id from committed where (select is_usable from base)
                union
                select h.item_id from \(since.holdsEnded)
            ), changed as materialized (
                select item_id from touched
                union
                select c.kit_id from kit_component c join touched t on t.item_id = c.component_id where c.valid_until is null
            ), \(reaching("changed join item i using (item_id)")), \(judged("changed join item i using (item_id)"))
            select \(SeenCommitsColumn.selectList), \(NetworkBandsColumn.selectList), \(BandsChangedColumn.selectList)
            from base
            """)

    /// Behind the parameters of a network.
    private static let since = CommittedSince(commits: "$10", at: "$11", epoch: "$12")

    private static func isAsked(_ text: String) -> String {
        "(\(text)::text is null or position(\(text) in lower(i.sku)) > 0 or position(\(text) in lower(i.name)) > 0)"
    }

    static func availabilityItems(_ band: Band?) -> Statement { itemLists[place(of: band)] }

    /// What is asked for is in the order of skus, and judged until the page is full: it may have changed since its band was
    /// looked up. By number, $11 says what alone to look at and $12 what not.
    private static let itemLists = ([nil] + Band.allCases).map { (band: Band?) in
        Statement(
            "availability_items\(band.map { "_\($0.rawValue)" } ?? "")",
            networkParameters + [.text, .int8Array, .int8Array, .text, .int8],
            sql: """
                select \(NetworkItemColumn.selectList)
                from (
                    select i.sku, i.name, \(networkSum) as available, \(networkThreshold) as threshold
                    from item i
                    where \(isAsked("$10")) and i.sku > $13
                      and ($11::int8[] is null or i.item_id = any($11)) and ($12::int8[] is null or i.item_id <> all($12))
                    order by i.sku offset 0
                ) n
                where \(SQL.isIn(band))
                order by n.sku limit $14
                """)
    }

    /// How many items there are, of a text or of any.
    static let askedItemCount = Statement(
        "asked_item_count", [.text], sql: "select count(*) from item i where \(isAsked("$1"))")

    /// Their numbers.
    static let askedItemNumbers = Statement(
        "asked_item_numbers", [.text], sql: "select array(select i.item_id from item i where \(isAsked("$1")))")

    /// Where items are for sale, for plans: one row an item, locations and units in arrays beside each other.
    static let sourcingStock = Statement(
        "sourcing_stock", networkParameters + [.int8Array],
        sql: """
            select i.item_id, array_agg(b.location_id), array_agg(n.available)
            from unnest($10) as asked(item_id)
            cross join lateral (select * from item i where i.item_id = asked.item_id offset 0) i
            cross join lateral (
                select * from balance b where b.item_id = i.item_id and b.on_hand > 0 and \(isInNetwork) offset 0
            ) b
            cross join lateral (select \(soldThere) as available) n
            where n.available > 0
            group by i.item_id
            """)

    /// The same of balances that may be sold otherwise since an older answer, at most `$13`; $10 to $12 are what that had seen.
    static let sourcingStockChanged = Statement(
        "sourcing_stock_changed", networkParameters + CommittedSince.parameters + [.int8],
        sql: """
            with \(since.committed), \(since.base), touched as materialized (
                select u.item_id, u.location_id
                from committed c cross join unnest(c.items, c.locations) u(item_id, location_id)
                where (select is_usable from base)
                union
                select h.item_id, h.location_id from \(since.holdsEnded)
            ), few as materialized (
                select base.is_usable and (select count(*) from touched) <= $13
                    and not exists (select from touched where item_id is null or location_id is null) as is_usable
                from base
            ), judged as materialized (
                select t.item_id, t.location_id, coalesce(n.available, 0) as units
                from touched t
                left join lateral (
                    select \(soldThere) as available
                    from (select * from item i where i.item_id = t.item_id offset 0) i
                    cross join lateral (
                        select * from balance b
                        where b.item_id = t.item_id and b.location_id = t.location_id and b.on_hand > 0 and \(isInNetwork)
                        offset 0
                    ) b
                    offset 0
                ) n on true
                where (select is_usable from few)
            )
            select \(SeenCommitsColumn.selectList), \(StockChangedColumn.selectList)
            from base
            """)

    private static let soldThere = "case when i.status = 'stopSale' then 0::int8 else \(network.available) end"

    /// What a statement sees from now on, for answers that are to be brought up to date later.
    static let commitsSeen = Statement("commits_seen", sql: "select \(SeenCommitsColumn.selectList) from config_epoch")
}

import Inventory
import LibPQ

/// Many pairs: names first, each once, then numbers only.
extension Statement {
    private typealias SQL = AvailabilitySQL

    static let availabilityPairItems = Statement(
        "availability_pair_items", [.textArray, .textArray],
        sql: """
            select asked.ord, i.item_id, i.sku, i.status, i.rules, i.safety_stock, i.threshold
            from unnest($1, $2) with ordinality as asked(code_system, code, ord)
            cross join lateral (\(SQL.item(system: "asked.code_system", code: "asked.code"))) i
            """)

    /// Each with what it holds back of items that no rule names, and what else there is to look for.
    static let availabilityPairLocations = Statement(
        "availability_pair_locations", SQL.network + [.textArray],
        sql: """
            with \(SQL.scope)
            select asked.ord, l.location_id, \(SQL.isEligible), \(place.placeSafetyStock), \(place.placeThreshold),
                   l.rules & \(LocationRules.ofEachItem)::int2
            from unnest($4) with ordinality as asked(id, ord)
            join location l on l.id = asked.id and l.deleted_at is null
            """)

    private static let place = AvailabilityFormula(channel: "$2::text", isEligible: "true")

    /// Whether the group is unknown.
    static let availabilityScope = Statement(
        "availability_scope", SQL.network, sql: "with \(SQL.scope) select \(SQL.isGroupUnknown), statement_timestamp()")

    /// The balances of items at places: `$2[$3]` to `$2[$4]` are the places of the item beside it in `$1`.
    static let availabilityPairBalances = Statement(
        "availability_pair_balances", [.int8Array, .int4Array, .int4Array, .int4Array],
        sql: """
            select b.item_id, b.location_id, b.on_hand, \(SQL.reserved), b.damaged, b.inspection, b.suspect,
                   b.in_transit, b.version, b.counted_at
            from unnest($1, $3, $4) as asked(item_id, first, last)
            cross join lateral (
                select * from balance b
                where b.item_id = asked.item_id and b.location_id = any (($2::int4[])[asked.first:asked.last]) offset 0
            ) b
            """)

    /// What is held back of pairs that rules name, for channel `$3`: NULL where a location's own rules apply. Last what is held
    /// back for silence.
    static let availabilityPairHoldBacks = Statement(
        "availability_pair_hold_backs", [.int8Array, .int4Array, .text],
        sql: """
            select asked.item_id, asked.location_id,
                   case when i.rules & \(ItemRules.safetyStock) = 0 then i.safety_stock
                        else item_rule_quantity(1::int2, asked.item_id, asked.location_id, $3) end,
                   case when i.rules & \(ItemRules.threshold) = 0 then i.threshold
                        else item_rule_quantity(2::int2, asked.item_id, asked.location_id, $3) end,
                   ring_fenced(asked.item_id, asked.location_id, $3, null), coalesce((
                       select lag_buffer(l.lag_seconds, l.silent_since, b.sold_units, b.sold_at, b.sold_since)
                       from location l
                       join balance b on b.item_id = asked.item_id and b.location_id = l.location_id
                       where l.location_id = asked.location_id and l.lag_seconds > 0), 0)
            from unnest($1, $2) as asked(item_id, location_id)
            cross join lateral (select * from item i where i.item_id = asked.item_id offset 0) i
            """)

    /// How many kits there are at places, for channel `$3`.
    static let availabilityPairKits = Statement(
        "availability_pair_kits", [.int8Array, .int4Array, .text],
        sql: """
            select asked.item_id, asked.location_id, \(SQL.kit(
                "asked.item_id", AvailabilityFormula(channel: "$3::text", isEligible: "true")))
            from unnest($1, $2) as asked(item_id, location_id)
            cross join lateral (select * from location l where l.location_id = asked.location_id offset 0) l
            """)

    /// One row per pair, in order: of pairs without a location, sums over a group or the whole network.
    static let availabilityPairSums = Statement(
        "availability_pair_sums", SQL.network + [.textArray, .textArray, .textArray],
        sql: """
            with \(SQL.scope)
            select \(SQL.isGroupUnknown), asked.group_name is not null and g.group_id is null, i.sku,
                   case when i.status = 'stopSale' then 0::int8
                        when i.rules & \(ItemRules.kit) <> 0 then kits.available else coalesce(units.available, 0) end,
                   coalesce(\(SQL.networkThreshold(
                    channel: "$2", group: "network.group_id",
                    place: SQL.networkThreshold(channel: "$2", group: "network.group_id"))), 0), statement_timestamp()
            from unnest($4, $5, $6) with ordinality as asked(code_system, code, group_name, ord)
            left join lateral (\(SQL.item(system: "asked.code_system", code: "asked.code"))) i on true
            left join location_group g on g.id = asked.group_name and g.deleted_at is null
            cross join lateral (select coalesce(g.group_id, (select group_id from scope)) as group_id) network
            left join lateral (
                select sum(\(pairNetwork.available))::int8 as available
                from balance b join location l using (location_id)
                where b.item_id = i.item_id and i.rules & \(ItemRules.kit) = 0 and l.deleted_at is null and \(isInPairNetwork)
            ) units on true
            left join lateral (
                select coalesce(sum(\(SQL.kit("kit.item_id", pairNetwork))), 0)::int8 as available
                from (select i.item_id) kit
                join location l on i.rules & \(ItemRules.kit) <> 0 and l.deleted_at is null and \(isInPairNetwork)
            ) kits on true
            order by asked.ord
            """)

    private static let pairNetwork = AvailabilityFormula(channel: "$2::text", isEligible: "true")
    private static let isInPairNetwork = SQL.isEligible(method: "$3::text", group: "network.group_id")
}

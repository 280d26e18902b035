import Inventory
import LibPQ

/// Many pairs: names first, each once, then numbers only.
extension Statement {
    private typealias SQL = AvailabilitySQL

    static let availabilityPairItems = Statement(
        "availability_pair_items", [.textArray, .textArray],
        sql: """
            select \(PairItemColumn.selectList)
            from unnest($1, $2) with ordinality as asked(code_system, code, ord)
            cross join lateral (\(SQL.item(system: "asked.code_system", code: "asked.code"))) i
            """)

    static let availabilityPairLocations = Statement(
        "availability_pair_locations", SQL.network + [.textArray],
        sql: """
            with \(SQL.scope)
            select \(PairLocationColumn.selectList)
            from unnest($4) with ordinality as asked(id, ord)
            join location l on l.id = asked.id and l.deleted_at is null
            """)

    static let availabilityScope = Statement(
        "availability_scope", SQL.network, sql: "with \(SQL.scope) select \(ScopeColumn.selectList)")

    /// The balances of items at places: `$2[$3]` to `$2[$4]` are the places of the item beside it in `$1`.
    static let availabilityPairBalances = Statement(
        "availability_pair_balances", [.int8Array, .int4Array, .int4Array, .int4Array],
        sql: """
            select \(PairBalanceColumn.selectList)
            from unnest($1, $3, $4) as asked(item_id, first, last)
            cross join lateral (
                select * from balance b
                where b.item_id = asked.item_id and b.location_id = any (($2::int4[])[asked.first:asked.last]) offset 0
            ) b
            """)

    /// What rules say of a few pairs, for channel `$3` and method `$4`; a row for each.
    static let availabilityPairRules = Statement(
        "availability_pair_rules", [.int8Array, .int4Array, .text, .text],
        sql: "select \(PairRuleColumn.ofFew) from unnest($1, $2) as asked(item_id, location_id)")

    /// The same of many, of which it makes a plan each time; a row for each of which a rule says something.
    static let availabilityManyPairRules = Statement(
        "availability_many_pair_rules", [.int8Array, .int4Array, .text, .text],
        sql: "select \(PairRuleColumn.ofMany) from rules_of_balances($1, $2, $3, $4)")

    /// How many kits there are at places, for channel `$3` and method `$4`.
    static let availabilityPairKits = Statement(
        "availability_pair_kits", [.int8Array, .int4Array, .text, .text],
        sql: """
            select \(BalanceKeyColumn.selectList), \(SQL.kit(
                "asked.item_id", AvailabilityFormula(channel: "$3::text", method: "$4::text", isEligible: "true")))
            from unnest($1, $2) as asked(item_id, location_id)
            cross join lateral (select * from location l where l.location_id = asked.location_id offset 0) l
            """)

    /// One row per pair, in order: of pairs without a location, sums over a group or the whole network.
    static let availabilityPairSums = Statement(
        "availability_pair_sums", SQL.network + [.textArray, .textArray, .textArray],
        sql: """
            with \(SQL.scope)
            select \(PairSumColumn.selectList)
            from unnest($4, $5, $6) with ordinality as asked(code_system, code, group_name, ord)
            left join lateral (\(SQL.item(system: "asked.code_system", code: "asked.code"))) i on true
            left join location_group g on g.id = asked.group_name and g.deleted_at is null
            cross join lateral (select coalesce(g.group_id, (select group_id from scope)) as group_id) network
            left join lateral (
                select \(UnitSum.of(pairNetwork.available)) as available
                from balance b join location l using (location_id)
                where b.item_id = i.item_id and i.rules & \(ItemRules.kit) = 0 and l.deleted_at is null and \(isInPairNetwork)
            ) units on true
            left join lateral (
                select \(UnitSum.of(SQL.kit("kit.item_id", pairNetwork))) as available
                from (select i.item_id) kit
                join location l on i.rules & \(ItemRules.kit) <> 0 and l.deleted_at is null and \(isInPairNetwork)
                    and not \(pairNetwork.isRestricted)
            ) kits on true
            order by asked.ord
            """)

    private static let pairNetwork = AvailabilityFormula(channel: "$2::text", method: "$3::text", isEligible: "true")
    private static let isInPairNetwork = SQL.isEligible(method: "$3::text", group: "network.group_id")
}

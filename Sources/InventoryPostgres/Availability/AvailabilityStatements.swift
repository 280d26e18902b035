import Inventory
import LibPQ

/// Single balances, and one item across locations.
extension Statement {
    private typealias SQL = AvailabilitySQL

    /// Any number of single questions about places by themselves: no group, channel or method is asked for.
    static let availabilityBalances = Statement(
        "availability_balances", [.textArray, .textArray, .textArray],
        sql: """
            select \(AskedBalanceColumn.selectList(isGroupUnknown: "false")),
                   \(BalanceViewColumn.selectList(plainly, AvailabilityFormula(channel: "null::text", method: "null::text", isEligible: plainly)))
            from unnest($1, $2, $3) with ordinality as asked(code_system, code, location, ord)
            \(SQL.askedBalance)
            """)

    private static let plainly = "(l.status = 'active' and l.mode = 'live')"

    /// The same, each with a network of its own.
    static let availabilityNetworkBalances = Statement(
        "availability_network_balances",
        [.textArray, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray],
        sql: """
            select \(AskedBalanceColumn.selectList(isGroupUnknown: "asked.group_id is not null and g.group_id is null")),
                   \(BalanceViewColumn.selectList(
                    asEligible,
                    AvailabilityFormula(channel: "asked.channel", method: "asked.method", isEligible: asEligible)
                        .ignoringHolds(of: "asked.owner")))
            from unnest($1, $2, $3, $4, $5, $6, $7) with ordinality as asked(
                code_system, code, location, group_id, channel, method, owner, ord)
            left join location_group g on g.id = asked.group_id and g.deleted_at is null
            left join location_group c
                on asked.group_id is null and c.channel = asked.channel and c.deleted_at is null
            cross join lateral (select coalesce(g.group_id, c.group_id) as group_id) network
            \(SQL.askedBalance)
            """)

    private static let asEligible = SQL.isEligible(method: "asked.method", group: "network.group_id")

    /// Whether the group, the item and every named location are known, and what is low over the network.
    static let availabilityItemHead = Statement(
        "availability_item_head", SQL.network + [.text, .text, .textArray],
        sql: """
            with \(SQL.scope)
            select \(ItemHeadColumn.selectList)
            from (select 1) always
            left join lateral (\(SQL.item(system: "$4", code: "$5"))) i on true
            """)

    /// For those who look around; `$8` is the latitude and `$9` how many degrees off it may be.
    private static let isNear = "($9::float8 is null or l.latitude between $8::float8 - $9 and $8::float8 + $9)"

    /// Where the client may look.
    private static let isWithin = SQL.isWithin("$10")

    static let availabilityItem: Statement = {
        let formula = AvailabilityFormula(channel: "$2::text", method: "$3::text", isEligible: SQL.isEligible)
            .ignoringHolds(of: "$7")
        let columns = BalanceViewColumn.selectList(SQL.isEligible, formula)
        return Statement(
            "availability_item", SQL.network + [.text, .text, .textArray, .text, .float8, .float8, .textArray],
            sql: """
                with \(SQL.scope)
                select \(columns), \(PlacedColumn.selectList)
                from (\(SQL.item(system: "$4", code: "$5"))) i
                join balance b on b.item_id = i.item_id
                join location l on l.location_id = b.location_id
                where l.deleted_at is null and cardinality($6) = 0 and b.version > 0 and \(SQL.isEligible)
                  and not \(formula.isRestricted) and \(isNear) and \(isWithin)
                union all
                select \(columns), \(PlacedColumn.selectList)
                from unnest($6) as named(id)
                join location l on l.id = named.id and l.deleted_at is null
                cross join lateral (\(SQL.item(system: "$4", code: "$5"))) i
                left join balance b on b.item_id = i.item_id and b.location_id = l.location_id
                where \(isNear) and \(isWithin)
                order by \(BalanceViewColumn.location.ordinal)
                """)
    }()

    /// A kit across locations: the eligible ones that have any of its components, or the named ones.
    static let availabilityKit: Statement = {
        let formula = AvailabilityFormula(channel: "$2::text", method: "$3::text", isEligible: SQL.isEligible)
        let kits = """
            case when place.is_eligible and kit.status <> 'stopSale'
                 then \(SQL.kit("kit.item_id", formula.ignoringHolds(of: "$7"))) else 0::int8 end
            """
        return Statement(
            "availability_kit", SQL.network + [.text, .text, .textArray, .text, .float8, .float8, .textArray],
            sql: """
                with \(SQL.scope)
                select \(KitPlaceColumn.selectList(kits: kits)), \(PlacedColumn.selectList)
                from (\(SQL.item(system: "$4", code: "$5"))) kit
                cross join lateral (
                    select l.* from location l
                    where cardinality($6) = 0 and l.deleted_at is null and exists (
                        select from kit_component c
                        join balance b on b.item_id = c.component_id and b.location_id = l.location_id and b.version > 0
                        where c.kit_id = kit.item_id and c.valid_until is null)
                    union all
                    select l.* from unnest($6) as named(id) join location l on l.id = named.id and l.deleted_at is null
                ) l
                cross join lateral (select kit.item_id, kit.rules, kit.safety_stock, kit.threshold) i
                cross join lateral (
                    select (\(SQL.isEligible) and not \(formula.isRestricted)) as is_eligible, \(formula.threshold) as threshold
                ) place
                where (cardinality($6) > 0 or place.is_eligible) and \(isNear) and \(isWithin)
                order by \(KitPlaceColumn.location.ordinal)
                """)
    }()
}

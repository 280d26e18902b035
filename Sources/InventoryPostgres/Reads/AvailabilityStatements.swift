import Inventory
import LibPQ

/// Shared parts of the questions. Every question starts with the same three parameters: group, channel, method.
enum AvailabilitySQL {
    static let network: [PQType] = [.text, .text, .text]

    /// The asked group, else the channel's, else none, which means all locations.
    static let scope = """
        scope as materialized (
            select (
                select g.group_id from location_group g
                where g.deleted_at is null
                  and case when $1::text is not null then g.id = $1 else g.channel = $2 end
            ) as group_id
        )
        """

    static let isGroupUnknown = "($1::text is not null and (select group_id from scope) is null)"

    /// Of location `l`, whose own status, mode, capability and membership decide.
    static let isEligible = """
        (l.status = 'active' and l.mode = 'live'
         and case $3::text when 'pickup' then l.can_pickup when 'ship' then l.can_ship else true end
         and ((select group_id from scope) is null
              or exists (
                  select from location_group_member m
                  where m.group_id = (select group_id from scope) and m.location_id = l.location_id)))
        """

    /// Columns of `BalanceView`, from item `i`, location `l` and balance `b`, which may be missing.
    static func balanceColumns(_ isEligible: String) -> String {
        """
        i.sku, l.id, i.status, \(isEligible), coalesce(b.on_hand, 0), \(reserved), coalesce(b.damaged, 0),
        coalesce(b.inspection, 0), coalesce(b.suspect, 0), coalesce(b.in_transit, 0), coalesce(b.version, 0),
        b.counted_at, statement_timestamp()
        """
    }

    /// The item of a sku (no code system) or a code.
    static func item(system: String, code: String) -> String {
        """
        select i.item_id, i.sku, i.name, i.status from item i where \(system) is null and i.sku = \(code)
        union all
        select i.item_id, i.sku, i.name, i.status
        from alias a join item i using (item_id)
        where a.code_system = \(system) and a.code = \(code)
        """
    }

    /// Item `i`, location `l` and balance `b` of a row `asked`; each may be missing.
    static let askedBalance = """
        left join lateral (\(item(system: "asked.code_system", code: "asked.code"))) i on true
        left join location l on l.id = asked.location and l.deleted_at is null
        left join balance b on b.item_id = i.item_id and b.location_id = l.location_id
        """

    /// Units promised now, of balance `b`, which may be missing. Holds that have ended are no longer, whether or not anybody
    /// wrote that down; `next_expiry` says when there is nothing to look for.
    static let reserved = reserved(of: "b")

    static func reserved(of b: String) -> String {
        """
        (coalesce(\(b).reserved, 0) - case when \(b).next_expiry <= statement_timestamp() then (
            select coalesce(sum(h.units), 0)::int8 from hold_expiry h
            where h.item_id = \(b).item_id and h.location_id = \(b).location_id
              and h.expires_at <= statement_timestamp()) else 0 end)
        """
    }

    /// Units that an owner holds unconfirmed of balance `b`.
    static func ownHeld(_ owner: String) -> String {
        """
        (select coalesce(sum(a.open_units), 0)::int8
         from reservation r
         join allocation a on a.item_id = b.item_id and a.location_id = b.location_id
             and a.reservation_id = r.reservation_id
         where r.owner = \(owner) and r.state = 'held' and r.expires_at > statement_timestamp() and a.state = 1)
        """
    }

    static let band = """
        case when n.available < 1 then 'out' else 'inStock' end
        """
}

extension Statement {
    private typealias SQL = AvailabilitySQL

    /// Any number of single questions about places by themselves: no group, channel or method is asked for.
    static let availabilityBalances = Statement(
        "availability_balances", [.textArray, .textArray, .textArray],
        sql: """
            select asked.ord, false, \(SQL.balanceColumns("(l.status = 'active' and l.mode = 'live')"))
            from unnest($1, $2, $3) with ordinality as asked(code_system, code, location, ord)
            \(SQL.askedBalance)
            """)

    /// The same, each with a network of its own.
    static let availabilityNetworkBalances = Statement(
        "availability_network_balances",
        [.textArray, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray],
        sql: """
            select asked.ord, asked.group_id is not null and g.group_id is null,
                   \(SQL.balanceColumns("""
                    (l.status = 'active' and l.mode = 'live'
                     and case asked.method when 'pickup' then l.can_pickup when 'ship' then l.can_ship else true end
                     and (network.group_id is null
                          or exists (
                              select from location_group_member m
                              where m.group_id = network.group_id and m.location_id = l.location_id)))
                    """)), \(SQL.ownHeld("asked.owner"))
            from unnest($1, $2, $3, $4, $5, $6, $7) with ordinality as asked(
                code_system, code, location, group_id, channel, method, owner, ord)
            left join location_group g on g.id = asked.group_id and g.deleted_at is null
            left join location_group c
                on asked.group_id is null and c.channel = asked.channel and c.deleted_at is null
            cross join lateral (select coalesce(g.group_id, c.group_id) as group_id) network
            \(SQL.askedBalance)
            """)

    /// Whether the group, the item and every named location are known.
    static let availabilityItemHead = Statement(
        "availability_item_head", SQL.network + [.text, .text, .textArray],
        sql: """
            with \(SQL.scope)
            select \(SQL.isGroupUnknown), i.sku, i.name, statement_timestamp(),
                   exists (
                       select from unnest($6) as named(id)
                       where not exists (select from location l where l.id = named.id and l.deleted_at is null))
            from (select 1) always
            left join lateral (\(SQL.item(system: "$4", code: "$5"))) i on true
            """)

    static let availabilityItem = Statement(
        "availability_item", SQL.network + [.text, .text, .textArray, .text],
        sql: """
            with \(SQL.scope)
            select \(SQL.balanceColumns(SQL.isEligible)), \(SQL.ownHeld("$7"))
            from (\(SQL.item(system: "$4", code: "$5"))) i
            join balance b on b.item_id = i.item_id
            join location l on l.location_id = b.location_id
            where l.deleted_at is null and cardinality($6) = 0 and b.version > 0 and \(SQL.isEligible)
            union all
            select \(SQL.balanceColumns(SQL.isEligible)), \(SQL.ownHeld("$7"))
            from unnest($6) as named(id)
            join location l on l.id = named.id and l.deleted_at is null
            cross join lateral (\(SQL.item(system: "$4", code: "$5"))) i
            left join balance b on b.item_id = i.item_id and b.location_id = l.location_id
            order by 2
            """)

    /// Whether the group is unknown, the clock, and the eligible locations; NULL for those when every location is one.
    static let availabilityNetwork = Statement(
        "availability_network", SQL.network,
        sql: """
            with \(SQL.scope)
            select \(SQL.isGroupUnknown), statement_timestamp(),
                   case when bool_and(\(SQL.isEligible)) then null
                        else coalesce(array_agg(l.location_id) filter (where \(SQL.isEligible)), '{}') end
            from location l where l.deleted_at is null
            """)

    /// A statement a band: whether something is for sale at all is known at the first balance that has it, where a sum
    /// would read them all. A scalar subquery, which the planner cannot turn into a join that does.
    private static func items(_ band: Band?) -> String {
        let isSomewhere = """
            (i.status <> 'stopSale'
             and (
                 select true from balance b
                 where b.item_id = i.item_id and ($1::int4[] is null or b.location_id = any ($1))
                   and available_to_sell(b.on_hand, \(SQL.reserved), 0, true) > 0
                 limit 1) is not null)
            """
        let condition =
            switch band {
            case .inStock: isSomewhere
            case .out: "not \(isSomewhere)"
            // No thresholds exist yet, so nothing is low.
            case .low: "false"
            case nil: "true"
            }
        return """
            from item i
            where ($2::text is null or position($2 in lower(i.sku)) > 0 or position($2 in lower(i.name)) > 0)
              and \(condition)
            """
    }

    static func availabilityItems(_ band: Band?) -> Statement { itemLists[place(of: band)].page }
    static func availabilityItemsCount(_ band: Band?) -> Statement { itemLists[place(of: band)].count }

    private static func place(of band: Band?) -> Int { band.flatMap(Band.allCases.firstIndex).map { $0 + 1 } ?? 0 }

    private static let itemLists = ([nil] + Band.allCases).map { (band: Band?) in
        let suffix = band.map { "_\($0.rawValue)" } ?? ""
        let page = Statement(
            "availability_items\(suffix)", [.int4Array, .text, .text, .int8],
            sql: """
                select i.sku, i.name, n.available
                from (select i.* \(items(band)) and i.sku > $3 order by i.sku limit $4) i
                cross join lateral (
                    select coalesce(sum(available_to_sell(b.on_hand, \(SQL.reserved), 0, i.status <> 'stopSale')), 0)::int8
                        as available
                    from balance b
                    where b.item_id = i.item_id and ($1::int4[] is null or b.location_id = any ($1))
                ) n
                order by i.sku
                """)
        let count = Statement(
            "availability_items_count\(suffix)", [.int4Array, .text], sql: "select count(*) \(items(band))")
        return (page: page, count: count)
    }

    /// The location's number, and whether it is eligible. No row when there is none.
    static let availabilityLocationHead = Statement(
        "availability_location_head", [.text],
        sql: """
            select l.location_id, l.status = 'active' and l.mode = 'live', statement_timestamp()
            from location l where l.id = $1 and l.deleted_at is null
            """)

    /// By number: so the planner knows how much of all stock is at that one.
    private static let locationBalances = """
        from balance b
        join item i using (item_id)
        cross join lateral (
            select available_to_sell(b.on_hand, \(SQL.reserved), 0, i.status <> 'stopSale' and $2) as available
        ) n
        where b.location_id = $1 and b.version > 0
          and ($3::text is null or $3 = \(SQL.band))
          and ($4::text is null or position($4 in lower(i.sku)) > 0 or position($4 in lower(i.name)) > 0)
        """

    static let availabilityLocation = Statement(
        "availability_location", [.int4, .bool, .text, .text, .text, .int8],
        sql: """
            select i.name, i.sku, l.id, i.status, $2, b.on_hand, \(SQL.reserved), b.damaged, b.inspection, b.suspect,
                   b.in_transit, b.version, b.counted_at, statement_timestamp()
            from (
                select b.*, i.sku, i.name, i.status \(locationBalances) and i.sku > $5 order by i.sku limit $6
            ) b
            join location l on l.location_id = $1
            cross join lateral (select b.sku, b.name, b.status) i
            order by i.sku
            """)

    static let availabilityLocationCount = Statement(
        "availability_location_count", [.int4, .bool, .text, .text], sql: "select count(*) \(locationBalances)")

    // MARK: - Many pairs: names first, each once, then numbers only

    static let availabilityPairItems = Statement(
        "availability_pair_items", [.textArray, .textArray],
        sql: """
            select asked.ord, i.item_id, i.sku, i.status, statement_timestamp()
            from unnest($1, $2) with ordinality as asked(code_system, code, ord)
            cross join lateral (\(SQL.item(system: "asked.code_system", code: "asked.code"))) i
            """)

    static let availabilityPairLocations = Statement(
        "availability_pair_locations", SQL.network + [.textArray],
        sql: """
            with \(SQL.scope)
            select asked.ord, l.location_id, \(SQL.isEligible)
            from unnest($4) with ordinality as asked(id, ord)
            join location l on l.id = asked.id and l.deleted_at is null
            """)

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

    /// One row per pair, in order. A pair without a location is a sum over its group or the whole network.
    static let availabilityPairs = Statement(
        "availability_pairs", SQL.network + [.textArray, .textArray, .textArray, .textArray],
        sql: """
            with \(SQL.scope)
            select \(SQL.isGroupUnknown), asked.group_name is not null and g.group_id is null,
                   coalesce(n.available, 0), \(SQL.balanceColumns("coalesce(\(SQL.isEligible), false)"))
            from unnest($4, $5, $6, $7) with ordinality as asked(code_system, code, location, group_name, ord)
            left join lateral (\(SQL.item(system: "asked.code_system", code: "asked.code"))) i on true
            left join location l on l.id = asked.location and l.deleted_at is null
            left join location_group g on g.id = asked.group_name and g.deleted_at is null
            left join balance b on b.item_id = i.item_id and b.location_id = l.location_id
            left join lateral (
                select sum(available_to_sell(nb.on_hand, \(SQL.reserved(of: "nb")), 0, i.status <> 'stopSale'))::int8 as available
                from balance nb join location nl using (location_id)
                where asked.location is null and nb.item_id = i.item_id and nl.deleted_at is null
                  and nl.status = 'active' and nl.mode = 'live'
                  and case $3::text when 'pickup' then nl.can_pickup when 'ship' then nl.can_ship else true end
                  and (coalesce(g.group_id, (select group_id from scope)) is null
                       or exists (
                           select from location_group_member m
                           where m.group_id = coalesce(g.group_id, (select group_id from scope))
                             and m.location_id = nl.location_id))
            ) n on true
            order by asked.ord
            """)
}

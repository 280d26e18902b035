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
        i.sku, l.id, i.status, \(isEligible), coalesce(b.on_hand, 0), coalesce(b.reserved, 0), coalesce(b.damaged, 0),
        coalesce(b.inspection, 0), coalesce(b.suspect, 0), coalesce(b.in_transit, 0), coalesce(b.version, 0),
        b.counted_at
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

    static let band = """
        case when n.available < 1 then 'out' else 'inStock' end
        """
}

extension Statement {
    private typealias SQL = AvailabilitySQL

    static let availabilityBalance = Statement(
        "availability_balance", SQL.network + [.text, .text, .text],
        sql: """
            with \(SQL.scope)
            select \(SQL.isGroupUnknown), \(SQL.balanceColumns(SQL.isEligible))
            from (select 1) always
            left join lateral (\(SQL.item(system: "$4", code: "$5"))) i on true
            left join location l on l.id = $6 and l.deleted_at is null
            left join balance b on b.item_id = i.item_id and b.location_id = l.location_id
            """)

    /// Whether the group, the item and every named location are known.
    static let availabilityItemHead = Statement(
        "availability_item_head", SQL.network + [.text, .text, .textArray],
        sql: """
            with \(SQL.scope)
            select \(SQL.isGroupUnknown), i.sku, i.name,
                   exists (
                       select from unnest($6) as named(id)
                       where not exists (select from location l where l.id = named.id and l.deleted_at is null))
            from (select 1) always
            left join lateral (\(SQL.item(system: "$4", code: "$5"))) i on true
            """)

    static let availabilityItem = Statement(
        "availability_item", SQL.network + [.text, .text, .textArray],
        sql: """
            with \(SQL.scope)
            select \(SQL.balanceColumns(SQL.isEligible))
            from (\(SQL.item(system: "$4", code: "$5"))) i
            join balance b on b.item_id = i.item_id
            join location l on l.location_id = b.location_id
            where l.deleted_at is null and cardinality($6) = 0 and b.version > 0 and \(SQL.isEligible)
            union all
            select \(SQL.balanceColumns(SQL.isEligible))
            from unnest($6) as named(id)
            join location l on l.id = named.id and l.deleted_at is null
            cross join lateral (\(SQL.item(system: "$4", code: "$5"))) i
            left join balance b on b.item_id = i.item_id and b.location_id = l.location_id
            order by 2
            """)

    static let availabilityGroupUnknown = Statement(
        "availability_group_unknown", SQL.network,
        sql: "with \(SQL.scope) select \(SQL.isGroupUnknown)")

    private static let items = """
        from item i
        cross join lateral (
            select coalesce(sum(available_to_sell(b.on_hand, b.reserved, 0, i.status <> 'stopSale')), 0)::int8 as available
            from balance b join location l using (location_id)
            where b.item_id = i.item_id and l.deleted_at is null and \(SQL.isEligible)
        ) n
        where ($4::text is null or $4 = \(SQL.band))
          and ($5::text is null or position($5 in lower(i.sku)) > 0 or position($5 in lower(i.name)) > 0)
        """

    static let availabilityItems = Statement(
        "availability_items", SQL.network + [.text, .text, .text, .int8],
        sql: """
            with \(SQL.scope)
            select i.sku, i.name, n.available \(items) and i.sku > $6 order by i.sku limit $7
            """)

    static let availabilityItemsCount = Statement(
        "availability_items_count", SQL.network + [.text, .text],
        sql: "with \(SQL.scope) select count(*) \(items)")

    static let availabilityLocationUnknown = Statement(
        "availability_location_unknown", [.text],
        sql: "select not exists (select from location where id = $1 and deleted_at is null)")

    private static let locationBalances = """
        from location l
        join balance b using (location_id)
        join item i using (item_id)
        cross join lateral (
            select available_to_sell(
                b.on_hand, b.reserved, 0, i.status <> 'stopSale' and l.status = 'active' and l.mode = 'live') as available
        ) n
        where l.id = $1 and l.deleted_at is null and b.version > 0
          and ($2::text is null or $2 = \(SQL.band))
          and ($3::text is null or position($3 in lower(i.sku)) > 0 or position($3 in lower(i.name)) > 0)
        """

    static let availabilityLocation = Statement(
        "availability_location", [.text, .text, .text, .text, .int8],
        sql: """
            select i.name, \(SQL.balanceColumns("l.status = 'active' and l.mode = 'live'"))
            \(locationBalances) and i.sku > $4 order by i.sku limit $5
            """)

    static let availabilityLocationCount = Statement(
        "availability_location_count", [.text, .text, .text], sql: "select count(*) \(locationBalances)")

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
                select sum(available_to_sell(nb.on_hand, nb.reserved, 0, i.status <> 'stopSale'))::int8 as available
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

import LibPQ

/// What was known at an instant: of items, locations, balances, rules and promises.
extension Statement {
    static let pastItem = Statement(
        "past_item", [.text, .text, .timestamptz],
        sql: """
            select \(PastItemColumn.selectList)
            from (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i
            left join lateral (
                select h.name, h.status from item_history h
                where h.item_id = i.item_id and h.recorded_at <= $3 order by h.version desc limit 1
            ) h on true
            """)

    static let pastComponents = Statement(
        "past_components", [.int8Array, .timestamptz],
        sql: """
            select \(PastComponentColumn.selectList)
            from kit_component c
            join item i on i.item_id = c.component_id
            cross join lateral (
                select h.name, h.status from item_history h
                where h.item_id = i.item_id and h.recorded_at <= $2 order by h.version desc limit 1
            ) h
            where c.kit_id = any ($1) and c.valid_from <= $2 and (c.valid_until is null or c.valid_until > $2)
            order by c.kit_id, c.position
            """)

    /// Locations as they were: the named ones, or all. At least one row, for the scope.
    static let pastPlaces = Statement(
        "past_places", AvailabilitySQL.network + [.textArray, .timestamptz],
        sql: """
            with grouping as materialized (
                select g.group_id, g.id, h.channel, h.members
                from location_group g
                cross join lateral (
                    select h.* from location_group_history h
                    where h.group_id = g.group_id and h.recorded_at <= $5 order by h.version desc limit 1
                ) h
                where not h.is_deleted
            ), scope as materialized (
                select (
                    select g.id from grouping g
                    where case when $1::text is not null then g.id = $1 else g.channel = $2 end
                ) as id
            )
            select \(PastPlaceColumn.selectList)
            from scope
            left join lateral (
                select l.location_id, l.id, l.name, l.latitude, l.longitude,
                       h.status = 'active' and h.mode = 'live'
                       and case $3::text when 'pickup' then h.can_pickup when 'ship' then h.can_ship else true end
                       and (scope.id is null
                            or exists (select from grouping g where g.id = scope.id and l.location_id = any (g.members)))
                       as is_eligible
                from location l
                cross join lateral (
                    select h.* from location_history h
                    where h.location_id = l.location_id and h.recorded_at <= $5 order by h.version desc limit 1
                ) h
                where not h.is_deleted and (cardinality($4) = 0 or l.id = any ($4))
            ) l on true
            """)

    /// The balances of items at locations as their last line until then left them.
    static let pastStock = Statement(
        "past_stock", [.int8Array, .int4Array, .timestamptz],
        sql: """
            with asked as materialized (
                select b.item_id, b.location_id, row_number() over () as ord
                from balance b
                where b.item_id = any ($1) and b.location_id = any ($2) and b.version > 0
            ),
            known as materialized (
                select asked.item_id, asked.location_id, m.*
                from last_lines(
                    array(select item_id from asked order by ord), array(select location_id from asked order by ord),
                    array(select $3::timestamptz from asked)) m
                join asked using (ord)
            ),
            promised as materialized (
                select item_id, location_id, recorded_at, row_number() over () as ord from known where reserved > 0
            ),
            ended as materialized (
                select promised.item_id, promised.location_id, h.units
                from holds_ended(
                    array(select item_id from promised order by ord), array(select location_id from promised order by ord),
                    array(select recorded_at from promised order by ord), $3) h
                join promised using (ord)
            )
            select \(PastStockColumn.selectList)
            from known m
            left join ended on ended.item_id = m.item_id and ended.location_id = m.location_id
            """)

    static let pastRules = Statement(
        "past_rules", [.int8Array, .timestamptz],
        sql: """
            select \(StockRuleColumn.selectList) from stock_rule r
            where (r.item_id = any ($1) or r.item_id is null) and r.valid_from <= $2
              and (r.valid_until is null or r.valid_until > $2) and \(AvailabilitySQL.isInForce(at: "$2"))
            """)

    static let pastPromises = Statement(
        "past_promises", [.int8Array, .int4Array, .timestamptz, .text],
        sql: """
            select \(PastPromiseColumn.selectList)
            from promise_lines($1, $2, $3) m
            join reservation r on r.reservation_id = m.reservation_id
            group by \(PastPromiseColumn.group.ordinalList)
            """)
}

import Inventory
import LibPQ

/// What plans are made of: items, places, rates of sale, coming supply, and what shipments cost.
extension Statement {
    static let sourcingSales = Statement(
        "sourcing_sales", [.int8Array],
        sql: """
            select \(SourcingSalesColumn.selectList)
            from unnest($1) as asked(item_id)
            cross join lateral (
                select * from balance b where b.item_id = asked.item_id and b.on_hand > 0 and b.sold_at is not null offset 0
            ) b
            """)

    /// Which items are not sold anywhere through channel `$2` by method `$3`, each with the first rule that says so.
    static let sourcingRestrictions = Statement(
        "sourcing_restrictions", [.int8Array, .text, .text],
        sql: """
            select asked.item_id, r.id
            from unnest($1) as asked(item_id)
            cross join lateral (
                select r.id from stock_rule r
                where r.item_id = asked.item_id and r.kind = \(StockRuleKind.saleRestriction.rawValue)
                  and r.valid_until is null and \(AvailabilitySQL.isInForce(at: "statement_timestamp()"))
                  and r.location_id is null and r.group_id is null and (r.channel is null or r.channel = $2)
                  and (r.method is null or r.method = $3)
                order by r.id limit 1
            ) r
            """)

    /// At which of locations `$2` an item is not sold through channel `$3` by method `$4`.
    static let sourcingRestrictedAt = Statement(
        "sourcing_restricted_at", [.int8, .int4Array, .text, .text],
        sql: """
            select asked.location_id from unnest($2) as asked(location_id)
            where is_sale_restricted($1, asked.location_id, $3, $4)
            """)

    /// Which wanted items, of parts `$5`, are restricted at every location that has them, for what `$1` to `$3` say; each with
    /// the first of the rules. An item that is no kit is its own part. `$6` is where the client may look.
    static let sourcingRestrictionsByPlace = Statement(
        "sourcing_restrictions_by_place", AvailabilitySQL.network + [.int8Array, .int8Array, .textArray],
        sql: """
            with \(AvailabilitySQL.scope),
            wanted as materialized (select * from unnest($4, $5) as w(item_id, part_id)),
            place as materialized (
                select w.item_id, l.location_id, l.rules
                from wanted w
                cross join lateral (
                    select b.location_id from balance b where b.item_id = w.part_id and b.on_hand > 0 offset 0) b
                cross join lateral (
                    select * from location l where l.location_id = b.location_id and l.deleted_at is null offset 0) l
                where \(AvailabilitySQL.isEligible) and \(AvailabilitySQL.isWithin("$6"))
                  and exists (
                      select from stock_rule r
                      where r.kind = \(StockRuleKind.saleRestriction.rawValue) and r.valid_until is null)
                group by w.item_id, l.location_id, l.rules
                having count(*) = (select count(*) from wanted o where o.item_id = w.item_id)
            )
            select p.item_id, min(found.id)
            from place p
            cross join lateral (
                select min(r.id) as id
                from (
                    select p.item_id as item_id union select w.part_id from wanted w where w.item_id = p.item_id
                ) n
                cross join lateral (select * from item i where i.item_id = n.item_id offset 0) i
                cross join lateral rules_in_force_of(i.item_id, p.location_id, statement_timestamp()) r
                where (i.rules & \(ItemRules.saleRestriction) <> 0 or p.rules & \(LocationRules.saleRestriction) <> 0)
                  and r.kind = \(StockRuleKind.saleRestriction.rawValue)
                  and (r.channel is null or r.channel = $2) and (r.method is null or r.method = $3)
            ) found
            group by p.item_id
            having bool_and(found.id is not null)
            """)

    static let sourcingPlaces = Statement(
        "sourcing_places", sql: "select \(SourcingPlaceColumn.selectList) from location l where l.deleted_at is null")

    static let sourcingPlacesNamed = Statement(
        "sourcing_places_named", [.textArray],
        sql: """
            select \(SourcingPlaceColumn.selectList)
            from unnest($1) as asked(id)
            cross join lateral (
                select * from location l where l.id = asked.id and l.deleted_at is null offset 0
            ) l
            """)

    static let groupPositions = Statement(
        "group_positions", [.text],
        sql: """
            select m.location_id, m.position
            from location_group g join location_group_member m using (group_id)
            where g.id = $1 and g.deleted_at is null
            """)

    static let comingSupply = Statement(
        "coming_supply", AvailabilitySQL.network + [.textArray, .text],
        sql: """
            with \(AvailabilitySQL.scope)
            select \(ComingSupplyColumn.selectList)
            from unnest($4) as asked(sku)
            cross join lateral (select * from item i where i.sku = asked.sku offset 0) i
            cross join lateral (
                select s.location_id, s.expected_at, s.quantity - s.received as units
                from expected_supply s
                where s.item_id = i.item_id and s.expected_at > statement_timestamp() and s.settled_at is null
                union all
                select n.location_id, n.expected_at, n.units from transfer_inbound n
                where n.item_id = i.item_id and n.expected_at > statement_timestamp() offset 0
            ) s
            cross join lateral (
                select * from location l where l.location_id = s.location_id and l.deleted_at is null offset 0
            ) l
            where ($5::text is null or l.id = $5) and \(AvailabilitySQL.isEligible)
            order by i.sku, s.expected_at, l.id
            """)

    static let fulfilmentCosts = Statement(
        "fulfilment_costs", [.int4, .int4, .text],
        sql: """
            select \(FulfilmentCostColumn.selectList)
            from shipment s
            where s.day >= $1 and s.day < $2 and ($3::text is null or s.objective = $3)
              and (s.expires_at is null or s.expires_at > statement_timestamp())
            group by \(FulfilmentCostColumn.group.ordinalList)
            order by \(FulfilmentCostColumn.group.ordinalList)
            """)
}

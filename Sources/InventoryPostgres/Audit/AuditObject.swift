import Inventory
import InventoryService

/// What is kept of a thing that was changed: what people set, and not what follows from it.
enum AuditObject {
    /// One row of `jsonb`, or none.
    /// - Parameter key: an SQL expression of text, as `MasterChange.key` makes it.
    static func select(_ kind: AuditKind, key: String) -> String {
        switch kind {
        case .item:
            object(
                """
                i.sku, i.name, i.unit, i.status, i.family, i.attributes, i.version, (
                    select coalesce(
                        jsonb_agg(jsonb_build_object('sku', p.sku, 'quantity', c.quantity) order by c.position), '[]')
                    from kit_component c join item p on p.item_id = c.component_id
                    where c.kit_id = i.item_id and c.valid_until is null) as components
                from item i where i.sku = \(key)
                """)
        case .itemBin:
            object(
                """
                i.sku, l.id as location, b.bin, b.version
                from item_bin b join item i using (item_id) join location l using (location_id)
                where i.sku = split_part(\(key), '/', 1) and l.id = split_part(\(key), '/', 2)
                  and l.deleted_at is null
                """)
        case .location:
            """
            select to_jsonb(l) - array[
                'location_id', 'rules', 'safety_stock', 'threshold', 'silent_since', 'lag_seconds', 'created_at',
                'updated_at', 'deleted_at']
            from location l where l.id = \(key)
            """
        case .locationGroup:
            object(
                """
                g.id, g.name, g.channel, g.version, array(
                    select l.id from location_group_member m join location l using (location_id)
                    where m.group_id = g.group_id order by m.position) as locations
                from location_group g where g.id = \(key)
                """)
        case .source:
            object(
                "s.id, s.name, s.code_system, s.locations, s.authority, s.labels, s.version from source s where s.id = \(key)"
            )
        case .alias:
            object(
                """
                a.code_system, a.code, i.sku, a.units_per_code, a.version
                from alias a join item i using (item_id)
                where a.code_system = split_part(\(key), '/', 1) and a.code = substr(\(key), strpos(\(key), '/') + 1)
                """)
        case .locationAlias:
            object(
                """
                a.code_system, a.code, l.id as location, a.version
                from location_alias a join location l using (location_id)
                where a.code_system = split_part(\(key), '/', 1) and a.code = substr(\(key), strpos(\(key), '/') + 1)
                """)
        case .stockRule:
            object(
                """
                r.id, i.sku, l.id as location, g.id as "group", r.channel, r.method, r.quantity, r.percent, r.priority,
                r.starts_at as valid_from, r.ends_at as valid_to, r.version
                from stock_rule r left join item i using (item_id) left join location l using (location_id)
                left join location_group g using (group_id)
                where r.kind = case split_part(\(key), '/', 1) \(ruleKinds) end
                  and r.id = split_part(\(key), '/', 2) and r.valid_until is null
                """)
        case .expectedSupply:
            object(
                """
                e.id, i.sku, l.id as location, e.quantity, e.expected_at, e.reference, e.version
                from expected_supply e join item i using (item_id) join location l using (location_id)
                where e.id = \(key)
                """)
        case .reconciliationRule:
            object(
                """
                r.id, s.id as source, l.id as location, r.tolerance_units, r.tolerance_percent, r.auto_correct_units,
                r.version
                from reconciliation_rule r left join source s using (source_id)
                left join location l using (location_id)
                where r.id = \(key)
                """)
        case .importMapping:
            // Its text may be long: enough to tell which it was.
            object(
                """
                m.id, m.kind, m.version, encode(sha256(convert_to(m.body, 'UTF8')), 'hex') as sha256
                from import_mapping m where m.id = \(key)
                """)
        case .exception:
            object(
                """
                e.exception_id::text as id, e.type, e.status, e.owner, e.sku, e.location, e.action, e.resolution,
                e.resolved_by
                from exception e where e.exception_id = (\(key))::int8
                """)
        case .feed:
            object(
                """
                f.name, f.format, f.separator, f.pickup_method, g.id as "group", f.channel, f.item_code_system, f.version
                from product_feed f left join location_group g using (group_id)
                where f.name = \(key)
                """)
        // Without its secrets.
        case .webhook:
            object(
                """
                w.id, w.url, w.description, w.types, w.sku, w.location, w.group_name as "group", w.channel,
                w.batch_size, w.enabled, w.client, w.version
                from webhook w where w.id = \(key)
                """)
        // Nothing of its secret, its hash included.
        case .apiKey:
            object(
                """
                k.key_id as id, k.client, k.name, k.roles, k.scopes, k.locations, k.sources, k.expires_at, k.revoked_at
                from api_key k where k.key_id = \(key)
                """)
        }
    }

    private static func object(_ columnsAndRows: String) -> String {
        "select to_jsonb(o) from (select \(columnsAndRows)) o"
    }

    private static let ruleKinds = StockRuleKind.allCases.map { "when '\($0)' then \($0.rawValue)" }
        .joined(separator: " ")
}

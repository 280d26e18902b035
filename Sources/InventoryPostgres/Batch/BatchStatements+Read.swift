import LibPQ

/// The first trip of a batch: everything is locked and read before anything is decided.
extension Statement {
    /// Resolves names to items and locations. A name is a sku (no code system, no source), a code of a given
    /// system, or a code of its source's system; a place is an id, or a code likewise. A kit has no balance of its own: it is named by each of its parts. Shared
    /// text: all statements below must mean the same.
    private static let nameResolution = """
        with name as materialized (
            select n.ord, found.item_id as named_id, found.is_kit, found.sku as named_sku, found.status as named_status,
                   found.rules as named_rules,
                   part.item_id, part.quantity, part.count, found.units_per_code, l.location_id, l.id as location,
                   system.code_system, system.place_system,
                   l.status = 'active' and l.mode = 'live' as is_eligible, l.safety_stock, l.threshold, l.rules
            from unnest($1::text[], $2::text[], $3::int4[], $4::text[], $5::text[], $6::int4[])
                with ordinality as n(code_system, code, source_id, place, place_system, place_source_id, ord)
            left join source s on s.source_id = coalesce(n.source_id, n.place_source_id)
            cross join lateral (
                select coalesce(n.code_system, case when n.source_id is not null then s.code_system end) as code_system,
                       coalesce(n.place_system, case when n.place_source_id is not null then s.code_system end)
                           as place_system) system
            left join lateral (
                select i.item_id, i.sku, i.status, i.rules, i.rules & \(ItemRules.kit) <> 0 as is_kit, 1::int8 as units_per_code
                from item i
                where n.code_system is null and n.source_id is null and i.sku = n.code
                union all
                select i.item_id, i.sku, i.status, i.rules, i.rules & \(ItemRules.kit) <> 0, a.units_per_code
                from alias a join item i on i.item_id = a.item_id
                where a.code_system = system.code_system and a.code = canonical_code(system.code_system, n.code)
            ) found on true
            left join lateral (
                select found.item_id, 1::int8 as quantity, 1::int8 as count where not found.is_kit
                union all
                select c.component_id, c.quantity, count(*) over () from kit_component c
                where found.is_kit and c.kit_id = found.item_id and c.valid_until is null
            ) part on true
            left join lateral (
                select l.* from location l
                where n.place_system is null and n.place_source_id is null and l.id = n.place and l.deleted_at is null
                union all
                select l.* from location_alias a join location l on l.location_id = a.location_id
                where a.code_system = system.place_system
                  and a.code = canonical_code(system.place_system, n.place) and l.deleted_at is null
            ) l on true
        )
        """

    private static let nameParameters: [PQType] = [
        .textArray, .textArray, .int4Array, .textArray, .textArray, .int4Array,
    ]

    /// A balance must exist before it can be locked, or two first writers would not meet.
    static let balanceEnsure = Statement(
        "balance_ensure", nameParameters,
        sql: """
            \(nameResolution)
            insert into balance (item_id, location_id)
            select distinct name.item_id, name.location_id
            from name
            where name.item_id is not null and name.location_id is not null
              and not exists (
                  select from balance b where b.item_id = name.item_id and b.location_id = name.location_id)
            order by 1, 2
            on conflict do nothing
            """)

    private static let namedBalances = """
        \(nameResolution)
        select \(NamedColumn.selectList), \(BalanceColumn.selectList)
        from name
        join item i on i.item_id = name.item_id
        join balance b on b.item_id = name.item_id and b.location_id = name.location_id
        """

    /// Locks in key order: the sort is below the lock in the plan. Rows come back as they are once locked.
    static let balanceLock = Statement(
        "balance_lock", nameParameters,
        sql: """
            \(namedBalances)
            order by b.item_id, b.location_id
            for update of b
            """)

    /// Places of names with a balance that somebody has locked now. It takes what is free for an instant and waits for
    /// nothing.
    static let balancesLocked = Statement(
        "balances_locked", nameParameters,
        sql: """
            \(nameResolution),
            needed as materialized (
                select name.ord, b.item_id, b.location_id
                from name
                join balance b on b.item_id = name.item_id and b.location_id = name.location_id
            ),
            free as materialized (
                select b.item_id, b.location_id
                from (select distinct item_id, location_id from needed) needed
                join balance b on b.item_id = needed.item_id and b.location_id = needed.location_id
                for update of b skip locked
            )
            select distinct needed.ord
            from needed
            where (needed.item_id, needed.location_id) not in (select item_id, location_id from free)
            """)

    /// The same for who only wants to know.
    static let nameRead = Statement("name_read", nameParameters, sql: namedBalances)

    /// Which half of a name is missing; only names that do not resolve.
    static let nameMissing = Statement(
        "name_missing", nameParameters,
        sql: """
            \(nameResolution)
            select distinct \(MissingNameColumn.selectList)
            from name
            where name.item_id is null or name.location_id is null
            """)

    /// A statement of its own, so that it sees what was committed while the locks were waited for.
    static let eventKeyProbe = Statement(
        "event_key_probe", [.int4Array, .textArray],
        sql: """
            select \(EventKeyColumn.selectList)
            from unnest($1, $2) as asked(source_id, event_id)
            cross join lateral (
                select * from event_key k
                where k.source_id = asked.source_id and k.event_id = asked.event_id offset 0
            ) k
            """)

    /// Exceptions that keep rejected lines about the same as lines of the batch. Hardly ever finds one.
    static let rejectedLineProbe = Statement(
        "rejected_line_probe", [.int4Array, .textArray],
        sql: """
            select \(OpenRejectionColumn.selectList)
            from unnest($1, $2) as asked(source_id, line_key)
            cross join lateral (\(openRejection("asked.source_id", "asked.line_key")) offset 0) e
            """)

    /// - Parameters:
    ///   - source: an SQL expression of its number.
    ///   - key: an SQL expression of what the line is about.
    static func openRejection(_ source: String, _ key: String) -> String {
        "\(rejectionsOpen(source)) and e.line_key = \(key)"
    }

    /// All of a source. What follows it goes on with the condition.
    static func rejectionsOpen(_ source: String) -> String {
        """
        select * from exception e
        where e.source_id = \(source) and e.type = 'rejectedLine' and e.status <> 'resolved'
        """
    }

    /// A source that reports again is there again. Hardly ever touches a row.
    static let sourceRevive = Statement(
        "source_revive", [.int4Array],
        sql: """
            update source
            set deleted_at = null, version = version + 1, updated_at = clock_timestamp()
            where source_id = any ($1) and deleted_at is not null
            returning id
            """)

    static let clockRead = Statement("clock_read", sql: "select clock_timestamp()")
}

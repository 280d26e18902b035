import Inventory
import LibPQ

/// What another location has of an item that was short, of rows `best` and `e`. The distance is NULL where it is not known.
enum AlternativeColumn: Int32, SelectedColumn {
    case location, distanceKm, sku, available

    var selected: String {
        switch self {
        case .location: "best.id"
        case .distanceKm: "best.km"
        case .sku: "e.sku"
        case .available: "e.available"
        }
    }
}

/// Reading reservations for people and programs.
extension Statement {
    /// The order in which promises are covered, of allocation `a` that is open now.
    static let coverOrder = "a.cover_rank, a.created_at, a.reservation_id, a.number"

    static func isOpenNow(_ allocation: String) -> String {
        """
        \(allocation).open_units > 0
        and (\(allocation).state <> \(AllocationState.held.rawValue) or \(allocation).expires_at > transaction_timestamp())
        """
    }

    /// Of reservations, those of their allocations that have no cover, and how many units of each.
    static let uncoveredRead = Statement(
        "uncovered_read", [.byteaArray],
        sql: """
            select p.reservation_id, p.number,
                   least(p.open_units, ahead.units - greatest(b.on_hand, 0))::int8
            from unnest($1) as asked(reservation_id)
            cross join lateral (
                select * from allocation a
                where a.reservation_id = asked.reservation_id and \(isOpenNow("a")) offset 0
            ) p
            cross join lateral (
                select * from balance b
                where b.item_id = p.item_id and b.location_id = p.location_id and b.reserved > greatest(b.on_hand, 0)
                offset 0
            ) b
            cross join lateral (
                select sum(a.open_units) as units from allocation a
                where a.item_id = p.item_id and a.location_id = p.location_id and \(isOpenNow("a"))
                  and (\(coverOrder)) <= (p.cover_rank, p.created_at, p.reservation_id, p.number)
            ) ahead
            where ahead.units > greatest(b.on_hand, 0)
            """)

    /// By the time of the statement, and not of each row: that would be no bound for the index, and every held reservation
    /// would be read for the few that have ended.
    static let reservationsExpired = Statement(
        "reservations_expired", [.int8],
        sql: """
            select r.reservation_id from reservation r
            where r.state = 'held' and r.expires_at <= statement_timestamp()
            order by r.expires_at limit $1
            """)

    static let latePickups = Statement(
        "late_pickups", [.int8],
        sql: """
            select r.reservation_id, l.late_pickup
            from reservation r join location l on l.id = r.location
            where r.is_open and r.pickup_by <= statement_timestamp() and not r.late_noted
            order by r.pickup_by limit $1
            """)

    static let latePickupOpen = Statement(
        "late_pickup_open", [.byteaArray, .textArray, .textArray],
        sql: """
            with noted as (
                update reservation r set late_noted = true
                from unnest($1, $2, $3) as late(reservation_id, id, location)
                where r.reservation_id = late.reservation_id and r.is_open and not r.late_noted
                  and r.pickup_by <= statement_timestamp()
                returning late.id, late.location, r.reference, r.pickup_by
            ),
            opened as (
                \(ExceptionSQL.open(
                    ["type", "dedupe_key", "priority", "location", "detail"],
                    """
                    select '\(late.rawValue)', \(ExceptionSQL.dedupeKey(late, "id")), \(late.priority.rawValue), location,
                           format('reservation %s was to be fetched by %s; ask the customer, or release it', id,
                                  to_char(pickup_by at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'))
                    from noted where location is not null
                    """, ifOpen: .leave))
            ),
            \(ChangeLog.logged(.init(.reservation, of: "noted", key: "id"), .init(.exception, of: "opened")))
            select count(*) from noted
            """)

    private static let late = ExceptionType.latePickup

    /// Of items at locations: what each is called, and where it lies there.
    static let pickNotes = Statement(
        "pick_notes", [.textArray, .textArray],
        sql: """
            select i.sku, asked.location, i.name, b.bin
            from unnest($1, $2) as asked(sku, location)
            cross join lateral (select * from item i where i.sku = asked.sku offset 0) i
            left join lateral (
                select b.bin
                from (select * from location l where l.id = asked.location and l.deleted_at is null offset 0) l
                cross join lateral (
                    select * from item_bin b where b.location_id = l.location_id and b.item_id = i.item_id offset 0
                ) b
            ) b on true
            """)

    static let locationCoordinates = Statement(
        "location_coordinates", [.textArray],
        sql: """
            select l.id, l.latitude, l.longitude
            from unnest($1) as asked(id)
            cross join lateral (
                select * from location l where l.id = asked.id and l.latitude is not null offset 0
            ) l
            """)

    /// Other eligible locations where all of the items are for sale in the asked quantity, nearest first.
    static let alternativeLocations: Statement = {
        let isEligible = AvailabilitySQL.isEligible(method: "$3::text", group: "(select group_id from network)")
        let formula = AvailabilityFormula(channel: "$7::text", method: "$3::text", isEligible: "true")
        return Statement(
            "alternative_locations", [.textArray, .int8Array, .text, .text, .textArray, .int8, .text],
            sql: """
                with line as materialized (
                    select i.item_id, i.sku, i.status, i.rules, i.safety_stock, i.threshold,
                           sum(asked.units)::int8 as units
                    from unnest($1, $2) as asked(sku, units)
                    cross join lateral (select * from item i where i.sku = asked.sku offset 0) i
                    group by 1, 2, 3, 4, 5, 6
                ),
                here as materialized (select l.latitude, l.longitude from location l where l.id = $4),
                network as materialized (
                    select (select g.group_id from location_group g where g.channel = $7 and g.deleted_at is null) as group_id
                ),
                enough as materialized (
                    select i.item_id, i.sku, b.location_id, n.available
                    from line i
                    cross join lateral (
                        select * from balance b where b.item_id = i.item_id and b.on_hand >= i.units offset 0
                    ) b
                    cross join lateral (
                        select * from location l where l.location_id = b.location_id offset 0
                    ) l
                    cross join lateral (select \(formula.available) as available) n
                    where n.available >= i.units and l.deleted_at is null and \(isEligible) and l.id <> all ($5)
                ),
                best as (
                    select l.location_id, l.id, d.km
                    from (
                        select e.location_id from enough e group by 1 having count(*) = (select count(*) from line)
                    ) found
                    cross join lateral (
                        select * from location l where l.location_id = found.location_id offset 0
                    ) l
                    left join here on true
                    cross join lateral (
                        select great_circle_km(l.latitude, l.longitude, here.latitude, here.longitude) as km
                    ) d
                    order by d.km nulls last, l.id
                    limit $6
                )
                select \(AlternativeColumn.selectList)
                from best join enough e using (location_id)
                order by best.km nulls last, best.id, e.sku
                """)
    }()
}

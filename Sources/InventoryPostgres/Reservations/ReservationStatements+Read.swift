import LibPQ

/// What a batch reads of promises: in the first trip, behind the locks of its balances.
extension Statement {
    /// Statuses and capabilities may not change between what a grant read of them and its commit; whoever changes them
    /// takes the same lock alone.
    static let placesShare = Statement("places_share", sql: "select \(AdvisoryLock.places.share())")
    static let placesExclude = Statement("places_exclude", sql: "select \(AdvisoryLock.places.exclude())")

    static let requestKeyProbe = Statement(
        "request_key_probe", [.textArray],
        sql: """
            select k.key, k.fingerprint, k.reservation_id
            from unnest($1) as asked(key)
            cross join lateral (
                select * from request_key k where k.client_id = 0 and k.key = asked.key offset 0
            ) k
            """)

    /// The columns of a reservation, of row `r`, in the order in which `Reservation` reads them.
    static let reservationColumns = """
        r.reservation_id, r.version, r.created_at, r.expires_at, r.due_at, r.ready_by, r.pickup_by, r.arrived_at,
        r.claimed_until, r.renewals, r.allocations_made, r.method, r.location, r.owner, r.reference, r.channel,
        r.pickup_code, r.arrival_place, r.arrival_note, r.claimed_by, r.ship_latitude, r.ship_longitude, r.lines,
        r.shipping, r.transfer_id
        """

    static let reservationRead = Statement(
        "reservation_read", [.byteaArray],
        sql: """
            select \(reservationColumns)
            from unnest($1) as asked(reservation_id)
            cross join lateral (
                select * from reservation r where r.reservation_id = asked.reservation_id offset 0
            ) r
            """)

    /// The columns of an allocation, of row `a`, item `i` and location `l`.
    static let allocationColumns = """
        a.reservation_id, a.number, a.line, a.item_id, a.location_id, i.sku, l.id, a.quantity, a.state, a.created_at,
        a.released, a.fulfilled_by_request, a.fulfilled_by_sale, a.restock_pending, a.ready_at, a.ended_at, a.returned
        """

    static let allocationRead = Statement(
        "allocation_read", [.byteaArray],
        sql: """
            select \(allocationColumns)
            from unnest($1) as asked(reservation_id)
            cross join lateral (
                select * from allocation a where a.reservation_id = asked.reservation_id offset 0
            ) a
            cross join lateral (select * from item i where i.item_id = a.item_id offset 0) i
            cross join lateral (select * from location l where l.location_id = a.location_id offset 0) l
            order by a.reservation_id, a.number
            """)

    static let placeRead = Statement(
        "place_read", [.textArray],
        sql: """
            select l.id, l.status = 'active', l.mode = 'live', l.can_pickup, l.can_ship,
                   coalesce(l.lead_time_minutes, 0), l.opening_hours, l.time_zone, l.pickup_window_hours,
                   array(
                       select g.channel from location_group g
                       where g.channel is not null and g.deleted_at is null and not exists (
                           select from location_group_member m
                           where m.group_id = g.group_id and m.location_id = l.location_id)),
                   l.daily_capacity, l.location_id
            from unnest($1) as asked(id)
            cross join lateral (
                select * from location l where l.id = asked.id and l.deleted_at is null offset 0
            ) l
            """)

    /// Two batches that ship from one location with a capacity wait for each other, so that together they cannot exceed it.
    static let capacityLock = Statement(
        "capacity_lock", [.textArray],
        sql: """
            select \(AdvisoryLock.shippingCapacity.exclude("l.location_id"))
            from (
                select l.location_id
                from unnest($1) as asked(id)
                cross join lateral (
                    select * from location l where l.id = asked.id and l.daily_capacity is not null offset 0
                ) l
                order by l.location_id offset 0
            ) l
            """)

    /// Shipments that count on a day, behind that lock.
    static let shipmentsCount = Statement(
        "shipments_count", [.int4Array, .int4Array, .timestamptz],
        sql: """
            select asked.location_id, (
                select count(*) from shipment s
                where s.day = asked.day and s.location_id = asked.location_id
                  and (s.expires_at is null or s.expires_at > $3))
            from unnest($1, $2) as asked(location_id, day)
            """)

    /// Which of some locations belong to groups.
    static let groupMembersRead = Statement(
        "group_members_read", [.textArray, .textArray],
        sql: """
            select g.id, l.id
            from unnest($1) as asked(id)
            cross join lateral (
                select * from location_group g where g.id = asked.id and g.deleted_at is null offset 0
            ) g
            cross join unnest($2) as place(id)
            cross join lateral (select * from location l where l.id = place.id offset 0) l
            cross join lateral (
                select from location_group_member m
                where m.group_id = g.group_id and m.location_id = l.location_id offset 0
            ) m
            """)

    static let pickupCodesTaken = Statement(
        "pickup_codes_taken", [.textArray],
        sql: """
            select asked.code, r.reservation_id
            from unnest($1) as asked(code)
            cross join lateral (
                select r.reservation_id from reservation r where r.is_open and r.pickup_code = asked.code limit 1
            ) r
            """)

    /// Two batches that promise to one owner wait for each other, so that together they cannot exceed what one may hold.
    static let ownersLock = Statement(
        "owners_lock", [.textArray],
        sql: "select \(AdvisoryLock.owner.exclude("owner")) from unnest($1) as o(owner)")

    /// What owners hold now. A statement of its own, behind their locks.
    static let holdingsRead = Statement(
        "holdings_read", [.textArray],
        sql: """
            with held as materialized (
                select r.owner, r.reservation_id
                from unnest($1) as asked(owner)
                cross join lateral (
                    select r.owner, r.reservation_id from reservation r
                    where r.owner = asked.owner and r.state = 'held' and r.expires_at > clock_timestamp() offset 0
                ) r
            )
            select owner, null::int8, count(*) from held group by owner
            union all
            select held.owner, a.item_id, sum(a.open_units)::int8
            from held
            cross join lateral (
                select * from allocation a where a.reservation_id = held.reservation_id offset 0
            ) a
            where a.state = 1
            group by held.owner, a.item_id
            """)

    /// What has ended by an instant and is still reserved, and what ends next.
    static let expiredHoldsRead = Statement(
        "expired_holds_read", [.int8Array, .int4Array, .timestamptz],
        sql: """
            select asked.item_id, asked.location_id, (
                       select coalesce(sum(h.units), 0)::int8 from hold_expiry h
                       where h.item_id = asked.item_id and h.location_id = asked.location_id and h.expires_at <= $3),
                   (
                       select h.expires_at from hold_expiry h
                       where h.item_id = asked.item_id and h.location_id = asked.location_id and h.expires_at > $3
                         and h.units > 0
                       order by h.expires_at limit 1)
            from unnest($1, $2) as asked(item_id, location_id)
            """)

    /// Open promises that are covered last, of each balance at most as many as it has to name units of.
    static let openPromisesRead = Statement(
        "open_promises_read", [.int8Array, .int4Array, .int8Array, .timestamptz],
        sql: """
            select p.item_id, p.location_id, p.reservation_id, p.number, p.cover_rank, p.created_at, p.open_units
            from unnest($1, $2, $3) as asked(item_id, location_id, most)
            cross join lateral (
                select * from allocation a
                where a.item_id = asked.item_id and a.location_id = asked.location_id and a.open_units > 0
                  and (a.state <> 1 or a.expires_at > $4)
                order by a.cover_rank desc, a.created_at desc, a.reservation_id desc, a.number desc
                limit asked.most
            ) p
            """)

    /// Units that were packed and waiting at an instant: those that still are, and those that left since.
    static let readyUnitsRead = Statement(
        "ready_units_read", [.int8Array, .int4Array, .timestamptzArray],
        sql: """
            select asked.item_id, asked.location_id, asked.instant, (
                select coalesce(sum(
                    case when a.state = 3 then a.open_units else 0 end + (
                        select coalesce(-sum(m.reserved_delta), 0)
                        from movement m
                        where m.item_id = a.item_id and m.location_id = a.location_id and m.recorded_at > asked.instant
                          and m.reservation_id = a.reservation_id and m.allocation_number = a.number
                          and m.occurred_at > asked.instant and m.recorded_at > a.ready_at)), 0)::int8
                from allocation a
                where a.item_id = asked.item_id and a.location_id = asked.location_id and a.ready_at <= asked.instant
                  and (a.ended_at is null or a.ended_at > asked.instant))
            from unnest($1, $2, $3) as asked(item_id, location_id, instant)
            """)
}

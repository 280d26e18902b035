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

    static let reservationRead = Statement(
        "reservation_read", [.byteaArray],
        sql: """
            select \(ReservationColumn.selectList)
            from unnest($1) as asked(reservation_id)
            cross join lateral (
                select * from reservation r where r.reservation_id = asked.reservation_id offset 0
            ) r
            """)

    static let allocationRead = Statement(
        "allocation_read", [.byteaArray],
        sql: """
            select \(AllocationColumn.selectList)
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
            select \(LocationTermsColumn.selectList)
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

    /// As a range in the order of codes, which only their own index has: several indexes are of open reservations, and while
    /// the table is new they all look alike to the planner.
    static let pickupCodesTaken = Statement(
        "pickup_codes_taken", [.textArray],
        sql: """
            select asked.code, r.reservation_id
            from unnest($1) as asked(code)
            cross join lateral (
                select r.reservation_id from reservation r
                where r.is_open and r.pickup_code >= asked.code and r.pickup_code <= asked.code
                order by r.pickup_code limit 1
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
                    -- A range in the order of owners, for the same reason as with codes.
                    where r.owner >= asked.owner and r.owner <= asked.owner and r.state = 'held'
                      and r.expires_at > clock_timestamp()
                    order by r.owner offset 0
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
            select \(ExpiredHoldsColumn.selectList)
            from unnest($1, $2) as asked(item_id, location_id)
            """)

    /// Open promises that are covered last, of each balance at most as many as it has to name units of.
    static let openPromisesRead = Statement(
        "open_promises_read", [.int8Array, .int4Array, .int8Array, .timestamptz],
        sql: """
            select \(OpenPromiseColumn.selectList(of: "p"))
            from unnest($1, $2, $3) as asked(item_id, location_id, most)
            cross join lateral (
                select * from allocation a
                where a.item_id = asked.item_id and a.location_id = asked.location_id and a.open_units > 0
                  and (a.state <> 1 or a.expires_at > $4)
                order by a.cover_rank desc, a.created_at desc, a.reservation_id desc, a.number desc
                limit asked.most
            ) p
            """)
}

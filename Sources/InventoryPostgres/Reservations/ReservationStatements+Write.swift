import LibPQ

/// What a batch writes of promises, in its second trip. Every count that has to be right is checked by the statement
/// itself: a batch that was decided on what is no longer so is refused as a whole.
extension Statement {
    /// - Parameters:
    ///   - written: changes rows.
    ///   - rows: how many it has to change, an SQL expression.
    static func refusing(_ written: String, unless rows: String) -> String {
        """
        with written as (\(written) returning 1)
        select case when (select count(*) from written) = \(rows) then true else refuse_outdated_batch() end
        """
    }

    /// Only over the version that was read.
    static let reservationStore = Statement(
        "reservation_store", .init(of: ReservationColumn.allCases),
        sql: refusing(
            """
            insert into reservation as r (\(ReservationColumn.allCases.nameList))
            select * from unnest(\(ReservationColumn.allCases.parameterList(from: 1)))
            on conflict (reservation_id) do update
            set \(ReservationColumn.updated.updateList),
                late_noted = r.late_noted and r.pickup_by is not distinct from excluded.pickup_by
            where r.version = excluded.version - 1
            """, unless: "cardinality($1)"))

    /// Whoever writes these holds the locks of their balances, and has just written their reservation.
    static let allocationStore = Statement(
        "allocation_store", .init(of: AllocationColumn.allCases),
        sql: """
            insert into allocation as a (\(AllocationColumn.allCases.nameList))
            select * from unnest(\(AllocationColumn.allCases.parameterList(from: 1)))
            on conflict (item_id, location_id, reservation_id, number) do update
            set \(AllocationColumn.updated.updateList)
            """)

    /// Allocations that went to another balance, or with their line.
    static let allocationRemove = Statement(
        "allocation_remove", [.int8Array, .int4Array, .byteaArray, .int2Array],
        sql: """
            delete from allocation a
            using unnest($1, $2, $3, $4) as gone(item_id, location_id, reservation_id, number)
            where a.item_id = gone.item_id and a.location_id = gone.location_id
              and a.reservation_id = gone.reservation_id and a.number = gone.number
            """)

    /// Whoever writes these has just written their reservations.
    static let shipmentStore = Statement(
        "shipment_store", .init(of: ShipmentColumn.allCases),
        sql: """
            insert into shipment (\(ShipmentColumn.allCases.nameList))
            select * from unnest(\(ShipmentColumn.allCases.parameterList(from: 1)))
            on conflict (reservation_id, location_id) do update
            set \(ShipmentColumn.updated.updateList)
            """)

    static let shipmentRemove = Statement(
        "shipment_remove", [.byteaArray, .int4Array],
        sql: """
            delete from shipment s
            using unnest($1, $2) as gone(reservation_id, location_id)
            where s.reservation_id = gone.reservation_id and s.location_id = gone.location_id
            """)

    /// Two requests under one key that touch different balances meet here, and the later one starts over.
    static let requestKeyAppend = Statement(
        "request_key_append", [.textArray, .byteaArray, .byteaArray],
        sql: """
            insert into request_key (client_id, key, fingerprint, reservation_id)
            select 0, new.key, new.fingerprint, new.reservation_id
            from unnest($1, $2, $3) as new(key, fingerprint, reservation_id)
            order by new.key
            """)

    static let holdStore = Statement(
        "hold_store", [.int8Array, .int4Array, .timestamptzArray, .int8Array],
        sql: """
            insert into hold_expiry as h (item_id, location_id, expires_at, units)
            select * from unnest($1, $2, $3, $4)
            on conflict (item_id, location_id, expires_at) do update set units = h.units + excluded.units
            """)

    static let holdFold = Statement(
        "hold_fold", [.int8Array, .int4Array, .timestamptzArray],
        sql: """
            delete from hold_expiry h
            using unnest($1, $2, $3) as folded(item_id, location_id, until)
            where h.item_id = folded.item_id and h.location_id = folded.location_id and h.expires_at <= folded.until
            """)

    /// Whoever writes these holds the locks of their balances.
    static let packedStore = Statement(
        "packed_store", [.int8Array, .int4Array, .timestamptzArray, .int8Array],
        sql: """
            insert into packed_change as p (item_id, location_id, occurred_at, units)
            select * from unnest($1, $2, $3, $4)
            on conflict (item_id, location_id, occurred_at) do update set units = p.units + excluded.units
            """)

    static let countTaskRequest = Statement(
        "count_task_request", [.int8Array, .int4Array, .textArray, .timestamptzArray],
        sql: """
            insert into count_task as t (item_id, location_id, reason, requested_at)
            select * from unnest($1, $2, $3, $4)
            on conflict (location_id, item_id) do update
            set reason = case when excluded.requested_at < t.requested_at then t.reason else excluded.reason end,
                requested_at = greatest(excluded.requested_at, t.requested_at)
            """)
}

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

    private static func arrays(_ types: [PQType]) -> String {
        types.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
    }

    private static let reservationTypes: [PQType] = [
        .byteaArray, .int8Array, .timestamptzArray, .timestamptzArray, .timestamptzArray, .timestamptzArray,
        .timestamptzArray, .timestamptzArray, .timestamptzArray, .int2Array, .int2Array, .boolArray, .boolArray,
        .textArray, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray, .textArray,
        .textArray, .float8Array, .float8Array, .byteaArray, .byteaArray, .byteaArray,
    ]

    /// Only over the version that was read.
    static let reservationStore = Statement(
        "reservation_store", reservationTypes,
        sql: refusing(
            """
            insert into reservation as r (
                reservation_id, version, created_at, expires_at, due_at, ready_by, pickup_by, arrived_at, claimed_until,
                renewals, allocations_made, is_open, is_split, state, method, location, owner, reference, channel,
                pickup_code, arrival_place, arrival_note, claimed_by, ship_latitude, ship_longitude, lines,
                shipping, transfer_id)
            select * from unnest(\(arrays(reservationTypes)))
            on conflict (reservation_id) do update
            set version = excluded.version, expires_at = excluded.expires_at, due_at = excluded.due_at,
                ready_by = excluded.ready_by, pickup_by = excluded.pickup_by, arrived_at = excluded.arrived_at,
                claimed_until = excluded.claimed_until, renewals = excluded.renewals,
                allocations_made = excluded.allocations_made, is_open = excluded.is_open,
                is_split = excluded.is_split, state = excluded.state, location = excluded.location,
                reference = excluded.reference, pickup_code = excluded.pickup_code,
                arrival_place = excluded.arrival_place, arrival_note = excluded.arrival_note,
                claimed_by = excluded.claimed_by, lines = excluded.lines, shipping = excluded.shipping
            where r.version = excluded.version - 1
            """, unless: "cardinality($1)"))

    private static let allocationTypes: [PQType] = [
        .int8Array, .int4Array, .byteaArray, .int2Array, .int2Array, .int8Array, .int8Array, .int8Array, .int8Array,
        .int8Array, .int8Array, .timestamptzArray, .timestamptzArray, .timestamptzArray, .timestamptzArray, .int2Array,
        .int2Array, .textArray, .int8Array,
    ]

    /// Whoever writes these holds the locks of their balances, and has just written their reservation.
    static let allocationStore = Statement(
        "allocation_store", allocationTypes,
        sql: """
            insert into allocation as a (
                item_id, location_id, reservation_id, number, line, quantity, open_units, released,
                fulfilled_by_request, fulfilled_by_sale, restock_pending, created_at, expires_at, ready_at, ended_at,
                state, cover_rank, channel, returned)
            select * from unnest(\(arrays(allocationTypes)))
            on conflict (item_id, location_id, reservation_id, number) do update
            set line = excluded.line, quantity = excluded.quantity, open_units = excluded.open_units,
                released = excluded.released, fulfilled_by_request = excluded.fulfilled_by_request,
                fulfilled_by_sale = excluded.fulfilled_by_sale, restock_pending = excluded.restock_pending,
                expires_at = excluded.expires_at, ready_at = excluded.ready_at, ended_at = excluded.ended_at,
                state = excluded.state, cover_rank = excluded.cover_rank, returned = excluded.returned
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
        "shipment_store",
        [
            .byteaArray, .int4Array, .int4Array, .int8Array, .timestamptzArray, .int8Array, .int8Array, .textArray,
            .textArray,
        ],
        sql: """
            insert into shipment (
                reservation_id, location_id, day, units, expires_at, distance_metres, cost_amount, cost_currency, objective)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (reservation_id, location_id) do update
            set day = excluded.day, units = excluded.units, expires_at = excluded.expires_at,
                distance_metres = excluded.distance_metres, cost_amount = excluded.cost_amount,
                cost_currency = excluded.cost_currency
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

    static let countTaskRequest = Statement(
        "count_task_request", [.int8Array, .int4Array, .textArray],
        sql: """
            insert into count_task (item_id, location_id, reason)
            select * from unnest($1, $2, $3)
            on conflict (location_id, item_id) do update
            set reason = excluded.reason, requested_at = excluded.requested_at
            """)
}

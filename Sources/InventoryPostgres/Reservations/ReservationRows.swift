import Inventory
import LibPQ

extension ReservationID {
    init(stored bytes: [UInt8]) {
        guard let id = ReservationID(bytes) else { preconditionFailure("a stored reservation id has 16 bytes") }
        self = id
    }
}

extension Reservation {
    /// From `reservationColumns`; its allocations come from other rows.
    init(_ row: Row) {
        guard let lines = [ReservationLine](canonicalBytes: row.bytea(22)) else {
            preconditionFailure("the lines of a stored reservation cannot be read")
        }
        self.init(
            id: ReservationID(stored: row.bytea(0)), reference: row.textIfPresent(14).map(Reference.init(stored:)),
            owner: row.textIfPresent(13).map(Owner.init(stored:)),
            channel: row.textIfPresent(15).map(Channel.init(stored:)), method: .init(stored: row.text(11)),
            location: LocationID(stored: row.text(12)), lines: lines, allocations: [],
            createdAt: row.requiredTimestamp(2), expiresAt: row.timestamp(3), dueAt: row.requiredTimestamp(4))
        version = row.int8(1)
        renewals = row.int2(9)
        allocationsMade = row.int2(10)
        if let code = row.textIfPresent(16) {
            pickup = Pickup(code: code, readyBy: row.timestamp(5), pickupBy: row.timestamp(6))
            pickup?.arrival = row.timestamp(7).map {
                Pickup.Arrival(at: $0, place: row.textIfPresent(17), note: row.textIfPresent(18))
            }
        }
        if let by = row.textIfPresent(19), let until = row.timestamp(8) { claim = Claim(by: by, until: until) }
        if let latitude = row.float8IfPresent(20), let longitude = row.float8IfPresent(21) {
            shipTo = Coordinates(latitude: latitude, longitude: longitude)
        }
        if let shipping = row.byteaIfPresent(23), !setShipping(shipping) {
            preconditionFailure("how a stored reservation ships cannot be read")
        }
        transfer = row.byteaIfPresent(24).map(TransferID.init(stored:))
    }

    /// Reservations and the allocations of all of them.
    static func read(_ rows: Rows, _ allocations: Rows) -> [ReservationID: Reservation] {
        var reservations: [ReservationID: Reservation] = [:]
        for row in rows {
            let reservation = Reservation(row)
            reservations[reservation.id] = reservation
        }
        for row in allocations {
            reservations[ReservationID(stored: row.bytea(0))]?.allocations.append(Allocation(row))
        }
        return reservations
    }
}

extension Allocation {
    /// From `allocationColumns`.
    fileprivate init(_ row: Row) {
        self.init(
            number: row.int2(1), line: Int(row.int2(2)),
            key: BalanceKey(item: ItemNumber(row.int8(3)), location: LocationNumber(row.int4(4))),
            sku: SKU(stored: row.text(5)), location: LocationID(stored: row.text(6)), quantity: row.int8(7),
            state: .init(stored: row.int2(8)), createdAt: row.requiredTimestamp(9))
        released = row.int8(10)
        fulfilledByRequest = row.int8(11)
        fulfilledBySale = row.int8(12)
        restockPending = row.int8(13)
        readyAt = row.timestamp(14)
        endedAt = row.timestamp(15)
        returned = row.int8(16)
    }
}

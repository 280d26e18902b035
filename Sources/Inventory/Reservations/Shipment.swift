/// What one location ships of one reservation: it counts on a day of that location, and costs.
package struct Shipment: Sendable, Hashable {
    package var location: LocationID
    package var number: LocationNumber
    /// The location's own, as days since 1970-01-01.
    package var day: Int64
    /// Promised and handed over, 1 or more.
    package var units: Int64
    /// While all of it is held: until then it counts. Nil: for good.
    package var expiresAt: Timestamp?
    package var distanceMetres: Int64?
    package var cost: Money?

    package init(
        location: LocationID, number: LocationNumber, day: Int64, units: Int64, expiresAt: Timestamp?,
        distanceMetres: Int64?, cost: Money?
    ) {
        self.location = location
        self.number = number
        self.day = day
        self.units = units
        self.expiresAt = expiresAt
        self.distanceMetres = distanceMetres
        self.cost = cost
    }
}

/// A local day of a location, and what it takes.
package struct ShippingDay: Sendable, Hashable {
    /// As days since 1970-01-01.
    package let day: Int64
    /// Shipments that it takes; nil: without limit.
    package let shipmentsMax: Int64?
    /// Shipments that count on it now.
    package let shipments: Int64

    package init(day: Int64, shipmentsMax: Int64?, shipments: Int64) {
        self.day = day
        self.shipmentsMax = shipmentsMax
        self.shipments = shipments
    }
}

extension Reservation {
    /// Whose network its locations have to belong to; nil where it was bound to a group instead.
    var network: Channel? { sourcing?.group == nil ? channel : nil }

    /// Units promised or handed over at each location that ships to customers.
    func shippedUnits(at now: Timestamp) -> [LocationID: Int64] {
        guard transfer == nil else { return [:] }
        var units: [LocationID: Int64] = [:]
        for allocation in allocations where lines[allocation.line].method == .ship {
            let count = open(allocation, at: now) + allocation.fulfilled
            if count > 0 { units[allocation.location, default: 0] += count }
        }
        return units
    }
}

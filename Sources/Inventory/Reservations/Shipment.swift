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

    /// Whether what ships from there counts no more once all that is open comes free. What was handed over of it, or sold
    /// by a till, has left and goes on counting.
    package func givesShipmentBack(at location: LocationID, now: Timestamp) -> Bool {
        guard transfer == nil else { return false }
        let there = allocations.filter { $0.location == location && lines[$0.line].method == .ship }
        return there.contains { open($0, at: now) > 0 } && there.allSatisfy { $0.fulfilled == 0 }
    }
}

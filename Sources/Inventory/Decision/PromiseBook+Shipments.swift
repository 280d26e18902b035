/// What ships counts on a day of its location.
extension BatchDecision {
    /// Whether nothing more ships from there today.
    /// - Parameters:
    ///   - before: the reservation as it was, whose shipments count already.
    ///   - replaced: a hold that comes free first, and with it what it counts.
    func isFull(_ location: LocationID, _ before: Reservation?, insteadOf replaced: Reservation? = nil) -> Bool {
        guard let day = snapshot.places[location]?.shippingDay, let most = day.shipmentsMax else { return false }
        if before?.shippedUnits(at: now)[location] != nil { return false }
        let isFreed =
            replaced?.shippedUnits(at: now)[location] != nil
            && replaced?.shipments.first { $0.location == location }?.day == day.day
        return day.shipments + (shipmentsMade[location] ?? 0) - (isFreed ? 1 : 0) >= most
    }

    func fullness(of location: LocationID, pointer: String) -> ReservationRefusal {
        let most = snapshot.places[location]?.shippingDay?.shipmentsMax ?? 0
        return .locationUnavailable(
            location, pointer: pointer, "location '\(location)' has taken all \(most) shipments of its day")
    }

    /// Brings the shipments of a reservation in line with what it promises.
    mutating func settleShipments(of after: inout Reservation, before: Reservation?) {
        let units = after.shippedUnits(at: now)
        guard !units.isEmpty || !after.shipments.isEmpty else { return }
        // What had ended, and is taken again, counts on the day on which that happens.
        let counted = before?.shippedUnits(at: now) ?? [:]
        let known = Dictionary(after.shipments.map { ($0.location, $0) }) { first, _ in first }
        after.shipments = units.sorted { $0.key < $1.key }.compactMap { location, units in
            let there = after.allocations.filter {
                $0.location == location && after.lines[$0.line].method == .ship
                    && (after.open($0, at: now) > 0 || $0.fulfilled > 0)
            }
            let isHeld = there.allSatisfy { $0.state == .held && $0.fulfilled == 0 }
            let expiresAt = isHeld ? after.expiresAt : nil
            if counted[location] != nil, var shipment = known[location] {
                shipment.units = units
                shipment.expiresAt = expiresAt
                return shipment
            }
            guard let number = there.first?.key.location, let day = snapshot.places[location]?.shippingDay else {
                return nil
            }
            if counted[location] == nil { shipmentsMade[location, default: 0] += 1 }
            let site = sites[location]
            return Shipment(
                location: location, number: number, day: day.day, units: units, expiresAt: expiresAt,
                distanceMetres: site?.distanceMetres ?? known[location]?.distanceMetres,
                cost: site?.cost ?? known[location]?.cost)
        }
        for location in counted.keys where units[location] == nil {
            // Only what counts on the same day makes room there.
            guard known[location]?.day == snapshot.places[location]?.shippingDay?.day else { continue }
            shipmentsMade[location, default: 0] -= 1
        }
    }
}

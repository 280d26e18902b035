/// What is fetched from a store: its code, its times, and the customer who has come.
extension BatchDecision {
    /// By when it is to be ready.
    func plan(_ reservation: inout Reservation) {
        let locations = reservation.lines.map(\.location) + reservation.allocations.map(\.location)
        let ready = Set(locations).compactMap { snapshot.places[$0]?.readyBy(from: now) }
        // A store that never opens is due at once: then people see it first.
        reservation.dueAt = ready.max() ?? now
    }

    /// How a customer asks for what is to be fetched of it, whatever the method of the rest: one code, for all stores.
    /// - Parameters:
    ///   - pickupBy: until when it is kept; nil: as the stores do.
    ///   - codes: drawn beforehand.
    /// - Returns: false where a code is needed and none was drawn.
    func planPickup(_ reservation: inout Reservation, until pickupBy: Timestamp?, _ codes: [String]) -> Bool {
        let fetched = reservation.lines.filter { $0.method == .pickup }
        guard !fetched.isEmpty else {
            reservation.pickup = nil
            return true
        }
        guard reservation.pickup == nil else { return true }
        guard let code = codes.first(where: { !promises.isTaken($0) }) ?? codes.first else { return false }
        let parts = reservation.allocations.filter { reservation.isPickup($0) }
        let places = Set(fetched.map(\.location) + parts.map(\.location)).compactMap { snapshot.places[$0] }
        let ready = places.map { $0.readyBy(from: now) }
        let readyBy = ready.contains(nil) ? nil : ready.compactMap { $0 }.max()
        let window = places.compactMap(\.pickupWindowHours).min()
        reservation.pickup = Pickup(
            code: code, readyBy: readyBy,
            pickupBy: pickupBy ?? window.map { (readyBy ?? now).advanced(byMicroseconds: $0 * 3_600_000_000) })
        return true
    }

    func arrive(_ reservation: Reservation, _ place: String?, _ note: String?) -> Step {
        let isAwaited = !reservation.openPickups(at: now).isEmpty
        // The customer has the goods by now.
        if reservation.pickup != nil, !isAwaited,
            reservation.allocations.contains(where: { $0.state == .fulfilled && reservation.isPickup($0) })
        {
            return .success(reservation)
        }
        guard reservation.state(at: now).isOpen else {
            return .failure(
                .illegalTransition("the reservation is \(reservation.state(at: now).rawValue); no pickup is due"))
        }
        guard reservation.pickup != nil else {
            return .failure(.illegalTransition("the reservation ships; nobody picks it up"))
        }
        guard isAwaited else {
            return .failure(.illegalTransition("nothing of it is to be fetched any more; the rest ships"))
        }
        var after = reservation
        // Said again it changes nothing, unless the customer is elsewhere now, or more is known.
        let known = reservation.pickup?.arrival
        after.pickup?.arrival = Pickup.Arrival(
            at: known?.at ?? now, place: place ?? known?.place, note: note ?? known?.note)
        return .success(after)
    }
}

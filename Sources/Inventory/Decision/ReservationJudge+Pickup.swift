/// What is fetched from a store: its code, its times, and the customer who has come.
extension BatchDecision {
    /// By when it is to be ready.
    /// - Parameter old: as it was before its lines were replaced: places that stay in it are ready when it was, at the latest.
    func plan(_ reservation: inout Reservation, insteadOf old: Reservation? = nil) {
        let (places, before) = (Self.places(of: reservation), old.map(Self.places) ?? [])
        guard places != before else { return }
        // A store that never opens is due at once: then people see it first.
        reservation.dueAt = ready(places, before, by: old?.dueAt).compactMap { $0 }.max() ?? now
    }

    private static func places(of reservation: Reservation) -> Set<LocationID> {
        Set(reservation.lines.map(\.location) + reservation.allocations.map(\.location))
    }

    /// Where a customer has to come to.
    private static func pickupPlaces(of reservation: Reservation) -> Set<LocationID> {
        let parts = reservation.allocations.filter { reservation.isPickup($0) }
        return Set(reservation.lines.filter { $0.method == .pickup }.map(\.location) + parts.map(\.location))
    }

    /// When each place means to have its part ready, of those that are known; nil for one that never opens.
    /// - Parameters:
    ///   - before: places that have been at it already.
    ///   - promised: when they all would be ready.
    private func ready(
        _ places: Set<LocationID>, _ before: Set<LocationID>, by promised: Timestamp?
    ) -> [Timestamp?] {
        places.compactMap { id in
            snapshot.places[id].map { place in
                let fromNow = place.readyBy(from: now)
                guard before.contains(id), let promised else { return fromNow }
                return fromNow.map { min($0, promised) }
            }
        }
    }

    /// How a customer asks for what is to be fetched of it, whatever the method of the rest: one code, for all stores.
    /// - Parameters:
    ///   - pickupBy: until when it is kept; nil: as the stores do.
    ///   - codes: drawn beforehand.
    ///   - old: as it was before its lines were replaced. It keeps its code, and its times where it stays at its places; elsewhere
    ///     it is never kept for less long than the customer was told.
    /// - Returns: false where a code is needed and none was drawn.
    func planPickup(
        _ reservation: inout Reservation, until pickupBy: Timestamp?, _ codes: [String],
        insteadOf old: Reservation? = nil
    ) -> Bool {
        guard reservation.lines.contains(where: { $0.method == .pickup }) else {
            reservation.pickup = nil
            return true
        }
        let (places, before) = (Self.pickupPlaces(of: reservation), old.map(Self.pickupPlaces) ?? [])
        if reservation.pickup != nil, places == before { return true }
        let drawn = reservation.pickup?.code ?? codes.first { !promises.isTaken($0) } ?? codes.first
        guard let code = drawn else { return false }
        let ready = ready(places, before, by: old?.pickup?.readyBy)
        let readyBy = ready.contains(nil) ? nil : ready.compactMap { $0 }.max()
        let window = places.compactMap { snapshot.places[$0]?.pickupWindowHours }.min()
        let end = window.map { (readyBy ?? now).advanced(byMicroseconds: $0 * 3_600_000_000) }
        let told = old?.pickup?.pickupBy
        reservation.pickup = Pickup(
            code: code, readyBy: readyBy, pickupBy: pickupBy ?? end.map { max($0, told ?? $0) },
            arrival: reservation.pickup?.arrival)
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
            return .failure(.illegalTransition("nothing is left to pick up; the rest is shipped"))
        }
        var after = reservation
        // Said again it changes nothing, unless the customer is elsewhere now, or more is known.
        let known = reservation.pickup?.arrival
        after.pickup?.arrival = Pickup.Arrival(
            at: known?.at ?? now, place: place ?? known?.place, note: note ?? known?.note)
        return .success(after)
    }
}

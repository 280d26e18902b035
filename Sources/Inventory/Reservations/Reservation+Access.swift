extension Reservation {
    /// Where it stands, or was handed over: without what was given back, such as the units that it was moved away from. Where
    /// all of it was given back, where it was asked for.
    package var places: Set<LocationID> {
        let standing = allocations.filter { $0.state != .released && $0.state != .expired }
        return standing.isEmpty ? [location] : Set(standing.map(\.location))
    }
}

extension Caller {
    /// Whether it may see a reservation: its own, or anybody's with the scope for that, and nowhere but at its locations.
    package func sees(_ reservation: Reservation) -> Bool {
        guard sees(reservationOf: reservation.client) else { return false }
        return binding.locations?.isSuperset(of: reservation.places) ?? true
    }
}

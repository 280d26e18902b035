package import Inventory

extension ReservationService {
    /// - Returns: nil also where the caller may not see it.
    package func reservation(
        _ id: ReservationID, for caller: Caller
    ) async throws(StoreError) -> ReservationAnswer? {
        let found = try await store.reservation(id)
        return found.flatMap { caller.sees($0.reservation) ? $0 : nil }
    }

    /// Those that the caller may see, oldest due first.
    package func reservations(
        _ filter: ReservationFilter, after: ReservationPosition?, limit: Int, includesTotal: Bool, for caller: Caller
    ) async throws(StoreError) -> Dated<Page<ReservationAnswer>> {
        var filter = filter
        if !caller.sees(reservationOf: nil) { filter.client = caller.client }
        filter.within = caller.binding.locations
        return try await store.reservations(filter, after: after, limit: limit, includesTotal: includesTotal)
    }

    package func pickNotes(of answers: [ReservationAnswer]) async throws(StoreError) -> PickNotes {
        answers.isEmpty ? .none : try await store.pickNotes(of: answers.map(\.reservation))
    }

    /// Where coordinates of locations are known.
    package func coordinates(of locations: [LocationID]) async throws(StoreError) -> [LocationID: Coordinates] {
        try await store.coordinates(of: locations)
    }

    /// What shipping has cost, by day, objective and currency, in that order.
    /// - Parameter days: since 1970-01-01; the last is not included.
    package func fulfilmentCosts(
        _ days: Range<Int64>, _ objective: SourcingObjective?
    ) async throws(StoreError) -> Dated<[FulfilmentCost]> {
        try await costs.costs(days, objective)
    }
}

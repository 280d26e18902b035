package import Inventory

extension ReservationService {
    package func reservation(_ id: ReservationID) async throws(StoreError) -> ReservationAnswer? {
        try await store.reservation(id)
    }

    /// Oldest due first.
    package func reservations(
        _ filter: ReservationFilter, after: ReservationPosition?, limit: Int, includesTotal: Bool
    ) async throws(StoreError) -> Dated<Page<ReservationAnswer>> {
        try await store.reservations(filter, after: after, limit: limit, includesTotal: includesTotal)
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
        try await sourcing.store.costs(days, objective)
    }
}

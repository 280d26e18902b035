/// Writes down what time has done to reservations. No promise depends on it: reads and grants go by the clock.
package struct ReservationSweep: PeriodicWork {
    package static let name = "reservations"
    package static let schedule = PeriodicSchedule(every: .seconds(1))

    private let reservations: ReservationService

    /// Reservations of one pass; a full one goes on at once.
    private static let countMax = 200

    package init(reservations: ReservationService) { self.reservations = reservations }

    package func pass() async throws -> PeriodicPass {
        let expired = try await reservations.writeExpired(limit: Self.countMax)
        guard expired < Self.countMax else { return PeriodicPass(items: expired, hasMore: true) }
        return PeriodicPass(items: expired + (try await reservations.settleLatePickups(limit: Self.countMax)))
    }
}

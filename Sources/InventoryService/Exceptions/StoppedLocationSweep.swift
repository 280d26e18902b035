/// Closes the exceptions of stopped locations where nothing is open any more.
package struct StoppedLocationSweep: PeriodicWork {
    package static let name = "stoppedLocations"
    package static let schedule = PeriodicSchedule(every: .seconds(10))

    private let store: any ExceptionStore

    private static let locationsPerSweep = 500

    package init(store: any ExceptionStore) { self.store = store }

    package func pass() async throws -> PeriodicPass {
        let closed = try await store.closeStoppedLocations(limit: Self.locationsPerSweep)
        return PeriodicPass(items: closed, hasMore: closed == Self.locationsPerSweep)
    }
}

/// Opens exceptions for what is still wrong when all data that was on its way has come.
package struct PendingAlarmSweep: PeriodicWork {
    package static let name = "pendingAlarms"
    package static let schedule = PeriodicSchedule(every: .seconds(2))

    private let store: any ExceptionStore
    private let wait: Duration
    private let toleranceUnits: Int64

    private static let alarmsPerSweep = 500

    /// - Parameters:
    ///   - wait: after which an alarm becomes an exception though a source was not heard.
    ///   - toleranceUnits: a count's variance up to it opens nothing.
    package init(store: any ExceptionStore, wait: Duration, toleranceUnits: Int64) {
        self.store = store
        self.wait = wait
        self.toleranceUnits = toleranceUnits
    }

    package func pass() async throws -> PeriodicPass {
        let opened = try await store.openPendingAlarms(
            wait: wait, toleranceUnits: toleranceUnits, limit: Self.alarmsPerSweep)
        return PeriodicPass(items: opened, hasMore: opened == Self.alarmsPerSweep)
    }
}

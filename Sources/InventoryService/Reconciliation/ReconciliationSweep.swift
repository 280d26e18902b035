import Inventory
package import Logging

/// Finishes reconciliations whose process ended in the middle, and tells people of what waited for data on its way.
package struct ReconciliationSweep: PeriodicWork {
    package static let name = "reconciliations"
    package static let schedule = PeriodicSchedule(every: .seconds(30))

    private let reconciliations: ReconciliationService
    private let logger: Logger

    /// What is younger is probably still being compared by the request that brought it.
    private static let ageMicroseconds: Int64 = 60_000_000
    private static let reconciliationsPerSweep = 10

    package init(reconciliations: ReconciliationService, logger: Logger) {
        self.reconciliations = reconciliations
        self.logger = logger
    }

    package func pass() async throws -> PeriodicPass {
        let before = try await reconciliations.store.now().advanced(byMicroseconds: -Self.ageMicroseconds)
        let finished = try await reconciliations.finishOpen(before: before, limit: Self.reconciliationsPerSweep)
        if finished > 0 {
            logger.info("unfinished reconciliations done", metadata: ["reconciliations": "\(finished)"])
        }
        return PeriodicPass(items: finished + (try await reconciliations.tellOfAwaited()))
    }
}

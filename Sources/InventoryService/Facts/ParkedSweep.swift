package import Logging

/// Looks at all parked lines now and then, for the rare one that parking and mapping both missed, and goes on
/// with those that a mapping's own request left over.
package struct ParkedSweep: PeriodicWork {
    package static let name = "parkedLines"
    package static let schedule = PeriodicSchedule(every: .seconds(30))

    private let facts: FactService
    private let logger: Logger

    /// Batches of one sweep.
    private static let stepsMax = 1_000

    package init(facts: FactService, logger: Logger) {
        self.facts = facts
        self.logger = logger
    }

    package func pass() async throws -> PeriodicPass {
        let applied = try await facts.applyParked(.all, stepsMax: Self.stepsMax)
        if applied > 0 { logger.info("parked lines applied", metadata: ["lines": "\(applied)"]) }
        return PeriodicPass(items: applied)
    }
}

import Inventory
package import Logging

/// Finishes counts whose process ended before all of their lines were applied.
package struct CountSweep: PeriodicWork {
    package static let name = "unfinishedCounts"
    package static let schedule = PeriodicSchedule(every: .seconds(30))

    private let counts: CountService
    private let store: any CountStore
    private let logger: Logger

    /// What is younger is probably still being applied by the request that brought it.
    private static let ageMicroseconds: Int64 = 60_000_000
    private static let countsPerSweep = 10

    package init(counts: CountService, store: any CountStore, logger: Logger) {
        self.counts = counts
        self.store = store
        self.logger = logger
    }

    package func pass() async throws -> PeriodicPass {
        let before = try await store.now().advanced(byMicroseconds: -Self.ageMicroseconds)
        let finished = try await counts.finishOpen(before: before, limit: Self.countsPerSweep)
        if finished > 0 { logger.info("unfinished counts applied", metadata: ["counts": "\(finished)"]) }
        return PeriodicPass(items: finished)
    }
}

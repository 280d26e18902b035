package import Logging
import ServiceLifecycle

/// Looks at all parked lines now and then, for the rare one that parking and mapping both missed, and goes on
/// with those that a mapping's own request left over.
package struct ParkedSweep: Service {
    private let facts: FactService
    private let interval: Duration
    private let logger: Logger

    /// Batches of one sweep.
    private static let stepsMax = 1_000

    package init(facts: FactService, interval: Duration = .seconds(30), logger: Logger) {
        self.facts = facts
        self.interval = interval
        self.logger = logger
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let applied = try await facts.applyParked(.all, stepsMax: Self.stepsMax)
                    if applied > 0 { logger.info("parked lines applied", metadata: ["lines": "\(applied)"]) }
                } catch {
                    logger.debug("parked lines not swept", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: interval)
            }
        }
    }
}

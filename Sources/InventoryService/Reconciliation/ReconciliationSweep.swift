import Inventory
package import Logging
import ServiceLifecycle

/// Finishes reconciliations whose process ended in the middle, and tells people of what waited for data on its way.
package struct ReconciliationSweep: Service {
    private let reconciliations: ReconciliationService
    private let logger: Logger

    private static let interval: Duration = .seconds(30)
    /// What is younger is probably still being compared by the request that brought it.
    private static let ageMicroseconds: Int64 = 60_000_000
    private static let reconciliationsPerSweep = 10

    package init(reconciliations: ReconciliationService, logger: Logger) {
        self.reconciliations = reconciliations
        self.logger = logger
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let before = try await reconciliations.store.now().advanced(byMicroseconds: -Self.ageMicroseconds)
                    let finished = try await reconciliations.finishOpen(
                        before: before, limit: Self.reconciliationsPerSweep)
                    if finished > 0 {
                        logger.info("unfinished reconciliations done", metadata: ["reconciliations": "\(finished)"])
                    }
                    _ = try await reconciliations.tellOfAwaited()
                } catch {
                    logger.debug("reconciliations not swept", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}

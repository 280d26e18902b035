import Inventory
package import Logging
import ServiceLifecycle

/// Finishes counts whose process ended before all of their lines were applied.
package struct CountSweep: Service {
    private let counts: CountService
    private let store: any CountStore
    private let logger: Logger

    private static let interval: Duration = .seconds(30)
    /// What is younger is probably still being applied by the request that brought it.
    private static let ageMicroseconds: Int64 = 60_000_000
    private static let countsPerSweep = 10

    package init(counts: CountService, store: any CountStore, logger: Logger) {
        self.counts = counts
        self.store = store
        self.logger = logger
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let before = try await store.now().advanced(byMicroseconds: -Self.ageMicroseconds)
                    let finished = try await counts.finishOpen(before: before, limit: Self.countsPerSweep)
                    if finished > 0 { logger.info("unfinished counts applied", metadata: ["counts": "\(finished)"]) }
                } catch {
                    logger.debug("counts not swept", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}

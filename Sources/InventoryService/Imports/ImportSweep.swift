package import Logging
import ServiceLifecycle

/// Applies what was received, one import at a time, and goes on with what another process left.
package struct ImportSweep: Service {
    private let imports: ImportService
    private let logger: Logger

    private static let interval: Duration = .seconds(1)
    /// Stale bodies are looked for once in so many rounds.
    private static let roundsBetweenCleaning = 60

    package init(imports: ImportService, logger: Logger) {
        self.imports = imports
        self.logger = logger
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            var round = 0
            while !Task.isCancelled {
                do {
                    while try await imports.runNext(), !Task.isCancelled {}
                    if round.isMultiple(of: Self.roundsBetweenCleaning) {
                        let deleted = try await imports.store.deleteStale(
                            afterSeconds: ImportService.staleAfterSeconds)
                        if deleted > 0 {
                            logger.info("unfinished uploads deleted", metadata: ["imports": "\(deleted)"])
                        }
                    }
                } catch {
                    logger.debug("imports not swept", metadata: ["error": "\(error)"])
                }
                round += 1
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}

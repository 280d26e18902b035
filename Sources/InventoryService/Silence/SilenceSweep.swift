package import Logging
import ServiceLifecycle

/// Looks again and again who is silent. Every process does; whoever comes second finds nothing to do.
package struct SilenceSweep: Service {
    private let silence: SilenceService
    private let logger: Logger

    /// How much later than its limit a location may be found silent.
    private static let interval: Duration = .seconds(10)

    package init(silence: SilenceService, logger: Logger) {
        self.silence = silence
        self.logger = logger
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            // Who could not be heard while nobody listened has a moment to say something.
            try? await Task.sleep(for: Self.interval)
            while !Task.isCancelled {
                do {
                    try await silence.sweep()
                } catch {
                    logger.debug("silence not looked for", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}

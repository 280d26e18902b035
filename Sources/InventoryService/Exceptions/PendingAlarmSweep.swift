package import Logging
import ServiceLifecycle

/// Opens exceptions for what is still wrong when all data that was on its way has come.
package struct PendingAlarmSweep: Service {
    private let store: any ExceptionStore
    private let wait: Duration
    private let toleranceUnits: Int64
    private let logger: Logger

    private static let interval: Duration = .seconds(2)
    private static let alarmsPerSweep = 500

    /// - Parameters:
    ///   - wait: after which a watch is opened though a source was not heard.
    ///   - toleranceUnits: a count's variance up to it opens nothing.
    package init(store: any ExceptionStore, wait: Duration, toleranceUnits: Int64, logger: Logger) {
        self.store = store
        self.wait = wait
        self.toleranceUnits = toleranceUnits
        self.logger = logger
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    // A full sweep goes on at once.
                    while try await store.openPendingAlarms(
                        wait: wait, toleranceUnits: toleranceUnits, limit: Self.alarmsPerSweep)
                        == Self.alarmsPerSweep
                    {}
                } catch {
                    logger.debug("watches not swept", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}

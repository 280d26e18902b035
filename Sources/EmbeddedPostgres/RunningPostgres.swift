import Foundation
import Logging
import ServiceLifecycle

/// The embedded server while it runs. As a service it stops the server when it is told to shut down, which it is
/// after everything that uses the server.
package struct RunningPostgres: Service {
    let process: pid_t
    /// Removed by the server as the last thing it does.
    let processFile: String
    /// A libpq URL of its database.
    package let url: String
    private let lock: FolderLock
    private let logger: Logger

    /// For a shutdown with its checkpoint.
    private static let stopWithin: Duration = .seconds(60)

    init(process: pid_t, processFile: String, url: String, lock: FolderLock, logger: Logger) {
        self.process = process
        self.processFile = processFile
        self.url = url
        self.lock = lock
        self.logger = logger
    }

    package func run() async throws {
        try? await gracefulShutdown()
        await stop()
    }

    /// PostgreSQL's fast shutdown: open transactions are rolled back, everything committed is kept.
    package func stop() async {
        guard FileManager.default.fileExists(atPath: processFile) else { return }
        logger.info("stopping PostgreSQL")
        guard kill(process, SIGINT) == 0 else { return }
        let deadline = ContinuousClock.now.advanced(by: Self.stopWithin)
        while kill(process, 0) == 0, FileManager.default.fileExists(atPath: processFile) {
            guard ContinuousClock.now < deadline else {
                return logger.error("PostgreSQL is still stopping; it goes on by itself")
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Lets go of the folder while the server still runs or recovers: for whoever starts it anew in this process.
    package func release() { lock.release() }

    /// Ends a throw-away server at once, from where nothing can be awaited.
    package func abandon() { kill(process, SIGQUIT) }
}

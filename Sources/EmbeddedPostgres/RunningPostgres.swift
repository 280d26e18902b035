import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// The embedded server while it runs. As a service it starts a server anew that has died, and stops the server when it
/// is told to shut down, which it is after everything that uses the server.
package final class RunningPostgres: Service {
    /// A libpq URL of its database.
    package let url: String
    private let server: EmbeddedPostgres
    private let process: Mutex<pid_t>
    private let lock: FolderLock
    private let logger: Logger

    /// For a shutdown with its checkpoint.
    private static let stopWithin: Duration = .seconds(60)
    /// Between two looks at whether the server lives.
    private static let lookEvery: Duration = .milliseconds(250)

    init(_ server: EmbeddedPostgres, process: pid_t, url: String, lock: FolderLock, logger: Logger) {
        self.server = server
        self.process = Mutex(process)
        self.url = url
        self.lock = lock
        self.logger = logger
    }

    /// - Throws: `.keepsDying` for a server that cannot be kept running.
    package func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.keepRunning() }
        await stop()
    }

    /// Comes back when the task is cancelled.
    private func keepRunning() async throws(EmbeddedPostgresError) {
        var restarts = Restarts()
        var startedAt = ContinuousClock.now
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.lookEvery)
            let process = process.withLock { $0 }
            guard !Task.isCancelled, !ServerProcess.isAlive(process) else { continue }
            logger.error("PostgreSQL has died; it is started again", metadata: ["process": "\(process)"])
            try await startAgain(&restarts, ranFor: startedAt.duration(to: .now))
            startedAt = .now
        }
    }

    private func startAgain(_ restarts: inout Restarts, ranFor: Duration) async throws(EmbeddedPostgresError) {
        var uptime = ranFor
        var why = EmbeddedPostgresError.keepsDying(starts: Restarts.attemptsMax, lastLines: server.lastLogLines())
        while let pause = restarts.pause(afterRunning: uptime) {
            try? await Task.sleep(for: pause)
            guard !Task.isCancelled else { return }
            do throws(EmbeddedPostgresError) {
                let process = try await server.startServer()
                self.process.withLock { $0 = process }
                return logger.notice("PostgreSQL runs again", metadata: ["process": "\(process)"])
            } catch {
                guard !Task.isCancelled else { return }
                logger.error("PostgreSQL could not be started again", metadata: ["error": "\(error)"])
                why = .keepsDying(starts: Restarts.attemptsMax, lastLines: "\(error)")
                uptime = .zero
            }
        }
        throw why
    }

    /// PostgreSQL's fast shutdown: open transactions are rolled back, everything committed is kept.
    package func stop() async {
        // Also a server whose start was not waited for.
        guard let process = server.processInFile else { return }
        logger.info("stopping PostgreSQL")
        guard kill(process, SIGINT) == 0 else { return }
        let deadline = ContinuousClock.now.advanced(by: Self.stopWithin)
        // The file is removed by the server as the last thing it does.
        while ServerProcess.isAlive(process), server.processInFile != nil {
            guard ContinuousClock.now < deadline else {
                return logger.error("PostgreSQL is still stopping; it goes on by itself")
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Lets go of the folder while the server still runs or recovers: for whoever starts it anew in this process.
    package func release() { lock.release() }

    /// Ends a throw-away server at once, from where nothing can be awaited.
    package func abandon() { _ = process.withLock { kill($0, SIGQUIT) } }
}

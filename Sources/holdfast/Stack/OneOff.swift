import Logging
import ServiceLifecycle
import UnixSignals

extension Stack {
    /// Runs `body` with the services under it, without a server, and shuts them down behind it.
    static func oneOff<T: Sendable>(
        _ settings: Settings, logger: Logger, _ body: @escaping @Sendable (Stack) async throws -> T
    ) async throws -> T {
        try await Database.withDatabase(settings, .visiting, logger: logger) { database in
            try await run(settings, database, logger: logger, body)
        }
    }

    private static func run<T: Sendable>(
        _ settings: Settings, _ database: Database, logger: Logger,
        _ body: @escaping @Sendable (Stack) async throws -> T
    ) async throws -> T {
        let stack = try Stack(settings, database, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: stack.services(.visiting) + [stack.stopBound], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger))
        return try await withThrowingTaskGroup(of: T?.self) { tasks in
            tasks.addTask {
                try await group.run()
                return nil
            }
            tasks.addTask {
                while !stack.started.isSet {
                    try await Task.sleep(for: .milliseconds(20))
                }
                return try await body(stack)
            }
            // Either the work ends, or the services do, because they failed or were told to stop.
            let result: T?
            do {
                result = try await tasks.next() ?? nil
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            guard let result else { throw CancellationError() }
            _ = try await tasks.next()
            return result
        }
    }
}

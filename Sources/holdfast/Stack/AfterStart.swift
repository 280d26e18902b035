import ServiceLifecycle

/// Runs a service once the database is ready: before that it would only find what is not there yet.
struct AfterStart<Inner: Service>: Service {
    let started: StartFlag
    let inner: Inner

    private static var pause: Duration { .milliseconds(50) }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !started.isSet, !Task.isCancelled { try? await Task.sleep(for: Self.pause) }
        }
        guard started.isSet else { return }
        try await inner.run()
    }
}

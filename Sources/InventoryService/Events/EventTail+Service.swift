import Logging
import ServiceLifecycle
import Synchronization

extension EventTail: Service {
    /// Reads on until the service is told to stop, and then ends all streams.
    package func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { await self.beat() }
                await self.readOn()
            }
        }
        endAll(.stopping)
    }

    /// What comes next gets its positions while the events before it are read and handed out.
    private func readOn() async {
        let (looked, looks) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let pace = TailPace()
        await withDiscardingTaskGroup { tasks in
            tasks.addTask {
                for await _ in looked { await self.attempt(.reading, pace) { try await self.takeIn() ?? 0 } }
            }
            while !Task.isCancelled {
                await followed()
                let began = ContinuousClock.now
                await attempt(.looking, pace) {
                    try await self.feed.catchUp { looks.yield() }
                    return nil
                }
                try? await Task.sleep(for: pace.pause(after: .now - began), clock: .continuous)
            }
            looks.finish()
        }
    }

    /// - Parameter work: gives the events that came, nil where it does not look for any.
    private func attempt(_ stage: TailPace.Stage, _ pace: TailPace, _ work: () async throws -> Int?) async {
        do {
            let isBack = pace.succeeded(stage, events: try await work())
            if isBack { logger.notice("event streams are up to date") }
        } catch {
            guard pace.failed(stage) else { return }
            logger.warning(
                "event streams lag; the feed will be tried again", metadata: ["error": "\(error)"])
        }
    }

    private func beat() async {
        for group in 0... {
            do {
                try await Task.sleep(for: .seconds(Self.pulseSeconds) / Self.pulseGroups)
            } catch {
                return
            }
            pulse(group: group % Self.pulseGroups)
        }
    }
}

/// How often the store is looked at.
private final class TailPace: Sendable {
    enum Stage { case looking, reading }

    private struct State {
        /// Looks in a row that found nothing.
        var idle = 0
        var failing: Set<Stage> = []
    }

    private let state = Mutex(State())

    /// From the end of one look to the beginning of the next: short while something comes, and a moment longer. Where looks
    /// take long, there is a pause all the same: much of what a look costs, it costs however little it finds, so a busy machine
    /// does better with fewer.
    /// - Parameter took: how long the last one was.
    func pause(after took: Duration) -> Duration {
        state.withLock { state in
            if !state.failing.isEmpty { return .seconds(1) }
            let every = state.idle > Self.idleMax ? Self.idleEvery : Self.busyEvery
            return max(every - took, min(took, every))
        }
    }

    private static let busyEvery: Duration = .milliseconds(10)
    private static let idleEvery: Duration = .milliseconds(50)
    private static let idleMax = 20

    /// - Returns: whether it had failed before.
    func succeeded(_ stage: Stage, events: Int?) -> Bool {
        state.withLock { state in
            if let events { state.idle = events > 0 ? 0 : state.idle + 1 }
            return state.failing.remove(stage) != nil && state.failing.isEmpty
        }
    }

    /// - Returns: whether that is new.
    func failed(_ stage: Stage) -> Bool {
        state.withLock { state in
            let isFirst = state.failing.isEmpty
            state.failing.insert(stage)
            return isFirst
        }
    }
}

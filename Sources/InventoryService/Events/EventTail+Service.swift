import Logging
import ServiceLifecycle

extension EventTail: Service {
    /// Between two looks at the store: while something comes, and a moment longer; then; after one that failed.
    private static let pause: Duration = .milliseconds(10)
    private static let longPause: Duration = .milliseconds(50)
    private static let pauseAfterFailure: Duration = .seconds(1)
    /// Looks in a row that find nothing before the pauses get longer.
    private static let idleMax = 20

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

    private func readOn() async {
        var idle = 0
        var isFailing = false
        while !Task.isCancelled {
            await followed()
            var pause = Self.pause
            do {
                idle = try await poll() ?? 0 > 0 ? 0 : idle + 1
                if idle > Self.idleMax { pause = Self.longPause }
                if isFailing { logger.notice("event streams go on") }
                isFailing = false
            } catch {
                if !isFailing {
                    logger.warning(
                        "event streams stand still; reading the feed will be tried again",
                        metadata: ["error": "\(error)"])
                }
                isFailing = true
                pause = Self.pauseAfterFailure
            }
            try? await Task.sleep(for: pause)
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

package import Logging
import ServiceLifecycle
import Synchronization

/// The one loop that all background work runs in: it waits, backs off after failures, says once that the work fails and
/// once that it works again, and ends at once when the service is told to stop.
package struct PeriodicService<Work: PeriodicWork>: Service {
    private let work: Work
    private let figures: BackgroundFigures
    private let clock: any Clock<Duration>
    private let logger: Logger

    /// - Parameters:
    ///   - figures: told of every pass.
    ///   - clock: what waits are taken by; tests pass one that does not wait.
    package init(
        _ work: Work, figures: BackgroundFigures, clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.work = work
        self.figures = figures
        self.clock = clock
        self.logger = logger
    }

    package func run() async {
        await cancelWhenGracefulShutdown { await loop(on: clock) }
        await work.end()
    }

    private func loop<C: Clock>(on clock: C) async where C.Duration == Duration {
        var state = PeriodicState(Work.schedule)
        if Work.schedule.firstAfter > .zero { try? await clock.sleep(for: Work.schedule.firstAfter) }
        while !Task.isCancelled {
            let started = clock.now
            let step: PeriodicState.Step
            do {
                let pass = try await work.pass()
                step = state.succeeded(
                    pass, took: started.duration(to: clock.now), at: .now, fraction: .random(in: 0..<1))
                if pass.items > 0 { logger.debug("background work done", metadata: about(["items": "\(pass.items)"])) }
            } catch {
                // Stopped in the middle, which is no failure.
                guard !Task.isCancelled else { return }
                step = state.failed(took: started.duration(to: clock.now), fraction: .random(in: 0..<1))
                logger.debug("background work failed", metadata: about(["error": "\(error)"]))
                if case .failing(let inARow) = step.report {
                    logger.warning(
                        "background work keeps failing; it will be tried again",
                        metadata: about(["failures": "\(inARow)", "error": "\(error)"]))
                }
            }
            if case .worksAgain(let failures) = step.report {
                logger.notice("background work is working again", metadata: about(["failures": "\(failures)"]))
            }
            figures.set(state.figures, of: Work.name)
            if step.wait > .zero { try? await clock.sleep(for: step.wait) }
        }
    }

    private func about(_ more: Logger.Metadata) -> Logger.Metadata {
        more.merging(["work": "\(Work.name)"]) { $1 }
    }
}

/// The figures of all periodic services of a process.
package final class BackgroundFigures: Sendable {
    private let byName = Mutex<[String: PeriodicFigures]>([:])

    package init() {}

    /// By the name of the work. Work that has not run yet is missing.
    package var all: [String: PeriodicFigures] { byName.withLock { $0 } }

    func set(_ figures: PeriodicFigures, of name: String) { byName.withLock { $0[name] = figures } }
}

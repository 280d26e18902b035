import InventoryService
import Logging
import ServiceLifecycle
import Synchronization
import Testing

/// Takes no time to wait, and remembers how long it was asked to.
private final class InstantClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let state = Mutex((now: Instant(offset: .zero), waits: [Duration]()))

    var now: Instant { state.withLock { $0.now } }
    var waits: [Duration] { state.withLock { $0.waits } }
    let minimumResolution: Duration = .nanoseconds(1)

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        state.withLock {
            $0.waits.append($0.now.duration(to: deadline))
            $0.now = deadline
        }
        await Task.yield()
    }
}

private struct Failure: Error {}

/// Does as it is told, and then waits to be stopped.
private struct ScriptedWork: PeriodicWork {
    enum Step { case done(Int), more(Int), failing }

    static let name = "scripted"
    static let schedule = PeriodicSchedule(every: .seconds(5), firstAfter: .seconds(7))

    final class Progress: Sendable {
        let steps: Mutex<[Step]>
        let ends = Mutex(0)
        let finished = AsyncStream<Void>.makeStream()
        init(_ steps: [Step]) { self.steps = Mutex(steps.reversed()) }
    }

    let progress: Progress

    func pass() async throws -> PeriodicPass {
        switch progress.steps.withLock({ $0.popLast() }) {
        case .done(let items): return PeriodicPass(items: items)
        case .more(let items): return PeriodicPass(items: items, hasMore: true)
        case .failing: throw Failure()
        case nil:
            progress.finished.continuation.finish()
            // Nobody waits so long for a pass: it ends when the service is told to stop.
            try await Task.sleep(for: .seconds(3_600))
            return PeriodicPass()
        }
    }

    func end() async { progress.ends.withLock { $0 += 1 } }
}

/// Keeps the lines of one logger.
private struct KeptLog: LogHandler {
    final class Lines: Sendable {
        let all = Mutex<[(level: Logger.Level, message: String)]>([])
    }

    let lines: Lines
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.all.withLock { $0.append((event.level, "\(event.message)")) } }
}

@Suite("A periodic service")
struct PeriodicServiceTests {
    private static func run(
        _ steps: [ScriptedWork.Step]
    ) async throws -> (clock: InstantClock, figures: PeriodicFigures?, lines: [Logger.Level], ends: Int) {
        let (clock, figures, progress, lines) = (
            InstantClock(), BackgroundFigures(), ScriptedWork.Progress(steps), KeptLog.Lines()
        )
        let logger = Logger(label: "test") { _ in KeptLog(lines: lines) }
        let service = PeriodicService(
            ScriptedWork(progress: progress), figures: figures, clock: clock, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .ignore)],
                logger: .init(label: "group") { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await _ in progress.finished.stream {}
            // In the middle of a pass that would last an hour.
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        return (
            clock, figures.all[ScriptedWork.name], lines.all.withLock { $0.map(\.level) },
            progress.ends.withLock { $0 }
        )
    }

    @Test("waits before its first pass, passes at once while there is more, and keeps figures")
    func passes() async throws {
        let ran = try await Self.run([.done(1), .more(2), .more(3), .done(4)])
        #expect(ran.clock.waits.count == 3 && ran.clock.waits.first == .seconds(7))
        #expect(ran.clock.waits.dropFirst().allSatisfy { $0 >= .milliseconds(4_499) && $0 <= .milliseconds(5_501) })
        #expect(ran.figures?.runs == 4 && ran.figures?.items == 10 && ran.figures?.failures == 0)
        #expect(ran.figures?.lastSuccess != nil && ran.lines.isEmpty)
    }

    @Test("warns once of repeated failures and notes once that it works again")
    func failures() async throws {
        let failing = Array(repeating: ScriptedWork.Step.failing, count: PeriodicSchedule.failuresBeforeWarning + 2)
        let ran = try await Self.run([.done(0)] + failing + [.done(0), .done(0)])
        #expect(ran.lines == [.warning, .notice])
        #expect(ran.figures?.failures == failing.count && ran.figures?.failuresInARow == 0)
    }

    @Test("ends at once when told to stop in the middle of a pass, which is no failure, and then cleans up once")
    func stops() async throws {
        let started = ContinuousClock.now
        let ran = try await Self.run([.done(0)])
        #expect(ran.ends == 1 && ran.figures?.failures == 0 && ran.lines.isEmpty)
        #expect(started.duration(to: .now) < .seconds(60))
    }
}

/// What a periodic service has come to, and what it does next. It knows no clock and draws no random numbers, so that
/// tests decide both.
package struct PeriodicState: Sendable {
    /// What the log should say of a pass at most once, however long it stays so.
    package enum Report: Sendable, Hashable {
        case nothing
        case failing(inARow: Int)
        case worksAgain(after: Int)
    }

    package struct Step: Sendable, Hashable {
        /// Until the next pass.
        package let wait: Duration
        package let report: Report
    }

    package let schedule: PeriodicSchedule
    package private(set) var figures = PeriodicFigures()

    package init(_ schedule: PeriodicSchedule) { self.schedule = schedule }

    /// - Parameters:
    ///   - instant: when the pass ended.
    ///   - fraction: a random number in 0..<1.
    package mutating func succeeded(
        _ pass: PeriodicPass, took duration: Duration, at instant: ContinuousClock.Instant, fraction: Double
    ) -> Step {
        let before = figures.failuresInARow
        figures.runs += 1
        figures.items += pass.items
        figures.failuresInARow = 0
        figures.lastSuccess = instant
        figures.lastDuration = duration
        let spread = 1 + PeriodicSchedule.jitter * (2 * fraction - 1)
        return Step(
            wait: pass.hasMore ? .zero : schedule.interval * spread,
            report: before >= PeriodicSchedule.failuresBeforeWarning ? .worksAgain(after: before) : .nothing)
    }

    /// - Parameter fraction: a random number in 0..<1.
    package mutating func failed(took duration: Duration, fraction: Double) -> Step {
        figures.runs += 1
        figures.failures += 1
        figures.failuresInARow += 1
        figures.lastDuration = duration
        let inARow = figures.failuresInARow
        // Between half of the wait and the whole of it: a database that is back is not asked by all at once.
        return Step(
            wait: backoff(after: inARow) * (0.5 + fraction / 2),
            report: inARow == PeriodicSchedule.failuresBeforeWarning ? .failing(inARow: inARow) : .nothing)
    }

    private func backoff(after failures: Int) -> Duration {
        var wait = min(PeriodicSchedule.firstBackoff, schedule.interval)
        for _ in 1..<max(failures, 1) where wait < PeriodicSchedule.longestBackoff { wait *= 2 }
        return min(wait, PeriodicSchedule.longestBackoff)
    }
}

/// What a periodic service has done since the process started, for metrics and health.
package struct PeriodicFigures: Sendable, Hashable {
    /// Passes, failed ones included.
    package var runs = 0
    package var failures = 0
    /// Failures since the last success.
    package var failuresInARow = 0
    /// Units of work, as the work counts them.
    package var items = 0
    /// Nil before the first.
    package var lastSuccess: ContinuousClock.Instant?
    /// Of the last pass, failed or not.
    package var lastDuration: Duration?

    package init() {}
}

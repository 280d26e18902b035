/// Work that is done again and again beside requests. Any number of processes may do it at the same time: whoever comes
/// second finds nothing to do.
package protocol PeriodicWork: Sendable {
    /// For logs and figures: stable, in camelCase.
    static var name: String { get }
    static var schedule: PeriodicSchedule { get }

    /// One bounded piece of the work.
    func pass() async throws -> PeriodicPass

    /// Called once, after the last pass, when the service is told to stop.
    func end() async
}

extension PeriodicWork {
    package func end() async {}
}

/// What one pass has done.
package struct PeriodicPass: Sendable, Hashable {
    /// Units of work, as the work counts them.
    package var items: Int
    /// The pass was full, so the next one runs at once.
    package var hasMore: Bool

    package init(items: Int = 0, hasMore: Bool = false) {
        self.items = items
        self.hasMore = hasMore
    }
}

/// When passes run.
package struct PeriodicSchedule: Sendable, Hashable {
    /// From the end of a pass that went well to the start of the next.
    package var interval: Duration
    /// From the start of the process to the first pass.
    package var firstAfter: Duration

    package init(every interval: Duration, firstAfter: Duration = .zero) {
        self.interval = interval
        self.firstAfter = firstAfter
    }

    /// Waits differ from the interval by up to this share of it, so that processes started together drift apart.
    package static let jitter = 0.1
    /// The wait after a first failure, or the interval where that is shorter. It doubles with each further failure.
    package static let firstBackoff: Duration = .seconds(1)
    /// The longest wait after failures.
    package static let longestBackoff: Duration = .seconds(30)
    /// So many failures in a row are worth a line at `warning`.
    package static let failuresBeforeWarning = 3
}

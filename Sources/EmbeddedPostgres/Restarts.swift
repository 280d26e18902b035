/// When a server that has died is started again: after longer and longer pauses, and not for ever, so that somebody
/// outside learns of a server that cannot live.
package struct Restarts: Sendable {
    /// Starts in a row of a server that never became steady.
    package static let attemptsMax = 8
    package static let firstPause: Duration = .milliseconds(250)
    package static let longestPause: Duration = .seconds(8)
    /// A server that has run for so long is steady; its next death is a new story.
    package static let steadyAfter: Duration = .seconds(300)

    private var attempts = 0

    package init() {}

    /// - Parameter uptime: how long the server ran since its last start; zero when that start failed.
    /// - Returns: the pause before the next start; nil when there is to be none.
    package mutating func pause(afterRunning uptime: Duration) -> Duration? {
        if uptime >= Self.steadyAfter { attempts = 0 }
        guard attempts < Self.attemptsMax else { return nil }
        defer { attempts += 1 }
        return min(Self.firstPause * (1 << attempts), Self.longestPause)
    }
}

/// Waits between attempts to connect: doubling, bounded, and spread so that many clients of a
/// restarted server do not come back at the same instant.
package struct Backoff {
    package static let first: Duration = .milliseconds(50)
    package static let most: Duration = .seconds(5)

    private var ceiling = Self.first

    package init() {}

    /// - Parameter fraction: a random number in 0..<1, from outside, so that tests decide it.
    /// - Returns: between half the ceiling and the whole of it.
    package mutating func next(fraction: Double) -> Duration {
        defer { ceiling = min(ceiling * 2, Self.most) }
        return ceiling * (0.5 + fraction / 2)
    }

    package mutating func reset() { ceiling = Self.first }
}

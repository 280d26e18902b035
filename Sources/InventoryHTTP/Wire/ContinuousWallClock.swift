import Foundation

/// Wall-clock time, for what is shown and never for what is decided.
enum ContinuousWallClock {
    /// Microseconds since 1970-01-01T00:00:00Z.
    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }
}

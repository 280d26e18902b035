import Inventory
import Synchronization

/// The database's clock as this process can tell it without asking: its last reading, and the time since on our own
/// steady clock.
///
/// Counted from when the question was answered, so it is never ahead of the database's by more than the two clocks
/// drift apart between readings; the gate of every batch compares it.
final class DatabaseClock: Sendable {
    private struct Reading {
        let time: Timestamp
        let at: ContinuousClock.Instant
    }

    private let reading = Mutex<Reading?>(nil)

    /// - Parameters:
    ///   - time: of the database, read between `askedAt` and now.
    func learn(_ time: Timestamp, askedAt: ContinuousClock.Instant) {
        let answeredAt = ContinuousClock.now
        reading.withLock { reading in
            // An answer that was long on its way says less than the one before.
            if let known = reading, answeredAt - askedAt > .milliseconds(50),
                known.at.duration(to: answeredAt) < .seconds(10)
            {
                return
            }
            reading = Reading(time: time, at: answeredAt)
        }
    }

    /// Nil until the database was asked once.
    var now: Timestamp? {
        guard let known = reading.withLock({ $0 }) else { return nil }
        let elapsed = known.at.duration(to: .now).components
        return known.time.advanced(
            byMicroseconds: elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000)
    }
}

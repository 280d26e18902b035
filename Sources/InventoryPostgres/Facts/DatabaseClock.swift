import Inventory
import Synchronization

/// The database's clock as this process can tell it without asking: its last reading, and the time since on our own
/// steady clock.
///
/// Where a trip reads it first, it counts from when the trip began, and is ahead of the database's by the time that takes,
/// well under a millisecond; where it is read last, from the answer. So what is recorded by it is hardly ever dated before
/// an answer that did not show it yet. The gate of every batch compares it.
final class DatabaseClock: Sendable {
    private struct Reading {
        let time: Timestamp
        let at: ContinuousClock.Instant
    }

    private struct State {
        var reading: Reading?
        /// The end of what was given to the last batch: a better reading never takes time back.
        var given = Timestamp(microseconds: 0)

        /// Unless the database's clock itself was set back.
        mutating func give(_ time: Timestamp, _ microseconds: Int64) -> Timestamp {
            let isBelieved = given.microseconds - time.microseconds <= DatabaseClock.aheadMicrosecondsMax
            let start = isBelieved ? Swift.max(given, time) : time
            given = start.advanced(byMicroseconds: microseconds)
            return start
        }
    }

    /// By how much what was given may be ahead of a reading.
    private static let aheadMicrosecondsMax: Int64 = 1_000_000

    private let state = Mutex(State())

    /// - Parameters:
    ///   - time: of the database, read between `askedAt` and now.
    ///   - isReadFirst: nothing of the trip was done before.
    func learn(_ time: Timestamp, askedAt: ContinuousClock.Instant, isReadFirst: Bool) {
        let answeredAt = ContinuousClock.now
        state.withLock { state in
            // An answer that was long on its way says less than the one before.
            if let known = state.reading, answeredAt - askedAt > .milliseconds(50),
                known.at.duration(to: answeredAt) < .seconds(10)
            {
                return
            }
            state.reading = Reading(time: time, at: isReadFirst ? askedAt : answeredAt)
        }
    }

    /// An instant for a batch whose lines take up so much time from it on. Nil until the database was asked once.
    func instant(reserving microseconds: Int64) -> Timestamp? {
        state.withLock { state in
            guard let known = state.reading else { return nil }
            let elapsed = known.at.duration(to: .now).components
            let now = known.time.advanced(
                byMicroseconds: elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000)
            return state.give(now, microseconds)
        }
    }

    /// The same by the database's own reading: so that what one process writes in turn is recorded in turn, whichever way it
    /// takes.
    func instant(notBefore time: Timestamp, reserving microseconds: Int64) -> Timestamp {
        state.withLock { $0.give(time, microseconds) }
    }
}

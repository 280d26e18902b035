import Inventory
import Synchronization

/// The database's clock as this process can tell it without asking: its last reading, and the time since on our own
/// steady clock.
///
/// It counts from when the question was asked, and the quickest answer of late is believed: so it is ahead of the database's by
/// no more than that took, well under a millisecond, and never behind. What is recorded by it is not dated before an answer
/// that did not show it yet. The gate of every batch compares it.
final class DatabaseClock: Sendable {
    private struct Reading {
        let time: Timestamp
        let askedAt: ContinuousClock.Instant
        let took: Duration

        func time(at instant: ContinuousClock.Instant) -> Timestamp {
            let elapsed = askedAt.duration(to: instant).components
            return time.advanced(
                byMicroseconds: elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000)
        }
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

    /// How long a quick answer is believed more than slower ones: two clocks of one rate drift apart by little in that time.
    private static let believedFor: Duration = .seconds(10)

    /// - Parameter time: of the database, read between `askedAt` and now.
    func learn(_ time: Timestamp, askedAt: ContinuousClock.Instant) {
        let answeredAt = ContinuousClock.now
        let new = Reading(time: time, askedAt: askedAt, took: answeredAt - askedAt)
        state.withLock { state in
            if let known = state.reading, known.took < new.took, answeredAt - known.askedAt < Self.believedFor,
                // Unless the database's clock was set.
                abs(known.time(at: answeredAt).microseconds - time.microseconds)
                    < Self.aheadMicrosecondsMax + new.took.components.seconds * 1_000_000
            {
                return
            }
            state.reading = new
        }
    }

    /// An instant for a batch whose lines take up so much time from it on. Nil until the database was asked once.
    func instant(reserving microseconds: Int64) -> Timestamp? {
        state.withLock { state in
            guard let known = state.reading else { return nil }
            return state.give(known.time(at: .now), microseconds)
        }
    }

    /// The same by the database's own reading: so that what one process writes in turn is recorded in turn, whichever way it
    /// takes.
    func instant(notBefore time: Timestamp, reserving microseconds: Int64) -> Timestamp {
        state.withLock { $0.give(time, microseconds) }
    }
}

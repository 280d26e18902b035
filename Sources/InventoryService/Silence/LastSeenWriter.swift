package import Inventory
package import Logging
import Synchronization

/// A source as it was heard at a location.
package struct SourceHeard: Sendable, Hashable {
    package var source: SourceID
    /// Nil: it is said to report for the location and was not heard yet.
    package var heard: Heard?

    package init(source: SourceID, heard: Heard?) {
        self.source = source
        self.heard = heard
    }
}

package protocol LastSeenStore: Sendable {
    /// Counts as heard until now.
    /// - Parameter named: nil for all locations that the source is set to report for, or else where it was heard.
    func heartbeat(
        of source: SourceNumber, at named: [LocationID]?
    ) async throws(StoreError) -> Result<Heartbeat, Heartbeat.Rejection>

    /// Raises what is known; nothing ever goes back.
    func record(_ heard: [HeardKey: Heard]) async throws(StoreError)

    /// Keeps which events were sent again. Repeating it changes nothing.
    func record(_ repeats: [RepeatKey: Repeats]) async throws(StoreError)

    /// Locations heard later than `since`, by any process; nil for all that were ever heard.
    func lastHeard(since: Timestamp?) async throws(StoreError) -> [LocationID: Timestamp]

    /// Since when locations are silent, of those that are.
    func silent(among ids: [LocationID]) async throws(StoreError) -> [LocationID: Timestamp]

    /// The sources heard at a location and those that are set to report for it.
    /// - Returns: nil when the location is unknown.
    func sources(
        of location: LocationID, _ page: PageRequest
    ) async throws(StoreError) -> (page: Page<SourceHeard>, asOf: Timestamp)?
}

/// Writes the board down once a second and reads what other processes wrote. What a crash loses is a second of knowing when
/// somebody was heard, and no fact. Who was silent and is heard is silent no longer from then on.
package final class LastSeenWriter: PeriodicWork {
    package static let name = "lastSeen"
    package static let schedule = PeriodicSchedule(every: .seconds(1))

    private let board: LastSeenTracker
    private let store: any LastSeenStore
    private let silence: SilenceService?
    private let logger: Logger
    /// The newest time that the last pass found.
    private let newest = Mutex<Timestamp?>(nil)

    /// Other processes write a little after they hear.
    private static let overlapMicroseconds: Int64 = 10_000_000

    /// - Parameter silence: is told to look who is back.
    package init(board: LastSeenTracker, store: any LastSeenStore, silence: SilenceService? = nil, logger: Logger) {
        self.board = board
        self.store = store
        self.silence = silence
        self.logger = logger
    }

    package func pass() async throws -> PeriodicPass {
        let waiting = board.takeWaiting()
        do {
            if !waiting.isEmpty { try await store.record(waiting) }
        } catch {
            board.putBack(waiting)
            throw error
        }
        let repeats = board.takeRepeats()
        do {
            if !repeats.isEmpty { try await store.record(repeats) }
        } catch {
            board.putBack(repeats)
            throw error
        }
        var failure: StoreError?
        do {
            _ = try await silence?.settleHeard()
        } catch {
            // What was heard elsewhere can be read all the same.
            failure = error
        }
        let since = newest.withLock { $0 }
        let heard = try await store.lastHeard(since: since?.advanced(byMicroseconds: -Self.overlapMicroseconds))
        board.learn(heard)
        newest.withLock { $0 = heard.values.max() ?? $0 }
        if let failure { throw failure }
        return PeriodicPass(items: waiting.count)
    }

    /// What was heard until the service was told to stop.
    package func end() async { await flush() }

    /// One pass, outside the loop.
    /// - Returns: the newest time that is known now; nil when the database could not be reached.
    @discardableResult
    package func flush() async -> Timestamp? {
        do {
            _ = try await pass()
            return newest.withLock { $0 }
        } catch {
            logger.debug("last-seen times not written", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

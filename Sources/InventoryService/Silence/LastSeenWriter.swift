package import Inventory
package import Logging
import ServiceLifecycle

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
    /// Raises what is known; nothing ever goes back.
    func record(_ heard: [HeardKey: Heard]) async throws(StoreError)

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
package struct LastSeenWriter: Service {
    private let board: LastSeenTracker
    private let store: any LastSeenStore
    private let silence: SilenceService?
    private let logger: Logger

    private static let interval: Duration = .seconds(1)
    /// Other processes write a little after they hear.
    private static let overlapMicroseconds: Int64 = 10_000_000

    /// - Parameter silence: is told to look who is back.
    package init(board: LastSeenTracker, store: any LastSeenStore, silence: SilenceService? = nil, logger: Logger) {
        self.board = board
        self.store = store
        self.silence = silence
        self.logger = logger
    }

    package func run() async {
        let newest = await cancelWhenGracefulShutdown {
            var newest: Timestamp?
            while !Task.isCancelled {
                newest = await flush(since: newest) ?? newest
                try? await Task.sleep(for: Self.interval)
            }
            return newest
        }
        _ = await flush(since: newest)
    }

    /// - Returns: the newest time that is known now; nil when the database could not be reached.
    package func flush(since: Timestamp?) async -> Timestamp? {
        let waiting = board.takeWaiting()
        do {
            if !waiting.isEmpty { try await store.record(waiting) }
        } catch {
            board.putBack(waiting)
            logger.debug("who was heard is not written yet", metadata: ["error": "\(error)"])
            return nil
        }
        do {
            _ = try await silence?.settleHeard()
        } catch {
            logger.debug("who is back is not known yet", metadata: ["error": "\(error)"])
        }
        do {
            let heard = try await store.lastHeard(since: since?.advanced(byMicroseconds: -Self.overlapMicroseconds))
            board.learn(heard)
            return heard.values.max()
        } catch {
            logger.debug("who was heard elsewhere is not known yet", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

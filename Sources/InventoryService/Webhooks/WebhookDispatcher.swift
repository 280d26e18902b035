import Inventory
package import Logging
import Synchronization

/// Delivers the webhooks that this process has a lease for, each in a task of its own, so that a slow endpoint holds up no
/// other. The feed is brought up to date once for all of them.
package final class WebhookDispatcher: PeriodicWork {
    package static let name = "webhooks"
    package static let schedule = PeriodicSchedule(every: .milliseconds(50))

    /// How often the feed is asked where nothing happens.
    fileprivate static let idleEvery: Duration = .milliseconds(250)
    /// After so long without an event nothing happens.
    fileprivate static let idleAfter: Duration = .seconds(2)
    /// The wait after the database failed.
    private static let failureWait: Duration = .seconds(1)

    /// A webhook that this process delivers.
    fileprivate struct Held {
        var generation: Int64
        /// How far it has read.
        var cursor: EventCursor
        /// It was not looked at yet, or was rewound.
        var isNew = true
        /// Not before.
        var notBefore: ContinuousClock.Instant
        var setAsideDue: ContinuousClock.Instant?
        var lastWritten = ContinuousClock.now
        var turn: Task<Void, Never>?
    }

    fileprivate struct State {
        var held: [WebhookID: Held] = [:]
        var lastClaim: ContinuousClock.Instant?
        var lastLook: ContinuousClock.Instant?
        var lastNews = ContinuousClock.now
        var newest = EventCursor.beginning
    }

    private let feed: EventFeed
    private let store: any WebhookDeliveryStore
    private let sender: any WebhookSender
    private let limits: WebhookLimits
    private let holder: String
    private let clock: @Sendable () -> Int64
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter clock: seconds since 1970, which deliveries are stamped with.
    package init(
        feed: EventFeed, store: any WebhookDeliveryStore, sender: any WebhookSender,
        limits: WebhookLimits = WebhookLimits(), clock: @escaping @Sendable () -> Int64 = { Timestamp.now().seconds },
        logger: Logger
    ) {
        self.feed = feed
        self.store = store
        self.sender = sender
        self.limits = limits
        self.clock = clock
        self.logger = logger
        holder = String(UInt64.random(in: 0 ... .max), radix: 16)
    }

    package func pass() async throws -> PeriodicPass {
        let now = ContinuousClock.now
        if state.withLock({ state in state.lastClaim.map { now - $0 >= limits.claimEvery } ?? true }) {
            let claims = try await store.claim(by: holder, leaseSeconds: limits.leaseSeconds)
            take(claims)
        }
        guard state.withLock({ $0.wantsFeed(at: .now) }) else { return PeriodicPass() }
        let newest = try await feed.end()
        return PeriodicPass(items: start(upTo: newest))
    }

    package func end() async {
        let turns = state.withLock { $0.held.values.compactMap(\.turn) }
        for turn in turns { turn.cancel() }
        for turn in turns { await turn.value }
        do throws(StoreError) {
            try await store.release(by: holder)
        } catch {
            logger.debug("webhooks not released; others have them soon", metadata: ["error": "\(error)"])
        }
    }

    private func take(_ claims: [WebhookClaim]) {
        let now = ContinuousClock.now
        state.withLock { state in
            state.lastClaim = now
            let ids = Set(claims.map(\.id))
            // A turn that lost its lease sees that by itself.
            for id in state.held.keys where !ids.contains(id) && state.held[id]?.turn == nil { state.held[id] = nil }
            for claim in claims {
                if let known = state.held[claim.id] {
                    guard known.turn == nil, known.generation != claim.generation else { continue }
                }
                state.held[claim.id] = Held(
                    generation: claim.generation, cursor: claim.cursor, notBefore: now + claim.waits,
                    setAsideDue: claim.setAsideWaits.map { now + $0 })
            }
        }
    }

    /// - Returns: how many turns were started.
    private func start(upTo newest: EventCursor) -> Int {
        let now = ContinuousClock.now
        return state.withLock { state in
            state.lastLook = now
            if newest > state.newest { (state.newest, state.lastNews) = (newest, now) }
            var started = 0
            for (id, held) in state.held where held.isReady(at: now, newest: newest) {
                let isQuietLong = now - held.lastWritten >= WebhookLimits.quietWriteEvery
                if isQuietLong { state.held[id]?.lastWritten = now }
                state.held[id]?.isNew = false
                state.held[id]?.turn = Task { await self.work(on: id, held, upTo: newest, writesQuietly: isQuietLong) }
                started += 1
            }
            return started
        }
    }

    /// - Parameter newest: what the feed had before; a turn that is done has read it all.
    private func work(on id: WebhookID, _ held: Held, upTo newest: EventCursor, writesQuietly: Bool) async {
        var writesQuietly = writesQuietly
        while true {
            let ending: WebhookTurn.Ending
            do throws(StoreError) {
                ending = try await WebhookTurn.run(
                    id, from: held.cursor, generation: held.generation, writesQuietly: writesQuietly, feed: feed,
                    store: store, sender: sender, holder: holder, limits: limits, clock: clock)
            } catch {
                logger.debug(
                    "webhook not delivered; trying again", metadata: ["webhook": "\(id)", "error": "\(error)"])
                return finish(id, .waits(Self.failureWait), upTo: newest)
            }
            guard ending == .again, !Task.isCancelled else { return finish(id, ending, upTo: newest) }
            writesQuietly = true
        }
    }

    private func finish(_ id: WebhookID, _ ending: WebhookTurn.Ending, upTo newest: EventCursor) {
        let now = ContinuousClock.now
        state.withLock { state in
            state.held[id]?.turn = nil
            switch ending {
            case .again: state.held[id]?.isNew = true
            case .done(let cursor, let setAsideWaits):
                if let known = state.held[id] { state.held[id]?.cursor = max(known.cursor, cursor, newest) }
                state.held[id]?.setAsideDue = setAsideWaits.map { now + $0 }
            case .waits(let wait):
                state.held[id]?.notBefore = now + wait
                state.held[id]?.isNew = true
            case .over:
                // What is true now, the next claim says.
                state.held[id] = nil
                state.lastClaim = nil
            }
        }
    }
}

extension WebhookDispatcher.State {
    /// Whether some webhook would take news, and it is time to look for them.
    fileprivate func wantsFeed(at now: ContinuousClock.Instant) -> Bool {
        guard held.values.contains(where: { $0.turn == nil && $0.notBefore <= now }) else { return false }
        if held.values.contains(where: {
            $0.turn == nil && ($0.isNew || $0.isSetAsideDue(at: now)) && $0.notBefore <= now
        }) {
            return true
        }
        guard let lastLook, now - lastNews >= WebhookDispatcher.idleAfter else { return true }
        return now - lastLook >= WebhookDispatcher.idleEvery
    }
}

extension WebhookDispatcher.Held {
    fileprivate func isSetAsideDue(at now: ContinuousClock.Instant) -> Bool { setAsideDue.map { $0 <= now } ?? false }

    fileprivate func isReady(at now: ContinuousClock.Instant, newest: EventCursor) -> Bool {
        turn == nil && notBefore <= now && (isNew || cursor < newest || isSetAsideDue(at: now))
    }
}

/// Deletes what is no longer kept of deliveries.
package struct WebhookLogPruning: PeriodicWork {
    package static let name = "webhookLog"
    package static let schedule = PeriodicSchedule(every: .seconds(60), firstAfter: .seconds(20))

    private let store: any WebhookDeliveryStore

    package init(store: any WebhookDeliveryStore) { self.store = store }

    package func pass() async throws -> PeriodicPass { PeriodicPass(items: try await store.prune()) }
}

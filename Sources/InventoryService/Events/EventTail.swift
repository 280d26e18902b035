package import Logging
import Synchronization

/// Follows the feed once for all who want its events as they happen: reads the store while somebody follows, keeps the last
/// events, and hands each to those whose filter lets it through. With nobody there it does nothing.
package final class EventTail: Sendable {
    package struct Limits: Sendable {
        /// The last events that are kept for those who come back; their bytes.
        package var ringEventsMax = 16_384
        package var ringBytesMax = 16 << 20
        /// What waits for one follower; what waits for all together.
        package var queueEventsMax = 16_384
        package var queueBytesMax = 16 << 20
        package var allBytesMax = 64 << 20
        /// Followers that read what is past from the store, at one time.
        package var readersMax = 4

        package init() {}
    }

    /// Why nobody may follow from a cursor.
    package enum Refusal: Error, Sendable, Hashable {
        case expired(CursorExpired)
        /// The feed has not come so far: the cursor is another database's.
        case ahead(end: EventCursor)
    }

    private struct State {
        /// Nil while nobody follows.
        var ring: EventRing?
        var queues: [Int: FollowerQueue] = [:]
        /// Those that take their events from here.
        var index = FollowerIndex()
        var lastID = 0
        /// The loop, while nobody follows.
        var sleeper: CheckedContinuation<Void, Never>?
    }

    /// Events that the store is asked for at one time.
    private static let pageMax = EventFeed.limitMax

    package let feed: EventFeed
    private let limits: Limits
    let logger: Logger
    private let state = Mutex(State())
    private let held = HeldBytes()
    private let readers: Turns

    package init(_ feed: EventFeed, limits: Limits = Limits(), logger: Logger) {
        self.feed = feed
        self.limits = limits
        self.logger = logger
        readers = Turns(limits.readersMax)
    }

    // MARK: - Followers

    package var followers: Int { state.withLock { $0.queues.count } }

    /// What waits to be sent to them.
    package var heldBytes: Int { held.current }

    /// - Parameter cursor: nil: what is committed from now on.
    /// - Returns: the follower, and from where on it gets everything that its filter lets through.
    package func follow(
        _ filter: ResolvedEventFilter, after cursor: EventCursor?
    ) async throws(StoreError) -> Result<(follower: EventFollower, from: EventCursor), Refusal> {
        let queue = state.withLock { state in
            state.lastID += 1
            let queue = FollowerQueue(id: state.lastID, filter, limits, held)
            state.queues[queue.id] = queue
            return queue
        }
        let follower = EventFollower(self, queue)
        let end = try await start()
        guard let cursor else {
            // The ring has moved on meanwhile, if at all: to what was committed before anybody was told that it follows.
            let from = attach(queue, after: nil) ?? end
            return .success((follower, from))
        }
        if attach(queue, after: cursor) != nil {
            guard cursor > end else { return .success((follower, cursor)) }
            let newest = try await feed.end()
            return cursor.position > newest.position ? .failure(.ahead(end: newest)) : .success((follower, cursor))
        }
        // Only to see that it is still there.
        switch try await feed.page(filter, after: cursor, limit: 1, catchesUp: false) {
        case .failure(let expired): return .failure(.expired(expired))
        case .success:
            follower.start(behind: cursor)
            return .success((follower, cursor))
        }
    }

    /// Makes the ring, and the loop run, for the first who comes.
    /// - Returns: where the ring ends.
    private func start() async throws(StoreError) -> EventCursor {
        if let end = state.withLock({ $0.ring?.end }) { return end }
        let found = try await feed.end()
        let (end, sleeper) = state.withLock { state in
            let ring = state.ring ?? EventRing(from: found, limits)
            state.ring = ring
            defer { state.sleeper = nil }
            return (ring.end, state.sleeper)
        }
        sleeper?.resume()
        return end
    }

    /// Lets a follower take its events from here, if everything behind its cursor is here.
    /// - Parameter cursor: nil: from now on.
    /// - Returns: from where on it gets them; nil where that is not possible.
    func attach(_ queue: FollowerQueue, after cursor: EventCursor?) -> EventCursor? {
        state.withLock { state in
            // One that has left, or was ended, is told by its queue.
            guard let ring = state.ring, state.queues[queue.id] != nil else { return nil }
            let from = cursor ?? ring.end
            guard from >= ring.start, queue.attach(floor: from, ring.events(after: from)) else { return nil }
            state.index.insert(queue)
            return from
        }
    }

    /// What is past, for one who is not here yet.
    func page(
        _ filter: ResolvedEventFilter, after cursor: EventCursor
    ) async throws(StoreError) -> Result<EventBatch<RenderedEvent>, CursorExpired> {
        await readers.take()
        defer { readers.giveBack() }
        return try await feed.page(filter, after: cursor, limit: Self.pageMax, catchesUp: false)
    }

    func end(_ queue: FollowerQueue, _ end: EventFollower.End) {
        state.withLock { state in
            state.index.remove(queue)
            queue.end(end)
        }
    }

    func leave(_ queue: FollowerQueue) {
        state.withLock { state in
            state.index.remove(queue)
            queue.end(.gone)
            guard state.queues.removeValue(forKey: queue.id) != nil, state.queues.isEmpty else { return }
            state.ring = nil
        }
    }

    func endAll(_ end: EventFollower.End) {
        state.withLock { state in
            for queue in state.queues.values {
                state.index.remove(queue)
                queue.end(end)
            }
        }
    }

    // MARK: - Reading

    private static let everything = ResolvedEventFilter(EventFilter())

    /// Takes in what was committed, and hands it on.
    /// - Returns: how many events came; nil where nobody follows.
    @discardableResult package func poll() async throws(StoreError) -> Int? {
        guard followers > 0 else { return nil }
        try await feed.catchUp()
        return try await takeIn()
    }

    /// The same of what has its position already. One at a time.
    func takeIn() async throws(StoreError) -> Int? {
        guard var from = state.withLock({ $0.ring?.end }) else { return nil }
        var count = 0
        while true {
            switch try await feed.page(Self.everything, after: from, limit: Self.pageMax, catchesUp: false) {
            case .success(let batch):
                handOut(batch, after: from)
                count += batch.events.count
                from = batch.next
                guard batch.hasMore else { return count }
            case .failure:
                // This process has slept for longer than the feed is kept.
                endAll(.expired)
                state.withLock { $0.ring = nil }
                return count
            }
        }
    }

    private func handOut(_ batch: EventBatch<RenderedEvent>, after from: EventCursor) {
        let events = batch.events.map { SharedEvent($0) }
        let woken = state.withLock { state -> [FollowerQueue] in
            // Otherwise all have left meanwhile, and others have come.
            guard state.ring?.end == from else { return [] }
            state.ring?.append(events, upTo: batch.next)
            var (woken, slow): ([FollowerQueue], [FollowerQueue]) = ([], [])
            let followers = state.queues.count
            for shared in events {
                state.index.forEach(concernedBy: shared.event) { queue in
                    switch queue.offer(shared, followers: followers) {
                    case .first: woken.append(queue)
                    case .overflow:
                        queue.end(.slow)
                        slow.append(queue)
                    case .taken, .passed: break
                    }
                }
            }
            for queue in slow { state.index.remove(queue) }
            return woken
        }
        for queue in woken { queue.wake() }
    }

    // MARK: - Time

    /// Seconds between two pulses of one follower.
    package static let pulseSeconds = 3
    /// Followers are told in so many groups, one after the other: all at once would hold others up.
    static let pulseGroups = 10

    /// Tells one group of followers that time has passed.
    package func pulse(group: Int) {
        state.withLock { state in
            guard let end = state.ring?.end else { return }
            for (id, queue) in state.queues where id % Self.pulseGroups == group % Self.pulseGroups { queue.pulse(end) }
        }
    }

    /// Waits until somebody follows.
    func followed() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFollowed = state.withLock { state in
                    guard state.ring == nil, !Task.isCancelled else { return true }
                    state.sleeper = continuation
                    return false
                }
                if isFollowed { continuation.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                defer { state.sleeper = nil }
                return state.sleeper
            }
            sleeper?.resume()
        }
    }
}

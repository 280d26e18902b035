package import Inventory
package import Logging
import Synchronization

/// Sends the feed to a topic of Kafka while this process has the lease for it: a page is a transaction, and how far it
/// is gets written down once that has ended. So after a crash the last page may come again, and nothing is left out.
///
/// When Kafka fails, the producer is closed, the lease is given up, and the pass fails: the next one comes after a wait
/// that grows, here or in another process.
package final class KafkaDispatcher: PeriodicWork {
    package static let name = "kafka"
    package static let schedule = PeriodicSchedule(every: .milliseconds(50))

    /// Where a topic begins that was never sent to.
    package enum Start: String, Sendable, CaseIterable {
        /// With what comes next.
        case next
        /// With the oldest event that is kept.
        case oldest
    }

    struct State {
        /// How far it is; nil while another process sends, or nobody.
        var cursor: EventCursor?
        var renewed = ContinuousClock.now
        var claimed: ContinuousClock.Instant?
        var looked: ContinuousClock.Instant?
        var lastNews = ContinuousClock.now
        var written = ContinuousClock.now
        /// Events of one transaction: fewer after one that was too large, to find the event.
        var limit: Int
        var isFailing = false
    }

    let feed: EventFeed
    let store: any KafkaTopicStore
    let producer: any KafkaProducer
    let filter: ResolvedEventFilter
    let mode: KafkaMode
    let start: Start
    let limits: KafkaLimits
    let lease: KafkaLease
    let logger: Logger
    let state: Mutex<State>

    /// - Parameter types: of the events that are sent; empty: all.
    package init(
        topic: String, types: Set<EventType>, mode: KafkaMode, start: Start, feed: EventFeed,
        store: any KafkaTopicStore, producer: any KafkaProducer, limits: KafkaLimits = KafkaLimits(), logger: Logger
    ) {
        var filter = EventFilter()
        filter.types = types
        self.filter = ResolvedEventFilter(filter)
        self.mode = mode
        self.start = start
        self.feed = feed
        self.store = store
        self.producer = producer
        self.limits = limits
        var logger = logger
        logger[metadataKey: "topic"] = "\(topic)"
        self.logger = logger
        lease = KafkaLease(
            topic: topic, holder: String(UInt64.random(in: 0 ... .max), radix: 16), seconds: limits.leaseSeconds)
        state = Mutex(State(limit: limits.pageEvents))
    }

    package func pass() async throws -> PeriodicPass {
        guard state.withLock({ $0.isDue(at: .now, claimEvery: limits.claimEvery) }) else { return PeriodicPass() }
        do {
            guard let cursor = try await hold() else { return PeriodicPass() }
            return try await work(from: cursor)
        } catch let failure as KafkaFailure {
            await giveUp(failure)
            throw failure
        }
    }

    package func end() async {
        await producer.close()
        let wasHeld = state.withLock { $0.cursor.take() != nil }
        if wasHeld { await release(error: nil) }
    }

    // MARK: - The lease

    /// Takes the topic, or keeps it.
    /// - Returns: how far it is; nil where another process sends.
    private func hold() async throws -> EventCursor? {
        let now = ContinuousClock.now
        let (known, renewed) = state.withLock { ($0.cursor, $0.renewed) }
        if let known, now - renewed < .seconds(limits.leaseSeconds) / 6 { return known }
        state.withLock { $0.claimed = now }
        guard let cursor = try await claim() else {
            await lose()
            return nil
        }
        if known == cursor {
            state.withLock { $0.renewed = now }
            return cursor
        }
        try await producer.open()
        // Whoever had it before may have ended a page until just now; from here on it ends none.
        guard let cursor = try await claim() else {
            await producer.close()
            await lose()
            return nil
        }
        logger.info("this process sends events to Kafka", metadata: ["after": "\(cursor)"])
        state.withLock { state in
            state.cursor = cursor
            state.renewed = .now
            state.written = .now
        }
        return cursor
    }

    private func claim() async throws(StoreError) -> EventCursor? {
        var claim = try await store.claim(lease)
        if claim == .unknown {
            let cursor: EventCursor =
                switch start {
                case .next: try await feed.end()
                case .oldest: try await feed.beginning()
                }
            try await store.add(topic: lease.topic, startingBehind: cursor)
            claim = try await store.claim(lease)
        }
        if case .held(let cursor) = claim { return cursor }
        return nil
    }

    /// Another process has the topic.
    func lose() async {
        guard state.withLock({ $0.cursor.take() }) != nil else { return }
        await producer.close()
        logger.notice("another process sends events to Kafka now")
    }

    private func giveUp(_ failure: KafkaFailure) async {
        let isNew = state.withLock { state in
            state.cursor = nil
            state.claimed = nil
            defer { state.isFailing = true }
            return !state.isFailing
        }
        if isNew {
            logger.warning(
                "Kafka does not take events; they wait in the feed, and it is tried again until it does",
                metadata: ["error": "\(failure)"])
        }
        await producer.close()
        await release(error: failure.reason)
    }

    private func release(error: String?) async {
        do throws(StoreError) {
            try await store.release(lease, error: error)
        } catch {
            logger.debug("topic not released; others have it soon", metadata: ["error": "\(error)"])
        }
    }
}

extension KafkaDispatcher.State {
    fileprivate func isDue(at now: ContinuousClock.Instant, claimEvery: Duration) -> Bool {
        guard cursor != nil else { return claimed.map { now - $0 >= claimEvery } ?? true }
        guard let looked, now - lastNews >= KafkaLimits.idleAfter else { return true }
        return now - looked >= KafkaLimits.idleEvery
    }
}

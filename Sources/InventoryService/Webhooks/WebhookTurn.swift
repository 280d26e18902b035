import Inventory

/// One stretch of deliveries of one webhook: what is set aside and due, then what the feed has, message by message.
///
/// A message's end is written down before it is sent, and that it was delivered before the next one is. So whoever goes on
/// after a crash sends the same message again, under the same id, and skips nothing.
struct WebhookTurn: Sendable {
    /// How the stretch ended.
    enum Ending: Sendable, Hashable {
        /// There is more to do.
        case again
        /// All that there was is dealt with, up to a cursor; what is set aside is due after a while, nil for nothing.
        case done(EventCursor, setAsideWaits: Duration?)
        /// The endpoint does not work, or there is too much set aside.
        case waits(Duration)
        /// Somebody else has it now, or it is paused or changed: look again.
        case over
    }

    let feed: EventFeed
    let store: any WebhookDeliveryStore
    let sender: any WebhookSender
    let holder: String
    let limits: WebhookLimits
    let clock: @Sendable () -> Int64
    let ends: ContinuousClock.Instant

    var state: WebhookTurnState
    let lease: WebhookLease
    /// When the lease ends unless it is renewed.
    let term: WebhookTerm
    let filter: ResolvedEventFilter
    /// Events of the next message: fewer while the endpoint refuses some, to find those.
    var limit: Int
    var page: WebhookPage

    /// - Parameters:
    ///   - cursor: how far this process has read already, over events that the webhook does not want.
    ///   - writesQuietly: write it down where all that was read is such.
    ///   - clock: seconds since 1970.
    static func run(
        _ id: WebhookID, from cursor: EventCursor?, generation: Int64, writesQuietly: Bool, feed: EventFeed,
        store: any WebhookDeliveryStore, sender: any WebhookSender, holder: String, limits: WebhookLimits,
        clock: @escaping @Sendable () -> Int64
    ) async throws(StoreError) -> Ending {
        let askedAt = ContinuousClock.now
        guard var state = try await store.begin(id, by: holder, leaseSeconds: limits.leaseSeconds) else { return .over }
        guard state.waits <= .zero else { return .waits(state.waits) }
        let written = state.cursor
        if let cursor, state.generation == generation, state.replay == nil { state.cursor = max(state.cursor, cursor) }
        let lease = WebhookLease(
            id: id, holder: holder, generation: state.generation, seconds: limits.leaseSeconds)
        guard case .success(let filter) = try await feed.resolve(state.webhook.filter) else {
            try await store.pause(
                lease, .unknownGroup,
                detail: "webhook '\(id)' names a location group that was deleted; change its group, then resume it")
            return .over
        }
        let term = WebhookTerm(seconds: limits.leaseSeconds, askedAt: askedAt)
        let begun = WebhookTurn(
            state: state, lease: lease, term: term, filter: filter, feed: feed, store: store, sender: sender,
            limits: limits, clock: clock)
        return try await term.hold(lease, in: store) {
            var turn = begun
            do throws(StoreError) {
                let ending = try await turn.run()
                return .success(try await turn.writeDown(ending, written: written, quietly: writesQuietly))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Writes what came of a step, which renews the lease.
    /// - Returns: as the store's; nil where the lease is lost.
    func record(_ step: WebhookStep) async throws(StoreError) -> Int64? {
        let askedAt = ContinuousClock.now
        let failing = try await store.record(step, of: lease)
        if failing != nil { term.extend(askedAt: askedAt) }
        return failing
    }

    private init(
        state: WebhookTurnState, lease: WebhookLease, term: WebhookTerm, filter: ResolvedEventFilter,
        feed: EventFeed, store: any WebhookDeliveryStore, sender: any WebhookSender, limits: WebhookLimits,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.state = state
        self.lease = lease
        self.term = term
        self.filter = filter
        self.feed = feed
        self.store = store
        self.sender = sender
        self.limits = limits
        self.clock = clock
        holder = lease.holder
        limit = state.webhook.batchSize
        ends = .now + limits.turn
        page = WebhookPage(next: state.replay?.next ?? state.cursor)
    }

    private mutating func run() async throws(StoreError) -> Ending {
        if let ending = try await retrySetAside() { return ending }
        while !Task.isCancelled, .now < ends {
            if page.events.isEmpty, let ending = try await read() { return ending }
            if page.events.isEmpty { continue }
            if let ending = try await sendNext() { return ending }
        }
        return .again
    }

    /// Events that the webhook does not want are passed over without a word; now and then it is written how far, so that
    /// nobody has to pass over them again.
    private func writeDown(
        _ ending: Ending, written: EventCursor, quietly: Bool
    ) async throws(StoreError) -> Ending {
        let isDue = ending == .again || quietly
        guard page.events.isEmpty, isDue, page.next > cursor || cursor > written,
            state.replay == nil || ending == .again
        else { return ending }
        switch ending {
        case .again, .done: break
        case .waits, .over: return ending
        }
        let step = WebhookStep(cursor: max(cursor, page.next), isReplay: state.replay != nil)
        return try await record(step) == nil ? .over : ending
    }

    // MARK: - The feed

    var cursor: EventCursor { state.replay?.next ?? state.cursor }

    /// Reads on, over events that the webhook does not want.
    /// - Returns: nil where the page has events, or there is more to read.
    private mutating func read() async throws(StoreError) -> Ending? {
        let limit = max(state.webhook.batchSize, WebhookLimits.pageEvents)
        switch try await feed.page(filter, after: max(cursor, page.next), limit: limit, catchesUp: false) {
        case .failure(let expired):
            let place = "event \(cursor), and the feed keeps those after \(expired.oldest)"
            try await store.pause(
                lease, .cursorExpired,
                detail: "webhook '\(lease.id)' goes on behind \(place); take a snapshot, then resume it after a cursor")
            return .over
        case .success(let batch):
            var events = batch.events
            var (next, hasMore) = (batch.next, batch.hasMore)
            if let replay = state.replay, next >= replay.through {
                events = events.filter { $0.cursor <= replay.through }
                (next, hasMore) = (replay.through, false)
            }
            page = WebhookPage(events: events, next: next, hasMore: hasMore)
            guard events.isEmpty else { return nil }
            if !hasMore { return try await finish() }
            return nil
        }
    }

    /// All is read: the replay is over, or the webhook has everything.
    private mutating func finish() async throws(StoreError) -> Ending? {
        guard state.replay != nil else {
            return .done(max(cursor, page.next), setAsideWaits: nextDue)
        }
        var step = WebhookStep(cursor: page.next, isReplay: true)
        step.endsReplay = true
        guard try await record(step) != nil else { return .over }
        state.replay = nil
        state.planned = nil
        page = WebhookPage(next: state.cursor)
        return nil
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}

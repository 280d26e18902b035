import Inventory

/// One stretch of deliveries of one webhook: what is set aside and due, then what the feed has, message by message.
///
/// A message's end is written down before it is sent, and that it was delivered before the next one is. So whoever goes on
/// after a crash sends the same message again, under the same id, and skips nothing.
struct WebhookTurn {
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
    private let ends: ContinuousClock.Instant

    private var state: WebhookTurnState
    private var lease: WebhookLease
    private var filter: ResolvedEventFilter
    /// Events of the next message: fewer while the endpoint refuses some, to find those.
    private var limit: Int
    private var page: WebhookPage

    /// - Parameters:
    ///   - cursor: how far this process has read already, over events that the webhook does not want.
    ///   - writesQuietly: write it down where all that was read is such.
    ///   - clock: seconds since 1970.
    static func run(
        _ id: WebhookID, from cursor: EventCursor?, generation: Int64, writesQuietly: Bool, feed: EventFeed,
        store: any WebhookDeliveryStore, sender: any WebhookSender, holder: String, limits: WebhookLimits,
        clock: @escaping @Sendable () -> Int64
    ) async throws(StoreError) -> Ending {
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
        var turn = WebhookTurn(
            state: state, lease: lease, filter: filter, feed: feed, store: store, sender: sender, limits: limits,
            clock: clock)
        let ending = try await turn.run()
        return try await turn.writeDown(ending, written: written, quietly: writesQuietly)
    }

    private init(
        state: WebhookTurnState, lease: WebhookLease, filter: ResolvedEventFilter, feed: EventFeed,
        store: any WebhookDeliveryStore, sender: any WebhookSender, limits: WebhookLimits,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.state = state
        self.lease = lease
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
        return try await store.record(step, of: lease) == nil ? .over : ending
    }

    // MARK: - The feed

    private var cursor: EventCursor { state.replay?.next ?? state.cursor }

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
        guard try await store.record(step, of: lease) != nil else { return .over }
        state.replay = nil
        state.planned = nil
        page = WebhookPage(next: state.cursor)
        return nil
    }

    // MARK: - Messages

    private var room: Int { limits.setAsideMax - state.setAside.count }

    private mutating func sendNext() async throws(StoreError) -> Ending? {
        let blocked = state.setAside.reduce(into: Set()) { $0.formUnion($1.keys) }
        let cut = page.cut(blocked: blocked, room: max(room - 1, 0), limit: limit, planned: state.planned)
        guard let through = cut.through else {
            // What was planned is over: it was sent, or the webhook does not want it any more.
            if state.planned != nil {
                state.planned = nil
                return nil
            }
            return .waits(max(nextDue ?? .zero, .seconds(1)))
        }
        guard !cut.sent.isEmpty else {
            return try await advance(through) { $0.setAside = cut.waiting } ? nil : .over
        }
        guard room > 0 else { return .waits(max(nextDue ?? .zero, .seconds(1))) }
        if state.webhook.isBatched, state.planned != through {
            var plan = WebhookStep(cursor: cursor, isReplay: state.replay != nil)
            plan.planned = through
            guard try await store.record(plan, of: lease) != nil else { return .over }
            state.planned = through
        }
        let message = WebhookMessage(webhook: lease.id, events: cut.sent)
        let (response, attempt) = await send(message, attempt: state.failures + 1)
        if Task.isCancelled, response.meaning != .delivered { return .over }
        switch response.meaning {
        case .delivered:
            limit = min(limit * 2, state.webhook.batchSize)
            return try await advance(through, works: true) {
                $0.setAside = cut.waiting
                $0.attempt = attempt
            } ? nil : .over
        case .refused(let why):
            guard cut.sent.count == 1 else {
                // One of them is at fault: half as many, until it is alone.
                limit = max(1, cut.sent.count / 2)
                return try await note(attempt) ? nil : .over
            }
            let refused = WebhookSetAside(
                event: message.first, keys: cut.sent[0].orderKeys, attempts: 1, failedForSeconds: 0,
                waits: limits.wait(limits.firstRefusalWait, after: 1, fraction: .random(in: 0..<1)), error: why)
            return try await advance(through, works: true) {
                $0.setAside = [refused] + cut.waiting
                $0.attempt = attempt
            } ? nil : .over
        case .failed, .gone: return try await stop(response, attempt)
        }
    }

    /// Writes that all up to `through` is dealt with.
    private mutating func advance(
        _ through: EventCursor, works: Bool = false, _ change: (inout WebhookStep) -> Void
    ) async throws(StoreError) -> Bool {
        var step = WebhookStep(cursor: through, isReplay: state.replay != nil)
        if works { step.health = .works }
        change(&step)
        state.setAside += step.setAside
        state.setAside.sort { $0.event < $1.event }
        page.drop(through: through)
        // The next message's end goes with it, which saves a statement for each.
        if state.webhook.isBatched {
            let blocked = state.setAside.reduce(into: Set()) { $0.formUnion($1.keys) }
            let next = page.cut(blocked: blocked, room: max(room - 1, 0), limit: limit, planned: nil)
            step.planned = next.sent.isEmpty ? nil : next.through
        }
        guard try await store.record(step, of: lease) != nil else { return false }
        state.planned = step.planned
        if works { state.failures = 0 }
        if state.replay != nil { state.replay?.next = through } else { state.cursor = through }
        return true
    }

    /// Writes down an attempt that settles nothing.
    private mutating func note(_ attempt: WebhookAttempt) async throws(StoreError) -> Bool {
        var step = WebhookStep(cursor: cursor, isReplay: state.replay != nil)
        step.attempt = attempt
        state.planned = nil
        return try await store.record(step, of: lease) != nil
    }

    /// The endpoint does not work, or wants nothing any more.
    private mutating func stop(
        _ response: WebhookResponse, _ attempt: WebhookAttempt
    ) async throws(StoreError) -> Ending {
        var step = WebhookStep(cursor: cursor, isReplay: state.replay != nil)
        step.planned = state.planned
        step.attempt = attempt
        var wait = Duration.zero
        var why = response.error ?? ""
        if case .failed(let error, let retryAfterSeconds) = response.meaning {
            wait = limits.wait(
                limits.firstWait, after: state.failures + 1, retryAfterSeconds: retryAfterSeconds,
                fraction: .random(in: 0..<1))
            why = error
        }
        step.health = .failed(why, wait: wait)
        guard let failing = try await store.record(step, of: lease) else { return .over }
        if response.meaning == .gone {
            try await store.pause(
                lease, .gone,
                detail: "the endpoint of webhook '\(lease.id)' answered 410, so nothing is sent any more; delete the "
                    + "webhook, or resume it")
            return .over
        }
        if failing >= limits.giveUpSeconds {
            try await store.pause(
                lease, .failing,
                detail: "the endpoint of webhook '\(lease.id)' failed for \(failing / 3_600) hours: \(why); repair it, "
                    + "then resume the webhook, which goes on where it stands")
            return .over
        }
        return .waits(wait)
    }

    private func send(
        _ message: WebhookMessage, attempt: Int64
    ) async -> (response: WebhookResponse, attempt: WebhookAttempt) {
        let body = message.body(isBatched: state.webhook.isBatched)
        let request = WebhookRequest(
            to: state.webhook, message.id, body, secrets: state.secrets, seconds: clock())
        let started = ContinuousClock.now
        let response = await sender.send(request)
        let took = started.duration(to: .now)
        return (
            response,
            WebhookAttempt(
                message: message.id, first: message.first, last: message.last, events: Int64(message.events.count),
                attempt: attempt, status: response.status, milliseconds: took.milliseconds, error: response.error)
        )
    }

    // MARK: - What is set aside

    /// Tries what is due, each when nothing waits before it.
    private mutating func retrySetAside() async throws(StoreError) -> Ending? {
        while !Task.isCancelled, .now < ends, let index = firstDue {
            let event = state.setAside[index]
            let before = EventCursor(position: event.event.position, ordinal: event.event.ordinal - 1)
            var step = WebhookStep(cursor: cursor, isReplay: state.replay != nil)
            step.planned = state.planned
            var found: RenderedEvent?
            var isExpired = false
            switch try await feed.page(filter, after: before, limit: 1, catchesUp: false) {
            case .success(let batch): found = batch.events.first { $0.cursor == event.event }
            case .failure: isExpired = true
            }
            guard let found else {
                // Nobody wants it any more, or nobody can have it.
                if isExpired {
                    step.refused = event
                    step.refused?.error = "the feed no longer keeps it"
                    step.isDead = true
                } else {
                    step.settled = [event.event]
                }
                guard try await store.record(step, of: lease) != nil else { return .over }
                state.setAside.remove(at: index)
                continue
            }
            let message = WebhookMessage(webhook: lease.id, events: [found])
            let (response, attempt) = await send(message, attempt: event.attempts + 1)
            if Task.isCancelled, response.meaning != .delivered { return .over }
            step.attempt = attempt
            switch response.meaning {
            case .delivered:
                step.health = .works
                step.settled = [event.event]
                state.setAside.remove(at: index)
            case .refused(let why):
                step.health = .works
                var refused = event
                refused.attempts += 1
                refused.error = why
                refused.waits = limits.wait(
                    limits.firstRefusalWait, after: refused.attempts, fraction: .random(in: 0..<1))
                step.isDead =
                    refused.attempts >= limits.attemptsMax || refused.failedForSeconds >= limits.giveUpSeconds
                step.refused = refused
                if step.isDead { state.setAside.remove(at: index) } else { state.setAside[index] = refused }
            case .failed, .gone: return try await stop(response, attempt)
            }
            guard try await store.record(step, of: lease) != nil else { return .over }
            state.failures = 0
        }
        return nil
    }

    /// Until the next is tried; nil where there is none.
    private var nextDue: Duration? {
        var before: Set<String> = []
        var least: Duration?
        for event in state.setAside {
            if before.isDisjoint(with: event.keys) { least = min(least ?? event.waits, event.waits) }
            before.formUnion(event.keys)
        }
        return least
    }

    /// The first that is due and has nothing of its items before it.
    private var firstDue: Int? {
        var before: Set<String> = []
        for (index, event) in state.setAside.enumerated() {
            if event.waits <= .zero, before.isDisjoint(with: event.keys) { return index }
            before.formUnion(event.keys)
        }
        return nil
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}

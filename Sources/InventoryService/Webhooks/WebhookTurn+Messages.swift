/// Messages: cutting them from the page, sending them, and writing down what came of it.
extension WebhookTurn {
    private var room: Int { limits.setAsideMax - state.setAside.count }

    mutating func sendNext() async throws(StoreError) -> Ending? {
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
            guard try await record(plan) != nil else { return .over }
            state.planned = through
        }
        let message = WebhookMessage(webhook: lease.id, events: cut.sent)
        guard let (response, attempt) = await send(message, attempt: state.failures + 1) else { return .over }
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
        guard try await record(step) != nil else { return false }
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
        return try await record(step) != nil
    }

    /// The endpoint does not work, or is gone for good.
    mutating func stop(
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
        guard let failing = try await record(step) else { return .over }
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

    /// - Returns: nil where the lease has ended: another process may be sending already.
    func send(
        _ message: WebhookMessage, attempt: Int64
    ) async -> (response: WebhookResponse, attempt: WebhookAttempt)? {
        let body = message.body(isBatched: state.webhook.isBatched)
        let request = WebhookRequest(
            to: state.webhook, message.id, body, secrets: state.secrets, seconds: clock())
        // Last of all, since this process may have slept until here.
        guard !term.isOver else { return nil }
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
}

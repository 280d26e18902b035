import Inventory

/// What is set aside.
extension WebhookTurn {
    /// Tries what is due, each when nothing waits before it.
    mutating func retrySetAside() async throws(StoreError) -> Ending? {
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
                guard try await record(step) != nil else { return .over }
                state.setAside.remove(at: index)
                continue
            }
            let message = WebhookMessage(webhook: lease.id, events: [found])
            guard let (response, attempt) = await send(message, attempt: event.attempts + 1) else { return .over }
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
            guard try await record(step) != nil else { return .over }
            state.failures = 0
        }
        return nil
    }

    /// Until the next is tried; nil where there is none.
    var nextDue: Duration? {
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

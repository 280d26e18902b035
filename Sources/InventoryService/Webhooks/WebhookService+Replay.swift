package import Inventory

/// Sending again what was sent.
extension WebhookService {
    /// What is to be sent again.
    package enum Range: Sendable, Hashable {
        /// Events behind one cursor, up to another; nil: the last there is.
        case cursors(after: EventCursor, through: EventCursor?)
        /// Events committed from one instant on and before another; nil: until now. Some more around them may come too.
        case times(from: Timestamp, to: Timestamp?)
    }

    /// How far apart the times of neighbouring commits may be the wrong way round: a commit's time is taken before it ends.
    private static let slackMicroseconds: Int64 = 15_000_000
    /// Reads that look for an instant; each halves what is left.
    private static let stepsMax = 64

    package func replay(
        _ id: WebhookID, _ range: Range, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<WebhookView>> {
        let end = try await feed.end()
        let (after, through): (EventCursor, EventCursor)
        switch range {
        case .cursors(let first, let last):
            if let rejection = try await objection(to: first, pointer: "/after") { return .failure(rejection) }
            if let last, last <= first {
                return .failure(.invalid(pointer: "/through", detail: "is not behind after"))
            }
            if let last, last > end {
                return .failure(
                    .unknownReference(pointer: "/through", detail: "is not there yet; the last position is \(end)"))
            }
            (after, through) = (first, last ?? end)
        case .times(let from, let to):
            if let to, to <= from { return .failure(.invalid(pointer: "/to", detail: "is not later than from")) }
            after = try await position(before: from.advanced(byMicroseconds: -Self.slackMicroseconds), end: end)
            through =
                if let to {
                    try await position(before: to.advanced(byMicroseconds: Self.slackMicroseconds), end: end)
                } else { end }
        }
        guard after < through else {
            return .failure(.unknownReference(pointer: "", detail: "there is no event in this range"))
        }
        return try await store.replayWebhook(id, WebhookReplay(next: after, through: through), by: actor)
    }

    /// The last position all of whose forerunners were committed before an instant, as far as times follow positions.
    private func position(before instant: Timestamp, end: EventCursor) async throws(StoreError) -> EventCursor {
        let all = ResolvedEventFilter(EventFilter())
        guard case .success(let first) = try await feed.page(all, after: nil, limit: 1, catchesUp: false) else {
            return end
        }
        // Everything up to `low` is before; `high` is not known to be.
        var low = max((first.events.first?.cursor.position ?? first.next.position) - 1, 0)
        var high = end.position
        for _ in 0..<Self.stepsMax where low < high {
            let middle = low + (high - low) / 2
            guard case .success(let found) = try await feed.page(all, after: .after(middle), limit: 1, catchesUp: false)
            else {
                low = middle + 1
                continue
            }
            if let event = found.events.first, event.time >= instant {
                high = middle
            } else {
                // The event is before, or there is none in what was looked at.
                low = max(middle + 1, min(found.events.first?.cursor.position ?? found.next.position, high))
            }
        }
        return .after(low)
    }
}

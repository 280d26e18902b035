/// Events that were read and not dealt with yet, and how messages are cut from them.
struct WebhookPage: Sendable {
    private(set) var events: ArraySlice<RenderedEvent> = []
    /// Behind all of them.
    var next: EventCursor
    /// Whether the feed had more behind `next` when it was read.
    var hasMore = true

    init(next: EventCursor) { self.next = next }

    init(events: [RenderedEvent], next: EventCursor, hasMore: Bool) {
        self.events = events[...]
        self.next = next
        self.hasMore = hasMore
    }

    /// The events that come next: those that are sent, and those that have to wait.
    struct Cut: Sendable {
        var sent: [RenderedEvent] = []
        var waiting: [WebhookSetAside] = []
        /// The last of both; nil where there is nothing, or no room for what would have to wait.
        var through: EventCursor?
    }

    /// - Parameters:
    ///   - blocked: keys of what is set aside.
    ///   - room: events that may still be set aside.
    ///   - limit: events of a message.
    ///   - planned: where the message ends that may have been sent already.
    func cut(blocked: Set<String>, room: Int, limit: Int, planned: EventCursor?) -> Cut {
        var cut = Cut()
        var blocked = blocked
        var bytes = 0
        for event in events {
            if let planned, event.cursor > planned { break }
            let keys = event.orderKeys
            if blocked.isDisjoint(with: keys) {
                bytes += event.json.count
                guard cut.sent.count < limit, cut.sent.isEmpty || bytes <= WebhookLimits.bodyBytesMax else { break }
                cut.sent.append(event)
            } else {
                guard cut.waiting.count < room else { break }
                cut.waiting.append(
                    WebhookSetAside(event: event.cursor, keys: keys, attempts: 0, failedForSeconds: 0, waits: .zero))
                blocked.formUnion(keys)
            }
            cut.through = event.cursor
        }
        return cut
    }

    /// Leaves out what is dealt with.
    mutating func drop(through cursor: EventCursor) { events = events.drop { $0.cursor <= cursor } }
}

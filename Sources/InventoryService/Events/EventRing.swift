import DequeModule

/// An event that many followers have in hand: it is rendered once and never copied.
package final class SharedEvent: Sendable {
    package let event: RenderedEvent
    /// What it counts for in buffers: about what it takes in memory.
    let bytes: Int

    /// Of the event beside its JSON.
    private static let overhead = 512

    package init(_ event: RenderedEvent) {
        self.event = event
        bytes = event.json.count + Self.overhead
    }
}

/// The last events of the feed, without a gap.
struct EventRing {
    private(set) var events: Deque<SharedEvent> = []
    private(set) var bytes = 0
    /// Everything behind it and up to `end` is here.
    private(set) var start: EventCursor
    private(set) var end: EventCursor

    private let eventsMax: Int
    private let bytesMax: Int

    /// - Parameter end: where the feed ended when it began.
    init(from end: EventCursor, _ limits: EventTail.Limits) {
        start = end
        self.end = end
        eventsMax = limits.ringEventsMax
        bytesMax = limits.ringBytesMax
    }

    /// - Parameters:
    ///   - added: all that there are behind `end`, up to `next`.
    ///   - next: behind the last position that was looked at.
    mutating func append(_ added: [SharedEvent], upTo next: EventCursor) {
        for event in added {
            events.append(event)
            bytes += event.bytes
        }
        end = next
        while events.count > eventsMax || bytes > bytesMax, let oldest = events.popFirst() {
            bytes -= oldest.bytes
            start = oldest.event.cursor
        }
    }

    /// Those behind a cursor that is not before `start`.
    func events(after cursor: EventCursor) -> Deque<SharedEvent>.SubSequence {
        var (low, high) = (events.startIndex, events.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].event.cursor <= cursor { low = middle + 1 } else { high = middle }
        }
        return events[low...]
    }
}

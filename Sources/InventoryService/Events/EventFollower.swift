import ServiceLifecycle
import Synchronization

/// Somebody who follows the feed. It begins where it was told to, reads what is past from the store, and joins the others
/// without a gap or a repeat. One task at a time asks it for what is next; whoever drops it has left.
package final class EventFollower: Sendable {
    package enum End: Sendable, Hashable {
        /// It did not take its events in time.
        case slow
        /// What it had not read yet is no longer kept.
        case expired
        /// The service stops.
        case stopping
        /// Whoever asked is not there any more.
        case gone
    }

    package enum Step: Sendable {
        /// One or more, in order.
        case events([SharedEvent])
        /// Time has passed: about `EventTail.pulseSeconds`. All events up to the cursor have been handed out; nil where some
        /// still wait.
        case pulse(EventCursor?)
        /// Nothing more comes.
        case ended(End)
    }

    private let tail: EventTail
    private let queue: FollowerQueue
    /// Where it reads the store; nil once it takes its events from the tail.
    private let behind: Mutex<EventCursor?>

    init(_ tail: EventTail, _ queue: FollowerQueue) {
        self.tail = tail
        self.queue = queue
        behind = Mutex(nil)
    }

    deinit { leave() }

    package var filter: ResolvedEventFilter { queue.filter }

    /// Begins at a cursor from which on the tail has not got everything.
    func start(behind cursor: EventCursor) { behind.withLock { $0 = cursor } }

    /// Runs `body`, and ends the follower when the service is told to stop meanwhile.
    @concurrent package func endingWithService(_ body: @concurrent () async throws -> Void) async throws {
        try await withGracefulShutdownHandler {
            try await body()
        } onGracefulShutdown: {
            self.end(.stopping)
        }
    }

    /// What is next: at once, or once there is something.
    package func next() async throws(StoreError) -> Step {
        while true {
            if let step = queue.take() {
                switch step {
                case .events(let events): return .events(events)
                case .pulse(let cursor): return .pulse(cursor)
                case .ended(let end): return .ended(end)
                }
            }
            if let cursor = behind.withLock({ $0 }) {
                if let events = try await catchUp(from: cursor) { return events }
            } else {
                await queue.wait()
            }
        }
    }

    /// - Returns: nil where there was nothing for it.
    private func catchUp(from cursor: EventCursor) async throws(StoreError) -> Step? {
        if tail.attach(queue, after: cursor) != nil {
            behind.withLock { $0 = nil }
            return nil
        }
        switch try await tail.page(queue.filter, after: cursor) {
        case .failure: return .ended(.expired)
        case .success(let batch):
            behind.withLock { $0 = batch.next }
            return batch.events.isEmpty ? nil : .events(batch.events.map { SharedEvent($0) })
        }
    }

    /// Ends it from outside; `next` then says so.
    package func end(_ end: End) { tail.end(queue, end) }

    /// It wants nothing more.
    package func leave() { tail.leave(queue) }
}

import DequeModule
import Synchronization

/// What waits to be sent to one follower: bounded, and made of events that it shares with all others.
final class FollowerQueue: Sendable {
    enum Offer {
        /// It is not for this follower, or the follower has it already.
        case passed
        case taken
        /// Taken, and the first one in the queue: somebody may be waiting for it.
        case first
        /// There is no room. The follower is cut.
        case overflow
    }

    /// What the follower does next.
    enum Step {
        /// Up to `batchBytesMax`, in order.
        case events([SharedEvent])
        /// Time has passed. All events up to the cursor have been handed out; nil where some still wait.
        case pulse(EventCursor?)
        case ended(EventFollower.End)
    }

    private struct State {
        var events: Deque<SharedEvent> = []
        var bytes = 0
        /// Events up to it are not for this queue: the follower has them from elsewhere.
        var floor = EventCursor.beginning
        var isAttached = false
        /// Where the feed was at the last pulse that was not taken yet.
        var pulse: EventCursor?
        var end: EventFollower.End?
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// Bytes that are handed out at one time, unless a single event is larger.
    private static let batchBytesMax = 64 << 10

    let id: Int
    let filter: ResolvedEventFilter
    private let limits: EventTail.Limits
    private let held: HeldBytes
    private let state = Mutex(State())

    init(id: Int, _ filter: ResolvedEventFilter, _ limits: EventTail.Limits, _ held: HeldBytes) {
        self.id = id
        self.filter = filter
        self.limits = limits
        self.held = held
    }

    /// Begins to take events.
    /// - Parameters:
    ///   - floor: the follower has all events up to it.
    ///   - recent: those behind it that the ring has.
    /// - Returns: false, and nothing is done, where they would take up most of the room.
    func attach(floor: EventCursor, _ recent: some Sequence<SharedEvent>) -> Bool {
        let wanted = recent.filter { filter.matches($0.event) }
        let bytes = wanted.reduce(0) { $0 + $1.bytes }
        guard wanted.count <= limits.queueEventsMax / 2, bytes <= limits.queueBytesMax / 2 else { return false }
        state.withLock { state in
            guard state.end == nil else { return }
            state.floor = wanted.last?.event.cursor ?? floor
            state.events.append(contentsOf: wanted)
            state.bytes += bytes
            state.isAttached = true
            held.add(bytes)
        }
        return true
    }

    /// - Parameter followers: how many share the room that there is for all.
    func offer(_ shared: SharedEvent, followers: Int) -> Offer {
        guard filter.matches(shared.event) else { return .passed }
        return state.withLock { state in
            guard state.end == nil, shared.event.cursor > state.floor else { return .passed }
            let bytes = state.bytes + shared.bytes
            guard state.events.count < limits.queueEventsMax, bytes <= limits.queueBytesMax,
                held.current <= limits.allBytesMax || bytes <= limits.allBytesMax / max(1, followers)
            else { return .overflow }
            state.events.append(shared)
            state.bytes = bytes
            held.add(shared.bytes)
            return state.events.count == 1 ? .first : .taken
        }
    }

    /// - Returns: whether it was attached.
    @discardableResult func end(_ end: EventFollower.End) -> Bool {
        let (waiter, wasAttached) = state.withLock { state in
            if state.end == nil { state.end = end }
            held.add(-state.bytes)
            (state.events, state.bytes) = ([], 0)
            defer { (state.waiter, state.isAttached) = (nil, false) }
            return (state.waiter, state.isAttached)
        }
        waiter?.resume()
        return wasAttached
    }

    /// - Parameter cursor: all events up to it were offered to whoever is attached.
    func pulse(_ cursor: EventCursor) {
        state.withLock { $0.pulse = cursor }
        wake()
    }

    func wake() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// What there is to do; nil for nothing. A pulse comes before events, or under steady traffic it would never come.
    func take() -> Step? {
        state.withLock { state in
            if let end = state.end { return .ended(end) }
            if let pulse = state.pulse {
                state.pulse = nil
                return .pulse(state.isAttached && state.events.isEmpty ? pulse : nil)
            }
            guard !state.events.isEmpty else { return nil }
            var (batch, bytes): ([SharedEvent], Int) = ([], 0)
            while let next = state.events.first, batch.isEmpty || bytes + next.bytes <= Self.batchBytesMax {
                batch.append(next)
                bytes += next.bytes
                state.events.removeFirst()
            }
            state.bytes -= bytes
            held.add(-bytes)
            return .events(batch)
        }
    }

    /// Waits until there may be something to do. One task at a time.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.end != nil || state.pulse != nil || !state.events.isEmpty { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            end(.gone)
        }
    }
}

/// What the queues of all followers hold together; an event in several counts as often.
final class HeldBytes: Sendable {
    private let bytes = Mutex(0)

    var current: Int { bytes.withLock { $0 } }

    func add(_ count: Int) { bytes.withLock { $0 += count } }
}

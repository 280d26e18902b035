import Dispatch
import Synchronization

/// Work for a connection's thread. Answered exactly once: performed, or failed.
final class Job: Sendable {
    typealias Handler = @Sendable (Result<UnsafeSessionReference, PQError>) -> Void

    let deadline: ContinuousClock.Instant
    private let handler: Mutex<Handler?>

    init(deadline: ContinuousClock.Instant, handler: @escaping Handler) {
        self.deadline = deadline
        self.handler = Mutex(handler)
    }

    deinit { handler.withLock { precondition($0 == nil, "a job was dropped without an answer") } }

    func answer(_ result: Result<UnsafeSessionReference, PQError>) {
        guard let handler = handler.withLock({ $0.take() }) else {
            preconditionFailure("a job was answered twice")
        }
        handler(result)
    }
}

/// Carries a session into a job's handler, which runs it at once on the session's own thread.
///
/// `@unchecked` proof: the only maker is the connection thread's loop, which calls the handler
/// synchronously; the handler uses the session inside that call and keeps nothing of it.
struct UnsafeSessionReference: @unchecked Sendable {
    let session: Session
}

/// The queue in front of a pool's threads: bounded, first come first served.
final class Inbox: Sendable {
    private struct State {
        var jobs: [Job] = []
        var head = 0
        var isClosed = false
        var lastRefusal: String?
    }

    /// Why the last attempt to connect failed; nil where none has.
    var lastRefusal: String? {
        get { state.withLock { $0.lastRefusal } }
        set { state.withLock { $0.lastRefusal = newValue } }
    }

    enum Next { case job(Job), nothing, closed }

    private let state = Mutex(State())
    private let arrived = DispatchSemaphore(value: 0)
    private let jobsMax: Int

    init(jobsMax: Int) { self.jobsMax = jobsMax }

    /// - Returns: why the job was not taken; nil when it was. The caller still answers a job not taken.
    func push(_ job: Job) -> PQError.UnavailableReason? {
        let refusal: PQError.UnavailableReason? = state.withLock { state in
            if state.isClosed { return .shutDown }
            if state.jobs.count - state.head >= jobsMax { return .queueFull }
            state.jobs.append(job)
            return nil
        }
        if refusal == nil { arrived.signal() }
        return refusal
    }

    /// Blocks the calling thread until there is something to do.
    func next() -> Next {
        arrived.wait()
        return state.withLock { state in
            guard state.head < state.jobs.count else { return state.isClosed ? .closed : .nothing }
            let job = state.jobs[state.head]
            state.head += 1
            if state.head == state.jobs.count {
                state.jobs.removeAll(keepingCapacity: true)
                state.head = 0
            } else if state.head >= 1_024 {
                state.jobs.removeFirst(state.head)
                state.head = 0
            }
            return .job(job)
        }
    }

    /// Takes out every job whose deadline has passed. Their signals stay and wake somebody for nothing.
    func removeExpired(now: ContinuousClock.Instant) -> [Job] {
        state.withLock { state in
            let waiting = state.jobs[state.head...]
            let expired = waiting.filter { $0.deadline <= now }
            guard !expired.isEmpty else { return [] }
            state.jobs = waiting.filter { $0.deadline > now }
            state.head = 0
            return expired
        }
    }

    /// Takes no more jobs; those waiting are still handed out. Wakes `threads` threads to see it.
    func close(threads: Int) {
        state.withLock { $0.isClosed = true }
        for _ in 0..<threads { arrived.signal() }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }
}

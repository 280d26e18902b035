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
        var threads = 0
        /// Threads that wait for a job, those among them that one has woken already.
        var free = 0
        /// Whether a job waits that no thread is free for.
        var isShort: Bool { jobs.count - head > free }
        var isClosed = false
        var lastRefusal: String?
        var giveUpAt: ContinuousClock.Instant?
    }

    /// When all jobs are given up, whatever time they have themselves; nil for as long as nobody wants an end.
    var giveUpAt: ContinuousClock.Instant? {
        get { state.withLock { $0.giveUpAt } }
        set { state.withLock { $0.giveUpAt = newValue } }
    }

    /// Until when a job is waited for.
    func deadline(of job: Job) -> ContinuousClock.Instant { min(job.deadline, giveUpAt ?? job.deadline) }

    /// Why the last attempt to connect failed; nil where none has.
    var lastRefusal: String? {
        get { state.withLock { $0.lastRefusal } }
        set { state.withLock { $0.lastRefusal = newValue } }
    }

    enum Next { case job(Job), nothing, closed }

    /// What came of a job.
    enum Push {
        case taken
        /// There is no thread yet. One is counted, which the caller starts.
        case takenFirst
        /// No thread is free, and there may be one more.
        case takenBehindOthers
        /// The caller answers the job.
        case refused(PQError.UnavailableReason)
    }

    private let state = Mutex(State())
    private let arrived = DispatchSemaphore(value: 0)
    private let jobsMax: Int
    private let threadsMax: Int

    init(jobsMax: Int, threadsMax: Int) {
        self.jobsMax = jobsMax
        self.threadsMax = threadsMax
    }

    /// Counts a thread that the caller starts now.
    /// - Parameter ifJobsWait: only where no thread is free for a job that waits.
    /// - Returns: whether there may be one more.
    func addThread(ifJobsWait: Bool) -> Bool {
        state.withLock { state in
            guard state.threads < threadsMax, !state.isClosed, !ifJobsWait || state.isShort else { return false }
            state.threads += 1
            return true
        }
    }

    /// Takes a job behind those that wait, or refuses it.
    func push(_ job: Job) -> Push {
        let push: Push = state.withLock { state in
            if state.isClosed { return .refused(.shutDown) }
            if let giveUpAt = state.giveUpAt, giveUpAt <= .now { return .refused(.shutDown) }
            if state.jobs.count - state.head >= jobsMax { return .refused(.queueFull) }
            state.jobs.append(job)
            guard state.isShort, state.threads < threadsMax else { return .taken }
            guard state.threads == 0 else { return .takenBehindOthers }
            state.threads = 1
            return .takenFirst
        }
        switch push {
        case .taken, .takenFirst, .takenBehindOthers: arrived.signal()
        case .refused: break
        }
        return push
    }

    /// Blocks the calling thread until there is something to do.
    func next() -> Next {
        state.withLock { $0.free += 1 }
        arrived.wait()
        return state.withLock { state in
            state.free -= 1
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
            let isOver = state.giveUpAt.map { $0 <= now } ?? false
            let expired = waiting.filter { isOver || $0.deadline <= now }
            guard !expired.isEmpty else { return [] }
            state.jobs = isOver ? [] : waiting.filter { $0.deadline > now }
            state.head = 0
            return expired
        }
    }

    /// Takes no more jobs; those waiting are still handed out. Wakes all threads to see it.
    /// - Returns: how many threads there are, and will be.
    @discardableResult
    func close() -> Int {
        let threads = state.withLock { state in
            state.isClosed = true
            return state.threads
        }
        for _ in 0..<threads { arrived.signal() }
        return threads
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }
}

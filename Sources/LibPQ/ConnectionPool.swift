package import Logging
import Synchronization

/// A fixed number of connections, each on a thread of its own, behind one bounded queue.
///
/// A job is a synchronous closure: it cannot suspend, so no row stays locked across an `await`.
package final class ConnectionPool: Sendable {
    /// When the connections are made.
    package enum Opening: Sendable {
        /// All when the pool is made: nobody waits for one later.
        case atOnce
        /// The first for the first job, each more when a job has waited so long that no other connection is free for. A
        /// connection that has just answered is free a moment later. For pools that live as briefly as a test.
        case asNeeded(after: Duration)
    }

    private let settings: ConnectionSettings
    private let opening: Opening
    private let logger: Logger
    private let inbox: Inbox
    private let ended: (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation)
    private let shutdownOnce = Mutex(false)

    /// Starts connecting and returns without waiting for it.
    /// - Parameters:
    ///   - size: connections, 1 or more.
    ///   - jobsMax: jobs that may wait; one more is refused with `.unavailable(.queueFull)`.
    package init(
        _ settings: ConnectionSettings, size: Int, jobsMax: Int, opening: Opening = .atOnce, logger: Logger
    ) {
        precondition(size > 0, "a pool has at least one connection")
        self.settings = settings
        self.opening = opening
        self.logger = logger
        inbox = Inbox(jobsMax: jobsMax, threadsMax: size)
        ended = AsyncStream.makeStream(of: Void.self)
        if case .atOnce = opening { while inbox.addThread(ifJobsWait: false) { startThread() } }
    }

    private func startThread() {
        let continuation = ended.continuation
        ConnectionThread(settings: settings, inbox: inbox, logger: logger).start { continuation.yield() }
    }

    private func push(_ job: Job) {
        switch inbox.push(job) {
        case .taken: break
        case .takenFirst: startThread()
        case .takenBehindOthers:
            guard case .asNeeded(let wait) = opening else { return }
            Task {
                try? await Task.sleep(for: wait)
                if inbox.addThread(ifJobsWait: true) { startThread() }
            }
        case .refused(let reason): job.answer(.failure(.unavailable(reason)))
        }
    }

    /// Why the last attempt to connect failed, in the words of the server or of the network; nil where none has.
    package var lastRefusal: String? { inbox.lastRefusal }

    /// Runs `body` on one connection. Task cancellation is ignored on purpose: a client that hangs up
    /// must not cancel a commit. Only the deadline ends a job early.
    ///
    /// - Parameter timeout: for waiting and running together.
    /// - Throws: what `body` throws, or `.unavailable` when it never ran.
    package func run<T: Sendable>(
        timeout: Duration, _ body: @escaping @Sendable (Session) throws(PQError) -> T
    ) async throws(PQError) -> T {
        let result: Result<T, PQError> = await withCheckedContinuation { continuation in
            let job = Job(deadline: .now.advanced(by: timeout)) { reference in
                continuation.resume(
                    returning: reference.flatMap { reference in
                        do throws(PQError) { return .success(try body(reference.session)) } catch {
                            return .failure(error)
                        }
                    })
            }
            push(job)
        }
        return try result.get()
    }

    /// For work whose callers wait elsewhere: `body` is called once, with a session on the session's own thread, or
    /// at once with the reason why there is none.
    /// - Parameter timeout: for waiting and running together.
    package func enqueue(timeout: Duration, _ body: @escaping @Sendable (Result<Session, PQError>) -> Void) {
        push(Job(deadline: .now.advanced(by: timeout)) { body($0.map { $0.session }) })
    }

    /// Takes no more jobs and returns at once. Those accepted are finished; while there is no connection they are
    /// answered `.unavailable(.shutDown)`.
    package func close() { inbox.close() }

    /// Gives up every job that has not ended by then, waiting or running, and those that come later. For a process that is to
    /// stop while the database is away; what was sent and could commit is `.outcomeUnknown`, as after any deadline.
    package func giveUp(after duration: Duration) { inbox.giveUpAt = .now.advanced(by: duration) }

    /// Takes no more jobs, finishes those accepted, closes every connection, and returns then.
    package func shutdown() async {
        let isFirst = shutdownOnce.withLock { done in
            defer { done = true }
            return !done
        }
        guard isFirst else { return }
        let threads = inbox.close()
        var ends = ended.stream.makeAsyncIterator()
        for _ in 0..<threads { await ends.next() }
    }
}

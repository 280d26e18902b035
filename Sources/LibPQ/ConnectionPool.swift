package import Logging
import Synchronization

/// A fixed number of connections, each on a thread of its own, behind one bounded queue.
///
/// A job is a synchronous closure: it cannot suspend, so no row stays locked across an `await`.
package final class ConnectionPool: Sendable {
    private let inbox: Inbox
    private let size: Int
    private let ended: AsyncStream<Void>
    private let shutdownOnce = Mutex(false)

    /// Starts connecting at once and returns without waiting for it.
    /// - Parameters:
    ///   - size: connections, 1 or more.
    ///   - jobsMax: jobs that may wait; one more is refused with `.unavailable(.queueFull)`.
    package init(_ settings: ConnectionSettings, size: Int, jobsMax: Int, logger: Logger) {
        precondition(size > 0, "a pool has at least one connection")
        self.size = size
        inbox = Inbox(jobsMax: jobsMax)
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        ended = stream
        for _ in 0..<size {
            ConnectionThread(settings: settings, inbox: inbox, logger: logger).start { continuation.yield() }
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
            if let refusal = inbox.push(job) { job.answer(.failure(.unavailable(refusal))) }
        }
        return try result.get()
    }

    /// For work whose callers wait elsewhere: `body` is called once, with a session on the session's own thread, or
    /// at once with the reason why there is none.
    /// - Parameter timeout: for waiting and running together.
    package func enqueue(timeout: Duration, _ body: @escaping @Sendable (Result<Session, PQError>) -> Void) {
        let job = Job(deadline: .now.advanced(by: timeout)) { body($0.map { $0.session }) }
        if let refusal = inbox.push(job) { job.answer(.failure(.unavailable(refusal))) }
    }

    /// Takes no more jobs and returns at once. Those accepted are finished; while there is no connection they are
    /// answered `.unavailable(.shutDown)`.
    package func close() { inbox.close(threads: size) }

    /// Takes no more jobs, finishes those accepted, closes every connection, and returns then.
    package func shutdown() async {
        let isFirst = shutdownOnce.withLock { done in
            defer { done = true }
            return !done
        }
        guard isFirst else { return }
        inbox.close(threads: size)
        var remaining = size
        for await _ in ended {
            remaining -= 1
            if remaining == 0 { return }
        }
    }
}

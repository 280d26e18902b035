import Logging

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The loop of one connection's own thread: connect, take a job, run it, answer; reconnect when lost.
///
/// The session is a local of `run`, so nothing else can reach it.
struct ConnectionThread {
    let settings: ConnectionSettings
    let inbox: Inbox
    let logger: Logger

    func run() {
        var session: Session?
        var backoff = Backoff()
        while true {
            if session == nil {
                session = connect(&backoff)
                if session == nil, inbox.isClosed { return drain() }
            }
            guard let connected = session else { continue }
            switch inbox.next() {
            case .closed: return
            case .nothing: continue
            case .job(let job):
                session = perform(job, on: connected, &backoff)
            }
        }
    }

    private static let rollBackTimeout: Duration = .seconds(5)

    /// - Returns: the session to go on with; nil when it was lost.
    private func perform(_ job: Job, on current: Session, _ backoff: inout Backoff) -> Session? {
        let deadline = inbox.deadline(of: job)
        guard deadline > .now else {
            job.answer(.failure(.unavailable(.deadlineExceeded)))
            return current
        }
        var session = current
        if !session.isAlive {
            // The connection died while idle: nothing of this job was sent, so it may have a new one.
            guard let settings = attempt, let fresh = try? Session(settings, logger: logger, deadline: deadline) else {
                job.answer(.failure(.unavailable(.notConnected)))
                return nil
            }
            session = fresh
        }
        // Also for what is running already when an end is wanted.
        session.giveUpAt = { [inbox] in inbox.giveUpAt }
        session.deadline = job.deadline
        job.answer(.success(UnsafeSessionReference(session: session)))
        session.deadline = .now.advanced(by: Self.rollBackTimeout)
        try? session.rollBack()
        return session.isAlive && !session.isClosed ? session : nil
    }

    /// The settings of an attempt to connect that begins now; nil where all who wait are given up before it could end. An attempt
    /// cannot be broken off, and while one goes on, nobody who waits for the connection is answered.
    private var attempt: ConnectionSettings? {
        guard let giveUpAt = inbox.giveUpAt else { return settings }
        let left = Int((giveUpAt - .now).components.seconds)
        guard left >= ConnectionSettings.connectTimeoutSecondsMin else { return nil }
        var settings = settings
        settings.connectTimeoutSeconds = min(settings.connectTimeoutSeconds, left)
        return settings
    }

    /// One attempt, and on failure one wait, during which jobs whose time is up are answered.
    private func connect(_ backoff: inout Backoff) -> Session? {
        guard let settings = attempt else {
            answerExpired(until: .now.advanced(by: Backoff.first))
            return nil
        }
        let timeout = Duration.seconds(settings.connectTimeoutSeconds)
        var reason = "the session's settings were refused"
        let opened = try? Session(settings, logger: logger, deadline: .now.advanced(by: timeout)) { reason = $0 }
        if let session = opened {
            backoff.reset()
            return session
        }
        inbox.lastRefusal = reason
        let until = ContinuousClock.now.advanced(by: backoff.next(fraction: .random(in: 0..<1)))
        logger.warning(
            "database not reachable, trying again",
            metadata: ["endpoint": "\(settings.endpoint)", "reason": "\(reason)"])
        answerExpired(until: until)
        return nil
    }

    /// Waits, and answers jobs whose time is up meanwhile; no longer where the pool is closed.
    private func answerExpired(until instant: ContinuousClock.Instant) {
        repeat {
            for job in inbox.removeExpired(now: .now) { job.answer(.failure(.unavailable(.notConnected))) }
            usleep(20_000)
        } while ContinuousClock.now < instant && !inbox.isClosed
    }

    /// Shut down while not connected: whoever still waits is told that nothing was sent.
    private func drain() {
        while case .job(let job) = inbox.next() { job.answer(.failure(.unavailable(.shutDown))) }
    }

    /// Starts the loop on a thread of its own; `finished` is called as the thread ends.
    func start(finished: @escaping @Sendable () -> Void) {
        let body = ThreadBody {
            run()
            finished()
        }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 2 << 20)
        #if canImport(Glibc)
            var thread = pthread_t()
        #else
            var thread: pthread_t?
        #endif
        // The box is retained for the new thread, which releases it when its closure has returned.
        let status = pthread_create(
            &thread, &attributes,
            { context in
                #if canImport(Glibc)
                    guard let context else { return nil }
                #endif
                Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, Unmanaged.passRetained(body).toOpaque())
        pthread_attr_destroy(&attributes)
        precondition(status == 0, "could not start a thread: error \(status)")
    }
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

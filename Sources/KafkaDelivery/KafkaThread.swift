#if Kafka
    import Dispatch
    import InventoryService
    import Logging
    import Synchronization

    /// The thread of one producer: librdkafka blocks, and the threads that all tasks share must not.
    ///
    /// The session is a local of `run`, so nothing else can reach it.
    final class KafkaThread: Sendable {
        typealias Job = @Sendable (inout KafkaSession?) -> Void

        private struct State {
            var jobs: [Job] = []
            var isClosed = false
        }

        private let state = Mutex(State())
        private let arrived = DispatchSemaphore(value: 0)

        /// How often librdkafka may say something while nothing is sent.
        private static let serveEvery: DispatchTimeInterval = .milliseconds(200)

        init() { DetachedThread.start { [self] in run() } }

        /// Runs `body` on the thread. The dispatcher calls one at a time, so that hardly more than one waits.
        func perform<T: Sendable>(
            _ body: @escaping @Sendable (inout KafkaSession?) throws(KafkaFailure) -> T
        ) async throws(KafkaFailure) -> T {
            let result: Result<T, KafkaFailure> = await withCheckedContinuation { continuation in
                let isTaken = state.withLock { state in
                    guard !state.isClosed else { return false }
                    state.jobs.append { session in
                        do throws(KafkaFailure) {
                            continuation.resume(returning: .success(try body(&session)))
                        } catch {
                            continuation.resume(returning: .failure(error))
                        }
                    }
                    return true
                }
                if isTaken {
                    arrived.signal()
                } else {
                    continuation.resume(returning: .failure(KafkaFailure("the producer is closed")))
                }
            }
            return try result.get()
        }

        /// Takes nothing more, and ends once what it was given is done.
        func close() {
            state.withLock { $0.isClosed = true }
            arrived.signal()
        }

        private func run() {
            var session: KafkaSession?
            while true {
                if arrived.wait(timeout: .now() + Self.serveEvery) == .timedOut {
                    session?.serve()
                    continue
                }
                let (job, isOver) = state.withLock { state -> (Job?, Bool) in
                    guard !state.jobs.isEmpty else { return (nil, state.isClosed) }
                    return (state.jobs.removeFirst(), false)
                }
                job?(&session)
                if isOver { return }
            }
        }
    }

    /// When a call gives up. Being told to stop, it does so sooner.
    final class KafkaDeadline: Sendable {
        private let instant: Mutex<ContinuousClock.Instant>

        init(seconds: Int64) { instant = Mutex(.now + .seconds(seconds)) }

        var hasPassed: Bool { instant.withLock { $0 <= .now } }

        func shorten(toSeconds seconds: Int64) {
            instant.withLock { $0 = min($0, .now + .seconds(seconds)) }
        }
    }
#endif

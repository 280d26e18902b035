#if Kafka
    package import InventoryService
    package import Logging
    import Synchronization

    /// Sends through librdkafka, with a thread and a client of its own from `open` to `close`.
    package final class RdKafkaProducer: KafkaProducer {
        private let configuration: KafkaConfiguration
        private let logger: Logger
        private let thread = Mutex<KafkaThread?>(nil)

        package init(_ configuration: KafkaConfiguration, logger: Logger) {
            self.configuration = configuration
            self.logger = logger
        }

        /// - Returns: what librdkafka does not take of a configuration, files and all, in its own words; nil for nothing.
        package static func objection(to configuration: KafkaConfiguration) -> String? {
            do throws(KafkaFailure) {
                _ = try KafkaSession(configuration, logger: Logger(label: "settings") { _ in SwiftLogNoOpLogHandler() })
                return nil
            } catch {
                return error.reason
            }
        }

        package func open() async throws(KafkaFailure) {
            await close()
            let fresh = KafkaThread()
            thread.withLock { $0 = fresh }
            try await calling { [self] session, deadline throws(KafkaFailure) in try begin(&session, deadline) }
        }

        /// Replaces the session by one that fences it.
        private func begin(_ session: inout KafkaSession?, _ deadline: KafkaDeadline) throws(KafkaFailure) {
            session = nil
            let fresh = try KafkaSession(configuration, logger: logger)
            session = fresh
            try fresh.begin(deadline)
        }

        package func send(_ records: [KafkaRecord]) async throws(KafkaFailure) -> KafkaSent {
            try await calling { [self] session, deadline throws(KafkaFailure) in
                guard let current = session else { throw KafkaFailure("the producer is not open") }
                let sent = try current.send(records, deadline)
                if sent != .committed { try begin(&session, deadline) }
                return sent
            }
        }

        package func close() async {
            guard let old = thread.withLock({ $0.take() }) else { return }
            try? await old.perform { session throws(KafkaFailure) in session = nil }
            old.close()
        }

        /// The most messages that librdkafka had at one time, since it was opened, without an acknowledgement.
        package func queuedMost() async throws(KafkaFailure) -> Int {
            try await calling { session, _ throws(KafkaFailure) in session?.queuedMost ?? 0 }
        }

        private func calling<T: Sendable>(
            _ body: @escaping @Sendable (inout KafkaSession?, KafkaDeadline) throws(KafkaFailure) -> T
        ) async throws(KafkaFailure) -> T {
            guard let thread = thread.withLock({ $0 }) else { throw KafkaFailure("the producer is not open") }
            let deadline = KafkaDeadline(seconds: configuration.callSeconds)
            let result: Result<T, KafkaFailure> = await withTaskCancellationHandler {
                do throws(KafkaFailure) {
                    return .success(
                        try await thread.perform { session throws(KafkaFailure) in try body(&session, deadline) })
                } catch {
                    return .failure(error)
                }
            } onCancel: {
                deadline.shorten(toSeconds: KafkaLimits.stopSecondsMax)
            }
            return try result.get()
        }
    }
#endif

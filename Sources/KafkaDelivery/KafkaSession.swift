#if Kafka
    import CRdKafka
    import InventoryService
    import Logging

    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif

    /// One transactional producer, used by one thread. Not `Sendable`: it never leaves that thread. Calls block it.
    final class KafkaSession {
        private let client: OpaquePointer
        private let callbacks: KafkaCallbacks
        private let topic: String

        private static let errorBytes = 512
        /// How long librdkafka is waited for at a stretch, so that a stop is seen.
        private static let sliceMilliseconds: Int32 = 200
        private static let sliceMicroseconds: UInt32 = 20_000

        /// - Throws: what librdkafka does not take of the configuration.
        init(_ configuration: KafkaConfiguration, logger: Logger) throws(KafkaFailure) {
            topic = configuration.topic
            callbacks = KafkaCallbacks(logger: logger)
            guard let settings = rd_kafka_conf_new() else { throw KafkaFailure("out of memory") }
            var text = [CChar](repeating: 0, count: Self.errorBytes)
            for property in configuration.properties {
                let answer = rd_kafka_conf_set(settings, property.name, property.value, &text, text.count)
                guard answer == RD_KAFKA_CONF_OK else {
                    rd_kafka_conf_destroy(settings)
                    throw KafkaFailure(Self.string(text))
                }
            }
            callbacks.install(on: settings)
            guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, settings, &text, text.count) else {
                // It has taken the settings only where it succeeded.
                rd_kafka_conf_destroy(settings)
                throw KafkaFailure(Self.string(text))
            }
            self.client = client
            rd_kafka_set_log_queue(client, nil)
        }

        deinit {
            // Nobody waits for what is still queued: it belongs to no transaction that was ended.
            rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING)
            rd_kafka_poll(client, 0)
            rd_kafka_destroy(client)
        }

        /// Lets librdkafka tell what it has to.
        func serve() { rd_kafka_poll(client, 0) }

        /// The most messages that were queued or under way at one time.
        var queuedMost: Int { callbacks.queuedMost }

        /// Ends what others have begun under this transactional id, and fences them.
        func begin(_ deadline: KafkaDeadline) throws(KafkaFailure) {
            try repeating(deadline) { rd_kafka_init_transactions(client, Self.sliceMilliseconds) }
        }

        /// One transaction. Where it does not return `.committed`, the session is of no more use: a client that goes on
        /// after refused messages skips their sequence numbers, and brokers then refuse what follows.
        func send(_ records: [KafkaRecord], _ deadline: KafkaDeadline) throws(KafkaFailure) -> KafkaSent {
            callbacks.failed = nil
            try check(rd_kafka_begin_transaction(client))
            var refusal: rd_kafka_resp_err_t?
            for (index, record) in records.enumerated() where refusal == nil {
                refusal = try produce(record, deadline)
                guard refusal != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE else {
                    return .tooLarge(index: index, reason: Self.text(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE))
                }
            }
            // Nothing more is taken once the brokers have refused some of it, and they say why in the acknowledgements.
            while callbacks.failed == nil, callbacks.queued > 0 {
                guard !deadline.hasPassed else { throw late }
                rd_kafka_flush(client, Self.sliceMilliseconds)
            }
            if let failed = callbacks.failed {
                guard failed == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE else { throw KafkaFailure(Self.text(failed)) }
                return .tooLarge(index: nil, reason: Self.text(failed))
            }
            if let refusal { throw KafkaFailure(callbacks.lastError ?? Self.text(refusal)) }
            try repeating(deadline) { rd_kafka_commit_transaction(client, Self.sliceMilliseconds) }
            return .committed
        }

        /// Queues one record, once there is room.
        /// - Returns: why it was not taken; nil where it was.
        private func produce(
            _ record: KafkaRecord, _ deadline: KafkaDeadline
        ) throws(KafkaFailure) -> rd_kafka_resp_err_t? {
            while true {
                let headers = rd_kafka_headers_new(record.headers.count)
                for header in record.headers {
                    rd_kafka_header_add(headers, header.name, -1, header.value, header.value.utf8.count)
                }
                var key = record.key
                let error = key.withUTF8 { key in
                    record.value.withUnsafeBytes { value in
                        holdfast_kafka_produce(
                            client, topic, key.baseAddress, key.count, value.baseAddress, value.count, headers)
                    }
                }
                if error == RD_KAFKA_RESP_ERR_NO_ERROR {
                    callbacks.queued += 1
                    return nil
                }
                rd_kafka_headers_destroy(headers)
                guard error == RD_KAFKA_RESP_ERR__QUEUE_FULL, callbacks.failed == nil else { return error }
                guard !deadline.hasPassed else { throw late }
                rd_kafka_poll(client, Self.sliceMilliseconds)
            }
        }

        /// Calls go on in the background where they have not ended in time, and are resumed by calling again.
        private func repeating(_ deadline: KafkaDeadline, _ call: () -> OpaquePointer?) throws(KafkaFailure) {
            while let error = call() {
                let isRetriable = rd_kafka_error_is_retriable(error) != 0
                let reason = Self.string(error)
                rd_kafka_error_destroy(error)
                guard isRetriable else { throw KafkaFailure(reason) }
                guard !deadline.hasPassed else { throw KafkaFailure(callbacks.lastError ?? reason) }
                rd_kafka_poll(client, 0)
                usleep(Self.sliceMicroseconds)
            }
        }

        private func check(_ error: OpaquePointer?) throws(KafkaFailure) {
            guard let error else { return }
            let reason = Self.string(error)
            rd_kafka_error_destroy(error)
            throw KafkaFailure(reason)
        }

        private var late: KafkaFailure {
            KafkaFailure(
                callbacks.lastError ?? "Kafka has not acknowledged all in \(KafkaLimits.callSecondsMax) seconds")
        }

        private static func text(_ error: rd_kafka_resp_err_t) -> String { String(cString: rd_kafka_err2str(error)) }

        private static func string(_ error: OpaquePointer) -> String { String(cString: rd_kafka_error_string(error)) }

        private static func string(_ text: [CChar]) -> String {
            String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
#endif

#if Kafka
    import CRdKafka
    import Logging

    /// What librdkafka tells of by itself. It does so only while it is called, on the producer's own thread.
    final class KafkaCallbacks {
        /// Messages without an acknowledgement.
        var queued = 0 { didSet { queuedMost = max(queuedMost, queued) } }
        private(set) var queuedMost = 0
        /// The first record of the transaction that was not taken.
        var failed: rd_kafka_resp_err_t?
        /// What went wrong last with the brokers.
        var lastError: String?
        private let logger: Logger

        init(logger: Logger) { self.logger = logger }

        /// It has to outlive the client that is made of `configuration`.
        func install(on configuration: OpaquePointer) {
            // Not retained: the session that owns both destroys the client first.
            rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
            rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, opaque in
                guard let error = message?.pointee.err, let callbacks = KafkaCallbacks.of(opaque) else { return }
                callbacks.queued -= 1
                if error != RD_KAFKA_RESP_ERR_NO_ERROR, callbacks.failed == nil { callbacks.failed = error }
            }
            rd_kafka_conf_set_error_cb(configuration) { _, _, reason, opaque in
                guard let reason, let callbacks = KafkaCallbacks.of(opaque) else { return }
                callbacks.lastError = String(cString: reason)
                callbacks.logger.debug("kafka client", metadata: ["error": "\(String(cString: reason))"])
            }
            rd_kafka_conf_set_log_cb(configuration) { client, _, facility, text in
                guard let text, let callbacks = KafkaCallbacks.of(rd_kafka_opaque(client)) else { return }
                let about = facility.map { String(cString: $0) } ?? ""
                callbacks.logger.debug(
                    "kafka client", metadata: ["about": "\(about)", "text": "\(String(cString: text))"])
            }
        }

        private static func of(_ opaque: UnsafeMutableRawPointer?) -> KafkaCallbacks? {
            opaque.map { Unmanaged<KafkaCallbacks>.fromOpaque($0).takeUnretainedValue() }
        }
    }
#endif

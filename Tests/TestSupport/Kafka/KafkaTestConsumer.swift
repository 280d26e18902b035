#if Kafka
    import CRdKafka

    /// A consumer of librdkafka that reads a topic from its beginning.
    ///
    /// `@unchecked` proof: the pointer is a constant, and one task calls at a time.
    package final class KafkaTestConsumer: @unchecked Sendable {
        package struct Message: Sendable {
            package let partition: Int32
            package let offset: Int64
            package let key: String
            package let value: [UInt8]
            /// In their order.
            package let headers: [(name: String, value: String)]

            package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        }

        private let client: OpaquePointer

        package init(_ cluster: KafkaTestCluster, topic: String, partitions: Int32 = 4) {
            let settings = rd_kafka_conf_new()
            var text = [CChar](repeating: 0, count: 512)
            for (name, value) in [
                ("bootstrap.servers", cluster.brokers), ("group.id", "test"), ("isolation.level", "read_committed"),
                ("fetch.wait.max.ms", "50"), ("enable.auto.commit", "false"), ("reconnect.backoff.max.ms", "500"),
            ] {
                precondition(rd_kafka_conf_set(settings, name, value, &text, text.count) == RD_KAFKA_CONF_OK)
            }
            guard let client = rd_kafka_new(RD_KAFKA_CONSUMER, settings, &text, text.count) else {
                preconditionFailure("no consumer for tests")
            }
            self.client = client
            rd_kafka_poll_set_consumer(client)
            let list = rd_kafka_topic_partition_list_new(partitions)
            for partition in 0..<partitions {
                rd_kafka_topic_partition_list_add(list, topic, partition).pointee.offset = Int64(
                    RD_KAFKA_OFFSET_BEGINNING)
            }
            rd_kafka_assign(client, list)
            rd_kafka_topic_partition_list_destroy(list)
        }

        deinit {
            rd_kafka_consumer_close(client)
            rd_kafka_destroy(client)
        }

        /// What has arrived since it was asked last, without waiting.
        package func messages() -> [Message] {
            var found: [Message] = []
            while let message = rd_kafka_consumer_poll(client, 0) {
                defer { rd_kafka_message_destroy(message) }
                guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
                found.append(
                    Message(
                        partition: message.pointee.partition, offset: message.pointee.offset,
                        key: String(decoding: Self.bytes(message.pointee.key, message.pointee.key_len), as: UTF8.self),
                        value: Self.bytes(message.pointee.payload, message.pointee.len), headers: Self.headers(message))
                )
            }
            return found
        }

        /// Reads until something is so of all that has arrived, for a while at most.
        package func messages(
            seconds: Int = 60, until isEnough: ([Message]) throws -> Bool
        ) async throws -> [Message] {
            var found: [Message] = []
            let ends = ContinuousClock.now + .seconds(seconds)
            while ContinuousClock.now < ends {
                found += messages()
                if try isEnough(found) { return found }
                try await Task.sleep(for: .milliseconds(10))
            }
            return found
        }

        private static func headers(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> [(String, String)] {
            var headers: OpaquePointer?
            guard rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR else { return [] }
            return (0..<rd_kafka_header_cnt(headers)).compactMap { index in
                var name: UnsafePointer<CChar>?
                var value: UnsafeRawPointer?
                var count = 0
                guard
                    rd_kafka_header_get_all(headers, index, &name, &value, &count) == RD_KAFKA_RESP_ERR_NO_ERROR,
                    let name
                else { return nil }
                return (String(cString: name), String(decoding: bytes(value, count), as: UTF8.self))
            }
        }

        private static func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8] {
            Array(UnsafeRawBufferPointer(start: start, count: count))
        }
    }
#endif

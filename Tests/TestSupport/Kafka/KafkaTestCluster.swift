#if Kafka
    import CRdKafka

    /// librdkafka's own cluster for tests: brokers of this process that speak Kafka's protocol over TCP. They keep what
    /// is sent in memory, and know nothing of aborted transactions.
    ///
    /// `@unchecked` proof: both pointers are constants, and librdkafka's calls on them may come from any thread.
    package final class KafkaTestCluster: @unchecked Sendable {
        private let client: OpaquePointer
        private let cluster: OpaquePointer

        /// Kinds of requests, as Kafka's protocol numbers them.
        package enum Request: Int16, Sendable {
            case produce = 0
            case initProducerID = 22
            case addPartitions = 24
            case endTransaction = 26
        }

        /// Answers of brokers, as Kafka's protocol numbers them.
        package enum Answer: Int32, Sendable {
            case notLeader = 6
            case requestTimedOut = 7
            case messageTooLarge = 10
            case coordinatorNotAvailable = 15
            case invalidProducerEpoch = 47
            case concurrentTransactions = 51
            case producerFenced = 90
        }

        package init(brokers: Int32 = 3) {
            var text = [CChar](repeating: 0, count: 512)
            guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), &text, text.count),
                let cluster = rd_kafka_mock_cluster_new(client, brokers)
            else { preconditionFailure("no cluster for tests") }
            self.client = client
            self.cluster = cluster
        }

        deinit {
            rd_kafka_mock_cluster_destroy(cluster)
            rd_kafka_destroy(client)
        }

        /// Where its brokers listen.
        package var brokers: String { String(cString: rd_kafka_mock_cluster_bootstraps(cluster)) }

        package func createTopic(_ name: String, partitions: Int32 = 4) {
            rd_kafka_mock_topic_create(cluster, name, partitions, 1)
        }

        /// All of its brokers hang up, and take no connections any more.
        package func goDown() { rd_kafka_mock_broker_set_down(cluster, -1) }

        package func comeUp() { rd_kafka_mock_broker_set_up(cluster, -1) }

        package func answer(_ request: Request, with answers: [Answer]) {
            let errors = answers.map { rd_kafka_resp_err_t(rawValue: $0.rawValue) }
            rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, errors)
        }

        /// How long each answer takes.
        package func answerAfter(milliseconds: Int32) { rd_kafka_mock_broker_set_rtt(cluster, -1, milliseconds) }
    }
#endif

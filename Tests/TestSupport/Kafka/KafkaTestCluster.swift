#if Kafka
    import CRdKafka
    import Glibc
    import Synchronization

    /// librdkafka's own cluster for tests: brokers of this process that speak Kafka's protocol over TCP. They keep what
    /// is sent in memory, and know nothing of aborted transactions.
    ///
    /// `@unchecked` proof: both pointers are constants, and librdkafka's calls on them may come from any thread.
    package final class KafkaTestCluster: @unchecked Sendable {
        private let client: OpaquePointer
        private let cluster: OpaquePointer
        /// Sockets that keep the brokers' ports while they are down: where somebody else gets one of them meanwhile, which of
        /// hundreds of connections at once some will, librdkafka ends the process.
        private let kept = Mutex<[CInt]>([])

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
            letGo()
            rd_kafka_mock_cluster_destroy(cluster)
            rd_kafka_destroy(client)
        }

        /// Where its brokers listen.
        package var brokers: String { String(cString: rd_kafka_mock_cluster_bootstraps(cluster)) }

        package func createTopic(_ name: String, partitions: Int32 = 4) {
            rd_kafka_mock_topic_create(cluster, name, partitions, 1)
        }

        /// All of its brokers hang up, and take no connections any more.
        package func goDown() {
            rd_kafka_mock_broker_set_down(cluster, -1)
            let ports = brokers.split(separator: ",").compactMap { $0.split(separator: ":").last }
            let sockets = ports.compactMap { UInt16($0) }.compactMap(Self.reserve)
            precondition(sockets.count == ports.count, "a broker's port is kept for it")
            kept.withLock { $0 += sockets }
        }

        package func comeUp() {
            rd_kafka_mock_broker_set_up(cluster, -1)
            letGo()
        }

        private func letGo() {
            kept.withLock { kept in
                for socket in kept { close(socket) }
                kept = []
            }
        }

        /// A socket that has a port and does not listen. A broker, which reuses addresses as this does, gets the port all the
        /// same; whoever asks for any port does not.
        private static func reserve(_ port: UInt16) -> CInt? {
            let made = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            var isReused: CInt = 1
            setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<CInt>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
            let isBound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isBound else {
                close(made)
                return nil
            }
            return made
        }

        package func answer(_ request: Request, with answers: [Answer]) {
            let errors = answers.map { rd_kafka_resp_err_t(rawValue: $0.rawValue) }
            rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, errors)
        }

        /// How long each answer takes.
        package func answerAfter(milliseconds: Int32) { rd_kafka_mock_broker_set_rtt(cluster, -1, milliseconds) }
    }
#endif

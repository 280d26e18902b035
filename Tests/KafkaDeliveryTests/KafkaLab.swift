#if Kafka
    import Inventory
    import InventoryPostgres
    import InventoryService
    import KafkaDelivery
    import LibPQ
    import Logging
    import StrictJSON
    import TestSupport
    import Testing

    /// A topic of a cluster for tests, a database, a feed in memory, and a consumer.
    struct KafkaLab: Sendable {
        static let topic = "holdfast.events"

        let shop: TestShop
        let events = ScriptedEventStore()
        let cluster = KafkaTestCluster()
        let consumer: KafkaTestConsumer
        let log = LogLines()

        static func run(
            partitions: Int32 = 4, clock: TestClock = .running,
            _ body: @escaping @Sendable (KafkaLab) async throws -> Void
        ) async throws {
            try await withShop(clock: clock) { shop in
                let lab = KafkaLab(shop: shop, partitions: partitions)
                try await body(lab)
            }
        }

        private init(shop: TestShop, partitions: Int32) {
            self.shop = shop
            cluster.createTopic(Self.topic, partitions: partitions)
            consumer = KafkaTestConsumer(cluster, topic: Self.topic, partitions: partitions)
        }

        func producer(_ change: (inout KafkaConfiguration) -> Void = { _ in }) -> RdKafkaProducer {
            var configuration = KafkaConfiguration(brokers: cluster.brokers, topic: Self.topic)
            // As long as it may: nothing fails because the machine is slow.
            configuration.callSeconds = KafkaLimits.callSecondsMax
            configuration.more = [.init("reconnect.backoff.max.ms", "500")]
            change(&configuration)
            return RdKafkaProducer(configuration, logger: log.logger)
        }

        /// One more process that sends.
        func dispatcher(
            _ producer: RdKafkaProducer? = nil, feed: EventFeed? = nil, types: Set<EventType> = [],
            mode: KafkaMode = .structured, _ change: (inout KafkaLimits) -> Void = { _ in }
        ) -> KafkaDispatcher {
            var limits = KafkaLimits()
            limits.claimEvery = .milliseconds(30)
            change(&limits)
            return KafkaDispatcher(
                topic: Self.topic, types: types, mode: mode, start: .oldest, feed: feed ?? events.feed,
                store: PostgresKafkaTopicStore(pools: shop.pools), producer: producer ?? self.producer(),
                limits: limits,
                logger: log.logger)
        }

        /// Lets a dispatcher work until all that is in the feed was sent. Passes that fail are repeated.
        /// - Returns: the reasons of those.
        @discardableResult
        func work(_ dispatcher: KafkaDispatcher, seconds: Int = 90) async throws -> [String] {
            var failures: [String] = []
            let ends = ContinuousClock.now + .seconds(seconds)
            while try await behind() > 0 {
                guard ContinuousClock.now < ends else {
                    Issue.record("not all was sent in time: \(failures.suffix(3)), \(log.texts.suffix(3))")
                    return failures
                }
                do {
                    _ = try await dispatcher.pass()
                } catch let failure as KafkaFailure {
                    failures.append(failure.reason)
                }
                try await Task.sleep(for: .milliseconds(10))
            }
            return failures
        }

        /// Positions of the feed that were not sent yet.
        func behind() async throws -> Int64 {
            let newest = try await events.ends().newest
            let cursor = try await shop.kafkaTopics().first { $0.topic == Self.topic }?.position ?? 0
            return newest - cursor
        }

        /// Everything that arrives, once all of these are there.
        func arrived(_ ids: Set<String>) async throws -> [Arrived] {
            let messages = try await consumer.messages { messages in
                try Set(messages.map { try Arrived($0).id }).isSuperset(of: ids)
            }
            return try messages.map(Arrived.init)
        }

        func append(_ count: Int, over skus: Int = 20) {
            for number in 0..<count { events.append("sku-\(number % skus)") }
        }
    }

    struct Arrived: Sendable {
        let message: KafkaTestConsumer.Message
        let id: String

        init(_ message: KafkaTestConsumer.Message) throws {
            self.message = message
            if let header = message.header("ce_id") {
                id = header
            } else {
                id = try #require(try JSONDocument(parsing: message.value).root["id"]?.string)
            }
        }
    }

    /// What consumers are promised: of each key, in the order of the feed once repeated events are dropped, all in one partition.
    func expectOrder(_ arrived: [Arrived], sourceLocation: SourceLocation = #_sourceLocation) {
        for (key, events) in Dictionary(grouping: arrived, by: \.message.key) {
            #expect(
                Set(events.map(\.message.partition)).count == 1, "\(key) is in several partitions",
                sourceLocation: sourceLocation)
            var seen: Set<String> = []
            let firsts = events.sorted { $0.message.offset < $1.message.offset }.filter { seen.insert($0.id).inserted }
            let cursors = firsts.compactMap { EventCursor($0.id) }
            #expect(cursors == cursors.sorted(), "\(key): \(firsts.map(\.id))", sourceLocation: sourceLocation)
        }
    }

    /// What a row of `kafka_topic` says.
    struct KafkaTopicRow: Sendable {
        let topic: String
        let position: Int64
        let sent: Int64
        let missing: Int64
        let error: String?
    }

    extension TestShop {
        func kafkaTopics() async throws -> [KafkaTopicRow] {
            try await pools.report.run(timeout: .seconds(60)) { session throws(PQError) in
                try session.query(
                    Statement(
                        "test_kafka_topics",
                        sql: "select topic, position, events_sent, missing_positions, last_error from kafka_topic")
                ).map {
                    KafkaTopicRow(
                        topic: $0.text(0), position: $0.int8(1), sent: $0.int8(2), missing: $0.int8(3),
                        error: $0.textIfPresent(4))
                }
            }
        }

        /// Places in the feed of what Kafka did not take.
        func kafkaDeadLetters() async throws -> [String] {
            try await pools.report.run(timeout: .seconds(60)) { session throws(PQError) in
                try session.query(
                    Statement(
                        "test_kafka_dead_letters",
                        sql: "select position || '-' || ordinal from kafka_dead_letter order by position, ordinal")
                ).map { $0.text(0) }
            }
        }
    }

    extension JSONValue {
        subscript(_ name: String) -> JSONValue? { members?.first { $0.name.string == name }?.value }
    }
#endif

import Inventory
package import InventoryService
import LibPQ

/// The progress of topics of Kafka on PostgreSQL.
package struct PostgresKafkaTopicStore: KafkaTopicStore {
    private let change: ConnectionPool

    private static let timeout: Duration = .seconds(5)

    package init(pools: PostgresPools) { change = pools.change }

    package func claim(_ lease: KafkaLease) async throws(StoreError) -> KafkaClaim {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            let claimed = exchange.add(.kafkaClaim) { $0.lease(lease) }
            let known = exchange.add(.kafkaKnown) { $0.text(lease.topic) }
            let results = try session.run(exchange)
            if let row = results[claimed].first {
                var row = RowCursor(row)
                return .held(EventCursor(position: row.int8(), ordinal: row.int8()))
            }
            return results[known].isEmpty ? .unknown : .elsewhere
        }
    }

    package func add(topic: String, startingBehind cursor: EventCursor) async throws(StoreError) {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.kafkaAdd) {
                $0.text(topic)
                $0.int8(cursor.position)
                $0.int8(cursor.ordinal)
            }
        }
    }

    package func record(_ step: KafkaStep, of lease: KafkaLease) async throws(StoreError) -> Bool {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.kafkaRecord) {
                $0.lease(lease)
                $0.int8(step.cursor?.position)
                $0.int8(step.cursor?.ordinal)
                $0.int8(step.sent)
                $0.int8(step.missing)
                $0.int8(step.deadLetter?.event.position)
                $0.int8(step.deadLetter?.event.ordinal)
                $0.text(step.deadLetter?.type)
                $0.text(step.deadLetter?.key)
                $0.int8(step.deadLetter?.bytes)
                $0.text(step.deadLetter?.error)
            }.first?.only.int8 == 1
        }
    }

    package func release(_ lease: KafkaLease, error: String?) async throws(StoreError) {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.kafkaRelease) {
                $0.text(lease.topic)
                $0.text(lease.holder)
                $0.text(error)
            }
        }
    }
}

extension ParameterWriter {
    /// $1 to $3.
    fileprivate mutating func lease(_ lease: KafkaLease) {
        text(lease.topic)
        text(lease.holder)
        int8(lease.seconds)
    }
}

extension Statement {
    fileprivate static let kafkaClaim = Statement(
        "kafka_claim", [.text, .text, .int8],
        sql: """
            update kafka_topic
            set lease_holder = $2, lease_until = clock_timestamp() + make_interval(secs => $3)
            where topic = $1 and (lease_holder = $2 or lease_until is null or lease_until < clock_timestamp())
            returning position, ordinal
            """)

    fileprivate static let kafkaKnown = Statement(
        "kafka_known", [.text], sql: "select 1 from kafka_topic where topic = $1")

    fileprivate static let kafkaAdd = Statement(
        "kafka_add", [.text, .int8, .int8],
        sql: "insert into kafka_topic (topic, position, ordinal) values ($1, $2, $3) on conflict (topic) do nothing")

    /// The dead letter is written only where the lease is good. It may be there already: whoever found it before died then.
    fileprivate static let kafkaRecord = Statement(
        "kafka_record",
        [
            .text, .text, .int8, .int8, .int8, .int8, .int8, .int8, .int8, .text, .text, .int8, .text,
        ],
        sql: """
            with held as (
                update kafka_topic
                set lease_until = clock_timestamp() + make_interval(secs => $3),
                    position = coalesce($4, position), ordinal = coalesce($5, ordinal),
                    events_sent = events_sent + $6, missing_positions = missing_positions + $7,
                    sent_at = case when $6 > 0 then clock_timestamp() else sent_at end,
                    failing_since = case when $6 > 0 then null else failing_since end,
                    last_error = case when $6 > 0 then null else last_error end
                where topic = $1 and lease_holder = $2 and lease_until > clock_timestamp()
                returning topic
            ),
            dead as (
                insert into kafka_dead_letter (topic, position, ordinal, type, key, bytes, error)
                select topic, $8, $9, $10, $11, $12, $13 from held where $8::int8 is not null
                on conflict (topic, position, ordinal) do nothing
            )
            select count(*) from held
            """)

    fileprivate static let kafkaRelease = Statement(
        "kafka_release", [.text, .text, .text],
        sql: """
            update kafka_topic
            set lease_holder = null, lease_until = null,
                failing_since = case when $3::text is null then failing_since
                                     else coalesce(failing_since, clock_timestamp()) end,
                last_error = coalesce($3, last_error)
            where topic = $1 and lease_holder = $2
            """)
}

import EmbeddedPostgres
import Foundation
import StrictJSON
import TestSupport
import Testing

/// The program and Kafka.
@Suite struct KafkaProgramTests {
    #if Kafka
        private static let skus = (0..<10).map { "S\($0)" }
        private static let receipts = 300

        private func serve(_ url: String, _ cluster: KafkaTestCluster) throws -> Program {
            try Program(
                ["serve"],
                [
                    "DATABASE_URL": url, "HTTP_PORT": "0", "LOG_LEVEL": "notice", "KAFKA_BROKERS": cluster.brokers,
                    "KAFKA_TOPIC": "stock", "KAFKA_START": "oldest",
                    "KAFKA_PROPERTIES": "compression.codec=lz4,reconnect.backoff.max.ms=500",
                ])
        }

        private func report(_ numbers: Range<Int>, to client: Client) async throws {
            for number in numbers {
                let line =
                    "{\"eventId\":\"e\(number)\",\"type\":\"receipt\",\"sku\":\"\(Self.skus[number % Self.skus.count])\","
                    + "\"location\":\"L\",\"quantity\":1,\"occurredAt\":\"2026-01-15T10:00:00Z\"}"
                let answer = try await client.send("POST", "/v1/movements", "{\"source\":\"pos\",\"lines\":[\(line)]}")
                #expect(answer.status == 200, "\(answer.text)")
            }
        }

        @Test func `the topic gets every event in order, through a killed process and brokers that were away`()
            async throws
        {
            let cluster = KafkaTestCluster()
            cluster.createTopic("stock")
            let consumer = KafkaTestConsumer(cluster, topic: "stock")
            try await withFolder { folder in
                try await withDurablePostgres(in: folder) { postgres in
                    let first = try serve(postgres.url, cluster)
                    let client = try await first.ready()
                    for sku in Self.skus { _ = try await client.send("PUT", "/v1/items/\(sku)", "{\"name\":\"x\"}") }
                    _ = try await client.send("PUT", "/v1/locations/L", "{\"name\":\"x\"}")
                    try await report(0..<Self.receipts / 3, to: client)
                    var messages = try await consumer.messages { $0.count >= Self.receipts / 6 }
                    let second = try serve(postgres.url, cluster)
                    let other = try await second.ready()
                    // It dies while it sends; the other one waits for its lease to end.
                    async let more: Void = report(Self.receipts / 3..<Self.receipts * 2 / 3, to: other)
                    try await Task.sleep(for: .milliseconds(300))
                    first.signal(SIGKILL)
                    _ = try await first.exitStatus()
                    try await more
                    cluster.goDown()
                    try await report(Self.receipts * 2 / 3..<Self.receipts, to: other)
                    cluster.comeUp()

                    var feed: [JSONValue] = []
                    var texts: [String] = []
                    var after = "0"
                    while true {
                        let answer = try await other.send("GET", "/v1/events?after=\(after)&limit=1000")
                        let page = try #require(answer.json?["events"]?.elements)
                        feed += page
                        texts.append(answer.text)
                        after = try #require(answer.json?["nextCursor"]?.string)
                        if page.isEmpty { break }
                    }
                    let ids = feed.compactMap { $0["id"]?.string }
                    let movements = feed.filter { $0["type"]?.string == "inventory.movement.recorded" }
                    #expect(movements.count == Self.receipts)
                    #expect(ids.count > movements.count, "figures have become others, too")
                    messages += try await consumer.messages(seconds: 120) { later in
                        Set((messages + later).compactMap(Self.id)).isSuperset(of: ids)
                    }
                    #expect(Set(messages.compactMap(Self.id)) == Set(ids))
                    let order = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
                    for (key, events) in Dictionary(grouping: messages, by: \.key) {
                        #expect(Set(events.map(\.partition)).count == 1)
                        var seen: Set<String> = []
                        let places = events.sorted { $0.offset < $1.offset }.compactMap(Self.id)
                            .filter { seen.insert($0).inserted }.compactMap { order[$0] }
                        #expect(places == places.sorted(), "\(key)")
                    }
                    // Byte for byte what GET /v1/events says.
                    for message in messages {
                        let text = String(decoding: message.value, as: UTF8.self)
                        #expect(texts.contains { $0.contains(text) }, "\(text)")
                    }
                    second.signal(SIGTERM)
                    #expect(try await second.exitStatus() == 0)
                    let row = try await rows(
                        postgres.url,
                        "select coalesce(lease_holder, 'nobody') || ' ' || missing_positions from kafka_topic")
                    #expect(row == ["nobody 0"])
                }
            }
        }

        private static func id(_ message: KafkaTestConsumer.Message) -> String? {
            (try? JSONDocument(parsing: message.value))?.root["id"]?.string
        }

        @Test func `settings of Kafka that cannot work are all named at once, without secrets`() async throws {
            let program = try Program(
                ["serve"],
                [
                    "KAFKA_BROKERS": "127.0.0.1:9", "KAFKA_TOPIC": "our stock", "KAFKA_TYPES": "stock.moved",
                    "KAFKA_MODE": "xml", "KAFKA_SASL_USER": "holdfast", "KAFKA_SASL_PASSWORD": "hunter2",
                    "KAFKA_KEY": "/nowhere.pem", "KAFKA_PROPERTIES": "acks=1,sasl.password=hunter2,linger",
                ])
            #expect(try await program.exitStatus() != 0)
            for name in ["TOPIC", "TYPES", "MODE", "SASL_USER", "CERTIFICATE", "SECURITY", "PROPERTIES"] {
                #expect(program.text.contains("HOLDFAST_KAFKA_\(name):"), "\(name) in \(program.text)")
            }
            #expect(!program.text.contains("hunter2"))
            let unknown = try Program(
                ["serve"], ["KAFKA_BROKERS": "127.0.0.1:9", "KAFKA_PROPERTIES": "compression.codecs=lz4"])
            #expect(try await unknown.exitStatus() != 0)
            #expect(unknown.text.contains("No such configuration property"), "\(unknown.text)")
            let file = try Program(
                ["serve"],
                ["KAFKA_BROKERS": "127.0.0.1:9", "KAFKA_SECURITY": "ssl", "KAFKA_CA": "/nowhere.pem"])
            #expect(try await file.exitStatus() != 0)
            #expect(file.text.contains("ssl.ca.location"), "\(file.text)")
        }
    #else
        @Test func `a program that was built without Kafka says so and does not start`() async throws {
            let program = try Program(["serve"], ["KAFKA_BROKERS": "127.0.0.1:9"])
            #expect(try await program.exitStatus() != 0)
            #expect(program.text.contains("HOLDFAST_KAFKA_BROKERS: this program was built without Kafka"))
            #expect(program.text.contains("--traits Kafka"))
        }
    #endif

    @Test func `settings of Kafka without brokers are refused`() async throws {
        let program = try Program(["serve"], ["KAFKA_TOPIC": "stock", "KAFKA_SASL_PASSWORD": "hunter2"])
        #expect(try await program.exitStatus() != 0)
        #expect(program.text.contains("HOLDFAST_KAFKA_TOPIC: is of no use without HOLDFAST_KAFKA_BROKERS"))
        #expect(!program.text.contains("hunter2"))
    }
}

import Inventory
import InventoryPostgres
import InventoryService
import Logging
import Synchronization
import TestSupport
import Testing

/// What is sent to Kafka and when, with a producer that does what a test says. `KafkaDeliveryTests` send for real.
@Suite struct KafkaDispatchTests {
    @Test func `of several processes one sends`() async throws {
        try await withShop { shop in
            let events = ScriptedEventStore()
            let producer = ScriptedKafkaProducer()
            let dispatchers = (0..<3).map { _ in dispatcher(shop, events, producer) }
            for _ in 0..<20 {
                events.append("A")
                for dispatcher in dispatchers { _ = try await dispatcher.pass() }
            }
            #expect(producer.ids == (1...20).map { "\($0)-1" })
            #expect(producer.opened == 1)
            for dispatcher in dispatchers { await dispatcher.end() }
        }
    }

    @Test func `a page that was sent and not written down is sent again by whoever comes next`() async throws {
        try await withShop { shop in
            let events = ScriptedEventStore()
            for _ in 0..<10 { events.append("A") }
            // Its lease is somebody else's by the time Kafka has answered.
            let slow = ScriptedKafkaProducer { _ in
                try? await shop.runSQL("update kafka_topic set lease_holder = 'thief'")
                return .success(.committed)
            }
            let first = dispatcher(shop, events, slow)
            _ = try await first.pass()
            #expect(slow.ids.count == 10)
            #expect(slow.closed == 1, "who has lost the lease sends no more")
            try await shop.runSQL("update kafka_topic set lease_until = clock_timestamp() - interval '1 s'")
            let next = ScriptedKafkaProducer()
            let second = dispatcher(shop, events, next)
            _ = try await second.pass()
            #expect(next.ids == slow.ids)
            await first.end()
            await second.end()
        }
    }

    @Test func `a failure gives the topic up, so that another process may try, from the same place`() async throws {
        try await withShop { shop in
            let events = ScriptedEventStore()
            for _ in 0..<10 { events.append("A") }
            let broken = ScriptedKafkaProducer { _ in .failure(KafkaFailure("no route to broker")) }
            let first = dispatcher(shop, events, broken)
            await #expect(throws: KafkaFailure("no route to broker")) { try await first.pass() }
            #expect(broken.closed == 1)
            let works = ScriptedKafkaProducer()
            let second = dispatcher(shop, events, works)
            _ = try await second.pass()
            #expect(works.ids == (1...10).map { "\($0)-1" })
            await first.end()
            await second.end()
        }
    }

    @Test(arguments: [1, 3, 7, 10])
    func `an event that is too large is found by halving, and the others are sent in order`(large: Int) async throws {
        try await withShop { shop in
            let events = ScriptedEventStore()
            for _ in 0..<10 { events.append("A") }
            let producer = ScriptedKafkaProducer { records in
                records.contains { $0.event.position == Int64(large) }
                    ? .success(.tooLarge(index: nil, reason: "too large")) : .success(.committed)
            }
            let dispatcher = dispatcher(shop, events, producer)
            _ = try await dispatcher.pass()
            #expect(producer.ids == (1...10).filter { $0 != large }.map { "\($0)-1" })
            #expect(try await shop.count("kafka_dead_letter where position = \(large)") == 1)
            #expect(try await shop.count("kafka_topic where position = 10 and events_sent = 9") == 1)
            await dispatcher.end()
        }
    }

    @Test(arguments: KafkaDispatcher.Start.allCases)
    func `a new topic begins where the settings say`(start: KafkaDispatcher.Start) async throws {
        try await withShop { shop in
            let events = ScriptedEventStore()
            for _ in 0..<5 { events.append("A") }
            let producer = ScriptedKafkaProducer()
            let dispatcher = dispatcher(shop, events, producer, start: start)
            _ = try await dispatcher.pass()
            events.append("A")
            let expected = ((start == .next ? 6 : 1)...6).map { "\($0)-1" }
            // A pass soon after another may look for nothing, where the last event is long ago.
            _ = try await eventually {
                _ = try await dispatcher.pass()
                return producer.ids.count >= expected.count
            }
            #expect(producer.ids == expected)
            await dispatcher.end()
        }
    }

    private func dispatcher(
        _ shop: TestShop, _ events: ScriptedEventStore, _ producer: ScriptedKafkaProducer,
        start: KafkaDispatcher.Start = .oldest
    ) -> KafkaDispatcher {
        var limits = KafkaLimits()
        limits.claimEvery = .zero
        return KafkaDispatcher(
            topic: "t", types: [], mode: .binary, start: start, feed: events.feed,
            store: PostgresKafkaTopicStore(pools: shop.pools), producer: producer, limits: limits,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

/// Stands for Kafka: remembers what it has taken, and answers as a test says.
private final class ScriptedKafkaProducer: KafkaProducer {
    typealias Answer = @Sendable ([KafkaRecord]) async -> Result<KafkaSent, KafkaFailure>

    private let answer: Answer
    private let state = Mutex<(ids: [String], opened: Int, closed: Int)>(([], 0, 0))

    init(_ answer: @escaping Answer = { _ in .success(.committed) }) { self.answer = answer }

    var ids: [String] { state.withLock { $0.ids } }
    var opened: Int { state.withLock { $0.opened } }
    var closed: Int { state.withLock { $0.closed } }

    func open() async throws(KafkaFailure) { state.withLock { $0.opened += 1 } }

    func send(_ records: [KafkaRecord]) async throws(KafkaFailure) -> KafkaSent {
        let answer = try await answer(records).get()
        if answer == .committed { state.withLock { $0.ids += records.map(\.event.description) } }
        return answer
    }

    func close() async { state.withLock { $0.closed += 1 } }
}

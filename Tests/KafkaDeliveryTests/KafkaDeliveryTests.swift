#if Kafka
    import Inventory
    import InventoryHTTP
    import InventoryService
    import KafkaDelivery
    import StrictJSON
    import TestSupport
    import Testing

    /// Through librdkafka to brokers that speak Kafka's protocol, and back by a consumer.
    @Suite struct KafkaDeliveryTests {
        @Test func `each event arrives once, and those of one item in order in one partition`() async throws {
            try await KafkaLab.run { lab in
                lab.append(3_000)
                let dispatcher = lab.dispatcher()
                #expect(try await lab.work(dispatcher) == [])
                let ids = Set((1...3_000).map { "\($0)-1" })
                let arrived = try await lab.arrived(ids)
                #expect(arrived.count == 3_000)
                #expect(Set(arrived.map(\.id)) == ids)
                #expect(Set(arrived.map(\.message.key)) == Set((0..<20).map { "sku-\($0)" }))
                #expect(Set(arrived.map(\.message.partition)).count > 1, "everything is in one partition")
                expectOrder(arrived)
                let topic = try #require(try await lab.shop.kafkaTopics().first)
                #expect(topic.sent == 3_000)
                await dispatcher.end()
            }
        }

        /// What a Java client makes of the same keys: Utils.toPositive(Utils.murmur2(key)) % 4.
        @Test func `an item is in the partition that clients in Java give it`() async throws {
            try await KafkaLab.run { lab in
                lab.append(20)
                let dispatcher = lab.dispatcher()
                try await lab.work(dispatcher)
                for event in try await lab.arrived(Set((1...20).map { "\($0)-1" })) {
                    let expected = Int32(bitPattern: murmur2(event.message.key) & 0x7fff_ffff) % 4
                    #expect(event.message.partition == expected, "\(event.message.key)")
                }
                await dispatcher.end()
            }
        }

        @Test(arguments: KafkaMode.allCases)
        func `what arrives is the event of the feed, by the binding of CloudEvents`(mode: KafkaMode) async throws {
            try await KafkaLab.run { lab in
                try await lab.shop.addItem("blue, \"data\":1")
                try await lab.shop.addLocation("L")
                try await lab.shop.send([
                    .receipt("r", "blue, \"data\":1", at: "L", 5), .sale("s", "blue, \"data\":1"),
                    .sale("p", "unknown"),
                ])
                let feed = EventFeed(store: lab.shop.eventStore, render: EventJSON.bytes)
                let dispatcher = lab.dispatcher(feed: feed, mode: mode)
                _ = try await dispatcher.pass()
                let page = try await feed.page(ResolvedEventFilter(EventFilter()), after: .beginning, limit: 100).get()
                #expect(page.events.count >= 4)
                let arrived = try await lab.arrived(Set(page.events.map(\.cursor.description)))
                #expect(arrived.count == page.events.count)
                for event in page.events {
                    let message = try #require(arrived.first { $0.id == event.cursor.description }?.message)
                    let json = try JSONDocument(parsing: event.json).root
                    let members = try #require(json.members)
                    #expect(message.key == json["partitionkey"]?.string)
                    switch mode {
                    case .structured:
                        #expect(message.value == event.json)
                        #expect(message.headers.map(\.name) == ["content-type"])
                        #expect(message.header("content-type") == "application/cloudevents+json; charset=UTF-8")
                    case .binary:
                        #expect(message.header("content-type") == json["datacontenttype"]?.string)
                        let attributes = members.filter { !["data", "datacontenttype"].contains($0.name.string) }
                        #expect(attributes.count == message.headers.count - 1)
                        for member in attributes {
                            let name = try #require(member.name.string)
                            #expect(message.header("ce_\(name)") == member.value.string)
                        }
                        let text = String(decoding: event.json, as: UTF8.self)
                        #expect(text.hasSuffix(",\"data\":\(String(decoding: message.value, as: UTF8.self))}"))
                        #expect(try JSONDocument(parsing: message.value).root.members != nil)
                    }
                }
                await dispatcher.end()
            }
        }

        @Test func `only the types that are asked for are sent`() async throws {
            try await KafkaLab.run { lab in
                try await lab.shop.addItem("A")
                try await lab.shop.addLocation("L")
                try await lab.shop.send([.receipt("r", "A", at: "L", 5), .sale("s")])
                let feed = EventFeed(store: lab.shop.eventStore, render: EventJSON.bytes)
                let dispatcher = lab.dispatcher(feed: feed, types: [.movementRecorded], mode: .binary)
                _ = try await dispatcher.pass()
                let arrived = try await lab.consumer.messages { $0.count >= 2 }
                #expect(
                    arrived.map { $0.header("ce_type") } == Array(repeating: "inventory.movement.recorded", count: 2))
                #expect(try await lab.shop.kafkaTopics().first?.sent == 2)
                await dispatcher.end()
            }
        }

        @Test func `what waits inside the client is bounded, and nothing is dropped for want of room`() async throws {
            try await KafkaLab.run { lab in
                lab.append(500)
                lab.cluster.answerAfter(milliseconds: 100)
                let producer = lab.producer { $0.queuedMessagesMax = 50 }
                let dispatcher = lab.dispatcher(producer)
                #expect(try await lab.work(dispatcher) == [])
                #expect((1...50).contains(try await producer.queuedMost()))
                let ids = Set((1...500).map { "\($0)-1" })
                let arrived = try await lab.arrived(ids)
                #expect(arrived.count == 500)
                #expect(Set(arrived.map(\.id)) == ids)
                expectOrder(arrived)
                await dispatcher.end()
            }
        }

        @Test func `settings that librdkafka does not take are refused in its own words`() throws {
            var configuration = KafkaConfiguration(brokers: "127.0.0.1:1", topic: "t")
            #expect(RdKafkaProducer.objection(to: configuration) == nil)
            configuration.more = [.init("compression.codecs", "zstd")]
            #expect(RdKafkaProducer.objection(to: configuration)?.contains("No such configuration property") == true)
            configuration.more = [.init("compression.codec", "fast")]
            #expect(RdKafkaProducer.objection(to: configuration)?.contains("compression.codec") == true)
            configuration.more = [.init("compression.codec", "lz4"), .init("linger.ms", "20")]
            #expect(RdKafkaProducer.objection(to: configuration) == nil)
            configuration.security = .ssl
            configuration.authorities = "/nowhere.pem"
            #expect(RdKafkaProducer.objection(to: configuration)?.contains("ssl.ca.location") == true)
            configuration.authorities = nil
            configuration.security = .saslSSL
            configuration.login = .init(mechanism: .scramSHA512, user: "holdfast", password: "secret")
            #expect(RdKafkaProducer.objection(to: configuration) == nil)
            for name in ["acks", "transactional.id", "sasl.password", "ssl.key.password", "partitioner"] {
                #expect(KafkaConfiguration.objection(to: name) != nil, "\(name)")
            }
        }
    }

    /// As org.apache.kafka.common.utils.Utils has it.
    private func murmur2(_ text: String) -> UInt32 {
        let data = Array(text.utf8)
        let m: UInt32 = 0x5bd1_e995
        var hash = 0x9747_b28c ^ UInt32(data.count)
        for start in stride(from: 0, to: data.count / 4 * 4, by: 4) {
            var k = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[start + $1]) << UInt32(8 * $1) }
            k = k &* m
            k ^= k >> 24
            hash = (hash &* m) ^ (k &* m)
        }
        let rest = Array(data[(data.count / 4 * 4)...])
        if rest.count >= 3 { hash ^= UInt32(rest[2]) << 16 }
        if rest.count >= 2 { hash ^= UInt32(rest[1]) << 8 }
        if rest.count >= 1 { hash = (hash ^ UInt32(rest[0])) &* m }
        hash = (hash ^ (hash >> 13)) &* m
        return hash ^ (hash >> 15)
    }
#endif

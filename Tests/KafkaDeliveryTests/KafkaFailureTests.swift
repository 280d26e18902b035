#if Kafka
    import Inventory
    import InventoryService
    import KafkaDelivery
    import TestSupport
    import Testing

    /// Brokers that go, refuse and fence, and processes that die.
    @Suite struct KafkaFailureTests {
        @Test func `brokers that are away for a moment are waited for`() async throws {
            try await KafkaLab.run { lab in
                lab.append(200)
                let dispatcher = lab.dispatcher()
                try await lab.work(dispatcher)
                lab.cluster.goDown()
                lab.append(200)
                async let back: Void = {
                    try await Task.sleep(for: .seconds(1))
                    lab.cluster.comeUp()
                }()
                try await lab.work(dispatcher)
                try await back
                let ids = Set((1...400).map { "\($0)-1" })
                let arrived = try await lab.arrived(ids)
                #expect(Set(arrived.map(\.id)) == ids)
                expectOrder(arrived)
                await dispatcher.end()
            }
        }

        @Test
        func
            `brokers that are away for longer lose nothing, and it is told once that they are, and once that they are back`()
            async throws
        {
            try await KafkaLab.run { lab in
                lab.append(100)
                let dispatcher = lab.dispatcher(lab.producer { $0.callSeconds = 3 })
                try await lab.work(dispatcher)
                // A machine that is busy may need more than one attempt before that.
                let before = lab.log.texts.count
                lab.cluster.goDown()
                lab.append(100)
                for _ in 0..<3 {
                    await #expect(throws: KafkaFailure.self) { try await dispatcher.pass() }
                }
                let topic = try #require(try await lab.shop.kafkaTopics().first)
                #expect(topic.position == 100)
                #expect(topic.error?.isEmpty == false)
                lab.cluster.comeUp()
                try await lab.work(dispatcher)
                let ids = Set((1...200).map { "\($0)-1" })
                let arrived = try await lab.arrived(ids)
                #expect(Set(arrived.map(\.id)) == ids)
                expectOrder(arrived)
                #expect(try await lab.shop.kafkaTopics().first?.error == nil)
                let lines = lab.log.texts.dropFirst(before)
                #expect(lines.filter { $0.contains("does not take events;") }.count == 1)
                #expect(lines.filter { $0.contains("takes events again") }.count == 1)
                await dispatcher.end()
            }
        }

        static let passing: [(KafkaTestCluster.Request, [KafkaTestCluster.Answer])] = [
            (.produce, [.notLeader, .notLeader]), (.produce, [.requestTimedOut, .requestTimedOut]),
            (.initProducerID, [.coordinatorNotAvailable, .concurrentTransactions]),
            (.addPartitions, [.coordinatorNotAvailable]), (.endTransaction, [.coordinatorNotAvailable]),
        ]

        @Test(arguments: passing)
        func `what passes by itself is tried again, without a repeat`(
            request: KafkaTestCluster.Request, answers: [KafkaTestCluster.Answer]
        ) async throws {
            try await KafkaLab.run { lab in
                lab.append(300)
                lab.cluster.answer(request, with: answers)
                let dispatcher = lab.dispatcher()
                #expect(try await lab.work(dispatcher) == [])
                let ids = Set((1...300).map { "\($0)-1" })
                let arrived = try await lab.arrived(ids)
                #expect(arrived.count == 300)
                #expect(Set(arrived.map(\.id)) == ids)
                expectOrder(arrived)
                await dispatcher.end()
            }
        }

        @Test(arguments: [KafkaTestCluster.Answer.producerFenced, .invalidProducerEpoch])
        func `a producer that was fenced is replaced, and its page sent again`(
            answer: KafkaTestCluster.Answer
        ) async throws {
            try await KafkaLab.run { lab in
                lab.append(100)
                lab.cluster.answer(.endTransaction, with: [answer])
                let dispatcher = lab.dispatcher()
                #expect(try await lab.work(dispatcher).count == 1)
                let ids = Set((1...100).map { "\($0)-1" })
                let arrived = try await lab.arrived(ids)
                #expect(Set(arrived.map(\.id)) == ids)
                expectOrder(arrived)
                await dispatcher.end()
            }
        }

        @Test func `an event that brokers find too large is looked for, set aside, and the others go on`() async throws
        {
            try await KafkaLab.run(partitions: 1) { lab in
                lab.append(4, over: 1)
                // All four, then two of them, then the first alone.
                lab.cluster.answer(.produce, with: [.messageTooLarge, .messageTooLarge, .messageTooLarge])
                // They go out together, however slowly they come.
                let dispatcher = lab.dispatcher(lab.producer { $0.more.append(.init("linger.ms", "1000")) })
                let failures = try await lab.work(dispatcher)
                #expect(failures == [], "\(failures)")
                #expect(try await lab.shop.kafkaDeadLetters() == ["1-1"])
                let arrived = try await lab.consumer.messages { $0.count >= 3 }
                let ids = try arrived.map { try Arrived($0).id }
                #expect(ids == ["2-1", "3-1", "4-1"], "\(ids)")
                #expect(lab.log.texts.filter { $0.hasPrefix("error") }.count == 1)
                await dispatcher.end()
            }
        }

        @Test func `an event that the client finds too large is set aside at once`() async throws {
            try await KafkaLab.run(partitions: 1) { lab in
                lab.events.append("A")
                lab.events.append(String(repeating: "x", count: 2_000))
                lab.events.append("A")
                // The last one, so that nothing comes behind it.
                lab.events.append(String(repeating: "y", count: 2_000))
                let producer = lab.producer { $0.more.append(.init("message.max.bytes", "1000")) }
                let dispatcher = lab.dispatcher(producer)
                #expect(try await lab.work(dispatcher) == [])
                #expect(try await lab.shop.kafkaDeadLetters() == ["2-1", "4-1"])
                let arrived = try await lab.consumer.messages { $0.count >= 2 }
                #expect(try arrived.map { try Arrived($0).id } == ["1-1", "3-1"])
                await dispatcher.end()
            }
        }

        @Test func `another process goes on where one died, and the first sends nothing any more`() async throws {
            try await KafkaLab.run(clock: .settable) { lab in
                lab.append(100)
                let first = lab.dispatcher()
                try await lab.work(first)
                lab.append(100)
                let second = lab.dispatcher()
                _ = try await second.pass()
                #expect(try await lab.behind() == 100, "the lease still belongs to the first")
                // For so long the first goes by its own clock before it asks whether the topic is still its own.
                try await Task.sleep(for: .milliseconds(5_200))
                // Its lease ends.
                try await lab.shop.advanceClock(bySeconds: 31)
                try await lab.work(second)
                lab.append(100)
                // The first wakes up, and finds that it has the topic no more.
                _ = try? await first.pass()
                #expect(try await lab.shop.kafkaTopics().first?.sent == 200)
                try await lab.work(second)
                let ids = Set((1...300).map { "\($0)-1" })
                let arrived = try await lab.arrived(ids)
                #expect(Set(arrived.map(\.id)) == ids)
                expectOrder(arrived)
                await second.end()
                await first.end()
            }
        }

        @Test func `whoever stops hands over at once`() async throws {
            try await KafkaLab.run { lab in
                lab.append(10)
                let first = lab.dispatcher()
                try await lab.work(first)
                await first.end()
                lab.append(10)
                let second = lab.dispatcher()
                _ = try await second.pass()
                #expect(try await lab.behind() == 0)
                let arrived = try await lab.arrived(Set((1...20).map { "\($0)-1" }))
                #expect(arrived.count == 20)
                await second.end()
            }
        }

        @Test func `a process that is told to stop while Kafka is away does not wait for it`() async throws {
            try await KafkaLab.run { lab in
                let dispatcher = lab.dispatcher(lab.producer { $0.callSeconds = KafkaLimits.callSecondsMax })
                lab.append(1)
                try await lab.work(dispatcher)
                lab.cluster.goDown()
                lab.append(1)
                let pass = Task { try await dispatcher.pass() }
                try await Task.sleep(for: .milliseconds(300))
                let stopped = ContinuousClock.now
                pass.cancel()
                _ = try? await pass.value
                await dispatcher.end()
                #expect(stopped.duration(to: .now) < .seconds(KafkaLimits.stopSecondsMax + 10))
                lab.cluster.comeUp()
                let next = lab.dispatcher()
                try await lab.work(next)
                #expect(Set(try await lab.arrived(["1-1", "2-1"]).map(\.id)) == ["1-1", "2-1"])
                await next.end()
            }
        }

        @Test func `where the feed has forgotten what was not sent, it is said how much, and the rest is sent`()
            async throws
        {
            try await KafkaLab.run { lab in
                lab.append(10)
                let dispatcher = lab.dispatcher()
                try await lab.work(dispatcher)
                lab.append(20)
                lab.events.expire(before: 21)
                try await lab.work(dispatcher)
                let arrived = try await lab.arrived(Set((21...30).map { "\($0)-1" }))
                #expect(arrived.count == 20)
                #expect(try await lab.shop.kafkaTopics().first?.missing == 10)
                #expect(lab.log.texts.contains { $0.hasPrefix("error") && $0.contains("new snapshot") })
                await dispatcher.end()
            }
        }
    }
#endif

import Inventory
import InventoryPostgres
import InventoryService
import Synchronization
import TestSupport
import Testing

/// What an endpoint that works does not take.
@Suite struct WebhookRefusalTests {
    @Test(arguments: [1, 8])
    func `a refused event waits with its item, and others go on`(batchSize: Int) async throws {
        let takesBad = Mutex(false)
        try await WebhookLab.run(answers: { delivery in
            delivery.skus.contains("bad") && !takesBad.withLock { $0 } ? .status(422) : .ok
        }) { lab in
            try await lab.make(batchSize: batchSize)
            for number in 0..<40 { lab.events.append(number % 4 == 1 ? "bad" : "good-\(number % 4)") }
            let dispatcher = lab.dispatcher()
            // What was answered is written down a moment later.
            try await lab.work(dispatcher) {
                let progress = try await lab.progress()
                return lab.receiver.accepted.count >= 30 && progress.cursor == EventCursor(position: 40, ordinal: 1)
            }
            #expect(lab.receiver.accepted.allSatisfy { $0.sku != "bad" })
            #expect(try await lab.progress().setAside == 10)
            // Only the first of them was tried: nothing overtakes it.
            let tried = Set(lab.receiver.came.filter { $0.skus == ["bad"] }.flatMap { $0.events.map(\.id) })
            #expect(tried == ["2-1"])
            takesBad.withLock { $0 = true }
            try await lab.work(dispatcher) {
                try await lab.progress().setAside == 0 && lab.receiver.accepted.count >= 40
            }
            await dispatcher.end()
            expectOrder(lab.receiver.accepted)
            #expect(Set(lab.receiver.accepted.map(\.id)).count == 40)
        }
    }

    @Test func `an event that is refused too often is given up, and can be tried again`() async throws {
        let takesBad = Mutex(false)
        try await WebhookLab.run(
            limits: { $0.attemptsMax = 3 },
            answers: { delivery in delivery.events[0].id == "1-1" && !takesBad.withLock { $0 } ? .status(400) : .ok }
        ) { lab in
            try await lab.make()
            for _ in 0..<3 { lab.events.append("A") }
            let dispatcher = lab.dispatcher()
            try await lab.work(dispatcher) {
                try await lab.progress().deadLetters == 1 && lab.receiver.accepted.count >= 2
            }
            #expect(lab.receiver.accepted.map(\.id) == ["2-1", "3-1"])
            #expect(lab.receiver.came.filter { $0.events[0].id == "1-1" }.count == 3)
            let dead = try #require(try await lab.service.deadLetters(of: WebhookLab.id, after: nil, limit: 10))
            #expect(dead.elements.map(\.event.description) == ["1-1"])
            #expect(dead.elements[0].attempts == 3 && dead.elements[0].error == "answered 400")
            takesBad.withLock { $0 = true }
            _ = try await lab.service.reviveDeadLetters(of: WebhookLab.id, by: nil).get()
            try await lab.work(dispatcher) {
                try await lab.progress().deadLetters == 0 && lab.receiver.accepted.count >= 3
            }
            await dispatcher.end()
            #expect(lab.receiver.accepted.map(\.id) == ["2-1", "3-1", "1-1"])
            // The same event has the same id, whenever it is sent.
            #expect(Set(lab.receiver.came.filter { $0.events[0].id == "1-1" }.map(\.id)).count == 1)
        }
    }

    @Test func `where too much is set aside the webhook waits, and skips nothing`() async throws {
        let takesBad = Mutex(false)
        try await WebhookLab.run(
            limits: { $0.setAsideMax = 4 },
            answers: { delivery in delivery.skus.contains("bad") && !takesBad.withLock { $0 } ? .status(400) : .ok }
        ) { lab in
            try await lab.make()
            for _ in 0..<10 { lab.events.append("bad") }
            lab.events.append("good")
            let dispatcher = lab.dispatcher()
            try await lab.work(dispatcher) { lab.receiver.came.count >= 5 }
            #expect(try await lab.progress().setAside <= 4)
            #expect(lab.receiver.accepted.isEmpty)
            takesBad.withLock { $0 = true }
            try await lab.deliver(11, by: dispatcher)
            #expect(lab.receiver.accepted.count == 11)
            expectOrder(lab.receiver.accepted)
        }
    }

    @Test(arguments: seeds.prefix(3))
    func `random refusals and failures end with every event delivered, each item in order`(seed: UInt64) async throws {
        let random = Mutex(SeededGenerator(seed: seed))
        try await WebhookLab.run(
            limits: {
                $0.setAsideMax = 12
                $0.longestWait = .milliseconds(30)
                $0.attemptsMax = 1_000
            },
            answers: { _ in
                random.withLock { random in
                    switch Int.random(in: 0..<10, using: &random) {
                    case 0, 1: .status(422)
                    case 2: .status(500)
                    case 3: .unreachable("cut")
                    default: .ok
                    }
                }
            }
        ) { lab in
            try await lab.make(batchSize: 5)
            for number in 0..<120 { lab.events.append("sku-\(number * number % 11)") }
            let dispatcher = lab.dispatcher()
            try await lab.work(dispatcher) { Set(lab.receiver.accepted.map(\.id)).count >= 120 }
            await dispatcher.end()
            expectOrder(lab.receiver.accepted)
            #expect(lab.receiver.accepted.count == 120, "\(seed)")
        }
    }
}

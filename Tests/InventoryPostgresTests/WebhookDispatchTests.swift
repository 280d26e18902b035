import Inventory
import InventoryPostgres
import InventoryService
import Synchronization
import TestSupport
import Testing

@Suite struct WebhookDispatchTests {
    @Test func `each event is sent once, in the feed's order, and the log has it`() async throws {
        try await WebhookLab.run { lab in
            let before = lab.events.append("before")
            let made = try await lab.make()
            #expect(made.secret != nil)
            for number in 0..<30 { lab.events.append("sku-\(number % 7)") }
            try await lab.deliver(30)
            let accepted = lab.receiver.accepted
            #expect(accepted.map(\.id) == (2...31).map { "\($0)-1" })
            #expect(!accepted.contains { $0.id == before.description })
            #expect(lab.receiver.came.allSatisfy { !$0.wasArray })
            let ids = lab.receiver.came.map(\.id)
            #expect(Set(ids).count == 30)
            let log = try #require(try await lab.service.deliveries(of: WebhookLab.id, before: nil, limit: 100))
            #expect(log.elements.map(\.attempt.message) == ids.reversed())
            #expect(log.elements.allSatisfy { $0.attempt.status == 204 && $0.attempt.error == nil })
            #expect(try await lab.progress().cursor == EventCursor(position: 31, ordinal: 1))
        }
    }

    @Test func `batches hold up to as many events as they may, and are signed as they are`() async throws {
        try await WebhookLab.run { lab in
            let secret = try #require(try await lab.make(batchSize: 10).secret)
            for number in 0..<25 { lab.events.append("sku-\(number % 3)") }
            try await lab.deliver(25)
            let came = lab.receiver.came
            #expect(came.map(\.events.count) == [10, 10, 5])
            for delivery in came {
                #expect(delivery.wasArray)
                #expect(delivery.header("content-type") == "application/cloudevents-batch+json")
                let seconds = try #require(delivery.header("webhook-timestamp").flatMap { Int64($0) })
                let wanted = secret.signature(of: delivery.id, seconds: seconds, body: delivery.request.body)
                #expect(delivery.header("webhook-signature") == wanted)
            }
        }
    }

    @Test func `an endpoint that does not work gets the same message until it does`() async throws {
        try await WebhookLab.run(answers: { $0.number < 4 ? .status([503, 429, 408, 301][$0.number]) : .ok }) { lab in
            try await lab.make(batchSize: 3)
            for _ in 0..<2 { lab.events.append("A") }
            let dispatcher = lab.dispatcher()
            try await lab.work(dispatcher) { lab.receiver.came.count >= 1 }
            // What comes meanwhile does not get into the message that may have arrived.
            lab.events.append("B")
            try await lab.deliver(3, by: dispatcher)
            let came = lab.receiver.came
            #expect(Set(came.prefix(5).map(\.id)).count == 1)
            #expect(came.prefix(5).allSatisfy { $0.skus == ["A", "A"] })
            #expect(came.map(\.events.count) == [2, 2, 2, 2, 2, 1])
            let log = try #require(try await lab.service.deliveries(of: WebhookLab.id, before: nil, limit: 10))
            #expect(log.elements.map(\.attempt.attempt) == [1, 5, 4, 3, 2, 1])
            #expect(try await lab.progress().failingSince == nil)
        }
    }

    @Test func `a Retry-After is waited for, within its bound`() async throws {
        try await WebhookLab.run(
            limits: { $0.retryAfterSecondsMax = 1 },
            answers: { $0.number == 0 ? .answered(status: 429, retryAfterSeconds: 86_400) : .ok }
        ) { lab in
            try await lab.make()
            lab.events.append("A")
            let started = ContinuousClock.now
            try await lab.deliver(1)
            #expect((.seconds(1) ..< .seconds(20)).contains(started.duration(to: .now)))
        }
    }

    @Test func `an endpoint that fails for too long is paused, people are told, and it goes on when resumed`()
        async throws
    {
        let works = Mutex(false)
        try await WebhookLab.run(
            limits: { $0.giveUpSeconds = 1 },
            answers: { _ in works.withLock { $0 } ? .ok : .unreachable("no connection") }
        ) { lab in
            try await lab.make()
            lab.events.append("A")
            let dispatcher = lab.dispatcher()
            try await lab.work(dispatcher) { try await lab.progress().pause != nil }
            let paused = try await lab.progress()
            #expect(paused.pause?.reason == .failing)
            #expect(paused.lastError == "no connection")
            #expect(try await Self.openExceptions(lab) == 1)
            let attempts = lab.receiver.came.count
            lab.events.append("B")
            for _ in 0..<20 {
                _ = try await dispatcher.pass()
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(lab.receiver.came.count == attempts)
            works.withLock { $0 = true }
            _ = try await lab.service.resume(WebhookLab.id, after: nil, by: nil).get()
            #expect(try await Self.openExceptions(lab) == 0)
            try await lab.deliver(2, by: dispatcher)
            #expect(lab.receiver.accepted.map(\.sku) == ["A", "B"])
        }
    }

    static func openExceptions(_ lab: WebhookLab) async throws -> Int64 {
        try await lab.shop.count("exception where type = 'webhookPaused' and status <> 'resolved'")
    }

    @Test func `410 ends deliveries at once`() async throws {
        try await WebhookLab.run(answers: { _ in .status(410) }) { lab in
            try await lab.make()
            lab.events.append("A")
            let dispatcher = lab.dispatcher()
            try await lab.work(dispatcher) { try await lab.progress().pause != nil }
            await dispatcher.end()
            #expect(try await lab.progress().pause?.reason == .gone)
            #expect(lab.receiver.came.count == 1)
        }
    }

    @Test func `a disabled webhook is sent nothing, and keeps its place`() async throws {
        try await WebhookLab.run { lab in
            try await lab.make { $0.isEnabled = false }
            lab.events.append("A")
            let dispatcher = lab.dispatcher()
            for _ in 0..<10 { _ = try await dispatcher.pass() }
            #expect(lab.receiver.came.isEmpty)
            try await lab.make()
            try await lab.deliver(1, by: dispatcher)
        }
    }

    @Test func `what the feed no longer keeps is not skipped in silence`() async throws {
        try await WebhookLab.run { lab in
            try await lab.make()
            for _ in 0..<5 { lab.events.append("A") }
            lab.events.expire(before: 4)
            let dispatcher = lab.dispatcher()
            try await lab.work(dispatcher) { try await lab.progress().pause != nil }
            #expect(try await lab.progress().pause?.reason == .cursorExpired)
            guard
                case .failure(.unknownReference) = try await lab.service.resume(
                    WebhookLab.id, after: EventCursor(position: 1, ordinal: 1), by: nil)
            else {
                Issue.record("it resumed where there is nothing")
                return
            }
            _ = try await lab.service.resume(WebhookLab.id, after: .after(3), by: nil).get()
            try await lab.deliver(2, by: dispatcher)
            #expect(lab.receiver.accepted.map(\.id) == ["4-1", "5-1"])
        }
    }
}

import Inventory
import InventoryPostgres
import InventoryService
import Synchronization
import TestSupport
import Testing

/// Several processes, some of which die.
@Suite struct WebhookTakeoverTests {
    @Test func `of several processes one delivers`() async throws {
        try await WebhookLab.run { lab in
            try await lab.make()
            for number in 0..<50 { lab.events.append("sku-\(number % 5)") }
            let dispatchers = [lab.dispatcher(), lab.dispatcher(), lab.dispatcher()]
            while lab.receiver.accepted.count < 50 {
                for dispatcher in dispatchers { _ = try await dispatcher.pass() }
                try await Task.sleep(for: .milliseconds(5))
            }
            for dispatcher in dispatchers { await dispatcher.end() }
            #expect(lab.receiver.accepted.map(\.id) == (1...50).map { "\($0)-1" })
        }
    }

    /// It sends a message and is never heard of again: whether that arrived, nobody knows.
    @Test(arguments: [1, 4])
    func `another goes on where one died, with the message that it may have sent`(batchSize: Int) async throws {
        try await WebhookLab.run(clock: .settable) { lab in
            try await lab.make(batchSize: batchSize)
            for number in 0..<10 { lab.events.append("sku-\(number % 3)") }
            // Takes one message, and dies with the second under way.
            let dying = ScriptedReceiver { delivery in
                guard delivery.number >= 1 else { return .ok }
                try? await Task.sleep(for: .seconds(600))
                return .unreachable("dead")
            }
            let store = FailingWebhookStore(lab.store)
            let dead = lab.dispatcher(dying, store: store)
            try await lab.work(dead) { dying.came.count >= 2 }
            store.die()
            let last = dying.came[1].id
            let before = dying.accepted.count
            // More comes while nobody delivers.
            lab.events.append("late")
            let heir = lab.dispatcher()
            _ = try await heir.pass()
            #expect(lab.receiver.came.isEmpty, "the lease still belongs to the first")
            try await lab.shop.advanceClock(bySeconds: 61)
            try await lab.deliver(11 - before, by: heir)
            #expect(lab.receiver.came.first?.id == last)
            #expect((dying.accepted + lab.receiver.accepted).map(\.id) == (1...11).map { "\($0)-1" })
            await dead.end()
        }
    }

    @Test func `who was away for longer than its lease writes nothing any more`() async throws {
        try await WebhookLab.run { lab in
            try await lab.make()
            for _ in 0..<4 { lab.events.append("A") }
            let store = FailingWebhookStore(lab.store)
            let frozen = ScriptedReceiver { _ in
                store.freeze(for: .seconds(6))
                await store.thaw()
                return .ok
            }
            let first = lab.dispatcher(frozen, store: store) { $0.leaseSeconds = 1 }
            try await lab.work(first) { frozen.came.count >= 1 }
            try await Task.sleep(for: .milliseconds(1_200))
            try await lab.deliver(4)
            try await Task.sleep(for: .seconds(6))
            // Its own answer came in the end, and moved nothing back or on.
            #expect(frozen.came.count == 1)
            #expect(try await lab.progress().cursor == EventCursor(position: 4, ordinal: 1))
            await first.end()
        }
    }

    /// The bound that docs/webhooks.md names, by the limits that the program has.
    @Test func `a webhook whose process dies is delivered by another within seconds`() async throws {
        try await WebhookLab.run(limits: {
            ($0.claimEvery, $0.leaseSeconds) = (WebhookLimits().claimEvery, WebhookLimits().leaseSeconds)
        }) { lab in
            try await lab.make()
            lab.events.append("A")
            let store = FailingWebhookStore(lab.store)
            let first = lab.dispatcher(store: store)
            let heir = lab.dispatcher()
            try await lab.record(1, by: first)
            _ = try await heir.pass()
            store.die()
            let died = ContinuousClock.now
            lab.events.append("B")
            try await lab.work(heir) { lab.receiver.accepted.count >= 2 }
            #expect(died.duration(to: .now) < .seconds(10))
            #expect(lab.receiver.accepted.map(\.id) == ["1-1", "2-1"])
            for dispatcher in [first, heir] { await dispatcher.end() }
        }
    }

    /// An endpoint may take its time: as long as the process lives nobody else sends the same.
    @Test func `a lease is renewed while an endpoint thinks`() async throws {
        try await WebhookLab.run(limits: { $0.leaseSeconds = 12 }) { lab in
            try await lab.make()
            for _ in 0..<2 { lab.events.append("A") }
            let slow = ScriptedReceiver { _ in
                // Longer than two leases.
                try? await Task.sleep(for: .seconds(26))
                return .ok
            }
            let first = lab.dispatcher(slow)
            let other = lab.dispatcher()
            try await lab.work(first) { slow.came.count >= 1 }
            // Its loop is held up, too: nothing but the delivery itself keeps the lease.
            while slow.accepted.isEmpty {
                _ = try await other.pass()
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(slow.accepted.map(\.id) == ["1-1"])
            #expect(lab.receiver.came.isEmpty, "two have delivered side by side")
            for dispatcher in [first, other] { await dispatcher.end() }
        }
    }

    /// Between the answer of the database and the first byte to the endpoint: the hardest place to sleep at.
    @Test func `who wakes up behind its lease sends nothing more`() async throws {
        try await WebhookLab.run { lab in
            try await lab.make()
            for _ in 0..<4 { lab.events.append("A") }
            let late = ScriptedReceiver { _ in .ok }
            let store = FailingWebhookStore(lab.store) { $0.freeze(for: .seconds(6)) }
            let first = lab.dispatcher(late, store: store) { $0.leaseSeconds = 1 }
            _ = try await first.pass()
            try await Task.sleep(for: .milliseconds(1_200))
            try await lab.deliver(4)
            try await Task.sleep(for: .seconds(6))
            #expect(late.came.isEmpty)
            #expect(lab.receiver.accepted.map(\.id) == (1...4).map { "\($0)-1" })
            store.die()
            await first.end()
        }
    }

    @Test func `whoever stops hands over at once`() async throws {
        try await WebhookLab.run { lab in
            try await lab.make()
            lab.events.append("A")
            try await lab.deliver(1)
            lab.events.append("B")
            let started = ContinuousClock.now
            try await lab.deliver(2)
            // Half of its lease.
            #expect(started.duration(to: .now) < .seconds(30))
        }
    }

    @Test func `events of a range are sent again, and new ones wait for that`() async throws {
        try await WebhookLab.run { lab in
            try await lab.make()
            for number in 1...10 { lab.events.append("A", at: Timestamp(microseconds: Int64(number) * 60_000_000)) }
            // Its dispatcher ends: one that is still at it might send the new event before those that are sent again.
            try await lab.deliver(10)
            let replayed = try await lab.service.replay(
                WebhookLab.id, .cursors(after: .after(2), through: EventCursor(position: 5, ordinal: 1)), by: nil)
            #expect(try replayed.get().value.progress.replay?.through == EventCursor(position: 5, ordinal: 1))
            lab.events.append("A")
            let dispatcher = lab.dispatcher()
            try await lab.record(14, by: dispatcher)
            #expect(lab.receiver.accepted.map(\.id).suffix(4) == ["3-1", "4-1", "5-1", "11-1"])
            #expect(try await lab.progress().replay == nil)
            // By time: those of the fourth to the sixth minute, with a little around.
            _ = try await lab.service.replay(
                WebhookLab.id,
                .times(from: Timestamp(microseconds: 240_000_000), to: Timestamp(microseconds: 370_000_000)), by: nil
            ).get()
            try await lab.deliver(17, by: dispatcher)
            #expect(lab.receiver.accepted.map(\.id).suffix(3) == ["4-1", "5-1", "6-1"])
            // Sent again, a message has the id that it had.
            let ids = Dictionary(grouping: lab.receiver.came, by: { $0.events[0].id }).mapValues { Set($0.map(\.id)) }
            #expect(ids.values.allSatisfy { $0.count == 1 })
            guard
                case .failure = try await lab.service.replay(
                    WebhookLab.id, .cursors(after: .after(5), through: .after(99)), by: nil)
            else {
                Issue.record("what is not there was replayed")
                return
            }
        }
    }

    @Test func `while two secrets are valid deliveries are signed with both`() async throws {
        try await WebhookLab.run { lab in
            let first = try #require(try await lab.make().secret)
            let second = try #require(
                try await lab.service.rotateSecret(of: WebhookLab.id, overlapSeconds: 3_600, by: nil).get().secret)
            guard
                case .failure(.resourceInUse) = try await lab.service.rotateSecret(
                    of: WebhookLab.id, overlapSeconds: 3_600, by: nil)
            else {
                Issue.record("three secrets are valid")
                return
            }
            lab.events.append("A")
            // Its dispatcher ends: one that is still at it would sign with the secrets that were valid when it began.
            try await lab.deliver(1)
            let third = try #require(
                try await lab.service.rotateSecret(of: WebhookLab.id, overlapSeconds: 0, by: nil).get().secret)
            lab.events.append("B")
            try await lab.deliver(2)
            for (delivery, secrets) in zip(lab.receiver.came, [[second, first], [third]]) {
                let seconds = try #require(delivery.header("webhook-timestamp").flatMap { Int64($0) })
                let wanted = secrets.map {
                    $0.signature(of: delivery.id, seconds: seconds, body: delivery.request.body)
                }
                #expect(delivery.header("webhook-signature") == wanted.joined(separator: " "))
            }
        }
    }

    @Test func `old attempts and dead letters are deleted`() async throws {
        try await WebhookLab.run { lab in
            try await lab.make()
            for _ in 0..<3 { lab.events.append("A") }
            try await lab.deliver(3)
            let store = PostgresWebhookDeliveryStore(pools: lab.shop.pools)
            #expect(try await store.prune() == 0)
            try await lab.shop.runSQL(
                """
                update webhook_delivery set at = at - interval '8 days' where attempt = 1 and first_position < 3;
                insert into webhook_set_aside (webhook_id, position, ordinal, keys, attempts, died_at)
                values ('hook', 1, 1, 'iA', 20, clock_timestamp() - interval '31 days'),
                       ('hook', 2, 1, 'iA', 20, clock_timestamp());
                """)
            #expect(try await store.prune() == 3)
            #expect(try await lab.progress().deadLetters == 1)
        }
    }
}

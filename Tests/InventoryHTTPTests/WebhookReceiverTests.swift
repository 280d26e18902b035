import Hummingbird
import Inventory
import InventoryPostgres
import InventoryService
import Logging
import StrictJSON
import Synchronization
import TestSupport
import Testing
import WebhookDelivery

/// Webhooks from the API to a receiver on a real socket.
@Suite struct WebhookReceiverTests {
    final class Inbox: Sendable {
        let came = Mutex<[(headers: [String: String], body: [UInt8])]>([])
        let status = Mutex(204)
    }

    private static func withReceiver(_ body: @escaping @Sendable (_ url: String, Inbox) async throws -> Void)
        async throws
    {
        let inbox = Inbox()
        let router = Router()
        router.post("hook") { request, _ -> Response in
            let bytes = Array(buffer: try await request.body.collect(upTo: 4 << 20))
            let headers = Dictionary(request.headers.map { ($0.name.canonicalName, $0.value) }) { first, _ in first }
            inbox.came.withLock { $0.append((headers, bytes)) }
            return Response(status: .init(code: inbox.status.withLock { $0 }))
        }
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let server = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in running.yield(channel.localAddress?.port ?? 0) }, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run() }
            for await port in ports {
                try await body("http://127.0.0.1:\(port)/hook", inbox)
                break
            }
            tasks.cancelAll()
            _ = try? await tasks.waitForAll()
        }
    }

    private static func dispatch(_ server: TestServer, until isSo: () async throws -> Bool) async throws {
        let sender = HTTPWebhookSender(allowsPrivate: true)
        var limits = WebhookLimits()
        // Longer than any machine stands still: what is sent again after a lost lease is another test's.
        limits.leaseSeconds = 120
        let dispatcher = WebhookDispatcher(
            feed: server.events.feed, store: PostgresWebhookDeliveryStore(pools: server.shop.pools), sender: sender,
            limits: limits, logger: quiet)
        let started = ContinuousClock.now
        while try await !isSo() {
            guard started.duration(to: .now) < .seconds(60) else {
                Issue.record("nothing came in a minute")
                break
            }
            _ = try await dispatcher.pass()
            try await Task.sleep(for: .milliseconds(10))
        }
        await dispatcher.end()
        await sender.shutdown()
    }

    @Test func `events arrive at a receiver, signed`() async throws {
        try await Self.withReceiver { url, inbox in
            try await TestServer.run { server async throws in
                let made = try await server.put("/v1/webhooks/shop", #"{"url":"\#(url)"}"#)
                let secret = try #require(made.json?["secret"]?.string.flatMap { WebhookSecret($0) })
                for number in 0..<5 { server.events.append("sku-\(number)") }
                // Until the last answer is written down, too.
                try await Self.dispatch(server) { try await server.shop.count("webhook_delivery") >= 5 }
                let came = inbox.came.withLock { $0 }
                #expect(came.count == 5)
                for (headers, body) in came {
                    #expect(headers["content-type"] == "application/cloudevents+json")
                    let seconds = try #require(headers["webhook-timestamp"].flatMap { Int64($0) })
                    #expect(abs(seconds - Timestamp.now().seconds) < 60)
                    #expect(
                        headers["webhook-signature"]
                            == secret.signature(of: try #require(headers["webhook-id"]), seconds: seconds, body: body))
                }
                let log = try await server.get("/v1/webhooks/shop/deliveries?limit=3")
                #expect(log.json?["deliveries"]?.elements?.count == 3)
                let next = try #require(log.json?["nextCursor"]?.string)
                let rest = try await server.get("/v1/webhooks/shop/deliveries?cursor=\(next)")
                #expect(rest.json?["deliveries"]?.elements?.count == 2)
            }
        }
    }

    @Test func `a ping says what came of it`() async throws {
        try await Self.withReceiver { url, inbox in
            try await TestServer.run { server async throws in
                for (size, type) in [(1, "application/cloudevents+json"), (9, "application/cloudevents-batch+json")] {
                    let made = try await server.put(
                        "/v1/webhooks/w\(size)", #"{"url":"\#(url)","batchSize":\#(size),"enabled":false}"#)
                    let secret = try #require(made.json?["secret"]?.string.flatMap { WebhookSecret($0) })
                    let pinged = try await server.post("/v1/webhooks/w\(size)/ping", "{}")
                    #expect(pinged.json?["delivered"]?.boolean == true)
                    let (headers, body) = try #require(inbox.came.withLock { $0.last })
                    #expect(headers["content-type"] == type)
                    let seconds = try #require(headers["webhook-timestamp"].flatMap { Int64($0) })
                    #expect(
                        headers["webhook-signature"]
                            == secret.signature(of: try #require(headers["webhook-id"]), seconds: seconds, body: body))
                    let root = try JSONDocument(parsing: body).root
                    #expect((size == 1 ? root : root[0])?["type"]?.string == "webhook.ping")
                }
                inbox.status.withLock { $0 = 500 }
                let failed = try await server.post("/v1/webhooks/w1/ping", "{}")
                #expect(failed.json?["delivered"]?.boolean == false && failed.json?["status"]?.integer == 500)
                #expect(failed.json?["error"]?.string == "answered 500")
            }
        }
    }
}

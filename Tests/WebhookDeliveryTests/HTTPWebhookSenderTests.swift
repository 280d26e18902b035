import Hummingbird
import InventoryService
import Logging
import NIOCore
import Synchronization
import Testing
import WebhookDelivery

@Suite struct HTTPWebhookSenderTests {
    /// What came in: paths and hosts.
    final class Seen: Sendable {
        let requests = Mutex<[(path: String, host: String?)]>([])
    }

    private static func withReceiver(_ body: @escaping @Sendable (_ port: Int, Seen) async throws -> Void) async throws
    {
        let seen = Seen()
        let router = Router()
        router.post("**") { request, _ -> Response in
            seen.requests.withLock { $0.append((request.uri.path, request.head.authority)) }
            switch request.uri.path {
            case "/redirect": return Response(status: .found, headers: [.location: "/taken"])
            case "/later": return Response(status: .tooManyRequests, headers: [.retryAfter: "120"])
            case "/slow":
                try await Task.sleep(for: .seconds(600))
                return Response(status: .ok)
            case "/endless":
                // A byte now and then, for ever: no single wait is long.
                return Response(
                    status: .ok,
                    body: .init { writer in
                        while true {
                            try await writer.write(ByteBuffer(string: "x"))
                            try await Task.sleep(for: .milliseconds(200))
                        }
                    })
            case "/large":
                return Response(
                    status: .accepted, body: .init(byteBuffer: ByteBuffer(repeating: 120, count: 8 << 20)))
            default: return Response(status: .noContent)
            }
        }
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let server = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in running.yield(channel.localAddress?.port ?? 0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run() }
            for await port in ports {
                try await body(port, seen)
                break
            }
            tasks.cancelAll()
            _ = try? await tasks.waitForAll()
        }
    }

    private static func request(_ url: String) -> WebhookRequest {
        WebhookRequest(
            url: WebhookURL(stored: url), headers: [("content-type", "application/json")], body: Array("{}".utf8))
    }

    private static func loopback(_ port: Int) throws -> SocketAddress {
        try SocketAddress(ipAddress: "127.0.0.1", port: port)
    }

    @Test func `a request is sent to the address that was checked, under its own name`() async throws {
        try await Self.withReceiver { port, seen in
            let sender = HTTPWebhookSender(allowsPrivate: true) { _, port in [try Self.loopback(port)] }
            let response = await sender.send(Self.request("http://receiver.test:\(port)/hook"))
            #expect(response == .answered(status: 204, retryAfterSeconds: nil))
            seen.requests.withLock {
                #expect($0.map(\.path) == ["/hook"])
                #expect($0[0].host == "receiver.test:\(port)")
            }
            await sender.shutdown()
        }
    }

    @Test func `a redirect is not followed`() async throws {
        try await Self.withReceiver { port, seen in
            let sender = HTTPWebhookSender(allowsPrivate: true)
            let response = await sender.send(Self.request("http://127.0.0.1:\(port)/redirect"))
            #expect(response == .answered(status: 302, retryAfterSeconds: nil))
            seen.requests.withLock { #expect($0.map(\.path) == ["/redirect"]) }
            await sender.shutdown()
        }
    }

    @Test func `an answer says when to come again, and only the beginning of a long one is read`() async throws {
        try await Self.withReceiver { port, _ in
            let sender = HTTPWebhookSender(allowsPrivate: true)
            #expect(
                await sender.send(Self.request("http://127.0.0.1:\(port)/later"))
                    == .answered(status: 429, retryAfterSeconds: 120))
            #expect(
                await sender.send(Self.request("http://127.0.0.1:\(port)/large"))
                    == .answered(status: 202, retryAfterSeconds: nil))
            await sender.shutdown()
        }
    }

    @Test func `an endpoint that takes its time holds nothing up for longer than the bound`() async throws {
        try await Self.withReceiver { port, _ in
            let sender = HTTPWebhookSender(allowsPrivate: true)
            let started = ContinuousClock.now
            async let slow = sender.send(Self.request("http://127.0.0.1:\(port)/slow"))
            async let endless = sender.send(Self.request("http://127.0.0.1:\(port)/endless"))
            if case .answered = await slow { Issue.record("there was an answer") }
            _ = await endless
            // Neither would end by itself, so this holds on a busy machine too.
            #expect(started.duration(to: .now) < .seconds(4 * WebhookLimits.sendSecondsMax))
            await sender.shutdown()
        }
    }

    @Test func `nobody there is a failure with words`() async throws {
        let sender = HTTPWebhookSender(allowsPrivate: true)
        guard case .unreachable(let why) = await sender.send(Self.request("http://127.0.0.1:9/")) else {
            Issue.record("there was an answer")
            return
        }
        #expect(!why.isEmpty && why.utf8.count < 200)
        await sender.shutdown()
    }

    @Test(arguments: [
        ["127.0.0.1"], ["::1"], ["10.1.2.3"], ["169.254.169.254"], ["100.64.0.1"], ["fd00::1"], ["::ffff:127.0.0.1"],
        ["0.0.0.0"], ["64:ff9b::7f00:1"], ["93.184.216.34", "127.0.0.1"],
    ])
    func `a name that means a private address is not asked`(addresses: [String]) async throws {
        let sender = HTTPWebhookSender(allowsPrivate: false) { _, port in
            try addresses.map { try SocketAddress(ipAddress: $0, port: port) }
        }
        let response = await sender.send(Self.request("https://innocent.example/hook"))
        guard case .unreachable(let why) = response else {
            Issue.record("answered: \(response)")
            return
        }
        #expect(why.contains("not sent"), "\(why)")
        await sender.shutdown()
    }

    /// Ways to write an address that are no addresses to a parser, and are ones to the system's look-up.
    @Test(arguments: [
        "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "127.0.0.1", "[::1]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "10.0.0.1", "169.254.169.254",
    ])
    func `no spelling of this machine's address gets through`(host: String) async throws {
        let sender = HTTPWebhookSender(allowsPrivate: false)
        let response = await sender.send(Self.request("https://\(host)/hook"))
        guard case .unreachable(let why) = response else {
            Issue.record("answered: \(response)")
            return
        }
        #expect(why.contains("not sent") || why.contains("no address found"), "\(why)")
        await sender.shutdown()
    }

    @Test func `a name is not looked up again for each connection, and what it means is checked each time it is`()
        async throws
    {
        let looked = Mutex(0)
        let sender = HTTPWebhookSender(allowsPrivate: false) { _, port in
            looked.withLock { $0 += 1 }
            return [try Self.loopback(port)]
        }
        for _ in 0..<3 {
            guard case .unreachable = await sender.send(Self.request("https://rebinding.example/")) else {
                Issue.record("there was an answer")
                return
            }
        }
        // A refusal is not remembered as an address.
        #expect(looked.withLock { $0 } == 3)
        await sender.shutdown()
    }

    @Test func `plain HTTP is for private receivers`() throws {
        let strict = HTTPWebhookSender(allowsPrivate: false)
        let lax = HTTPWebhookSender(allowsPrivate: true)
        #expect(strict.objection(to: try WebhookURL("http://shop.example.com/")) != nil)
        #expect(strict.objection(to: try WebhookURL("https://192.168.1.1/")) != nil)
        #expect(strict.objection(to: try WebhookURL("https://shop.example.com/")) == nil)
        #expect(lax.objection(to: try WebhookURL("http://192.168.1.1/")) == nil)
    }
}

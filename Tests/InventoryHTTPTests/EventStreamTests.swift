import Foundation
import Hummingbird
import HummingbirdTesting
import Inventory
import InventoryHTTP
import InventoryService
import Synchronization
import TestSupport
import Testing

/// The stream of events over real sockets, with a feed in memory behind it.
@Suite struct EventStreamTests {
    private let store = InMemoryEventStore()

    private func tail(padding: Int = 0, _ set: (inout EventTail.Limits) -> Void = { _ in }) -> EventTail {
        var limits = EventTail.Limits()
        set(&limits)
        return EventTail(.over(store, padding: padding), limits: limits, logger: quiet)
    }

    /// An open stream, and what has come of it.
    private final class Stream: Sendable {
        let connection: RawConnection
        private let state = Mutex<(bytes: [UInt8], taken: Int)>(([], 0))

        init(_ server: TestServer, _ query: String = "", _ headers: String = "") throws {
            connection = try RawConnection(port: server.client.port)
            let caller = server.caller.map { "\($0.name.canonicalName): \($0.value)\r\n" }.joined()
            connection.say("GET /v1/event-stream\(query) HTTP/1.1\r\nHost: a\r\n\(caller)\(headers)\r\n")
        }

        /// What came since the last question, until a text is among it.
        func text(until wanted: String) async -> String {
            let answers = await connection.answers { self.text(with: $0).contains(wanted) }
            return take(answers, expecting: wanted)
        }

        /// The rest, until the stream ends.
        func end() async -> String {
            let answers = await connection.answers()
            #expect(answers.isClosed)
            return take(answers, expecting: "")
        }

        private func take(_ answers: RawConnection.Answers, expecting wanted: String) -> String {
            let text = text(with: answers.bytes)
            state.withLock { state in
                state.bytes += answers.bytes
                state.taken += text.utf8.count
            }
            #expect(text.contains(wanted) || wanted.isEmpty, "\(text.suffix(2_000))")
            return text
        }

        private func text(with more: [UInt8]) -> String {
            let (bytes, taken) = state.withLock { ($0.bytes + more, $0.taken) }
            return String(decoding: Self.unchunked(bytes).dropFirst(taken), as: UTF8.self)
        }

        /// The head, and the chunks of the body without their sizes (RFC 9112, section 7.1).
        private static func unchunked(_ bytes: [UInt8]) -> [UInt8] {
            let newline = Array("\r\n".utf8)
            guard let head = bytes.firstRange(of: newline + newline) else { return bytes }
            var text = Array(bytes[..<head.upperBound])
            var rest = bytes[head.upperBound...]
            while let end = rest.firstRange(of: newline),
                let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), size > 0
            {
                rest = rest[end.upperBound...]
                text += rest.prefix(size)
                rest = rest.dropFirst(size + 2)
            }
            return text
        }
    }

    private func wait(_ what: String, _ condition: () -> Bool) async throws {
        #expect(await eventually(condition), "waited in vain for \(what)")
    }

    @Test func `a stream begins now, says where it is, and gives each event in the form of the standard`() async throws
    {
        store.band("A", at: "L")
        let store = store
        try await TestServer.run(tail: tail()) { server async throws in
            let stream = try Stream(server)
            let head = await stream.text(until: "\n\n")
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(head)")
            #expect(head.lowercased().contains("content-type: text/event-stream\r\n"))
            #expect(head.lowercased().contains("cache-control: no-store\r\n"))
            #expect(head.contains("retry: 3000\nid: 1\n\n"), "\(head)")
            store.band("B", at: "L")
            let event = await stream.text(until: "\n\n")
            #expect(
                event.contains("id: 2-1\nevent: inventory.band.changed\ndata: {\"id\":\"2-1\",\"sku\":\"B\"}\n\n"),
                "\(event)")
        }
    }

    @Test func `who comes back goes on behind the last id, by header or by query`() async throws {
        for _ in 0..<3 { store.band("A", at: "L") }
        let store = store
        try await TestServer.run(tail: tail()) { server async throws in
            let first = try Stream(server, "?after=1-1")
            #expect(await first.text(until: "id: 3-1").contains("id: 2-1"))
            // The header is the newer one.
            let again = try Stream(server, "?after=1-1", "Last-Event-ID: 2-1\r\n")
            let text = await again.text(until: "id: 3-1")
            #expect(!text.contains("id: 2-1\nevent"), "\(text)")
            store.forget(before: 3)
            for (cursor, status, code) in [
                ("1-1", 410, "cursorExpired"), ("x", 400, "invalidRequest"), ("9-1", 400, "invalidRequest"),
            ] {
                let answer = try await server.get("/v1/event-stream?after=\(cursor)")
                #expect(answer.status == status && answer.code == code, "\(answer.body)")
                let named = try await server.get(
                    "/v1/event-stream", headers: [.init("Last-Event-ID") ?? .accept: cursor])
                #expect(named.status == status && named.code == code, "\(named.body)")
                #expect(status == 410 || named.parameters == ["Last-Event-ID"], "\(named.body)")
            }
            #expect(try await server.get("/v1/event-stream?group=nowhere").status == 422)
            #expect(try await server.get("/v1/event-stream?types=sales").status == 400)
        }
    }

    @Test func `filters and bindings hold, and shoppers see bands only`() async throws {
        let store = store
        try await TestServer.runAsking(tail: tail()) { server async throws in
            let all = try Stream(server.with(try await server.key("oms", [.orderSystem])))
            let bound = try Stream(server.with(try await server.key("store", [.analyst], locations: ["L"])))
            let ofB = try Stream(
                server.with(try await server.key("search", [.integrator])), "?sku=B&types=inventory.band.changed")
            let shop = server.with(try await server.key("shop", [], [.availabilityPublic]))
            let shopper = try Stream(shop)
            for stream in [all, bound, ofB, shopper] { _ = await stream.text(until: "id: 0\n\n") }
            store.silence("L")
            store.band("A", at: "M")
            store.band("B", at: "L")
            store.silence("end")
            store.band("B", at: "L")
            func ids(_ stream: Stream) async -> [String] {
                await stream.text(until: "id: 5-1").matches(of: /id: (\d+-\d+)\n/).map { String($0.1) }
            }
            #expect(await ids(all) == ["1-1", "2-1", "3-1", "4-1", "5-1"])
            #expect(await ids(bound) == ["1-1", "3-1", "5-1"])
            #expect(await ids(ofB) == ["3-1", "5-1"])
            #expect(await ids(shopper) == ["2-1", "3-1", "5-1"])
            let asked = try await shop.get("/v1/event-stream?types=inventory.band.changed,inventory.movement.recorded")
            #expect(asked.status == 403 && asked.code == "forbidden", "\(asked.body)")
            let other = server.with(try await server.key("store-2", [.analyst], locations: ["L"]))
            #expect(try await other.get("/v1/event-stream?location=M").status == 403)
            #expect(try await server.with(try await server.key("till", [.till])).get("/v1/event-stream").status == 403)
        }
    }

    @Test func `a stream ends when its key is revoked`() async throws {
        let tail = tail()
        try await TestServer.runAsking(tail: tail) { server async throws in
            let text = try await server.key("oms", [.orderSystem])
            let admin = server.with(try await server.key("office", [], [.admin]))
            let stream = try Stream(server.with(text))
            _ = await stream.text(until: "id: 0\n\n")
            let id = try #require(text.split(separator: "_").dropFirst().first.map(String.init))
            #expect(try await admin.post("/v1/api-keys/\(id)/revoke", "{}").status == 200)
            // Time passes at once.
            for group in 0..<10 { tail.pulse(group: group) }
            #expect(await stream.end().contains(": the token or key is not good any more\n\n"))
        }
    }

    @Test func `a client that does not read is told from where to go on, and cut`() async throws {
        let store = store
        let tail = tail(padding: 20_000) { $0.queueEventsMax = 64 }
        try await TestServer.run(tail: tail) { server async throws in
            let stream = try Stream(server)
            _ = await stream.text(until: "id: 0\n\n")
            // Until its sockets take no more. Events that wait for the stream's own turn only are gone a second later.
            func isStuck() async throws -> Bool {
                let held = tail.heldBytes
                guard held > 0 else { return false }
                try await Task.sleep(for: .seconds(1))
                return tail.heldBytes == held
            }
            var committed = 0
            while try await !isStuck(), committed < 5_000 {
                for _ in 0..<5 { store.band("A", at: "L") }
                committed += 5
                try await wait("the events to be read") { store.isRead }
                try await Task.sleep(for: .milliseconds(30))
            }
            for _ in 0..<70 { store.band("A", at: "L") }
            try await wait("the queue to be dropped") { tail.heldBytes == 0 }
            let text = await stream.end()
            let last = try #require(text.matches(of: /id: (\d+)-1\n/).last).1
            #expect(text.hasSuffix("\n\n"))
            #expect(text.contains("event: slow\ndata: {\"resumeAfter\":\"\(last)-1\","), "\(text.suffix(500))")
            #expect(Int(last) ?? .max <= committed)
            try await wait("its place to be free") { tail.followers == 0 }
        }
    }

    @Test func `a client that hangs up makes room at once`() async throws {
        let tail = tail()
        let limits = {
            var limits = ClientLimits.none
            limits.eventStreamsMax = 2
            limits.underWayMax = 1
            return limits
        }()
        try await TestServer.run(clientLimits: limits, tail: tail) { server async throws in
            var streams: [Stream] = []
            for _ in 0..<2 {
                let stream = try Stream(server)
                _ = await stream.text(until: "\n\n")
                streams.append(stream)
            }
            // Streams are no requests under way.
            #expect(try await server.get("/v1/items").status == 200)
            let refused = try await server.get("/v1/event-stream")
            #expect(refused.status == 429 && refused.code == "rateLimited", "\(refused.body)")
            #expect(tail.followers == 2)
            streams[0].connection.reset()
            streams[1].connection.finish()
            try await wait("the streams to be gone") { tail.followers == 0 }
            let next = try Stream(server)
            #expect(await next.text(until: "\n\n").hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test func `silence is filled with heartbeats that say how far the feed is`() async throws {
        let store = store
        let tail = tail()
        try await TestServer.run(tail: tail) { server async throws in
            let stream = try Stream(server, "?sku=B")
            _ = await stream.text(until: "id: 0\n\n")
            store.band("A", at: "L")
            try await wait("the event to be read") { store.isRead }
            for _ in 0..<5 {
                for group in 0..<10 { tail.pulse(group: group) }
                try await Task.sleep(for: .milliseconds(50))
            }
            // One that was on its way before the event was handed on is followed by one that knows of it.
            let text = await stream.text(until: ": heartbeat\nid: 1\n\n")
            #expect(text.contains(": heartbeat\nid: 1\n\n"), "\(text)")
        }
    }

    @Test func `pages of the named origins may read what storefronts show, and nothing else`() async throws {
        let preflight: HTTPFields = [
            .origin: "https://shop.example", .init("Access-Control-Request-Method") ?? .accept: "GET",
            .init("Access-Control-Request-Headers") ?? .accept: "authorization",
        ]
        @Sendable func header(_ name: String, _ response: TestResponse) -> String? {
            response.headers.first { $0.name.canonicalName == name }?.value
        }
        try await TestServer.runAsking(tail: tail(), corsOrigins: ["https://shop.example"]) { server async throws in
            for path in ["/v1/event-stream", "/v1/storefront/availability/A"] {
                try await server.client.execute(uri: path, method: .options, headers: preflight) { response in
                    #expect(response.status == .noContent)
                    #expect(header("access-control-allow-origin", response) == "https://shop.example")
                    #expect(header("access-control-allow-headers", response)?.contains("authorization") == true)
                    #expect(response.headers[.vary] == "Origin")
                }
                // Problems too, or a page could not tell why.
                try await server.client.execute(
                    uri: path, method: .get, headers: [.origin: "https://shop.example"]
                ) { response in
                    #expect(response.status == .unauthorized)
                    #expect(header("access-control-allow-origin", response) == "https://shop.example")
                }
                try await server.client.execute(
                    uri: path, method: .get, headers: [.origin: "https://evil.example"]
                ) { response in
                    #expect(header("access-control-allow-origin", response) == nil)
                    #expect(response.headers[.vary] == "Origin")
                }
                var strange = preflight
                strange[.origin] = "https://evil.example"
                try await server.client.execute(uri: path, method: .options, headers: strange) { response in
                    #expect(response.status != .noContent)
                    #expect(header("access-control-allow-origin", response) == nil)
                }
            }
            try await server.client.execute(uri: "/v1/items", method: .options, headers: preflight) { response in
                #expect(response.status != .noContent)
                #expect(header("access-control-allow-origin", response) == nil)
            }
        }
    }
}

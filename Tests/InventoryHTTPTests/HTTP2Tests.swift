import Foundation
import Hummingbird
import HummingbirdTesting
import InventoryHTTP
import StrictJSON
import TestSupport
import Testing

/// HTTP/2 without TLS, as a client speaks it that knows that the service does, or that wants to do harm.
@Suite struct HTTP2Tests {
    @Test func `a client that knows that HTTP 2 is spoken gets its answers`() async throws {
        try await TestServer.run { server async throws in
            let connection = try RawConnection(port: server.client.port)
            // In pieces, as a network may deliver it.
            for byte in RawHTTP2.start {
                connection.say([byte])
            }
            connection.say(RawHTTP2.head("/health/live", stream: 1) + RawHTTP2.head("/v1/items", stream: 3))
            let answers = await connection.answers { RawFrame.ends(1, in: $0) && RawFrame.ends(3, in: $0) }
            #expect(answers.body(3).hasPrefix("{\"items\":[]"), "\(answers.text)")
            // Index 8 of the static table is `:status: 200`.
            #expect(answers.frames.filter { $0.kind == .headers }.allSatisfy { $0.payload.first == 0x88 })
            #expect(!answers.isClosed)
        }
    }

    @Test(arguments: [
        ("PRI * HTTP/1.1\r\nHost: a\r\n\r\n", [400]), ("PRI", []), ("PRI * HTTP/2.0\r\n\r", []),
    ])
    func `what only begins like HTTP 2 is no HTTP 2`(bytes: String, statuses: [Int]) async throws {
        try await TestServer.run { server async throws in
            let connection = try RawConnection(port: server.client.port)
            connection.say(bytes)
            connection.finish()
            let answers = await connection.answers()
            #expect(answers.statuses == statuses, "\(answers.text)")
            #expect(answers.isClosed)
        }
    }

    @Test func `a fact comes in by HTTP 2 as by HTTP 1`() async throws {
        try await TestServer.run { server async throws in
            let connection = try RawConnection(port: server.client.port)
            let body = "{\"source\":\"till\",\"lines\":[\(sale("e1"))]}"
            connection.say(
                RawHTTP2.start
                    + RawHTTP2.head(
                        "POST", "/v1/movements", stream: 1, [("content-type", "application/json")], ends: false)
                    + RawHTTP2.data(String(body.prefix(20)), stream: 1))
            connection.say(RawHTTP2.data(String(body.dropFirst(20)), stream: 1, ends: true))
            let answers = await connection.answers { RawFrame.ends(1, in: $0) }
            #expect(answers.body().contains("\"eventId\":\"e1\""), "\(answers.body())")
        }
    }

    @Test(arguments: [false, true])
    func `half a body is no body, whether its stream or its connection ends`(isConnection: Bool) async throws {
        let log = LogRecorder()
        try await TestServer.run(logger: log.logger) { server async throws in
            let connection = try RawConnection(port: server.client.port)
            connection.say(
                RawHTTP2.start
                    + RawHTTP2.head(
                        "POST", "/v1/imports?kind=items", stream: 1, [("content-type", "text/csv")], ends: false)
                    + RawHTTP2.data("sku,name\nA,A\n", stream: 1))
            try await Task.sleep(for: .milliseconds(100))
            if isConnection {
                connection.finish()
                #expect(await connection.answers().isClosed)
            } else {
                connection.say(RawHTTP2.reset(stream: 1) + RawHTTP2.head("/health/live", stream: 3))
                #expect(await connection.answers { RawFrame.ends(3, in: $0) }.isWhole(3))
            }
            try await Task.sleep(for: .milliseconds(100))
            // What was being received is in the list until the service has taken it away.
            let isGone = try await eventually {
                try await server.get("/v1/imports").json?["imports"]?.elements?.isEmpty == true
            }
            #expect(isGone)
        }
        #expect(log.alarming == [])
    }

    @Test func `a body ends at its time although no byte of it comes`() async throws {
        var limits = HTTPLimits()
        limits.bodyWithin = .milliseconds(300)
        try await TestServer.run(limits: limits) { server async throws in
            let connection = try RawConnection(port: server.client.port)
            connection.say(
                RawHTTP2.start
                    + RawHTTP2.head(
                        "POST", "/v1/movements", stream: 1, [("content-type", "application/json")], ends: false)
                    + RawHTTP2.data("{", stream: 1))
            let answers = await connection.answers { bytes in
                RawFrame.all(in: bytes).contains { $0.kind == .reset }
            }
            #expect(answers.body().contains("requestTimeout"), "\(answers.text)")
            // No error: the client is to read the answer.
            #expect(answers.frames.last { $0.kind == .reset }?.code == 0)
            #expect(!answers.isClosed)
        }
    }

    @Test(
        arguments: [
            (nil, []), ("a", [("host", "b")]), (nil, [("host", "a"), ("host", "a")]),
        ] as [(String?, [(String, String)])])
    func `whom a request is for is said once`(authority: String?, hosts: [(String, String)]) async throws {
        try await TestServer.run { server async throws in
            let connection = try RawConnection(port: server.client.port)
            connection.say(RawHTTP2.start + RawHTTP2.head("/v1/items", stream: 1, authority: authority, hosts))
            let answers = await connection.answers { RawFrame.ends(1, in: $0) }
            #expect(answers.body().contains("\"parameter\":\"Host\""), "\(answers.text)")
        }
    }

    @Test func `a Host may stand for the authority`() async throws {
        try await TestServer.run { server async throws in
            let connection = try RawConnection(port: server.client.port)
            connection.say(
                RawHTTP2.start + RawHTTP2.head("/v1/items", stream: 1, authority: nil, [("host", "localhost")]))
            let answers = await connection.answers { RawFrame.ends(1, in: $0) }
            #expect(answers.body().hasPrefix("{\"items\""), "\(answers.text)")
        }
    }

    @Test func `a head with too many fields is a problem, and the connection goes on`() async throws {
        try await TestServer.run { server async throws in
            let connection = try RawConnection(port: server.client.port)
            let fields = (0...1_000).map { _ in ("x", "y") }
            connection.say(
                RawHTTP2.start + RawHTTP2.head("/v1/items", stream: 1, fields)
                    + RawHTTP2.head("/v1/items", stream: 3))
            let answers = await connection.answers { RawFrame.ends(1, in: $0) && RawFrame.ends(3, in: $0) }
            #expect(answers.body(1).contains("invalidRequest"), "\(answers.body(1))")
            #expect(answers.body(3).hasPrefix("{\"items\""))
        }
    }

    @Test func `a head that is malformed ends its stream and no other`() async throws {
        try await EchoServer.run { port in
            let connection = try RawConnection(port: port)
            connection.say(
                RawHTTP2.start + RawHTTP2.head("/client", stream: 1, [("Connection", "close")])
                    + RawHTTP2.head("/client", stream: 3))
            let answers = await connection.answers { RawFrame.ends(1, in: $0) && RawFrame.ends(3, in: $0) }
            #expect(answers.frames.contains { $0.kind == .reset && $0.stream == 1 }, "\(answers.frames)")
            #expect(answers.body(3).hasPrefix("127.0.0.1"))
            #expect(!answers.isClosed)
        }
    }
}

import Foundation
import InventoryHTTP
import Testing

/// What a client of HTTP/2 may not do, and that it costs the client its own connection only.
@Suite struct HTTP2AbuseTests {
    /// Why a connection was ended. Whoever floods may find it reset before that can be read.
    private static func isEnded(_ answers: RawConnection.Answers) -> Bool {
        let codes = answers.frames.filter { $0.kind == .goAway }.compactMap(\.code)
        return answers.isClosed && codes.allSatisfy { $0 != 0 }
    }

    @Test(arguments: [RawHTTP2.start, RawHTTP2.unconfirmedStart])
    func `more requests at one time than allowed end the connection`(start: [UInt8]) async throws {
        var limits = HTTPLimits()
        limits.streamsMax = 3
        try await EchoServer.run(limits: limits) { port in
            let connection = try RawConnection(port: port)
            connection.say(start + (0..<5).flatMap { RawHTTP2.head("/slow", stream: UInt32($0 * 2 + 1)) })
            #expect(Self.isEnded(await connection.answers()))
            // As many as allowed are answered.
            let modest = try RawConnection(port: port)
            modest.say(start)
            for stream in 0..<3 { modest.say(RawHTTP2.head("/slow", stream: UInt32(stream * 2 + 1))) }
            let answers = await modest.answers { bytes in [1, 3, 5].allSatisfy { RawFrame.ends($0, in: bytes) } }
            #expect(answers.body(5) == "done")
        }
    }

    @Test func `requests that are taken back at once, again and again, end the connection`() async throws {
        try await EchoServer.run { port in
            let connection = try RawConnection(port: port)
            connection.say(RawHTTP2.start)
            for stream in 0..<600 {
                let id = UInt32(stream * 2 + 1)
                connection.say(RawHTTP2.head("/slow", stream: id) + RawHTTP2.reset(stream: id))
            }
            #expect(Self.isEnded(await connection.answers()))
            // Others are served.
            let other = try RawConnection(port: port)
            other.say(RawHTTP2.start + RawHTTP2.head("/client", stream: 1))
            #expect(await other.answers { RawFrame.ends(1, in: $0) }.body().hasPrefix("127.0.0.1"))
        }
    }

    @Test(arguments: [
        RawFrame(kind: .settings).bytes, RawFrame(kind: .ping, payload: [0, 0, 0, 0, 0, 0, 0, 0]).bytes,
        RawFrame(kind: .priority, stream: 1, payload: [0, 0, 0, 0, 9]).bytes,
    ])
    func `a flood of frames that ask for nothing ends the connection`(frame: [UInt8]) async throws {
        try await EchoServer.run { port in
            let connection = try RawConnection(port: port)
            connection.say(RawHTTP2.start)
            for _ in 0..<600 { connection.say(frame) }
            #expect(Self.isEnded(await connection.answers()))
        }
    }

    @Test func `a head of more bytes than allowed ends the connection`() async throws {
        try await EchoServer.run { port in
            let connection = try RawConnection(port: port)
            let block = RawHTTP2.block([(":method", "GET"), ("x", String(repeating: "y", count: 100 << 10))])
            var frames = RawFrame(kind: .headers, stream: 1, payload: Array(block.prefix(16_384))).bytes
            for start in stride(from: 16_384, to: block.count, by: 16_384) {
                let isLast = start + 16_384 >= block.count
                frames +=
                    RawFrame(
                        kind: .continuation, flags: isLast ? RawFrame.endHeaders : 0, stream: 1,
                        payload: Array(block[start..<min(block.count, start + 16_384)])
                    ).bytes
            }
            connection.say(RawHTTP2.start + frames)
            #expect(Self.isEnded(await connection.answers()))
        }
    }

    @Test func `a connection without requests ends after its time, also when its client is gone`() async throws {
        var limits = HTTPLimits()
        // Also the time in which a connection has to begin, which a slow machine must not outlive.
        limits.idleSeconds = 5
        limits.drainWithin = .milliseconds(500)
        try await EchoServer.run(limits: limits) { port in
            for requests in [[], RawHTTP2.head("/client", stream: 1)] {
                let connection = try RawConnection(port: port)
                connection.say(RawHTTP2.start + requests)
                let answers = await connection.answers()
                #expect(answers.isClosed)
                #expect(answers.frames.contains { $0.kind == .goAway && $0.code == 0 })
            }
        }
    }

    @Test func `an answer that nobody takes is given up`() async throws {
        var limits = HTTPLimits()
        // Also the time in which a connection has to begin, which a slow machine must not outlive.
        limits.idleSeconds = 5
        limits.drainWithin = .milliseconds(500)
        try await EchoServer.run(limits: limits) { port in
            let connection = try RawConnection(port: port)
            // Without a WINDOW_UPDATE there is room for 64 KiB.
            connection.say(RawHTTP2.start + RawHTTP2.head("/large", stream: 1))
            let answers = await connection.answers()
            #expect(answers.frames.contains { $0.kind == .reset && $0.stream == 1 }, "\(answers.frames.map(\.kind))")
            #expect(answers.isClosed)
        }
    }
}

import Testing

/// A frame of HTTP/2, as bytes.
struct RawFrame {
    enum Kind: UInt8 {
        case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    var kind: Kind
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    static let endStream: UInt8 = 1
    static let endHeaders: UInt8 = 4

    var bytes: [UInt8] {
        let length = UInt32(payload.count)
        return [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), kind.rawValue, flags]
            + Self.bytes(stream) + payload
    }

    static func bytes(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(number >> (24 - 8 * $0) & 255) } }

    /// The last number of a `GOAWAY` or of a reset: why.
    var code: UInt32? {
        switch kind {
        case .reset: number(at: 0)
        case .goAway: number(at: 4)
        default: nil
        }
    }

    private func number(at position: Int) -> UInt32? {
        guard payload.count >= position + 4 else { return nil }
        return payload[position..<(position + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// What has arrived whole.
    static func all(in bytes: [UInt8]) -> [RawFrame] {
        var frames: [RawFrame] = []
        var rest = bytes[...]
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard rest.count >= 9 + length, let kind = Kind(rawValue: head[3]) else { break }
            let stream = head[5..<9].reduce(0) { $0 << 8 | UInt32($1) }
            frames.append(
                RawFrame(
                    kind: kind, flags: head[4], stream: stream, payload: Array(rest.dropFirst(9).prefix(length))))
            rest = rest.dropFirst(9 + length)
        }
        return frames
    }
}

/// What a client of HTTP/2 says, byte by byte.
enum RawHTTP2 {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// With it a client begins: it knows already that HTTP/2 is spoken, and takes what the service will say of its limits.
    static let start = unconfirmedStart + RawFrame(kind: .settings, flags: 1).bytes
    /// The same of a client that will not have heard of any limits.
    static let unconfirmedStart = preface + RawFrame(kind: .settings).bytes

    /// Fields as literals (RFC 7541, section 6.2.2).
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { name, value in [0] + text(name) + text(value) }
    }

    private static func text(_ text: String) -> [UInt8] {
        var rest = text.utf8.count
        var bytes: [UInt8] = []
        if rest < 127 {
            bytes = [UInt8(rest)]
        } else {
            bytes = [127]
            rest -= 127
            while rest >= 128 {
                bytes.append(UInt8(rest & 127 | 128))
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
        return bytes + Array(text.utf8)
    }

    /// A whole request.
    static func head(
        _ path: String, stream: UInt32, authority: String? = "localhost", _ fields: [(String, String)] = []
    ) -> [UInt8] {
        head("GET", path, stream: stream, authority: authority, fields)
    }

    /// The head of a request.
    static func head(
        _ method: String, _ path: String, stream: UInt32, authority: String? = "localhost",
        _ fields: [(String, String)] = [], ends: Bool = true
    ) -> [UInt8] {
        var all = [(":method", method), (":scheme", "http"), (":path", path)]
        if let authority { all.append((":authority", authority)) }
        return RawFrame(
            kind: .headers, flags: RawFrame.endHeaders | (ends ? RawFrame.endStream : 0), stream: stream,
            payload: block(all + fields)
        ).bytes
    }

    static func data(_ text: String, stream: UInt32, ends: Bool = false) -> [UInt8] {
        RawFrame(kind: .data, flags: ends ? RawFrame.endStream : 0, stream: stream, payload: Array(text.utf8)).bytes
    }

    static func reset(stream: UInt32) -> [UInt8] {
        RawFrame(kind: .reset, stream: stream, payload: RawFrame.bytes(8)).bytes
    }
}

extension RawConnection.Answers {
    var frames: [RawFrame] { RawFrame.all(in: bytes) }

    /// The body of an answer on one stream.
    func body(_ stream: UInt32 = 1) -> String {
        String(
            decoding: frames.filter { $0.kind == .data && $0.stream == stream }.flatMap(\.payload), as: UTF8.self)
    }

    func isWhole(_ stream: UInt32 = 1) -> Bool { RawFrame.ends(stream, in: bytes) }
}

extension RawFrame {
    /// Whether a stream has ended for the client: with an answer or without.
    static func ends(_ stream: UInt32, in bytes: [UInt8]) -> Bool {
        all(in: bytes).contains { frame in
            guard frame.stream == stream else { return false }
            if frame.kind == .reset { return true }
            return (frame.kind == .data || frame.kind == .headers) && frame.flags & endStream != 0
        }
    }
}

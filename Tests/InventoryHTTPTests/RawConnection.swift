import Foundation
import Synchronization
import Testing

/// A TCP connection that says exactly what a test wants, bytes that no HTTP client would send included.
final class RawConnection: Sendable {
    private let descriptor: Int32
    private let isEnded = Mutex(false)

    /// - Parameter answerWithin: seconds that are waited for each piece of an answer: many, since a loaded machine may take
    ///   them, and few only where nothing is to come.
    init(port: Int?, answerWithin seconds: Int = 40) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(try #require(port))).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let reason = String(cString: strerror(errno))
        try #require(connected == 0, "\(reason)")
        waitUpTo(seconds)
    }

    func say(_ text: String) { say(Array(text.utf8)) }

    func say(_ bytes: [UInt8]) { _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// Nothing more is sent; answers still come.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection the rude way, with a reset.
    func reset() {
        var lingering = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
        end()
    }

    /// Once: the number may belong to another connection of this process a moment later.
    private func end() {
        let isFirst = isEnded.withLock { ended in
            defer { ended = true }
            return !ended
        }
        if isFirst { close(descriptor) }
    }

    struct Answers {
        let bytes: [UInt8]
        /// False when nothing more came and the connection stayed open.
        let isClosed: Bool

        var text: String { String(decoding: bytes, as: UTF8.self) }

        var statuses: [Int] {
            text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: true).compactMap { Int($0.prefix(3)) }
        }
    }

    /// What comes until the connection is closed, nothing comes any more, or there are as many answers as asked for. Waits on
    /// a thread of its own: the server under test needs those of the test.
    /// - Parameters:
    ///   - countMax: whole answers, each with a Content-Length; nil to go on to the end.
    ///   - within: seconds, where another time is meant than the connection's.
    func answers(_ countMax: Int? = nil, within seconds: Int? = nil) async -> Answers {
        if let seconds { waitUpTo(seconds) }
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let answers = self.waitForAnswers { bytes in countMax.map { Self.wholeAnswers(bytes) >= $0 } ?? false }
                continuation.resume(returning: answers)
            }
        }
    }

    /// What comes until it is enough, the connection is closed, or nothing comes any more.
    func answers(until isEnough: @escaping @Sendable ([UInt8]) -> Bool) async -> Answers {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: self.waitForAnswers(until: isEnough)) }
        }
    }

    private func waitUpTo(_ seconds: Int) {
        var timeout = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    private func waitForAnswers(until isEnough: ([UInt8]) -> Bool) -> Answers {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return Answers(bytes: bytes, isClosed: count == 0 || errno == ECONNRESET) }
            bytes += buffer.prefix(count)
            if isEnough(bytes) { return Answers(bytes: bytes, isClosed: false) }
        }
    }

    static func wholeAnswers(_ bytes: [UInt8]) -> Int {
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        var count = 0
        while let end = rest.firstRange(of: "\r\n\r\n") {
            let length = rest[..<end.lowerBound].lowercased().firstMatch(of: /content-length: *(\d+)/)
            let body = length.flatMap { Int($0.1) } ?? 0
            guard rest[end.upperBound...].utf8.count >= body else { break }
            rest = rest[rest.utf8.index(end.upperBound, offsetBy: body)...]
            count += 1
        }
        return count
    }

    deinit { end() }
}

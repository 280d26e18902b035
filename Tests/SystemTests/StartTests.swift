import Foundation
import TestSupport
import Testing

/// What somebody meets who comes too early, or to the wrong place.
@Suite struct StartTests {
    @Test func `who connects while it starts is refused or answered, and never kept waiting`() async throws {
        try await withFolder { folder in
            // Finds a port that is free.
            let settings = ["DATA_DIR": "\(folder)/data", "LOG_LEVEL": "error"]
            let first = try Program(["serve"], settings.merging(["HTTP_PORT": "0"]) { $1 })
            let port = try #require(URL(string: try await first.address())?.port)
            first.signal(SIGTERM)
            _ = try await first.exitStatus()
            for _ in 0..<3 {
                let program = try Program(["serve"], settings.merging(["HTTP_PORT": "\(port)"]) { $1 })
                var connections: [CInt] = []
                defer { for connection in connections { close(connection) } }
                let deadline = ContinuousClock.now.advanced(by: .seconds(30))
                while connections.count < 40, ContinuousClock.now < deadline {
                    if let connection = Self.connection(to: port) { connections.append(connection) }
                    try await Task.sleep(for: .milliseconds(1))
                }
                #expect(connections.count == 40)
                for connection in connections {
                    // Answered, or ended: both can be read.
                    let isAnswered = await eventually {
                        var asked = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
                        return poll(&asked, 1, 0) == 1
                    }
                    #expect(isAnswered, "a connection was accepted, and nobody answers it")
                }
                program.signal(SIGTERM)
                _ = try await program.exitStatus()
            }
        }
    }

    /// - Returns: a connection that has asked for something; nil where it was refused.
    private static func connection(to port: Int) -> CInt? {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafeBytes(of: &address) { bytes in
            connect(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        let question = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
        guard connected == 0, send(descriptor, question, question.utf8.count, CInt(MSG_NOSIGNAL)) > 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    @Test func `what cannot be done is said in a sentence`() async throws {
        try await withFolder { folder in
            let backwards = try Program(
                ["export", "--out", "\(folder)/lake", "--from", "2026-01-02", "--to", "2026-01-01"],
                ["DATA_DIR": "\(folder)/data"])
            #expect(try await backwards.exitStatus() != 0)
            #expect(backwards.text.contains("--from, 2026-01-02, is after --to, 2026-01-01"), "\(backwards.text)")
            let bench = try Program(["bench", "--url", "http://127.0.0.1:1"], [:])
            #expect(try await bench.exitStatus() != 0)
            let tail = try Program(["tail", "--url", "http://127.0.0.1:1"], [:])
            try await tail.wait("what is wrong") { tail.text.contains("\n") }
            tail.signal(SIGTERM)
            _ = try await tail.exitStatus()
            for text in [bench.text, tail.text] {
                #expect(text.contains("no holdfast answers at http://127.0.0.1:1; start one there"), "\(text)")
                #expect(!text.contains("errno"), "\(text)")
            }
        }
    }
}

import AsyncHTTPClient
import Foundation
import InventoryHTTP
import NIOSSL
import Synchronization
import TestSupport
import Testing

@Suite struct CertificateReloadTests {
    /// A certificate for `localhost` and another one, both of the authority that clients know.
    private static func pair() throws -> TestCertificates {
        let certificates = try TestCertificates()
        try certificates.makeAuthority()
        try certificates.makeAuthority("unknown")
        try certificates.make()
        try certificates.make("next")
        return certificates
    }

    private static func put(_ name: String, of certificates: TestCertificates) throws {
        try certificates.copy(name, to: "server")
        try certificates.copy("\(name)-key", to: "server-key")
    }

    private final class Traffic: Sendable {
        let isOver = Mutex(false)
        let answered = Mutex(0)
    }

    @Test func `a new certificate is for new connections, and open ones go on`() async throws {
        let certificates = try Self.pair()
        // Clients do not know who signs it, so they say which one is served.
        try certificates.make("foreign", by: "unknown")
        let served = try ServerCertificates(certificates.files, logger: quiet)
        var options = ConnectionOptions()
        options.certificates = served
        try await EchoServer.run(connections: options) { port in
            let configuration = try TLSClient.configuration(certificates)
            try await TLSClient.with(configuration) { client in
                #expect(try await client.get("/client", port: port).status == 200)
                #expect(served.reload() == .unchanged)
                try Self.put("foreign", of: certificates)
                #expect(served.reload() == .changed)
                #expect(served.reload() == .unchanged)
                #expect(try await client.get("/client", port: port).status == 200)
                await #expect(throws: (any Error).self) {
                    try await TLSClient.with(configuration) { try await $0.get("/client", port: port) }
                }
            }
        }
    }

    @Test func `a key that does not fit leaves the old certificate and alarms once`() async throws {
        let certificates = try Self.pair()
        let log = LogRecorder()
        let served = try ServerCertificates(certificates.files, logger: log.logger)
        var options = ConnectionOptions()
        options.certificates = served
        try await EchoServer.run(connections: options) { port in
            func isServed() async throws -> Bool {
                try await TLSClient.with(try TLSClient.configuration(certificates)) {
                    try await $0.get("/client", port: port).status == 200
                }
            }
            try certificates.copy("next-key", to: "server-key")
            for _ in 0..<3 {
                guard case .refused(let why) = served.reload() else {
                    Issue.record("was taken")
                    return
                }
                #expect(why.faults.map(\.file) == [.key])
            }
            #expect(log.alarming.count == 1, "\(log.alarming)")
            #expect(try await isServed())
            // Another content that is wrong is said again.
            try FileManager.default.removeItem(atPath: certificates.path("server-key"))
            _ = served.reload()
            _ = served.reload()
            #expect(log.alarming.count == 2, "\(log.alarming)")
            #expect(try await isServed())
            try Self.put("next", of: certificates)
            #expect(served.reload() == .changed)
            #expect(try await isServed())
            #expect(log.alarming.count == 2)
        }
    }

    @Test func `certificates are exchanged under traffic without a failed request`() async throws {
        let certificates = try Self.pair()
        try certificates.copy("server", to: "first")
        try certificates.copy("server-key", to: "first-key")
        let served = try ServerCertificates(certificates.files, logger: quiet)
        var options = ConnectionOptions()
        options.certificates = served
        try await EchoServer.run(connections: options) { port in
            let traffic = Traffic()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                // Kept connections of HTTP/2, and a new connection for each request.
                for isFresh in [false, true] {
                    let configuration = try TLSClient.configuration(
                        certificates, http: isFresh ? .http1Only : .automatic)
                    tasks.addTask {
                        try await TLSClient.with(configuration) { client in
                            while !traffic.isOver.withLock({ $0 }) {
                                let answer = try await client.get("/client", port: port, closing: isFresh)
                                #expect(answer.status == 200)
                                traffic.answered.withLock { $0 += 1 }
                            }
                        }
                    }
                }
                for turn in 0..<8 {
                    let before = traffic.answered.withLock { $0 }
                    try Self.put(turn % 2 == 0 ? "next" : "first", of: certificates)
                    #expect(served.reload() == .changed)
                    guard await eventually({ traffic.answered.withLock { $0 } >= before + 10 }) else { break }
                }
                traffic.isOver.withLock { $0 = true }
                try await tasks.waitForAll()
            }
            #expect(traffic.answered.withLock { $0 } >= 80)
        }
    }
}

import Foundation
import LibPQ
import TestSupport
import Testing

/// A process that is to stop while its database does not answer.
@Suite struct GiveUpTests {
    @Test func `no attempt to connect begins that could not end before all is given up`() async throws {
        for _ in 0..<20 where try await isTried() { return }
        Issue.record("the machine was too slow each time")
    }

    /// - Returns: false where the machine was so slow that there was time for one more attempt.
    private func isTried() async throws -> Bool {
        let server = try MuteServer()
        var settings = try ConnectionSettings(url: "postgresql://u@127.0.0.1:\(server.port)/d")
        settings.connectTimeoutSeconds = ConnectionSettings.connectTimeoutSecondsMin
        let begun = ContinuousClock.now
        let pool = ConnectionPool(settings, size: 1, jobsMax: 10, logger: quiet)
        let asked = Task { try await pool.run(timeout: .seconds(60)) { _ throws(PQError) in } }
        #expect(await eventually { server.accept() >= 1 })
        // Later than the end of that attempt, and sooner than that of one more: libpq may take its two seconds for one.
        pool.giveUp(after: .milliseconds(2_300))
        guard begun.duration(to: .now) < .milliseconds(500) else {
            _ = try? await asked.value
            await pool.shutdown()
            return false
        }
        await #expect(throws: PQError.unavailable(.notConnected)) { try await asked.value }
        #expect(server.accept() == 1)
        await pool.shutdown()
        #expect(server.accept() == 1)
        return true
    }
}

/// Takes connections and never says a word.
private final class MuteServer {
    let port: Int
    private let listener: Int32
    private var connections: [Int32] = []

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isReady = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 10) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(isReady, "\(String(cString: strerror(errno)))")
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        (listener, port) = (descriptor, Int(address.sin_port.bigEndian))
    }

    /// - Returns: how many have connected so far.
    func accept() -> Int {
        while true {
            let connection = Foundation.accept(listener, nil, nil)
            guard connection >= 0 else { return connections.count }
            connections.append(connection)
        }
    }

    deinit { for descriptor in connections + [listener] { close(descriptor) } }
}

import Foundation
import Testing

/// A load balancer that says in the PROXY protocol whose connection it hands on, and hands on the rest as it comes.
final class ProxyRelay: Sendable {
    let port: Int
    private let listener: Int32

    /// - Parameters:
    ///   - server: its port on this machine.
    ///   - header: said before anything else of each connection.
    init(to server: Int, header: [UInt8]) throws {
        let listener = Self.opened()
        var address = Self.loopback(0)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isBound && listen(listener, 16) == 0)
        var bound = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
        }
        self.listener = listener
        port = Int(UInt16(bigEndian: bound.sin_port))
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { Self.relay(client, server, header) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func relay(_ client: Int32, _ server: Int, _ header: [UInt8]) {
        let upstream = opened()
        var address = loopback(server)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(upstream, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isConnected, write(upstream, header, header.count) == header.count {
            let back = Thread { pump(upstream, client) }
            back.start()
            pump(client, upstream)
            while !back.isFinished { usleep(5_000) }
        }
        close(client)
        close(upstream)
    }

    /// Until one of them ends.
    private static func pump(_ from: Int32, _ to: Int32) {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(from, &bytes, bytes.count)
            guard count > 0, send(to, bytes, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        shutdown(to, Int32(SHUT_RDWR))
        shutdown(from, Int32(SHUT_RDWR))
    }

    private static func opened() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }
}

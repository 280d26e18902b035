import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Asks the system what addresses a name has. On threads for what blocks, since `getaddrinfo` does.
enum NameLookup {
    struct Unknown: Error {}

    /// Addresses looked at of one name.
    private static let addressesMax = 16

    /// - Returns: at least one, in the order in which the system would try them.
    static func addresses(of host: String, port: Int) async throws -> [SocketAddress] {
        try await NIOThreadPool.singleton.runIfActive { try look(host, port) }
    }

    private static func look(_ host: String, _ port: Int) throws -> [SocketAddress] {
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        hints.ai_protocol = Int32(IPPROTO_TCP)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &first) == 0 else { throw Unknown() }
        defer { freeaddrinfo(first) }
        var found: [SocketAddress] = []
        // The list is the system's and lives until it is freed above; each address is copied out.
        var next = first
        while let info = next?.pointee, found.count < addressesMax {
            next = info.ai_next
            guard let address = info.ai_addr else { continue }
            switch info.ai_family {
            case AF_INET:
                found.append(address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) })
            case AF_INET6:
                found.append(
                    address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) })
            default: break
            }
        }
        guard !found.isEmpty else { throw Unknown() }
        return found
    }
}

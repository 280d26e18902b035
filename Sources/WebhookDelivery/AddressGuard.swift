package import NIOCore

/// Says which addresses requests of webhooks may go to: those of the public internet, and no others. Whoever may set a
/// webhook must not reach what only this machine and its neighbours can.
///
/// By the registries of special-purpose addresses (RFC 6890 and what follows it).
package struct AddressGuard: Sendable {
    /// Every address is allowed: for tests, and for receivers in the same private network.
    package let allowsPrivate: Bool

    package init(allowsPrivate: Bool) { self.allowsPrivate = allowsPrivate }

    package func allows(_ address: SocketAddress) -> Bool {
        // Where the address stands in `sockaddr_in` and `sockaddr_in6`, behind family and port.
        let place: Range<Int>
        switch address {
        case .v4: place = 4..<8
        case .v6: place = 8..<24
        case .unixDomainSocket: return false
        }
        return allows(
            address.withSockAddr { pointer, size in Array(UnsafeRawBufferPointer(start: pointer, count: size)[place]) })
    }

    /// - Parameter bytes: 4 or 16, in network order.
    func allows(_ bytes: [UInt8]) -> Bool {
        if allowsPrivate { return true }
        switch bytes.count {
        case 4: return !Self.refused4.contains { $0.contains(bytes) }
        case 16:
            // What the network translates to IPv4 goes where the IPv4 address goes.
            if Self.translated.contains(bytes) { return allows(Array(bytes.suffix(4))) }
            return Self.global.contains(bytes) && !Self.refused6.contains { $0.contains(bytes) }
        default: return false
        }
    }

    /// All addresses that begin with the same bits.
    private struct Prefix: Sendable {
        let first: [UInt8]
        let bits: Int

        init(_ first: [UInt8], _ bits: Int) {
            self.first = first
            self.bits = bits
        }

        func contains(_ address: [UInt8]) -> Bool {
            for (index, byte) in first.enumerated() {
                let left = bits - index * 8
                guard left > 0 else { break }
                let mask = left >= 8 ? 0xFF : UInt8(0xFF) << UInt8(8 - left)
                guard address[index] & mask == byte & mask else { return false }
            }
            return true
        }
    }

    private static let refused4: [Prefix] = [
        // This host, and this network.
        Prefix([0], 8),
        Prefix([10], 8),
        // Shared by the customers of a carrier.
        Prefix([100, 64], 10),
        Prefix([127], 8),
        // Link-local, where clouds tell machines their secrets.
        Prefix([169, 254], 16),
        Prefix([172, 16], 12),
        Prefix([192, 0, 0], 24),
        // Documentation.
        Prefix([192, 0, 2], 24),
        // Relays of 6to4.
        Prefix([192, 88, 99], 24),
        Prefix([192, 168], 16),
        // Benchmarks.
        Prefix([198, 18], 15),
        Prefix([198, 51, 100], 24),
        Prefix([203, 0, 113], 24),
        // Multicast; reserved and broadcast.
        Prefix([224], 4),
        Prefix([240], 4),
    ]

    /// The only part of IPv6 that is routed: so no loopback, link-local, unique local, multicast or mapped IPv4.
    private static let global = Prefix([0x20], 3)

    private static let refused6: [Prefix] = [
        // Protocol assignments, Teredo among them.
        Prefix([0x20, 0x01, 0x00], 23),
        // Documentation.
        Prefix([0x20, 0x01, 0x0D, 0xB8], 32),
        Prefix([0x3F, 0xFF, 0x00], 20),
        // 6to4, which has an IPv4 address inside.
        Prefix([0x20, 0x02], 16),
    ]

    /// NAT64.
    private static let translated = Prefix([0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0], 96)
}

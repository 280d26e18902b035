import Foundation
package import NIOCore

/// An IP address. IPv4 and its form in IPv6 (`::ffff:192.0.2.1`) are the same address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The two halves of the address in IPv6.
    let high: UInt64
    let low: UInt64

    private static let mappedIPv4: UInt64 = 0xffff << 32
    /// The longest text that can be one: an IPv6 address that ends as IPv4.
    private static let lengthMax = 45

    /// Whose it is: of IPv6 the first half, which is what one customer gets.
    var network: IPAddress { isIPv4 ? self : IPAddress(high: high, low: 0) }

    var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter bytes: 4 or 16 in network order, or there is no address.
    init?(_ bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self.init(high: 0, low: bytes.reduce(0) { $0 << 8 | UInt64($1) } | Self.mappedIPv4)
        case 16:
            self.init(
                high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }

    /// - Parameter text: without a port, brackets or a zone.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.lengthMax, !text.utf8.contains(0) else { return nil }
        let isIPv6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, String(text), &bytes) == 1 else { return nil }
        self.init(bytes)
    }

    /// Nil for what is no IP socket.
    package init?(_ address: SocketAddress?) {
        switch address {
        case .v4(let address): self.init(withUnsafeBytes(of: address.address.sin_addr) { Array($0) })
        case .v6(let address): self.init(withUnsafeBytes(of: address.address.sin6_addr) { Array($0) })
        default: return nil
        }
    }

    package var description: String {
        var bytes = isIPv4 ? [] : Self.bytes(of: high)
        bytes += Self.bytes(of: low).suffix(isIPv4 ? 4 : 8)
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(isIPv4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    private static func bytes(of half: UInt64) -> [UInt8] {
        withUnsafeBytes(of: half.bigEndian) { Array($0) }
    }
}

/// All addresses that begin with the same bits.
package struct AddressRange: Hashable, Sendable {
    private let first: IPAddress
    private let highMask: UInt64
    private let lowMask: UInt64

    /// - Parameter text: `10.0.0.0/8`, `fd00::/8`, or one address.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first.flatMap({ IPAddress($0) }) else { return nil }
        var bits = 128
        if parts.count == 2 {
            guard let length = Int(parts[1]), (0...(first.isIPv4 ? 32 : 128)).contains(length) else { return nil }
            bits = first.isIPv4 ? length + 96 : length
        }
        highMask = bits >= 64 ? .max : ~(.max >> UInt64(bits))
        lowMask = bits >= 128 ? .max : bits <= 64 ? 0 : ~(.max >> UInt64(bits - 64))
        self.first = first
        // Bits behind the prefix are a slip: who writes 10.1.2.3/8 may have meant one address.
        guard contains(first), first.high & ~highMask == 0, first.low & ~lowMask == 0 else { return nil }
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.high & highMask == first.high && address.low & lowMask == first.low
    }
}

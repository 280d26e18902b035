/// A key of an HMAC.
public struct SymmetricKey: Sendable {
    let bytes: [UInt8]

    public init(data: some Sequence<UInt8>) { bytes = Array(data) }
}

/// HMAC (RFC 2104) with the names of swift-crypto, and with SHA-256 whatever hash is named: the program names no other.
public struct HMAC<Hash>: Sendable {
    private static var blockBytes: Int { 64 }
    private var inner = SHA256()
    private var outer = SHA256()

    public init(key: SymmetricKey) {
        var block = key.bytes.count > Self.blockBytes ? Array(SHA256.hash(data: key.bytes)) : key.bytes
        block += Array(repeating: 0, count: Self.blockBytes - block.count)
        inner.update(data: block.map { $0 ^ 0x36 })
        outer.update(data: block.map { $0 ^ 0x5C })
    }

    public mutating func update(data: some Sequence<UInt8>) { inner.update(data: data) }

    public func finalize() -> SHA256.Digest {
        var last = outer
        last.update(data: inner.finalize())
        return last.finalize()
    }
}

/// SHA-256 (FIPS 180-4) with the names of swift-crypto, whose BoringSSL would take longer to build than all else here.
/// For tests only: nothing is done against timing attacks.
public struct SHA256: Sendable {
    public struct Digest: Sequence, Sendable {
        let bytes: [UInt8]

        public func makeIterator() -> IndexingIterator<[UInt8]> { bytes.makeIterator() }

        public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
            try bytes.withUnsafeBytes(body)
        }
    }

    private static let constants: [UInt32] = primes(64).map { fraction(cbrt: $0) }
    private var state: [UInt32] = primes(8).map { fraction(sqrt: $0) }
    private var pending: [UInt8] = []
    private var count: UInt64 = 0

    public init() {}

    public static func hash(data: some Sequence<UInt8>) -> Digest {
        var hasher = SHA256()
        hasher.update(data: data)
        return hasher.finalize()
    }

    public mutating func update(bufferPointer: UnsafeRawBufferPointer) { update(data: bufferPointer) }

    public mutating func update(data: some Sequence<UInt8>) {
        for byte in data {
            pending.append(byte)
            count += 1
            if pending.count == 64 { compress() }
        }
    }

    public func finalize() -> Digest {
        var last = self
        let bits = count * 8
        last.update(data: [0x80])
        while last.pending.count != 56 { last.update(data: [0]) }
        last.update(data: (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) })
        return Digest(
            bytes: last.state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } })
    }

    private mutating func compress() {
        var w = (0..<16).map { index in (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(pending[index * 4 + $1]) } }
        pending.removeAll(keepingCapacity: true)
        for index in 16..<64 {
            let (a, b) = (w[index - 15], w[index - 2])
            w.append(
                w[index - 16] &+ (turn(a, 7) ^ turn(a, 18) ^ a >> 3) &+ w[index - 7]
                    &+ (turn(b, 17) ^ turn(b, 19) ^ b >> 10))
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let choice = (e & f) ^ (~e & g)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            let first = h &+ (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) &+ choice &+ Self.constants[index] &+ w[index]
            let second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) &+ majority
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
    }
}

private func turn(_ word: UInt32, _ bits: UInt32) -> UInt32 { word >> bits | word << (32 - bits) }

private func primes(_ count: Int) -> [UInt64] {
    var found: [UInt64] = []
    var candidate: UInt64 = 2
    while found.count < count {
        if found.allSatisfy({ candidate % $0 != 0 }) { found.append(candidate) }
        candidate += 1
    }
    return found
}

/// The first 32 bits of the fraction of the square root.
private func fraction(sqrt prime: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: greatest { $0 * $0 <= UInt128(prime) << 64 })
}

/// The first 32 bits of the fraction of the cube root.
private func fraction(cbrt prime: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: greatest { $0 * $0 * $0 <= UInt128(prime) << 96 })
}

/// - Returns: the greatest number below 2^37 that fits, found bit by bit.
private func greatest(_ fits: (UInt128) -> Bool) -> UInt128 {
    (0..<37).reversed().reduce(0) { fits($0 | 1 << UInt128($1)) ? $0 | 1 << UInt128($1) : $0 }
}

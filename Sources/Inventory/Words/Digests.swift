/// A SHA-256 digest: the head of a balance's chain, 32 bytes.
package struct Digest: Sendable, Hashable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The head of a balance without lines.
    package static let zero = Digest(words: (0, 0, 0, 0))

    private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// - Returns: nil unless there are exactly 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        self.words = (words[0], words[1], words[2], words[3])
    }

    package var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { $0.bigEndianBytes }
    }

    package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// The first 16 bytes of the SHA-256 of a fact line's known fields as they were sent.
package struct Fingerprint: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    /// - Returns: nil when there are fewer than 16 bytes; more are left off.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count >= 16 else { return nil }
        var words: [UInt64] = [0, 0]
        for (index, byte) in bytes.prefix(16).enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        high = words[0]
        low = words[1]
    }

    package var bytes: [UInt8] { high.bigEndianBytes + low.bigEndianBytes }
}

/// SHA-256, handed in: the core computes what is hashed and imports nothing to hash it with.
package typealias Hash = @Sendable ([UInt8]) -> Digest

extension FixedWidthInteger {
    /// Most significant byte first.
    package var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

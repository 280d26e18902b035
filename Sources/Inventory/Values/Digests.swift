/// A SHA-256 digest: the head of a balance's chain, 32 bytes.
package struct Digest: Sendable, Hashable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The head of a balance without lines.
    package static let zero = Digest(words: (0, 0, 0, 0))

    private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// - Returns: nil unless there are exactly 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard let digest = bytes.withUnsafeBytes(Digest.init) else { return nil }
        self = digest
    }

    /// Not generic on purpose: digests are made for every line, across module borders, where a generic collection of
    /// bytes costs thousands of instructions.
    /// - Returns: nil unless there are exactly 32 bytes.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        words = (
            bytes.bigEndianWord(at: 0), bytes.bigEndianWord(at: 8), bytes.bigEndianWord(at: 16),
            bytes.bigEndianWord(at: 24)
        )
    }

    package var bytes: [UInt8] { withBytes { Array($0) } }

    /// The 32 bytes, without a copy on the heap.
    package func withBytes<T>(_ body: (UnsafeRawBufferPointer) -> T) -> T {
        let bigEndian = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        return withUnsafeBytes(of: bigEndian, body)
    }

    package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// The first 16 bytes of the SHA-256 of a fact line's known fields as they were sent.
package struct Fingerprint: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    /// - Returns: nil when there are fewer than 16 bytes; more are left off.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= 16 else { return nil }
        (high, low) = bytes.withUnsafeBytes { ($0.bigEndianWord(at: 0), $0.bigEndianWord(at: 8)) }
    }

    package init(_ digest: Digest) {
        (high, low) = digest.withBytes { ($0.bigEndianWord(at: 0), $0.bigEndianWord(at: 8)) }
    }

    /// - Returns: nil unless the text is 32 lower-case hexadecimal digits.
    package init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 32 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: 32, by: 2) {
            guard let high = Self.digit(digits[place]), let low = Self.digit(digits[place + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    package var bytes: [UInt8] { high.bigEndianBytes + low.bigEndianBytes }
}

/// SHA-256, handed in: the core computes what is hashed and imports nothing to hash it with.
package struct Hash: Sendable {
    private let digest: @Sendable (UnsafeRawBufferPointer) -> Digest

    /// - Parameter digest: reads the bytes while it is called, and keeps nothing of them.
    package init(_ digest: @escaping @Sendable (UnsafeRawBufferPointer) -> Digest) { self.digest = digest }

    package func callAsFunction(_ bytes: UnsafeRawBufferPointer) -> Digest { digest(bytes) }

    package func callAsFunction(_ bytes: [UInt8]) -> Digest { bytes.withUnsafeBytes { digest($0) } }
}

extension UnsafeRawBufferPointer {
    fileprivate func bigEndianWord(at offset: Int) -> UInt64 {
        UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Eight bytes at a time: ids are compared wherever a dictionary finds one.
    func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        var offset = 0
        while offset + 8 <= count {
            guard
                loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    == other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            else { return false }
            offset += 8
        }
        while offset < count {
            guard self[offset] == other[offset] else { return false }
            offset += 1
        }
        return true
    }

    /// The bytes in one word, for dictionaries: ids are looked up several times a line, and Swift's own hash of bytes takes
    /// three times as long. Words are multiplied in, and the halves of the product folded onto each other. It starts from
    /// a secret of the process, so that nobody can send ids that all meet in one place.
    var mixed: UInt64 {
        var mixed = mixingSecret ^ UInt64(truncatingIfNeeded: count)
        var offset = 0
        while offset + 8 <= count {
            mixed = mixed.mixed(with: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < count {
            rest = rest << 8 | UInt64(self[offset])
            offset += 1
        }
        return mixed.mixed(with: rest)
    }

    /// Two lower-case digits a byte.
    package var hexadecimal: String {
        String(unsafeUninitializedCapacity: 2 * count) { buffer in
            func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
            for place in 0..<count {
                buffer[2 * place] = digit(self[place] >> 4)
                buffer[2 * place + 1] = digit(self[place] & 15)
            }
            return 2 * count
        }
    }
}

extension FixedWidthInteger {
    /// Most significant byte first.
    package var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

/// Drawn once for each process by the standard library, as for all of its hashes.
private let mixingSecret = UInt64(truncatingIfNeeded: Hasher().finalize())

extension UInt64 {
    fileprivate func mixed(with word: UInt64) -> UInt64 {
        let product = (self ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low ^ mixingSecret
    }
}

/// Writes fields so that different contents never give the same bytes: every field has a fixed width or
/// its length in front, and an absent one is told from an empty one.
struct CanonicalWriter {
    private(set) var bytes: [UInt8] = []

    init(reservingCapacity capacity: Int = 192) { bytes.reserveCapacity(capacity) }

    mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func optionalInteger(_ value: Int64?) {
        integer(value == nil ? 0 as UInt8 : 1)
        if let value { integer(value) }
    }

    mutating func text(_ value: String?) {
        guard let value else { return integer(UInt32.max) }
        integer(UInt32(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func digest(_ value: Digest) { value.withBytes { bytes.append(contentsOf: $0) } }
}

/// Reads what `CanonicalWriter` wrote. Every method is nil at bytes that it could not have written.
struct CanonicalReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func integer<T: FixedWidthInteger>(_: T.Type = T.self) -> T? {
        let width = T.bitWidth / 8
        guard position + width <= bytes.count else { return nil }
        defer { position += width }
        return bytes[position..<position + width].reduce(0 as T) { $0 << 8 | T(truncatingIfNeeded: $1) }
    }

    /// - Returns: nil for bad bytes; `.some(nil)` for an absent field.
    mutating func optionalInteger() -> Int64?? {
        guard let flag = integer(UInt8.self), flag < 2 else { return nil }
        guard flag == 1 else { return .some(nil) }
        guard let value = integer(Int64.self) else { return nil }
        return .some(value)
    }

    /// - Returns: nil for bad bytes; `.some(nil)` for an absent field.
    mutating func text() -> String?? {
        guard let length = integer(UInt32.self) else { return nil }
        guard length != .max else { return .some(nil) }
        guard position + Int(length) <= bytes.count else { return nil }
        defer { position += Int(length) }
        return .some(String(decoding: bytes[position..<position + Int(length)], as: UTF8.self))
    }
}

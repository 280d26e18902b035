/// Writes fields so that different contents never give the same bytes: every field has a fixed width or
/// its length in front, and an absent one is told from an empty one.
struct CanonicalWriter {
    /// Longer than what is written, so that a field is stored at its offset and nothing is appended byte by byte: every
    /// line of the ledger is written so, of some thirty fields.
    private var buffer: [UInt8]
    private var count = 0

    /// - Parameter capacity: about as many bytes as will be written; more make the buffer grow.
    init(reservingCapacity capacity: Int = 192) { buffer = [UInt8](repeating: 0, count: capacity) }

    /// What was written, in the end.
    consuming func finish() -> [UInt8] {
        buffer.removeLast(buffer.count - count)
        return buffer
    }

    mutating func integer<Integer: FixedWidthInteger>(_ value: Integer) {
        let offset = count
        extend(by: MemoryLayout<Integer>.size)
        buffer.withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Integer.self) }
    }

    mutating func optionalInteger(_ value: Int64?) {
        integer(value == nil ? 0 as UInt8 : 1)
        if let value { integer(value) }
    }

    mutating func text(_ value: String?) {
        guard var value else { return integer(UInt32.max) }
        value.withUTF8 { utf8 in
            integer(UInt32(utf8.count))
            append(UnsafeRawBufferPointer(utf8))
        }
    }

    mutating func digest(_ value: Digest) { value.withBytes { append($0) } }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let offset = count
        extend(by: bytes.count)
        buffer.withUnsafeMutableBytes { UnsafeMutableRawBufferPointer(rebasing: $0[offset...]).copyMemory(from: bytes) }
    }

    private mutating func extend(by size: Int) {
        count += size
        if count > buffer.count { buffer.append(contentsOf: repeatElement(0, count: max(count, buffer.count))) }
    }
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

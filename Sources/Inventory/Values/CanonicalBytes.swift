/// Writes fields so that different contents never give the same bytes: every field has a fixed width or
/// its length in front, and an absent one is told from an empty one.
///
/// It writes into room on the stack, since every line of a batch is written so twice: thirty fields for its chain, and
/// its fingerprint. What does not fit is only counted, and written once more where there is room for all of it.
struct CanonicalWriter {
    /// Lives as long as `withBytes`, which alone makes a writer. Nothing is stored beyond its end.
    private let room: UnsafeMutableRawBufferPointer
    private var count = 0

    /// Bytes that nearly every line fits into.
    private static let usualSizeMax = 512

    private init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

    /// Hands on what was written, without a copy.
    /// - Parameter write: called twice where the room does not suffice at first; writes the same each time.
    static func withBytes<T>(
        _ write: (inout CanonicalWriter) -> Void, _ body: (UnsafeRawBufferPointer) -> T
    ) -> T {
        var size = 0
        let first: T? = withUnsafeTemporaryAllocation(byteCount: usualSizeMax, alignment: 1) { room in
            var writer = CanonicalWriter(room)
            write(&writer)
            size = writer.count
            return writer.written.map(body)
        }
        if let first { return first }
        return withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { room in
            var writer = CanonicalWriter(room)
            write(&writer)
            guard let written = writer.written else { preconditionFailure("the same takes the same room twice") }
            return body(written)
        }
    }

    /// What was written.
    static func bytes(_ write: (inout CanonicalWriter) -> Void) -> [UInt8] {
        withBytes(write) { Array($0) }
    }

    /// Nil where it did not fit.
    private var written: UnsafeRawBufferPointer? {
        count <= room.count ? UnsafeRawBufferPointer(rebasing: room[..<count]) : nil
    }

    mutating func integer<Integer: FixedWidthInteger>(_ value: Integer) {
        let offset = count
        count += MemoryLayout<Integer>.size
        if count <= room.count { room.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Integer.self) }
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
        count += bytes.count
        if count <= room.count {
            UnsafeMutableRawBufferPointer(rebasing: room[offset..<count]).copyMemory(from: bytes)
        }
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

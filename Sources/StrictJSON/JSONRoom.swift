/// Room at the end of a JSON text, for one member: written through a pointer that lives as long as one call of
/// `JSONWriter.write(atMost:)`, which alone makes one. Nothing is stored beyond its end.
struct JSONRoom {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    /// A sign and nineteen digits.
    static let digitsMax = 20
    /// A comma, a colon, and quotes around a name and a value.
    static let marksMax = 6

    @inline(__always)
    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

    @inline(__always)
    mutating func byte(_ scalar: Unicode.Scalar) {
        precondition(count < buffer.count, "a member takes no more room than it said")
        buffer[count] = UInt8(ascii: scalar)
        count += 1
    }

    @inline(__always)
    mutating func bytes(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= buffer.count - count, "a member takes no more room than it said")
        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    @inline(__always)
    mutating func bytes(_ text: StaticString) {
        bytes(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func name(_ name: StaticString) {
        let size = name.utf8CodeUnitCount
        precondition(size + 3 <= buffer.count - count, "a member takes no more room than it said")
        buffer[count] = UInt8(ascii: "\"")
        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[(count + 1)...])
            .copyMemory(from: UnsafeRawBufferPointer(start: name.utf8Start, count: size))
        buffer[count + size + 1] = UInt8(ascii: "\"")
        buffer[count + size + 2] = UInt8(ascii: ":")
        count += size + 3
    }

    /// What `write` puts there, which needs no escapes.
    /// - Parameter write: returns how many bytes it wrote.
    @inline(__always)
    mutating func plain(atMost size: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Int) {
        precondition(size <= buffer.count - count, "a member takes no more room than it said")
        let written = write(UnsafeMutableBufferPointer(rebasing: buffer[count..<count + size]))
        precondition(written <= size, "a text takes no more room than it said")
        count += written
    }

    @inline(__always)
    mutating func digits(of value: Int64) {
        if value < 0 { byte("-") }
        var digits = 1
        var power: UInt64 = 10
        while digits < 19, value.magnitude >= power {
            digits += 1
            power &*= 10
        }
        precondition(digits <= buffer.count - count, "a member takes no more room than it said")
        var rest = value.magnitude
        for offset in stride(from: count + digits - 1, through: count, by: -1) {
            buffer[offset] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }
}

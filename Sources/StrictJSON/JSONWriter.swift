/// Appends JSON text to a buffer, member by member, in the order written.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false
    /// Parts of the text that change without the thing described having changed, such as `asOf`.
    private var volatileRanges: [Range<Int>] = []

    package init(reservingCapacity capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The text without what `volatile` wrote, part by part: what an ETag is computed from.
    package func withStableBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { bytes in
            var position = 0
            for range in volatileRanges {
                body(UnsafeRawBufferPointer(rebasing: bytes[position..<range.lowerBound]))
                position = range.upperBound
            }
            body(UnsafeRawBufferPointer(rebasing: bytes[position...]))
        }
    }

    package mutating func volatile(_ body: (inout JSONWriter) -> Void) {
        let start = bytes.count
        body(&self)
        volatileRanges.append(start..<bytes.count)
    }

    // MARK: - Structure

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "{"))
        body(&self)
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    @inlinable package mutating func array<Elements: Sequence>(
        _ elements: Elements, _ body: (inout JSONWriter, Elements.Element) -> Void
    ) {
        beginArray()
        for element in elements { body(&self, element) }
        endArray()
    }

    @usableFromInline package mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
    }

    @usableFromInline package mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// A member's name; a value must follow.
    package mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// The same for a name that is known only when it is written.
    mutating func name(_ name: String) {
        value(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: - Values

    package mutating func value(_ value: String?) {
        guard let value else { return null() }
        separate()
        bytes.append(UInt8(ascii: "\""))
        var copy = value
        copy.withUTF8 { text in
            // Nearly every text stands as it is.
            if text.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
                for byte in text { escape(byte) }
            } else {
                bytes.append(contentsOf: text)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func value(_ value: Int64?) {
        guard let value else { return null() }
        separate()
        appendDigits(value)
        needsComma = true
    }

    package mutating func value(_ value: Bool?) {
        guard let value else { return null() }
        literal(value ? "true" : "false")
    }

    /// - Parameter value: finite.
    package mutating func value(_ value: Double?) {
        guard let value else { return null() }
        precondition(value.isFinite, "JSON has no infinity")
        raw("\(value)")
    }

    package mutating func null() { literal("null") }

    /// Text that is JSON already.
    package mutating func raw(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func literal(_ text: StaticString) {
        separate()
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        needsComma = true
    }

    package mutating func field(_ name: StaticString, _ value: String?) {
        self.name(name)
        self.value(value)
    }

    /// A member whose name is known only when it is written.
    package mutating func field(named name: String, _ value: String) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: StaticString, _ value: Int64?) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: StaticString, _ value: Bool?) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: StaticString, _ value: Double?) {
        self.name(name)
        self.value(value)
    }

    /// The value, or null.
    @inlinable package mutating func optional<Value>(_ value: Value?, _ write: (inout JSONWriter, Value) -> Void) {
        guard let value else { return null() }
        write(&self, value)
    }

    // MARK: - Bytes

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        default: bytes.append(byte)
        }
    }

    private mutating func appendDigits(_ value: Int64) {
        if (0..<10).contains(value) { return bytes.append(0x30 + UInt8(value)) }
        // A sign and nineteen digits, from the last to the first.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var first = digits.count
            var rest = value.magnitude
            repeat {
                first -= 1
                digits[first] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                first -= 1
                digits[first] = UInt8(ascii: "-")
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[first...]))
        }
    }
}

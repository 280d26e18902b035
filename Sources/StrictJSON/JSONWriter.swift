/// Appends JSON text to a buffer, member by member, in the order written.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false
    /// Parts of the text that change without the thing described having changed, such as `asOf`.
    private var volatileRanges: [Range<Int>] = []

    package init(reservingCapacity capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The text without what `volatile` wrote: what an ETag is computed from.
    package var stableBytes: [UInt8] {
        var stable: [UInt8] = []
        stable.reserveCapacity(bytes.count)
        var position = 0
        for range in volatileRanges {
            stable.append(contentsOf: bytes[position..<range.lowerBound])
            position = range.upperBound
        }
        stable.append(contentsOf: bytes[position...])
        return stable
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

    package mutating func array<Elements: Sequence>(
        _ elements: Elements, _ body: (inout JSONWriter, Elements.Element) -> Void
    ) {
        separate()
        bytes.append(UInt8(ascii: "["))
        for element in elements { body(&self, element) }
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

    // MARK: - Values

    package mutating func value(_ value: String?) {
        guard let value else { return null() }
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 { escape(byte) }
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
        raw(value ? "true" : "false")
    }

    /// - Parameter value: finite.
    package mutating func value(_ value: Double?) {
        guard let value else { return null() }
        precondition(value.isFinite, "JSON has no infinity")
        raw("\(value)")
    }

    package mutating func null() { raw("null") }

    /// Text that is JSON already.
    package mutating func raw(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    package mutating func field(_ name: StaticString, _ value: String?) {
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
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var magnitude = value.magnitude
        repeat {
            bytes.append(0x30 + UInt8(magnitude % 10))
            magnitude /= 10
        } while magnitude > 0
        bytes[start...].reverse()
    }
}

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
        write(atMost: name.utf8CodeUnitCount) { $0.name(name) }
        needsComma = false
    }

    /// The same for a name that is known only when it is written.
    mutating func name(_ name: String) {
        value(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: - Values

    package mutating func value(_ value: String?) { write(nil, value) }

    package mutating func value(_ value: Int64?) { write(nil, value) }

    package mutating func value(_ value: Bool?) { write(nil, value) }

    /// - Parameter value: finite.
    package mutating func value(_ value: Double?) {
        guard let value else { return null() }
        precondition(value.isFinite, "JSON has no infinity")
        raw("\(value)")
    }

    package mutating func null() { literal(nil, "null") }

    /// Text that is JSON already.
    package mutating func raw(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    package mutating func field(_ name: StaticString, _ value: String?) { write(name, value) }

    /// A member whose name is known only when it is written.
    package mutating func field(named name: String, _ value: String) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: StaticString, _ value: Int64?) { write(name, value) }

    package mutating func field(_ name: StaticString, _ value: Bool?) { write(name, value) }

    package mutating func field(_ name: StaticString, _ value: Double?) {
        self.name(name)
        self.value(value)
    }

    /// A text that needs no escapes, written in place.
    /// - Parameters:
    ///   - size: bytes of it, at most.
    ///   - write: returns how many there are.
    package mutating func field(
        _ name: StaticString, plainAtMost size: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Int
    ) {
        self.write(atMost: name.utf8CodeUnitCount + size) {
            $0.name(name)
            $0.byte("\"")
            $0.plain(atMost: size, write)
            $0.byte("\"")
        }
        needsComma = true
    }

    /// The value, or null.
    @inlinable package mutating func optional<Value>(_ value: Value?, _ write: (inout JSONWriter, Value) -> Void) {
        guard let value else { return null() }
        write(&self, value)
    }

    // MARK: - A value, and the name before it

    @inline(__always)
    private mutating func write(_ name: StaticString?, _ value: String?) {
        guard var value else { return literal(name, "null") }
        value.withUTF8 { text in
            // Nearly every text stands as it is.
            guard !text.needsEscapes else { return writeEscaped(name, text) }
            write(atMost: (name?.utf8CodeUnitCount ?? 0) + text.count) {
                if let name { $0.name(name) }
                $0.byte("\"")
                $0.bytes(UnsafeRawBufferPointer(text))
                $0.byte("\"")
            }
        }
        needsComma = true
    }

    @inline(__always)
    private mutating func write(_ name: StaticString?, _ value: Int64?) {
        guard let value else { return literal(name, "null") }
        write(atMost: (name?.utf8CodeUnitCount ?? 0) + JSONRoom.digitsMax) {
            if let name { $0.name(name) }
            $0.digits(of: value)
        }
        needsComma = true
    }

    @inline(__always)
    private mutating func write(_ name: StaticString?, _ value: Bool?) {
        literal(name, value.map { $0 ? "true" : "false" } ?? "null")
    }

    private mutating func literal(_ name: StaticString?, _ text: StaticString) {
        write(atMost: (name?.utf8CodeUnitCount ?? 0) + text.utf8CodeUnitCount) {
            if let name { $0.name(name) }
            $0.bytes(text)
        }
        needsComma = true
    }

    // MARK: - Bytes

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    /// Writes through one pointer what would be a dozen appends, after a comma where one is due.
    /// - Parameter size: of all texts and digits in it; quotes and the like come on top.
    @inline(__always)
    private mutating func write(atMost size: Int, _ body: (inout JSONRoom) -> Void) {
        let isFirst = !needsComma
        bytes.append(addingCapacity: size + JSONRoom.marksMax) { span in
            span.withUnsafeMutableBufferPointer { buffer, count in
                var room = JSONRoom(buffer)
                if !isFirst { room.byte(",") }
                body(&room)
                count = room.count
            }
        }
    }

    private mutating func writeEscaped(_ name: StaticString?, _ text: UnsafeBufferPointer<UInt8>) {
        if let name { self.name(name) }
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in text { escape(byte) }
        bytes.append(UInt8(ascii: "\""))
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
}

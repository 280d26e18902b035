/// One value of a document. Cheap to copy; keeps the document alive.
package struct JSONValue: Sendable {
    let document: JSONDocument
    let index: Int

    private var node: JSONNode { document.nodes[index] }
    private var text: ArraySlice<UInt8> { document.bytes[Int(node.start)..<Int(node.end)] }

    /// The value's JSON as it was sent.
    package var raw: ArraySlice<UInt8> {
        switch node.kind {
        case .plainString, .escapedString: document.bytes[Int(node.start) - 1..<Int(node.end) + 1]
        default: text
        }
    }

    /// Bytes of the value; of a string without its quotes.
    package var size: Int { Int(node.end - node.start) }

    /// Why nothing in it can be relied on; nil for nearly every value.
    package var fault: JSONSyntaxError? { document.fault(in: Int(node.start)..<Int(node.end)) }

    /// How many faults its document has.
    package var faultsOfDocument: Int { document.faultCount }

    package var isNull: Bool { node.kind == .null }
    package var isObject: Bool { node.kind == .object }

    /// Says what the value is, for error texts.
    package var typeName: String {
        switch node.kind {
        case .object: "an object"
        case .array: "an array"
        case .plainString, .escapedString: "a string"
        case .number: "a number"
        case .yes, .no: "a boolean"
        case .null: "null"
        }
    }

    package var boolean: Bool? {
        switch node.kind {
        case .yes: true
        case .no: false
        default: nil
        }
    }

    package var string: String? { document.string(at: index) }

    package var isNumber: Bool { node.kind == .number }

    /// A whole number, however it is written: `2`, `2.0` and `20e-1` are one number (RFC 8259 knows no integers, and some
    /// languages write none). Exact: never through a floating-point number. Nil for a fraction and for more than 64 bits.
    package var integer: Int64? { document.integer(at: index) }

    /// Finite, or nil.
    package var number: Double? {
        guard node.kind == .number, let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite
        else { return nil }
        return value
    }

    /// The elements in order; nil when the value is no array.
    package var elements: [JSONValue]? {
        guard node.kind == .array else { return nil }
        return children
    }

    /// Name and value of each member in order, duplicates too; nil when the value is no object.
    package var members: [(name: JSONValue, value: JSONValue)]? {
        guard node.kind == .object else { return nil }
        var members: [(name: JSONValue, value: JSONValue)] = []
        members.reserveCapacity(16)
        var name = index + 1
        while name < Int(node.next) {
            let value = name + 1
            members.append((JSONValue(document: document, index: name), JSONValue(document: document, index: value)))
            name = Int(document.nodes[value].next)
        }
        return members
    }

    private var children: [JSONValue] {
        var result: [JSONValue] = []
        result.reserveCapacity(8)
        var child = index + 1
        while child < Int(node.next) {
            result.append(JSONValue(document: document, index: child))
            child = Int(document.nodes[child].next)
        }
        return result
    }

    /// The pointer, below this value, of the first member name that stands twice in its object; nil without.
    package func firstDuplicateName(at pointer: String = "") -> String? {
        if let members {
            var seen: Set<String> = []
            for (name, value) in members {
                let text = name.string ?? ""
                let place = "\(pointer)/\(escapedForPointer(text))"
                guard seen.insert(text).inserted else { return place }
                if let inner = value.firstDuplicateName(at: place) { return inner }
            }
        } else if let elements {
            for (position, element) in elements.enumerated() {
                if let inner = element.firstDuplicateName(at: "\(pointer)/\(position)") { return inner }
            }
        }
        return nil
    }
}

/// RFC 6901, section 3.
package func escapedForPointer(_ name: String) -> String {
    guard name.utf8.contains(where: { $0 == 0x7E || $0 == 0x2F }) else { return name }
    return name.reduce(into: "") { text, character in
        switch character {
        case "~": text += "~0"
        case "/": text += "~1"
        default: text.append(character)
        }
    }
}

/// The parser has checked every escape already. Half a surrogate pair, where it let one pass, is a replacement character.
func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var position = text.startIndex
    while position < text.endIndex {
        guard text[position] == UInt8(ascii: "\\") else {
            result.append(text[position])
            position += 1
            continue
        }
        let escape = text[position + 1]
        position += 2
        switch escape {
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"):
            var scalar = hexadecimalUnit(text[position..<position + 4]) ?? 0xFFFD
            position += 4
            if (0xD800..<0xDC00).contains(scalar), let low = lowSurrogate(text[position...]) {
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                position += 6
            }
            result.append(contentsOf: String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8)
        default: result.append(escape)
        }
    }
    return result
}

/// The second half of a pair, where an escape at the beginning of a text is one.
private func lowSurrogate(_ text: ArraySlice<UInt8>) -> UInt32? {
    guard text.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]), text.count >= 6,
        let unit = hexadecimalUnit(text.dropFirst(2).prefix(4)), (0xDC00..<0xE000).contains(unit)
    else { return nil }
    return unit
}

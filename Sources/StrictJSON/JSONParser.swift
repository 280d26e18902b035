/// Reads a JSON text into nodes in one pass, without recursion.
///
/// The text is handed down as a span from function to function: every access is checked against its bounds, and none
/// goes through the parser's own memory.
struct JSONParser {
    private var position = 0
    private var nodes: [JSONNode] = []
    /// Indices of the objects and arrays that are open.
    private var open: [Int] = []
    /// The innermost of them is an object.
    private var isInObject = false
    private let notesFaults: Bool
    /// Of one element of an array in the outermost object, the first; in the order of the text.
    private var faults: [JSONSyntaxError] = []
    /// The element that the last of them is in.
    private var faultyElement: Int?
    /// More of them than a body has elements are not noted.
    private static let faultsMax = 10_000

    static func parsed(
        _ bytes: [UInt8], notesFaults: Bool
    ) throws(JSONSyntaxError) -> (nodes: [JSONNode], faults: [JSONSyntaxError]) {
        var parser = JSONParser(notesFaults: notesFaults)
        parser.nodes.reserveCapacity(min(bytes.count / 8 + 1, JSONDocument.valuesMax))
        try parser.parse(bytes.span)
        return (parser.nodes, parser.faults)
    }

    private init(notesFaults: Bool) { self.notesFaults = notesFaults }

    /// Goes on behind what is JSON by its grammar and still cannot be read, where that is wanted.
    private mutating func note(_ fault: JSONSyntaxError) throws(JSONSyntaxError) {
        // The object, its array, and in it the element that is open, or the one that comes next.
        let element = open.count > 2 ? open[2] : nodes.count
        guard notesFaults, open.count > 1 else { throw fault }
        if faultyElement == element { return }
        guard faults.count < Self.faultsMax else { throw fault }
        faultyElement = element
        faults.append(fault)
    }

    private enum Expectation {
        case value
        case valueOrEnd
        case nameOrEnd
        case name
        case commaOrEnd
        case nothing
    }

    private mutating func parse(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        if text.count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF { throw error(.byteOrderMark) }
        var expectation = Expectation.value
        while true {
            skipSpace(text)
            guard position < text.count else {
                if expectation == .nothing { return }
                throw error(nodes.isEmpty ? .empty : .unfinished)
            }
            let byte = text[position]
            switch expectation {
            case .value: expectation = try value(byte, text)
            case .valueOrEnd: expectation = byte == UInt8(ascii: "]") ? close() : try value(byte, text)
            case .nameOrEnd where byte == UInt8(ascii: "}"): expectation = close()
            case .nameOrEnd, .name: expectation = try member(byte, text)
            case .commaOrEnd: expectation = try commaOrEnd(byte)
            case .nothing: throw error(.trailing)
            }
        }
    }

    private mutating func value(_ byte: UInt8, _ text: Span<UInt8>) throws(JSONSyntaxError) -> Expectation {
        switch byte {
        case UInt8(ascii: "{"): return try begin(.object, then: .nameOrEnd)
        case UInt8(ascii: "["): return try begin(.array, then: .valueOrEnd)
        case UInt8(ascii: "\""): try string(text)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number(text)
        case UInt8(ascii: "t"): try literal("true", .yes, text)
        case UInt8(ascii: "f"): try literal("false", .no, text)
        case UInt8(ascii: "n"): try literal("null", .null, text)
        default: throw error(.unexpected)
        }
        return afterValue
    }

    /// A name, its colon and the beginning of its value: in one go, since a body is made of these.
    private mutating func member(_ byte: UInt8, _ text: Span<UInt8>) throws(JSONSyntaxError) -> Expectation {
        guard byte == UInt8(ascii: "\"") else { throw error(.unexpected) }
        try string(text)
        skipSpace(text)
        guard position < text.count else { throw error(.unfinished) }
        guard text[position] == UInt8(ascii: ":") else { throw error(.unexpected) }
        position += 1
        skipSpace(text)
        guard position < text.count else { throw error(.unfinished) }
        return try value(text[position], text)
    }

    private var afterValue: Expectation { open.isEmpty ? .nothing : .commaOrEnd }

    private mutating func begin(
        _ kind: JSONNode.Kind, then expectation: Expectation
    ) throws(JSONSyntaxError) -> Expectation {
        if open.count >= JSONDocument.depthMax { try note(error(.tooDeep)) }
        open.append(nodes.count)
        isInObject = kind == .object
        try append(kind, position, position)
        position += 1
        return expectation
    }

    private mutating func close() -> Expectation {
        position += 1
        let index = open.removeLast()
        nodes[index].end = UInt32(position)
        nodes[index].next = UInt32(nodes.count)
        if let outer = open.last { isInObject = nodes[outer].kind == .object }
        return afterValue
    }

    private mutating func commaOrEnd(_ byte: UInt8) throws(JSONSyntaxError) -> Expectation {
        switch byte {
        case UInt8(ascii: ","):
            position += 1
            return isInObject ? .name : .value
        case UInt8(ascii: "}") where isInObject, UInt8(ascii: "]") where !isInObject: return close()
        default: throw error(.unexpected)
        }
    }

    /// Offsets fit, since no longer text is read.
    @inline(__always)
    private mutating func append(_ kind: JSONNode.Kind, _ start: Int, _ end: Int) throws(JSONSyntaxError) {
        guard nodes.count < JSONDocument.valuesMax else { throw error(.tooManyValues) }
        nodes.append(
            JSONNode(
                kind: kind, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
                next: UInt32(truncatingIfNeeded: nodes.count + 1)))
    }

    @inline(__always)
    private mutating func skipSpace(_ text: Span<UInt8>) {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func literal(
        _ literal: StaticString, _ kind: JSONNode.Kind, _ text: Span<UInt8>
    ) throws(JSONSyntaxError) {
        let start = position
        for offset in 0..<literal.utf8CodeUnitCount {
            guard position < text.count else { throw error(.unfinished) }
            guard text[position] == literal.utf8Start[offset] else { throw error(.unexpected) }
            position += 1
        }
        try append(kind, start, position)
    }

    private mutating func number(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let start = position
        if text[position] == UInt8(ascii: "-") { position += 1 }
        if position < text.count, text[position] == UInt8(ascii: "0") { position += 1 } else { try digits(text) }
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            try digits(text)
        }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < text.count, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits(text)
        }
        try append(.number, start, position)
    }

    /// One digit or more.
    private mutating func digits(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        guard position < text.count else { throw error(.unfinished) }
        guard text[position].isDigit else { throw error(.unexpected) }
        while position < text.count, text[position].isDigit { position += 1 }
    }

    private mutating func string(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        position += 1
        let start = position
        var kind = JSONNode.Kind.plainString
        while true {
            position = text.endOfPlain(from: position)
            guard position < text.count else { throw error(.unfinished) }
            switch text[position] {
            case UInt8(ascii: "\""):
                try append(kind, start, position)
                position += 1
                return
            case UInt8(ascii: "\\"):
                kind = .escapedString
                try escape(text)
            case 0..<0x20: throw error(.controlCharacter)
            default: try multibyte(text)
            }
        }
    }

    private mutating func escape(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let start = position
        guard position + 1 < text.count else { throw error(.unfinished) }
        position += 2
        switch text[position - 1] {
        case UInt8(ascii: "u"):
            let unit = try hexadecimal(text)
            let fault = JSONSyntaxError(offset: start, reason: .loneSurrogate)
            if (0xDC00..<0xE000).contains(unit) { return try note(fault) }
            guard (0xD800..<0xDC00).contains(unit) else { return }
            let end = position
            guard position + 1 < text.count, text[position] == UInt8(ascii: "\\"),
                text[position + 1] == UInt8(ascii: "u")
            else { return try note(fault) }
            position += 2
            guard (0xDC00..<0xE000).contains(try hexadecimal(text)) else {
                // The other escape stands for itself.
                position = end
                return try note(fault)
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        default: throw JSONSyntaxError(offset: start, reason: .badEscape)
        }
    }

    private mutating func hexadecimal(_ text: Span<UInt8>) throws(JSONSyntaxError) -> UInt32 {
        guard position + 4 <= text.count else { throw error(.unfinished) }
        let digits = [text[position], text[position + 1], text[position + 2], text[position + 3]]
        guard let unit = hexadecimalUnit(digits) else { throw error(.badEscape) }
        position += 4
        return unit
    }

    /// Source: the Unicode Standard, table 3-7 (well-formed UTF-8 byte sequences).
    private mutating func multibyte(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let lead = text[position]
        let second: ClosedRange<UInt8>
        let length: Int
        switch lead {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw error(.badUTF8)
        }
        guard position + length <= text.count, second.contains(text[position + 1]),
            (2..<length).allSatisfy({ text[position + $0] & 0xC0 == 0x80 })
        else { throw error(.badUTF8) }
        position += length
    }

    private func error(_ reason: JSONSyntaxError.Reason) -> JSONSyntaxError {
        JSONSyntaxError(offset: position, reason: reason)
    }
}

extension UInt8 {
    var isDigit: Bool { (0x30...0x39).contains(self) }
}

/// Four hexadecimal digits as one UTF-16 code unit.
func hexadecimalUnit(_ digits: some Sequence<UInt8>) -> UInt32? {
    var unit: UInt32 = 0
    for digit in digits {
        switch digit {
        case 0x30...0x39: unit = unit << 4 | UInt32(digit - 0x30)
        case 0x41...0x46: unit = unit << 4 | UInt32(digit - 0x41 + 10)
        case 0x61...0x66: unit = unit << 4 | UInt32(digit - 0x61 + 10)
        default: return nil
        }
    }
    return unit
}

/// Reads a JSON text into nodes in one pass, without recursion.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var nodes: [JSONNode] = []
    /// Indices of the objects and arrays that are open.
    private var open: [Int] = []

    init(bytes: [UInt8]) {
        self.bytes = bytes
        nodes.reserveCapacity(min(bytes.count / 8 + 1, JSONDocument.valuesMax))
    }

    private enum Expectation {
        case value
        case valueOrEnd
        case nameOrEnd
        case name
        case colon
        case commaOrEnd
        case nothing
    }

    mutating func parse() throws(JSONSyntaxError) -> [JSONNode] {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw error(.byteOrderMark) }
        var expectation = Expectation.value
        while true {
            skipSpace()
            guard position < bytes.count else {
                if expectation == .nothing { return nodes }
                throw error(nodes.isEmpty ? .empty : .unfinished)
            }
            let byte = bytes[position]
            switch expectation {
            case .value: expectation = try value(byte)
            case .valueOrEnd: expectation = byte == UInt8(ascii: "]") ? close() : try value(byte)
            case .nameOrEnd where byte == UInt8(ascii: "}"): expectation = close()
            case .nameOrEnd, .name:
                guard byte == UInt8(ascii: "\"") else { throw error(.unexpected) }
                try string()
                expectation = .colon
            case .colon:
                guard byte == UInt8(ascii: ":") else { throw error(.unexpected) }
                position += 1
                expectation = .value
            case .commaOrEnd: expectation = try commaOrEnd(byte)
            case .nothing: throw error(.trailing)
            }
        }
    }

    private mutating func value(_ byte: UInt8) throws(JSONSyntaxError) -> Expectation {
        switch byte {
        case UInt8(ascii: "{"): return try begin(.object, then: .nameOrEnd)
        case UInt8(ascii: "["): return try begin(.array, then: .valueOrEnd)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t"): try literal("true", .yes)
        case UInt8(ascii: "f"): try literal("false", .no)
        case UInt8(ascii: "n"): try literal("null", .null)
        default: throw error(.unexpected)
        }
        return afterValue
    }

    private var afterValue: Expectation { open.isEmpty ? .nothing : .commaOrEnd }

    private mutating func begin(
        _ kind: JSONNode.Kind, then expectation: Expectation
    ) throws(JSONSyntaxError) -> Expectation {
        guard open.count < JSONDocument.depthMax else { throw error(.tooDeep) }
        open.append(nodes.count)
        try append(kind, position, position)
        position += 1
        return expectation
    }

    private mutating func close() -> Expectation {
        position += 1
        let index = open.removeLast()
        nodes[index].end = UInt32(position)
        nodes[index].next = UInt32(nodes.count)
        return afterValue
    }

    private mutating func commaOrEnd(_ byte: UInt8) throws(JSONSyntaxError) -> Expectation {
        let isObject = nodes[open[open.count - 1]].kind == .object
        switch byte {
        case UInt8(ascii: ","):
            position += 1
            return isObject ? .name : .value
        case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject: return close()
        default: throw error(.unexpected)
        }
    }

    private mutating func append(_ kind: JSONNode.Kind, _ start: Int, _ end: Int) throws(JSONSyntaxError) {
        guard nodes.count < JSONDocument.valuesMax else { throw error(.tooManyValues) }
        nodes.append(
            JSONNode(kind: kind, start: UInt32(start), end: UInt32(end), next: UInt32(nodes.count + 1)))
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func literal(_ text: StaticString, _ kind: JSONNode.Kind) throws(JSONSyntaxError) {
        let start = position
        for offset in 0..<text.utf8CodeUnitCount {
            guard position < bytes.count else { throw error(.unfinished) }
            guard bytes[position] == text.utf8Start[offset] else { throw error(.unexpected) }
            position += 1
        }
        try append(kind, start, position)
    }

    private mutating func number() throws(JSONSyntaxError) {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
        try append(.number, start, position)
    }

    /// One digit or more.
    private mutating func digits() throws(JSONSyntaxError) {
        guard position < bytes.count else { throw error(.unfinished) }
        guard bytes[position].isDigit else { throw error(.unexpected) }
        while position < bytes.count, bytes[position].isDigit { position += 1 }
    }

    private mutating func string() throws(JSONSyntaxError) {
        position += 1
        let start = position
        var kind = JSONNode.Kind.plainString
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                try append(kind, start, position)
                position += 1
                return
            case UInt8(ascii: "\\"):
                kind = .escapedString
                try escape()
            case 0..<0x20: throw error(.controlCharacter)
            case 0x20..<0x80: position += 1
            default: try multibyte()
            }
        }
        throw error(.unfinished)
    }

    private mutating func escape() throws(JSONSyntaxError) {
        let start = position
        guard position + 1 < bytes.count else { throw error(.unfinished) }
        position += 2
        switch bytes[position - 1] {
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            if (0xDC00..<0xE000).contains(unit) { throw JSONSyntaxError(offset: start, reason: .loneSurrogate) }
            guard (0xD800..<0xDC00).contains(unit) else { return }
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw JSONSyntaxError(offset: start, reason: .loneSurrogate) }
            position += 2
            guard (0xDC00..<0xE000).contains(try hexadecimal()) else {
                throw JSONSyntaxError(offset: start, reason: .loneSurrogate)
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        default: throw JSONSyntaxError(offset: start, reason: .badEscape)
        }
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw error(.unfinished) }
        guard let unit = hexadecimalUnit(bytes[position..<position + 4]) else { throw error(.badEscape) }
        position += 4
        return unit
    }

    /// Source: the Unicode Standard, table 3-7 (well-formed UTF-8 byte sequences).
    private mutating func multibyte() throws(JSONSyntaxError) {
        let lead = bytes[position]
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
        guard position + length <= bytes.count, second.contains(bytes[position + 1]),
            bytes[(position + 2)..<(position + max(length, 2))].allSatisfy({ $0 & 0xC0 == 0x80 })
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

/// A JSON text (RFC 8259) that was read once, strictly: well-formed UTF-8 without a byte-order mark, no
/// trailing comma, no lone surrogate, nothing behind the value, bounded depth.
///
/// Values are views into the text: strings are decoded and numbers parsed when they are asked for.
/// Duplicate member names are legal to the grammar and reported by `ObjectReader`, with their place.
package final class JSONDocument: Sendable {
    /// Objects and arrays inside each other.
    package static let depthMax = 32
    /// Values and names in all: 5,000 lines of a hundred fields each.
    package static let valuesMax = 1_000_000

    let bytes: [UInt8]
    let nodes: [JSONNode]
    /// What was noted and not thrown, in the order of the text.
    private let faults: [JSONSyntaxError]

    /// - Parameter notesFaults: inside the outermost object's members, half a surrogate pair and too deep a nesting make only
    ///   the values unreadable that they are in: `JSONValue.fault`. Both are JSON by its grammar.
    /// - Throws: `JSONSyntaxError` with the byte offset of the first offence.
    package init(parsing bytes: [UInt8], notesFaults: Bool = false) throws(JSONSyntaxError) {
        guard bytes.count < Int(UInt32.max) else { throw JSONSyntaxError(offset: 0, reason: .tooLong) }
        (nodes, faults) = try JSONParser.parsed(bytes, notesFaults: notesFaults)
        self.bytes = bytes
    }

    /// How many faults were noted: at most one for each element of an array in the outermost object.
    package var faultCount: Int { faults.count }

    /// The first fault in a range of the text.
    func fault(in range: Range<Int>) -> JSONSyntaxError? {
        guard !faults.isEmpty else { return nil }
        var (low, high) = (0, faults.count)
        while low < high {
            let middle = (low + high) / 2
            if faults[middle].offset < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < faults.count && faults[low].offset < range.upperBound ? faults[low] : nil
    }

    package var root: JSONValue { JSONValue(document: self, index: 0) }

    /// The node's own bytes, not copied.
    @inline(__always)
    func withBytes<T>(of node: JSONNode, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
        bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[Int(node.start)..<Int(node.end)])) }
    }

    /// The text of a string; nil for anything else.
    func string(at index: Int) -> String? {
        let node = nodes[index]
        return switch node.kind {
        case .plainString: withBytes(of: node) { String(decoding: $0, as: UTF8.self) }
        case .escapedString: String(decoding: unescaped(bytes[Int(node.start)..<Int(node.end)]), as: UTF8.self)
        default: nil
        }
    }

    /// Hands on the text of a string in UTF-8.
    /// - Returns: false for anything else.
    func withUTF8(at index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void) -> Bool {
        let node = nodes[index]
        switch node.kind {
        case .plainString: withBytes(of: node, body)
        case .escapedString:
            unescaped(bytes[Int(node.start)..<Int(node.end)]).withUnsafeBufferPointer(body)
        default: return false
        }
        return true
    }

    /// The text of a string in UTF-8; nothing for anything else.
    func utf8(at index: Int) -> [UInt8] {
        var text: [UInt8] = []
        _ = withUTF8(at: index) { text = Array($0) }
        return text
    }

    /// True where a string says `name`, without decoding it where it has no escape.
    func says(_ name: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        let node = nodes[index]
        switch node.kind {
        case .plainString:
            guard Int(node.end - node.start) == name.count else { return false }
            return withBytes(of: node) { UnsafeRawBufferPointer($0).hasSameBytes(as: UnsafeRawBufferPointer(name)) }
        case .escapedString: return unescaped(bytes[Int(node.start)..<Int(node.end)]).elementsEqual(name)
        default: return false
        }
    }

    /// A whole number, however it is written; see `JSONValue.integer`.
    func integer(at index: Int) -> Int64? {
        let node = nodes[index]
        guard node.kind == .number else { return nil }
        var position = Int(node.start)
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var value: Int64 = 0
        while position < Int(node.end) {
            let digit = bytes[position]
            guard digit.isDigit else {
                return JSONValue(document: self, index: index).canonicalNumber.flatMap(Int64.init)
            }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = product.subtractingReportingOverflow(Int64(digit - 0x30))
            guard !overflows, !overflowsToo else { return nil }
            value = sum
            position += 1
        }
        guard !isNegative else { return value }
        return value == .min ? nil : -value
    }
}

extension UnsafeRawBufferPointer {
    /// Eight bytes at a time, the last eight once more where they are no whole word.
    /// - Precondition: both are of one length.
    fileprivate func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count >= 8 else { return indices.allSatisfy { self[$0] == other[$0] } }
        var offset = 0
        while true {
            guard
                loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    == other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            else { return false }
            if offset == count - 8 { return true }
            offset = Swift.min(offset + 8, count - 8)
        }
    }
}

/// One value in document order. An object's children are name, value, name, value…
struct JSONNode {
    enum Kind: UInt8 {
        case object, array, plainString, escapedString, number, yes, no, null
    }

    let kind: Kind
    /// Bytes of the value; of a string without its quotes.
    let start: UInt32
    var end: UInt32
    /// The index of the first node behind this value and all in it.
    var next: UInt32
}

/// Why a text is not JSON.
package struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case tooLong = "the text is too long"
        case empty = "there is no value"
        case unexpected = "unexpected character"
        case unfinished = "the text ends inside a value"
        case byteOrderMark = "the text starts with a byte-order mark"
        case tooManyValues = "there are too many values"
        case tooDeep = "objects and arrays are nested too deeply"
        case badUTF8 = "a string is not valid UTF-8"
        case badEscape = "a string has an escape that JSON does not have"
        case loneSurrogate = "a string has half of a surrogate pair"
        case controlCharacter = "a string has an unescaped control character"
        case trailing = "there is something behind the value"
    }

    package let offset: Int
    package let reason: Reason

    package init(offset: Int, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "\(reason.rawValue) at byte \(offset)" }
}

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

    /// - Throws: `JSONSyntaxError` with the byte offset of the first offence.
    package init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
        guard bytes.count < Int(UInt32.max) else { throw JSONSyntaxError(offset: 0, reason: .tooLong) }
        var parser = JSONParser(bytes: bytes)
        nodes = try parser.parse()
        self.bytes = bytes
    }

    package var root: JSONValue { JSONValue(document: self, index: 0) }

    /// The node's own bytes, not copied.
    func withBytes<T>(of node: JSONNode, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
        bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[Int(node.start)..<Int(node.end)])) }
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

/// Eight bytes of a text, looked at together. Each finding is a word with the highest bit set of every byte that is looked for;
/// behind such a one, a borrow may set it in another too, never before the first.
struct ByteWord {
    let bytes: UInt64

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// - Parameter bytes: the first in the lowest eight bits.
    @inline(__always)
    init(_ bytes: UInt64) { self.bytes = bytes }

    @inline(__always)
    func places(of byte: UInt64) -> UInt64 {
        let differences = bytes ^ (Self.ones &* byte)
        return (differences &- Self.ones) & ~differences & Self.highs
    }

    /// Of what no JSON string has as it is: a quote, a backslash or a control.
    @inline(__always)
    var placesToEscape: UInt64 {
        let controls = (bytes &- Self.ones &* 0x20) & ~bytes & Self.highs
        return places(of: UInt64(UInt8(ascii: "\""))) | places(of: UInt64(UInt8(ascii: "\\"))) | controls
    }

    /// Of parts of longer characters.
    @inline(__always)
    var placesBeyondASCII: UInt64 { bytes & Self.highs }
}

extension UInt8 {
    /// A quote, a backslash or a control.
    @inline(__always)
    var isEscapedInJSON: Bool { self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether a string of these bytes stands in JSON as it is.
    var needsEscapes: Bool {
        let raw = UnsafeRawBufferPointer(self)
        var position = 0
        while position + 8 <= count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            if ByteWord(word).placesToEscape != 0 { return true }
            position += 8
        }
        while position < count {
            if self[position].isEscapedInJSON { return true }
            position += 1
        }
        return false
    }
}

extension Span<UInt8> {
    /// Where, from an index on, the first byte is that ends a string or is not plain ASCII: a quote, a backslash, a control
    /// or a part of a longer character; the end of the text without one. Most of a body is text without such bytes.
    @inline(__always)
    func endOfPlain(from start: Int) -> Int {
        var position = start
        while position + 8 <= count {
            let word = ByteWord(
                UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)))
            let found = word.placesToEscape | word.placesBeyondASCII
            if found != 0 { return position + found.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < count, !self[position].isEscapedInJSON, self[position] < 0x80 { position += 1 }
        return position
    }
}

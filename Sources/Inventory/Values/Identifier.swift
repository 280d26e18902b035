/// Says what texts an identifier of one kind may hold.
package protocol IdentifierKind: Sendable {
    /// As the contract names it, for error texts.
    static var name: String { get }
    /// Unicode scalars, at most.
    static var lengthMax: Int { get }
    /// Whether the marks that a path or a query is made of are refused although they are printable.
    static var forbidsPathMarks: Bool { get }
    static var allowsOuterSpaces: Bool { get }
    /// Whether it may hold blanks other than the plain space, and marks without a shape: what looks the same would be two.
    static var allowsUnseen: Bool { get }
    /// Whether a path names things by it: then it may not be `.` or `..`, which clients take out of a path before they send it
    /// (RFC 3986, section 5.2.4).
    static var standsInPaths: Bool { get }
}

/// What holds for an identifier unless its kind says otherwise: it can be typed into a path as it is.
extension IdentifierKind {
    package static var lengthMax: Int { 64 }
    package static var forbidsPathMarks: Bool { true }
    package static var allowsOuterSpaces: Bool { false }
    package static var allowsUnseen: Bool { false }
    package static var standsInPaths: Bool { true }
}

/// A checked text of one kind. Two are equal when their UTF-8 bytes are: Swift's own comparison takes
/// different spellings of one character as equal, PostgreSQL's `COLLATE "C"` and our clients do not.
package struct Identifier<Kind: IdentifierKind>: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let text: String

    /// - Throws: `IdentifierError` that says which rule the text breaks.
    package init(_ text: String) throws(IdentifierError) {
        try self.init(naming: text)
        guard !Self.isTakenOutOfPaths(text) else { throw IdentifierError(name: Kind.name, rule: .takenOutOfPaths) }
    }

    /// Takes a text that makes nothing: also one by which something may have been made before that was refused.
    /// - Throws: as the initialiser of what is new.
    package init(naming text: String) throws(IdentifierError) {
        try Self.check(text)
        self.text = text
    }

    /// Takes a text that was checked when it was stored.
    package init(stored text: String) {
        self.text = text
    }

    package var description: String { text }

    package static func == (left: Self, right: Self) -> Bool {
        var (left, right) = (left.text, right.text)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                UnsafeRawBufferPointer(left).hasSameBytes(as: UnsafeRawBufferPointer(right))
            }
        }
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var copy = text
        hasher.combine(copy.withUTF8 { UnsafeRawBufferPointer($0).mixed })
    }

    private static func isTakenOutOfPaths(_ text: String) -> Bool {
        text.utf8.count <= 2 && Kind.standsInPaths && text.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
    }

    private static func check(_ text: String) throws(IdentifierError) {
        let rules = TextRules(
            lengthMax: Kind.lengthMax, forbidsPathMarks: Kind.forbidsPathMarks,
            allowsOuterSpaces: Kind.allowsOuterSpaces, allowsUnseen: Kind.allowsUnseen)
        if let broken = rules.broken(by: text) { throw IdentifierError(name: Kind.name, rule: broken) }
    }
}

/// What a kind of identifiers allows, as a value: checked by code that is not generic, since an identifier is read in one
/// module and defined in another.
private struct TextRules {
    let lengthMax: Int
    let forbidsPathMarks: Bool
    let allowsOuterSpaces: Bool
    let allowsUnseen: Bool

    /// The first rule that the text breaks; nil when it breaks none.
    func broken(by text: String) -> IdentifierError.Rule? {
        var copy = text
        return copy.withUTF8(isPlain) ? nil : firstBroken(by: text)
    }

    /// Printable ASCII without a mark or an outer space that matters, within the length: nearly every text there is.
    private func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = bytes.first, let last = bytes.last, bytes.count <= lengthMax, first != 0x20, last != 0x20
        else {
            return false
        }
        let raw = UnsafeRawBufferPointer(bytes)
        var position = 0
        while position + 8 <= bytes.count {
            let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            guard word.isPrintableASCII, !forbidsPathMarks || !word.hasPathMark else { return false }
            position += 8
        }
        while position < bytes.count {
            let byte = bytes[position]
            guard (0x20...0x7E).contains(byte), !forbidsPathMarks || !byte.isPathMark else { return false }
            position += 1
        }
        return true
    }

    private func firstBroken(by text: String) -> IdentifierError.Rule? {
        guard !text.isEmpty else { return .empty }
        var length = 0
        for scalar in text.unicodeScalars {
            length += 1
            guard scalar.isPrintable else { return .unprintable(scalar) }
            if forbidsPathMarks, scalar.isASCII, UInt8(ascii: scalar).isPathMark { return .forbidden(scalar) }
            guard allowsUnseen || !scalar.isUnseen else { return .unseen(scalar) }
        }
        guard length <= lengthMax else { return .tooLong(max: lengthMax) }
        if !allowsOuterSpaces, text.utf8.first == 0x20 || text.utf8.last == 0x20 { return .outerSpace }
        return nil
    }
}

/// Why a text is not an identifier of its kind.
package struct IdentifierError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Rule: Sendable, Hashable {
        case empty, outerSpace
        /// A control, format or line-break character, or one that is not assigned.
        case unprintable(Unicode.Scalar)
        /// A blank other than the plain space, or a mark without a shape.
        case unseen(Unicode.Scalar)
        case forbidden(Unicode.Scalar)
        case tooLong(max: Int)
        /// It is `.` or `..`.
        case takenOutOfPaths
    }

    package let name: String
    package let rule: Rule

    package init(name: String, rule: Rule) {
        self.name = name
        self.rule = rule
    }

    package var description: String {
        switch rule {
        case .empty: "\(name) is empty"
        case .unprintable(let scalar):
            "\(name) has a character that is not printable (\(scalar.codePoint)); leave it out"
        case .unseen(let scalar):
            "\(name) has a blank or a mark that nobody sees (\(scalar.codePoint)); leave it out, or write a plain space"
        case .outerSpace: "\(name) starts or ends with a space"
        case .forbidden(let scalar): "\(name) must not contain '\(Character(scalar))'"
        case .tooLong(let max): "\(name) is longer than \(max) characters"
        case .takenOutOfPaths:
            "\(name) must not be '.' or '..', which clients take out of a path, so that nothing could be asked for by it; "
                + "choose another, and map another system's code by an alias"
        }
    }
}

/// Eight bytes of a text, looked at together: a sum below has the highest bit of a byte set where that is looked for.
extension UInt64 {
    private static var ones: UInt64 { 0x0101_0101_0101_0101 }
    private static var highs: UInt64 { 0x8080_8080_8080_8080 }

    fileprivate var isPrintableASCII: Bool {
        (self | (self &- Self.ones &* 0x20) | (self &+ Self.ones)) & Self.highs == 0
    }

    fileprivate var hasPathMark: Bool {
        func places(of mark: UInt8) -> UInt64 {
            let differences = self ^ (Self.ones &* UInt64(mark))
            return (differences &- Self.ones) & ~differences & Self.highs
        }
        return places(of: UInt8(ascii: "/")) | places(of: UInt8(ascii: "\\")) | places(of: UInt8(ascii: "?"))
            | places(of: UInt8(ascii: "#")) | places(of: UInt8(ascii: "%")) != 0
    }
}

extension UInt8 {
    fileprivate var isPathMark: Bool {
        switch self {
        case UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "%"): true
        default: false
        }
    }
}

extension Unicode.Scalar {
    /// As U+00A0.
    fileprivate var codePoint: String {
        let digits = String(value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// A blank other than the plain space, or a scalar without a shape of its own: Unicode's space separators, its default
    /// ignorable code points (fillers, joiners, variation selectors), and the empty Braille pattern.
    fileprivate var isUnseen: Bool {
        if isASCII { return false }
        return properties.generalCategory == .spaceSeparator || properties.isDefaultIgnorableCodePoint
            || value == 0x2800
    }

    /// Has a visible shape or is a space: no control, format, line-break, private or unassigned scalar.
    package var isPrintable: Bool {
        if isASCII { return (0x20...0x7E).contains(value) }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}

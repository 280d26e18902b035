/// Says what texts an identifier of one kind may hold.
package protocol IdentifierKind: Sendable {
    /// As the contract names it, for error texts.
    static var name: String { get }
    /// Unicode scalars, at most.
    static var lengthMax: Int { get }
    /// Whether a scalar is refused although it is printable.
    static func forbids(_ scalar: Unicode.Scalar) -> Bool
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
    package static func forbids(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "/", "\\", "?", "#", "%": true
        default: false
        }
    }
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
        copy.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }

    private static func isTakenOutOfPaths(_ text: String) -> Bool {
        text.utf8.count <= 2 && Kind.standsInPaths && text.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
    }

    /// Letters, digits, `-`, `_`, `.` and `:` within the length: no kind has anything against those.
    private static func isPlain(_ text: String) -> Bool {
        var text = text
        let lengthMax = Kind.lengthMax
        return text.withUTF8 { bytes in
            bytes.count <= lengthMax
                && bytes.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                    default: false
                    }
                }
        }
    }

    private static func check(_ text: String) throws(IdentifierError) {
        guard !text.isEmpty else { throw IdentifierError(name: Kind.name, rule: .empty) }
        if isPlain(text) { return }
        var length = 0
        for scalar in text.unicodeScalars {
            length += 1
            guard scalar.isPrintable else { throw IdentifierError(name: Kind.name, rule: .unprintable(scalar)) }
            guard !Kind.forbids(scalar) else {
                throw IdentifierError(name: Kind.name, rule: .forbidden(scalar))
            }
            guard Kind.allowsUnseen || !scalar.isUnseen else {
                throw IdentifierError(name: Kind.name, rule: .unseen(scalar))
            }
        }
        guard length <= Kind.lengthMax else {
            throw IdentifierError(name: Kind.name, rule: .tooLong(max: Kind.lengthMax))
        }
        if !Kind.allowsOuterSpaces, text.utf8.first == 0x20 || text.utf8.last == 0x20 {
            throw IdentifierError(name: Kind.name, rule: .outerSpace)
        }
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

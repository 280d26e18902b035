/// How a file writes numbers. What can be read in two ways is refused, with the setting that says which: a stock that is
/// wrong by a factor of a thousand looks like any other.
struct NumberFormat: Sendable, Hashable {
    /// Where a minus may stand besides in front.
    struct Minus: OptionSet, Sendable, Hashable {
        let rawValue: UInt8
        static let trailing = Minus(rawValue: 1)
        static let parentheses = Minus(rawValue: 2)
    }

    /// Nil where the mapping does not say: then only what can be meant in one way is read.
    var decimal: Unicode.Scalar?
    /// Between thousands; a space stands for all blanks, an apostrophe for the curved one too.
    var grouping: Unicode.Scalar?
    var minus: Minus = []
    /// What quantities are multiplied by.
    var factor = ExactDecimal.one

    /// Characters of a number, its blanks and grouping signs with them.
    private static let lengthMax = 100

    /// Why a text is not read, as the end of a sentence that begins with the text.
    struct Refusal: Error, Hashable {
        let why: String
        init(_ why: String) { self.why = why }
    }

    /// A whole number of units, the factor applied.
    /// - Returns: its plain digits, with a minus in front.
    func units(_ text: String) throws(Refusal) -> String {
        if factor == .one, Self.isPlain(text) { return text }
        let number = try decimal(text)
        guard let product = number.times(factor) else { throw Self.tooLong }
        guard product.isWhole else {
            let after = factor == .one ? "" : " after the factor \(factor.text)"
            throw Refusal("is \(product.text)\(after), and only whole units can be kept")
        }
        return product.text
    }

    /// Up to 18 digits, which need no reading.
    private static func isPlain(_ text: String) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        return (1...18).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// A number as it is written, without the factor.
    func decimal(_ text: String) throws(Refusal) -> ExactDecimal {
        var rest = text.unicodeScalars[...]
        Self.trim(&rest)
        guard rest.count <= Self.lengthMax else { throw Self.tooLong }
        let isNegative = try takeSign(&rest)
        Self.trim(&rest)
        guard rest.contains(where: Self.isDigit), rest.allSatisfy(Self.isPartOfNumber) else {
            throw Self.noNumber(rest)
        }
        let parts = try parts(rest)
        guard let number = ExactDecimal(isNegative: isNegative, whole: parts.whole, fraction: parts.fraction) else {
            throw Self.tooLong
        }
        return number
    }

    // MARK: - The sign

    private typealias Scalars = Substring.UnicodeScalarView

    private func takeSign(_ rest: inout Scalars) throws(Refusal) -> Bool {
        guard let first = rest.first, let last = rest.last else { throw Self.noNumber(rest) }
        if first == "+" {
            rest.removeFirst()
            return false
        }
        if Self.isMinus(first) {
            rest.removeFirst()
            return true
        }
        if Self.isMinus(last), rest.count > 1 {
            guard minus.contains(.trailing) else {
                throw Refusal(
                    "has its minus behind it: if that is meant, write numbers: { minus: trailing } in the mapping")
            }
            rest.removeLast()
            return true
        }
        if first == "(", last == ")" {
            guard minus.contains(.parentheses) else {
                throw Refusal(
                    "is in parentheses: if it is meant to be negative, write numbers: { minus: parentheses } in the mapping"
                )
            }
            rest.removeFirst()
            rest.removeLast()
            return true
        }
        return false
    }

    /// The hyphen that keyboards have, and the sign that typesetters and some spreadsheets write.
    static func isMinus(_ scalar: Unicode.Scalar) -> Bool { scalar == "-" || scalar == "\u{2212}" }

    // MARK: - The digits

    private func parts(_ number: Scalars) throws(Refusal) -> (whole: [UInt8], fraction: [UInt8]) {
        let signs = number.filter { !Self.isDigit($0) }.map(Self.plainSign)
        if signs.isEmpty { return (Self.digits(number), []) }
        if let grouping, signs.allSatisfy({ $0 == grouping }) { return (try grouped(number), []) }
        guard let decimal = decimal ?? Self.other(than: grouping) else { return try undeclared(number, signs) }
        for sign in signs where sign != decimal && sign != grouping {
            let known = grouping.map { "'\(decimal)' and '\($0)'" } ?? "'\(decimal)' as the decimal sign"
            throw Refusal("has '\(sign)', where numbers: of the mapping has \(known)")
        }
        let halves = number.split(separator: decimal, omittingEmptySubsequences: false)
        guard halves.count <= 2 else { throw Refusal("has the decimal sign '\(decimal)' twice") }
        let fraction = halves.count > 1 ? halves[1] : Scalars()
        guard fraction.allSatisfy(Self.isDigit) else { throw Refusal("has a grouping sign behind its decimal sign") }
        return (try grouped(halves[0]), Self.digits(fraction))
    }

    /// Of point and comma one parts thousands only where the other is the decimal sign.
    private static func other(than grouping: Unicode.Scalar?) -> Unicode.Scalar? {
        grouping == "." ? "," : grouping == "," ? "." : nil
    }

    /// Thousands, and nothing else, stand between grouping signs.
    private func grouped(_ whole: Scalars) throws(Refusal) -> [UInt8] {
        let groups = whole.split(omittingEmptySubsequences: false) { !Self.isDigit($0) }
        guard groups.count > 1 else { return Self.digits(whole) }
        guard (1...3).contains(groups[0].count), groups.dropFirst().allSatisfy({ $0.count == 3 }) else {
            throw Refusal("is not grouped by thousands, as the grouping sign of the mapping says")
        }
        return Self.digits(whole)
    }

    /// Without a word of the mapping only a point is read, and only where it cannot part thousands.
    private func undeclared(
        _ number: Scalars, _ signs: [Unicode.Scalar]
    ) throws(Refusal) -> (whole: [UInt8], fraction: [UInt8]) {
        let first = signs[0]
        let last = signs[signs.count - 1]
        if signs.count == 1, first == "." || first == "," {
            let halves = number.split(separator: first, omittingEmptySubsequences: false)
            let mayGroup =
                (1...3).contains(halves[0].count) && halves[1].count == 3 && halves[0].first != "0"
            if mayGroup {
                throw Refusal(
                    "can be read in two ways: write numbers: { decimal: \"\(first)\" } or numbers: { grouping: \"\(first)\" } in the mapping"
                )
            }
            if first == "." { return (Self.digits(halves[0]), Self.digits(halves[1])) }
            throw Refusal("has a comma: write numbers: { decimal: \",\" } in the mapping")
        }
        if first != last, last == "." || last == "," {
            throw Refusal(
                "has two signs: write numbers: { decimal: \"\(last)\", grouping: \"\(first)\" } in the mapping")
        }
        throw Refusal(
            "has '\(first)' between its digits: if that parts thousands, write numbers: { grouping: \"\(first)\" } in the mapping"
        )
    }

    // MARK: - Characters

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func digits(_ scalars: Scalars) -> [UInt8] {
        scalars.compactMap { isDigit($0) ? UInt8(truncatingIfNeeded: $0.value) : nil }
    }

    private static func isPartOfNumber(_ scalar: Unicode.Scalar) -> Bool {
        isDigit(scalar) || [".", ",", " ", "'"].contains(plainSign(scalar))
    }

    /// No-break and thin spaces part thousands as a space does; spreadsheets write a curved apostrophe too.
    private static func plainSign(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar {
        case "\u{A0}", "\u{2009}", "\u{202F}": " "
        case "\u{2019}": "'"
        default: scalar
        }
    }

    private static func trim(_ rest: inout Scalars) {
        while rest.first?.properties.isWhitespace == true { rest.removeFirst() }
        while rest.last?.properties.isWhitespace == true { rest.removeLast() }
    }

    private static let tooLong = Refusal("has more digits than can be kept")

    private static func noNumber(_ rest: Scalars) -> Refusal {
        let isPower =
            rest.first.map(isDigit) == true && rest.contains { $0 == "E" || $0 == "e" }
            && rest.allSatisfy { isPartOfNumber($0) || ["E", "e", "+", "-"].contains($0) }
        return Refusal(
            isPower
                ? "is a rounded number of a spreadsheet: format the column as a number without an exponent, and export again"
                : "is no number")
    }
}

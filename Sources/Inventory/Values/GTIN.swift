/// A Global Trade Item Number of 8, 12, 13 or 14 digits, compared as 14 with leading zeros.
///
/// Source: GS1 General Specifications, section 7.9 (check digit, modulo 10 with weights 3 and 1).
package enum GTIN {
    /// How a code of code system `gtin` is looked up and stored. Digits are padded to 14; anything
    /// else stays as it is, so that a wrong code is kept as it was sent.
    package static func canonical(_ code: Code) -> Code {
        let digits = code.text.utf8
        guard (1..<14).contains(digits.count), isDigits(code) else { return code }
        return Code(stored: String(repeating: "0", count: 14 - digits.count) + code.text)
    }

    /// Whether it is as long as a GTIN can be, and of digits alone: a spreadsheet makes `4.00638E+12` of one.
    package static func hasLength(_ code: Code) -> Bool { isDigits(code) && lengths.contains(code.text.utf8.count) }

    private static let lengths = [8, 12, 13, 14]

    /// True when the last digit is what GS1's rule computes from the others. False for anything that
    /// is not 8, 12, 13 or 14 digits once padded with zeros.
    package static func hasValidCheckDigit(_ code: Code) -> Bool {
        guard hasLength(code) else { return false }
        let digits = canonical(code).text.utf8.map { Int($0 - 0x30) }
        let weighted = digits.dropLast().enumerated().reduce(0) { sum, digit in
            sum + digit.element * (digit.offset.isMultiple(of: 2) ? 3 : 1)
        }
        return (10 - weighted % 10) % 10 == digits[13]
    }

    private static func isDigits(_ code: Code) -> Bool {
        code.text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

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

    /// The UPC-A of 12 digits that a UPC-E of 8 is short for: the zeros that it left out are put back.
    ///
    /// Source: GS1 General Specifications, section 5.2.2.4 (UPC-E).
    /// - Returns: nil for another length or first digit, or a check digit that is not the long form's.
    package static func expandedUPCE(_ code: Code) -> Code? {
        let digits = Array(code.text.utf8)
        guard digits.count == 8, isDigits(code), digits[0] <= 0x31 else { return nil }
        let zero = UInt8(ascii: "0")
        let long: [UInt8]
        switch digits[6] {
        case 0x30...0x32: long = Array(digits[0...2]) + [digits[6], zero, zero, zero, zero] + digits[3...5]
        case 0x33: long = Array(digits[0...3]) + Array(repeating: zero, count: 5) + digits[4...5]
        case 0x34: long = Array(digits[0...4]) + Array(repeating: zero, count: 5) + [digits[5]]
        default: long = Array(digits[0...5]) + Array(repeating: zero, count: 4) + [digits[6]]
        }
        guard checkDigit(of: long) == digits[7] else { return nil }
        return Code(stored: String(decoding: long + [digits[7]], as: UTF8.self))
    }

    /// The digit that checks others, as ASCII.
    /// - Parameter digits: all before it, as ASCII.
    static func checkDigit(of digits: some BidirectionalCollection<UInt8>) -> UInt8 {
        let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
            sum + Int(digit.element - 0x30) * (digit.offset.isMultiple(of: 2) ? 3 : 1)
        }
        return UInt8((10 - sum % 10) % 10) + 0x30
    }

    private static func isDigits(_ code: Code) -> Bool {
        code.text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

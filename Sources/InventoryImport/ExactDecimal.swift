/// A decimal number as it is written, without any rounding: `digits` divided by ten as often as `scale` says.
struct ExactDecimal: Sendable, Hashable {
    private(set) var digits: Int64
    /// Places behind the decimal sign, 0 or more. Without zeros at their end.
    private(set) var scale: Int

    static let one = ExactDecimal(digits: 1, scale: 0)

    private init(digits: Int64, scale: Int) {
        self.digits = digits
        self.scale = scale
    }

    /// - Parameters:
    ///   - whole, fraction: digits before and behind the decimal sign.
    /// - Returns: nil for what needs more than 64 bits.
    init?(isNegative: Bool, whole: some Collection<UInt8>, fraction: some Collection<UInt8>) {
        var fraction = Array(fraction)
        while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        var value: Int64 = 0
        for digit in Array(whole) + fraction {
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = product.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            guard !overflows, !overflowsToo else { return nil }
            value = sum
        }
        self.init(digits: isNegative ? -value : value, scale: fraction.count)
    }

    /// Digits with a point and a minus in front, as mappings write factors.
    init?(_ text: String) {
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let parts = text.utf8.dropFirst(isNegative ? 1 : 0)
            .split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let isNumber = parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
        guard isNumber, let whole = parts.first else { return nil }
        self.init(isNegative: isNegative, whole: whole, fraction: parts.count > 1 ? parts[1] : "".utf8[...])
    }

    /// - Returns: nil for what needs more than 64 bits.
    func times(_ other: ExactDecimal) -> ExactDecimal? {
        let (product, overflows) = digits.multipliedReportingOverflow(by: other.digits)
        guard !overflows else { return nil }
        var result = ExactDecimal(digits: product, scale: scale + other.scale)
        while result.scale > 0, result.digits.isMultiple(of: 10) {
            result.digits /= 10
            result.scale -= 1
        }
        return result
    }

    var isWhole: Bool { scale == 0 }

    /// With a point as the decimal sign and a minus in front.
    var text: String {
        guard scale > 0 else { return String(digits) }
        var text = String(digits.magnitude)
        text = String(repeating: "0", count: max(0, scale + 1 - text.utf8.count)) + text
        return (digits < 0 ? "-" : "") + text.dropLast(scale) + "." + text.suffix(scale)
    }

    /// For comparing with a bound.
    var double: Double { Double(text) ?? 0 }
}

extension JSONValue {
    /// The value in one spelling: members by the bytes of their names, no white space, one way to write each text and each
    /// number. Two values are the same JSON exactly when these texts are equal.
    ///
    /// Near RFC 8785, but for numbers, which keep all of their digits here instead of being rounded to a double.
    package var canonicalText: String {
        var writer = JSONWriter()
        writer.canonical(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The number's text, `1.50e1` as `15`; nil for everything else. An exponent is left only where more than
    /// `zerosMax` zeros would have to be written out.
    package var canonicalNumber: String? {
        guard document.nodes[index].kind == .number else { return nil }
        let text = String(decoding: raw, as: UTF8.self)
        let isNegative = text.first == "-"
        let parts = text.drop { $0 == "-" }.split(maxSplits: 1) { $0 == "e" || $0 == "E" }
        let mantissa = parts[0].split(separator: ".", maxSplits: 1)
        let fraction = mantissa.count == 2 ? mantissa[1] : ""
        // An exponent that no Int holds is left as it was sent.
        guard let power = Int(parts.count == 2 ? parts[1].drop { $0 == "+" } : "0"), abs(power) < Int(Int32.max) else {
            return text
        }
        var digits = Array((mantissa[0] + fraction).utf8.drop { $0 == UInt8(ascii: "0") })
        guard !digits.isEmpty else { return "0" }
        var exponent = power - fraction.utf8.count
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        return (isNegative ? "-" : "") + Self.decimal(String(decoding: digits, as: UTF8.self), exponent)
    }

    /// Zeros that are written out rather than said by an exponent.
    private static let zerosMax = 20

    private static func decimal(_ digits: String, _ exponent: Int) -> String {
        if exponent >= 0 {
            return exponent <= zerosMax ? digits + String(repeating: "0", count: exponent) : "\(digits)e\(exponent)"
        }
        let whole = digits.utf8.count + exponent
        if whole > 0 { return "\(digits.prefix(whole)).\(digits.dropFirst(whole))" }
        return -whole <= zerosMax ? "0." + String(repeating: "0", count: -whole) + digits : "\(digits)e\(exponent)"
    }
}

extension JSONWriter {
    fileprivate mutating func canonical(_ value: JSONValue) {
        if let members = value.members {
            let sorted = members.map { (name: $0.name.string ?? "", value: $0.value) }
                .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            object { writer in
                for member in sorted {
                    writer.name(member.name)
                    writer.canonical(member.value)
                }
            }
        } else if let elements = value.elements {
            array(elements) { $0.canonical($1) }
        } else if let text = value.string {
            self.value(text)
        } else if let boolean = value.boolean {
            self.value(boolean)
        } else if let number = value.canonicalNumber {
            raw(number)
        } else {
            null()
        }
    }
}

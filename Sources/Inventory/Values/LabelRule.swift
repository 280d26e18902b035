/// How a source's scales print a weight or a price into a barcode: a GTIN of 13 digits from GS1's ranges for use inside a
/// company, of which some digits name the article and some say the value.
///
/// Source: GS1 General Specifications, sections 1.4.5 and 2.1.13 (restricted circulation numbers, variable measure items).
package struct LabelRule: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Kilograms with decimals: the label stands for so many grams.
        case weight
        /// An amount of money, which says nothing about units: the label stands for its article.
        case price
    }

    /// What the digits begin with: 20 to 29, or 02.
    package let prefixes: [String]
    /// Which of the 13 digits, from 1, name the article beside the prefix; the last digit checks the others.
    package let article: ClosedRange<Int>
    /// Which of them say the value.
    package let value: ClosedRange<Int>
    package let kind: Kind
    /// Of the kilograms of a weight.
    package let decimals: Int

    package static let prefixesMax = 20
    /// Where article and value may stand: the digit before is the prefix's, the one behind checks them.
    package static let places = 2...12
    package static let decimalsMax = 3
    /// Rules of one source.
    package static let countMax = 20

    package init(
        prefixes: [String], article: ClosedRange<Int>, value: ClosedRange<Int>, kind: Kind, decimals: Int
    ) {
        self.prefixes = prefixes
        self.article = article
        self.value = value
        self.kind = kind
        self.decimals = decimals
    }

    /// What most scales print: two digits, five of the article, five of grams. It holds where no rule of the source says
    /// otherwise, and only for articles that are known and kept in grams.
    package static let usual = LabelRule(
        prefixes: ["2"], article: 2...7, value: 8...12, kind: .weight, decimals: decimalsMax)

    /// What one label says.
    package struct Label: Sendable, Hashable {
        /// The code with zeros for all but prefix and article, as an alias of code system `gtin` has it.
        package let article: Code
        /// What one label stands for; nil where it says no units.
        package let units: Int64?
    }

    /// - Returns: nil for a code that is no label of this rule: another prefix, a wrong check digit, a weight of nothing.
    package func read(_ code: Code) -> Label? {
        guard Self.mayBeLabel(code) else { return nil }
        let digits = Array(GTIN.canonical(code).text.utf8.dropFirst())
        guard let prefix = prefixes.first(where: { digits.starts(with: $0.utf8) }) else { return nil }
        let number = digits[(value.lowerBound - 1)...(value.upperBound - 1)]
            .reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
        guard number > 0 else { return nil }
        var article = digits
        for place in digits.indices.dropFirst(prefix.utf8.count) where !self.article.contains(place + 1) {
            article[place] = 0x30
        }
        article[article.count - 1] = GTIN.checkDigit(of: article.dropLast())
        let grams = (decimals..<Self.decimalsMax).reduce(number) { units, _ in units * 10 }
        return Label(
            article: GTIN.canonical(Code(stored: String(decoding: article, as: UTF8.self))),
            units: kind == .weight ? grams : nil)
    }

    /// Whether a code is of the ranges that labels are of. Costs next to nothing where it is not.
    package static func mayBeLabel(_ code: Code) -> Bool {
        let digits = code.text.utf8
        guard (12...14).contains(digits.count) else { return false }
        // 20 to 29 of 13 digits, or 02: the 2 stands behind one zero or two, of 14.
        let zeros = digits.prefix { $0 == 0x30 }.count
        let isVariable = (1...2).contains(14 - digits.count + zeros) && digits.dropFirst(zeros).first == 0x32
        return isVariable && GTIN.hasValidCheckDigit(code)
    }
}

extension LabelRule {
    /// As one text, for what keeps it; such as `21,22/3-7/8-12/weight/3`.
    package var stored: String {
        "\(prefixes.joined(separator: ","))/\(Self.text(article))/\(Self.text(value))/\(kind.rawValue)/\(decimals)"
    }

    /// - Parameter stored: what `stored` gave.
    package init?(stored: String) {
        let parts = stored.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5, let article = Self.range(parts[1]), let value = Self.range(parts[2]),
            let kind = Kind(rawValue: String(parts[3])), let decimals = Int(parts[4])
        else { return nil }
        self.init(
            prefixes: parts[0].split(separator: ",").map(String.init), article: article, value: value, kind: kind,
            decimals: decimals)
    }

    private static func text(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound)-\(range.upperBound)" }

    private static func range(_ text: Substring) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-").compactMap { Int($0) }
        return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
    }
}

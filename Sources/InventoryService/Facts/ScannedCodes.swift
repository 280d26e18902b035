import Inventory

/// What scanned codes say beyond the article, before anything is judged: a label of 2,750 g is a line of 2,750 units of its
/// article, so that there is one exception for an article that nobody knows, not one for each weight; and a UPC-E is the
/// UPC-A that it is short for.
///
/// The fingerprint stays that of the line as it was sent, so sending it again is a duplicate whatever the rules are by then.
struct ScannedCodes {
    private var lines: [SubmittedLine]
    private let known: KnownLabels

    /// Whether any of the lines has a code that may say more than itself.
    static func areIn(_ lines: [SubmittedLine]) -> Bool { lines.contains { $0.saysMore } }

    /// - Returns: nil where no code says more than itself.
    static func read(
        _ lines: [SubmittedLine], of source: SourceNumber, in store: any BatchStore
    ) async throws(StoreError) -> [SubmittedLine]? {
        let places = lines.indices.filter { lines[$0].saysMore }
        guard !places.isEmpty else { return nil }
        var codes = ScannedCodes(lines: lines, known: try await store.labels(of: source))
        let labels = codes.read(places)
        if !labels.isEmpty {
            let asked = Set(labels.values.flatMap { [$0.code, $0.label.article] })
            let units = try await store.articles(Array(asked)).map { ($0.code, $0.unit) }
            codes.name(labels, Dictionary(units, uniquingKeysWith: { first, _ in first }))
        }
        return codes.lines
    }

    private struct Found {
        /// Of 14 digits.
        let code: Code
        let label: LabelRule.Label
    }

    /// Expands what is short.
    /// - Returns: the labels, by the places of their lines.
    private mutating func read(_ places: [Int]) -> [Int: Found] {
        let rules = known.rules.isEmpty ? [.usual] : known.rules
        var labels: [Int: Found] = [:]
        for place in places {
            guard case .fact(var fact, let fingerprint) = lines[place].content,
                case .code(let named, let code) = fact.item, let system = named ?? known.codeSystem
            else { continue }
            if let long = code.expanded(in: system) {
                fact.item = .code(system: .gtin, long)
                lines[place].content = .fact(fact, fingerprint)
            } else if system == .gtin, let label = rules.lazy.compactMap({ $0.read(code) }).first {
                labels[place] = Found(code: GTIN.canonical(code), label: label)
            }
        }
        return labels
    }

    /// Makes lines of labels lines of their articles, where it is certain what they stand for. A code that is known in full
    /// is no label.
    /// - Parameter unitsOf: those of the codes that are known.
    private mutating func name(_ labels: [Int: Found], _ unitsOf: [Code: String]) {
        for (place, found) in labels where unitsOf[found.code] == nil {
            guard case .fact(var fact, let fingerprint) = lines[place].content,
                let units = units(found.label, unitsOf[found.label.article]), let change = fact.change.times(units)
            else { continue }
            fact.item = .code(system: .gtin, found.label.article)
            fact.change = change
            lines[place].content = .fact(fact, fingerprint)
            lines[place].label = found.label.units == nil ? .price : .weight
        }
    }

    /// What one label stands for; nil where that is not known for certain.
    /// - Parameter unit: of the article; nil of one that nobody knows.
    private func units(_ label: LabelRule.Label, _ unit: String?) -> Int64? {
        let isKeptByWeight = unit == Self.gram
        // By a rule of the source, an unknown article waits for its alias as one.
        let waits = unit == nil && !known.rules.isEmpty
        // A price says nothing of how much was weighed.
        guard let grams = label.units else { return waits || unit != nil && !isKeptByWeight ? 1 : nil }
        return isKeptByWeight || waits ? grams : nil
    }

    private static let gram = "gram"
}

extension SubmittedLine {
    /// Whether it has a code that is to be looked at. Costs next to nothing where it has none.
    fileprivate var saysMore: Bool {
        guard case .fact(let fact, _) = content, case .code(let system, let code) = fact.item else { return false }
        if system == .upcE { return true }
        guard system == nil || system == .gtin else { return false }
        return LabelRule.mayBeLabel(code) || code.expanded(in: .gtin) != nil
    }
}

extension Code {
    /// The UPC-A that it is short for. Where a code is said to be a GTIN and is right as a GTIN-8, it is that: one in ten of
    /// UPC-E codes is right as both, and only who scanned it knows, which is what code system `upc-e` is for.
    fileprivate func expanded(in system: CodeSystem) -> Code? {
        guard text.utf8.count == 8, system == .upcE || system == .gtin && !GTIN.hasValidCheckDigit(self) else {
            return nil
        }
        return GTIN.expandedUPCE(self)
    }
}

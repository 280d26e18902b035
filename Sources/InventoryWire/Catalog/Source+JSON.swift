package import Inventory
package import StrictJSON

extension Source {
    package init?(from reader: inout ObjectReader, id: SourceID) {
        let name = reader.label("name")
        let codeSystem = reader.identifier("codeSystem", CodeSystemKind.self)
        let locations = reader.identifiers("locations", countMax: Self.locationsMax, LocationKind.self)
        let authority = reader.choice("authority", Authority.self)
        self.init(
            id: id, name: name, codeSystem: codeSystem, locations: locations, authority: authority ?? .advisory,
            labels: LabelRule.all(from: &reader))
    }
}

extension LabelRule {
    fileprivate static func all(from reader: inout ObjectReader) -> [LabelRule] {
        let elements = reader.array("labels", count: 0...countMax) ?? []
        // The first rule that a label fits is the one that reads it.
        var taken: [String] = []
        return elements.enumerated().compactMap { place, element in
            ObjectReader(element, at: "\(reader.pointer)/labels/\(place)", reader.problems).flatMap {
                LabelRule($0, behind: &taken)
            }
        }
    }

    /// - Parameter taken: prefixes that come before.
    private init?(_ given: ObjectReader, behind taken: inout [String]) {
        var reader = given
        let prefixes = reader.array("prefixes", count: 1...Self.prefixesMax, isRequired: true)?.map { $0.string ?? "" }
        let article = Self.range("articleFrom", "articleTo", &reader)
        let value = Self.range("valueFrom", "valueTo", &reader)
        let kind = reader.choice("kind", Kind.self, isRequired: true)
        let decimals = reader.integer("decimals", in: 0...Int64(Self.decimalsMax))
        reader.refuseUnknown()
        let isVariable = prefixes?.allSatisfy { prefix in
            prefix.utf8.allSatisfy { (0x30...0x39).contains($0) } && (prefix.hasPrefix("2") || prefix.hasPrefix("02"))
                && prefix.utf8.count < Self.places.upperBound
        }
        if isVariable == false {
            reader.report("prefixes", "must be digits that begin with 2 or 02, which labels with a value in them have")
        }
        for prefix in prefixes ?? [] {
            if let first = taken.first(where: prefix.hasPrefix) {
                reader.report(
                    "prefixes", "'\(prefix)' is never looked at behind '\(first)'; leave it out, or put it first")
            }
            taken.append(prefix)
        }
        guard let prefixes, let article, let value, let kind, isVariable == true else { return nil }
        guard !article.overlaps(value) else {
            reader.report("valueFrom", "and valueTo must not be of the article's digits")
            return nil
        }
        self.init(
            prefixes: prefixes, article: article, value: value, kind: kind,
            decimals: decimals.map { Int($0) } ?? Self.decimalsMax)
    }

    private static func range(
        _ from: StaticString, _ to: StaticString, _ reader: inout ObjectReader
    ) -> ClosedRange<Int>? {
        let allowed = Int64(places.lowerBound)...Int64(places.upperBound)
        let first = reader.integer(from, in: allowed, isRequired: true)
        let last = reader.integer(to, in: allowed, isRequired: true)
        guard let first, let last else { return nil }
        guard first <= last else {
            reader.report(to, "must not be before \(from)")
            return nil
        }
        return Int(first)...Int(last)
    }
}

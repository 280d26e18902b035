package import Inventory
package import StrictJSON

extension ObjectReader {
    package mutating func identifier<Kind: IdentifierKind>(
        _ name: StaticString, _: Kind.Type = Kind.self, isRequired: Bool = false
    ) -> Identifier<Kind>? {
        guard let text = string(name, isRequired: isRequired) else { return nil }
        do {
            return try Identifier<Kind>(text)
        } catch {
            report(name, error.description)
            return nil
        }
    }

    /// A text for people: printable, 1 to 200 characters.
    package mutating func label(_ name: StaticString, isRequired: Bool = false) -> String? {
        guard let text = string(name, isRequired: isRequired) else { return nil }
        guard (1...200).contains(text.unicodeScalars.count), text.unicodeScalars.allSatisfy(\.isPrintable) else {
            report(name, "must have 1 to 200 printable characters")
            return nil
        }
        return text
    }

    package mutating func timestamp(_ name: StaticString) -> Timestamp? {
        var timestamp: Timestamp?
        guard withUTF8(name, { timestamp = Timestamp(rfc3339: $0) }) else { return nil }
        if timestamp == nil { report(name, Timestamp.complaint(about: string(name) ?? "")) }
        return timestamp
    }

    /// `sku`, or `code` with `codeSystem`: one of the two.
    /// - Parameter defaultSystem: of a code that names none.
    /// - Parameter needsSystem: false where a code's system may still follow from its source.
    package mutating func itemReference(defaultSystem: CodeSystem? = nil, needsSystem: Bool = true) -> ItemReference? {
        let sku = identifier("sku", SKUKind.self)
        let system = identifier("codeSystem", CodeSystemKind.self)
        let code = identifier("code", CodeKind.self)
        guard has("code") else {
            if sku == nil, !has("sku") { report("sku", "is required, or code with codeSystem") }
            return sku.map { .sku($0) }
        }
        guard !has("sku") else {
            report("code", "and sku are both given; send one of them")
            return nil
        }
        guard let code else { return nil }
        if needsSystem, system == nil, defaultSystem == nil {
            report("codeSystem", "is required with code")
            return nil
        }
        return .code(system: system ?? defaultSystem, code)
    }

    /// A place by its id, or by a code of it under the same name with `Code` behind; required.
    /// - Parameter defaultSystem: of a code beside which there is no `codeSystem`; nil: the source's.
    package mutating func locationReference(
        _ name: StaticString, code codeName: StaticString, defaultSystem: CodeSystem?
    ) -> LocationReference? {
        let id = identifier(name, LocationKind.self)
        // Of nearly all lines there is no more to ask.
        guard has(codeName) else {
            if id == nil, !has(name) { report(name, "is required, or \(codeName)") }
            return id.map { .id($0) }
        }
        let code = identifier(codeName, CodeKind.self)
        guard !has(name) else {
            report(codeName, "and \(name) are both given; send one of them")
            return nil
        }
        let system = identifier("codeSystem", CodeSystemKind.self)
        return code.map { .code(system: system ?? defaultSystem, $0) }
    }

    /// What a count is of: the sellable units unless it says otherwise. Nil, with a report, for any other bucket.
    package mutating func countedBucket(_ name: StaticString) -> CountedBucket? {
        guard let text = string(name) else { return has(name) ? nil : .onHand }
        guard let counted = CountedBucket(name: text) else {
            let names = CountedBucket.allCases.map(\.name).joined(separator: ", ")
            report(name, "must be one of \(names); counting onHand settles suspect")
            return nil
        }
        return counted
    }

    /// An array of distinct identifiers; absent is empty.
    package mutating func identifiers<Kind: IdentifierKind>(
        _ name: StaticString, countMax: Int, _: Kind.Type = Kind.self
    ) -> [Identifier<Kind>] {
        var found: [Identifier<Kind>] = []
        var seen: Set<Identifier<Kind>> = []
        for (index, element) in (array(name, count: 0...countMax) ?? []).enumerated() {
            let place = "\(pointer)/\(name)/\(index)"
            guard let text = element.string else {
                problems.report(place, "must be a string, not \(element.typeName)")
                continue
            }
            do {
                let identifier = try Identifier<Kind>(text)
                if !seen.insert(identifier).inserted { problems.report(place, "duplicate value") }
                found.append(identifier)
            } catch {
                problems.report(place, error.description)
            }
        }
        return found
    }
}

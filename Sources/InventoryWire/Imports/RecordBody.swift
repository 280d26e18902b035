package import Inventory
import InventoryService
package import StrictJSON

/// What a record of a file is read as, or what is wrong with it. An import's records become the API's own JSON, so that
/// both have one reader and one set of checks.
package enum RecordBody<Value> {
    case value(Value)
    case malformed([JSONProblem])
}

extension RecordBody {
    /// - Parameter body: reads all fields that the API's own request has.
    fileprivate init(_ object: [UInt8], _ body: (inout ObjectReader) -> Value?) {
        let problems = ProblemCollector()
        guard let root = try? JSONDocument(parsing: object).root, var reader = ObjectReader(root, problems) else {
            self = .malformed(
                problems.isEmpty ? [JSONProblem(pointer: "", detail: "not a JSON object")] : problems.problems)
            return
        }
        let value = body(&reader)
        reader.refuseUnknown()
        guard problems.isEmpty, let value else {
            self = .malformed(problems.problems)
            return
        }
        self = .value(value)
    }
}

extension SubmittedLine {
    /// - Parameters:
    ///   - array: lines of facts, each a JSON object.
    ///   - explain: says what is wrong with a line, by its place, in the words of whoever sent it.
    package static func lines(
        of array: [UInt8], codeSystem: CodeSystem?, explain: @escaping (Int, JSONProblem) -> String
    ) -> [SubmittedLine] {
        var reader = FactLineReader(codeSystem: codeSystem, hash: sha256)
        let elements = (try? JSONDocument(parsing: array))?.root.elements ?? []
        return elements.enumerated().map { place, element in
            reader.explain = { explain(place, $0) }
            return reader.read(element)
        }
    }
}

extension RecordBody<ItemBody> {
    package init(item object: [UInt8]) {
        self.init(object) { reader in
            guard let sku = reader.identifier("sku", SKUKind.self, isRequired: true) else {
                _ = ItemBody(from: &reader, sku: SKU(stored: "?"))
                return nil
            }
            return ItemBody(from: &reader, sku: sku)
        }
    }
}

extension RecordBody<Location> {
    package init(location object: [UInt8]) {
        self.init(object) { reader in
            let id = reader.identifier("id", LocationKind.self, isRequired: true)
            let location = Location(from: &reader, id: id ?? LocationID(stored: "?"))
            return id == nil ? nil : location
        }
    }
}

extension RecordBody<Alias> {
    package init(alias object: [UInt8]) { self.init(object) { Alias(from: &$0) } }
}

extension RecordBody<LocationAlias> {
    package init(locationAlias object: [UInt8]) { self.init(object) { LocationAlias(from: &$0) } }
}

extension RecordBody<LocationGroup> {
    package init(group object: [UInt8]) {
        self.init(object) { reader in
            let id = reader.identifier("id", GroupKind.self, isRequired: true)
            let group = LocationGroup(from: &reader, id: id ?? GroupID(stored: "?"))
            return id == nil ? nil : group
        }
    }
}

extension RecordBody<Source> {
    package init(source object: [UInt8]) {
        self.init(object) { reader in
            let id = reader.identifier("id", SourceKind.self, isRequired: true)
            if id == .holdfast { reader.report("id", "'holdfast' is the service's own name") }
            let source = Source(from: &reader, id: id ?? SourceID(stored: "?"))
            return id == nil ? nil : source
        }
    }
}

extension RecordBody<StockRuleBody> {
    /// A rule without an id is known by its scope: so the next file changes it and makes no other beside it.
    package init(rule object: [UInt8], _ kind: StockRuleKind) {
        self.init(object) { reader in
            let isNamed = reader.value("id") != nil
            let id = reader.identifier("id", StockRuleKindName.self)
            guard let body = StockRuleBody(from: &reader, kind, id ?? StockRuleID(stored: "?")) else { return nil }
            return isNamed ? body : body.named
        }
    }
}

extension RecordBody<SupplyBody> {
    package init(supply object: [UInt8]) {
        self.init(object) { reader in
            let id = reader.identifier("id", SupplyKind.self, isRequired: true)
            let body = SupplyBody(from: &reader, id ?? SupplyID(stored: "?"))
            return id == nil ? nil : body
        }
    }
}

extension RecordBody<NewTransfer> {
    package init(transfer object: [UInt8]) {
        self.init(object) { reader in
            if reader.value("reference") == nil {
                reader.report("reference", "is required: rows with one reference are one transfer")
            }
            return NewTransfer(from: &reader)
        }
    }
}

extension RecordBody<BookFigure> {
    /// - Parameter asOf: of a figure that names no instant; nil: it has to.
    package init(figure object: [UInt8], asOf: Timestamp?) {
        self.init(object) { reader in
            let source = reader.identifier("source", SourceKind.self, isRequired: true)
            if source == .holdfast { reader.report("source", "'holdfast' is the service's own name") }
            let item = reader.itemReference(needsSystem: false)
            let location = reader.locationReference("location", code: "locationCode", defaultSystem: nil)
            let quantity = reader.integer("quantity", in: -Quantity.maxUnits...Quantity.maxUnits, isRequired: true)
            let isTimed = reader.value("asOf") != nil
            let given = reader.timestamp("asOf")
            if !isTimed, asOf == nil { reader.report("asOf", "is required") }
            guard let source, let item, let location, let quantity, let asOf = isTimed ? given : asOf else {
                return nil
            }
            return BookFigure(source: source, asOf: asOf, item: item, location: location, quantity: quantity)
        }
    }
}

extension StockRuleBody {
    /// Digits of a name that is made of a scope: 16, of which no two of a chain's rules share all.
    private static let digits = 16

    /// Known by its scope, whose item is named as the rule names it.
    fileprivate var named: StockRuleBody {
        var scope = rule.scope
        var item = ""
        switch self.item {
        case .sku(let sku): scope.sku = sku
        case .code(let system, let code): item = "\(system?.text ?? "")|\(code)"
        case nil: break
        }
        // What was said before rules had methods keeps its name.
        let parts =
            [scope.sku?.text, item, scope.location?.text, scope.group?.text, scope.channel?.text]
            + (scope.method.map { [$0.rawValue] } ?? [])
        let text = parts.map { "\($0?.utf8.count ?? -1):\($0 ?? "")" }.joined(separator: "|")
        var rule = rule
        rule.id = StockRuleID(
            stored: "import-" + sha256(Array(text.utf8)).withBytes { $0.hexadecimal }.prefix(Self.digits))
        return StockRuleBody(rule: rule, item: self.item)
    }

    /// The same about the item that its code means. Where it is known by its scope, it is known by that of this item, as all
    /// that say the same in other words.
    package func about(_ sku: SKU) -> StockRuleBody {
        let body = StockRuleBody(rule: rule, item: .sku(sku))
        return rule.id == named.rule.id ? body.named : body
    }
}

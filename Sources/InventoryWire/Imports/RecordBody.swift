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

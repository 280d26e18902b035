package import Inventory
import InventoryService
import StrictJSON

/// What a record of a file is read as, or what is wrong with it. An import's records become the API's own JSON, so that
/// both have one reader and one set of checks.
package enum RecordBody<Value> {
    case value(Value)
    case malformed(detail: String)
}

extension RecordBody {
    /// - Parameter body: reads all fields that the API's own request has.
    fileprivate init(_ object: [UInt8], _ body: (inout ObjectReader) -> Value?) {
        let problems = ProblemCollector()
        guard let root = try? JSONDocument(parsing: object).root, var reader = ObjectReader(root, problems) else {
            self = .malformed(detail: problems.problems.first?.detail ?? "not a JSON object")
            return
        }
        let value = body(&reader)
        reader.refuseUnknown()
        guard problems.isEmpty, let value else {
            self = .malformed(detail: problems.problems.map { "\($0.pointer) \($0.detail)" }.joined(separator: "; "))
            return
        }
        self = .value(value)
    }
}

extension SubmittedLine {
    /// - Parameter array: lines of facts, each a JSON object.
    package static func lines(of array: [UInt8], codeSystem: CodeSystem?) -> [SubmittedLine] {
        let reader = FactLineReader(codeSystem: codeSystem, hash: sha256)
        return (try? JSONDocument(parsing: array))?.root.elements?.map(reader.read) ?? []
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

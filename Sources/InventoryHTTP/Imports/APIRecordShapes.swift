package import Inventory
package import InventoryService
import StrictJSON

/// The bodies of the API's own requests, for records of files.
package struct APIRecordShapes: RecordShapes {
    package init() {}

    package func facts(_ array: [UInt8], codeSystem: CodeSystem?) -> [SubmittedLine] {
        let reader = FactLineReader(codeSystem: codeSystem, hash: sha256)
        return (try? JSONDocument(parsing: array))?.root.elements?.map(reader.read) ?? []
    }

    package func item(_ object: [UInt8]) -> RecordShape<(item: Item, parts: [KitPart])> {
        read(object) { reader in
            guard let sku = reader.identifier("sku", SKUKind.self, isRequired: true) else {
                _ = ItemBody(from: &reader, sku: SKU(stored: "?"))
                return nil
            }
            return ItemBody(from: &reader, sku: sku).map { ($0.item, $0.parts) }
        }
    }

    package func location(_ object: [UInt8]) -> RecordShape<Location> {
        read(object) { reader in
            let id = reader.identifier("id", LocationKind.self, isRequired: true)
            let location = Location(from: &reader, id: id ?? LocationID(stored: "?"))
            return id == nil ? nil : location
        }
    }

    package func alias(_ object: [UInt8]) -> RecordShape<Alias> {
        read(object) { Alias(from: &$0) }
    }

    private func read<Value: Sendable>(
        _ object: [UInt8], _ body: (inout ObjectReader) -> Value?
    ) -> RecordShape<Value> {
        let problems = ProblemCollector()
        guard let root = try? JSONDocument(parsing: object).root, var reader = ObjectReader(root, problems) else {
            return .malformed(detail: problems.problems.first?.detail ?? "not a JSON object")
        }
        let value = body(&reader)
        reader.refuseUnknown()
        guard problems.isEmpty, let value else {
            return .malformed(detail: problems.problems.map { "\($0.pointer) \($0.detail)" }.joined(separator: "; "))
        }
        return .value(value)
    }
}

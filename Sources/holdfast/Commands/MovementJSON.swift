import InventoryImport
import StrictJSON

/// A mapped record as a fact line of the API: import and clients then share one reader, one set of checks and one
/// fingerprint.
extension JSONWriter {
    mutating func movementLine(_ record: MappedRecord) {
        let values = record.values
        object { writer in
            func text(_ name: StaticString, _ key: String) {
                if let value = values[key], !value.isEmpty { writer.field(name, value) }
            }
            func number(_ name: StaticString, _ key: String) {
                guard let value = values[key], !value.isEmpty else { return }
                // What is no whole number stays a text, and the reader says what is wrong with it.
                if let integer = Int64(value) { writer.field(name, integer) } else { writer.field(name, value) }
            }
            text("eventId", "eventId")
            text("type", "type")
            text("sku", "sku")
            text("code", "code")
            text("codeSystem", "codeSystem")
            text("location", "location")
            number("quantity", "quantity")
            number("delta", "delta")
            text("reason", "reason")
            text("occurredAt", "occurredAt")
            text("reference", "reference")
        }
    }
}

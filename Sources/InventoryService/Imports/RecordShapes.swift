package import Inventory

/// Reads the API's own JSON: an import's records become that, so that both have one reader and one set of checks.
package protocol RecordShapes: Sendable {
    /// Lines of facts, each a JSON object, in a JSON array.
    func facts(_ array: [UInt8], codeSystem: CodeSystem?) -> [SubmittedLine]
    func item(_ object: [UInt8]) -> RecordShape<(item: Item, parts: [KitPart])>
    func location(_ object: [UInt8]) -> RecordShape<Location>
    func alias(_ object: [UInt8]) -> RecordShape<Alias>
}

/// What a record is read as, or what is wrong with it.
package enum RecordShape<Value: Sendable>: Sendable {
    case value(Value)
    case malformed(detail: String)
}

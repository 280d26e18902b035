package import Inventory
import InventoryService
package import StrictJSON

/// The body of `POST /v1/movements`.
package struct MovementBody: Sendable {
    package let source: SourceID
    package let isAtomic: Bool
    package let lines: [SubmittedLine]
    package let warnings: [String]

    package init(_ body: JSONValue) throws(UnreadableBody) {
        var envelope = try FactEnvelope(body)
        let codeSystem = envelope.fields.identifier("codeSystem", CodeSystemKind.self)
        isAtomic = envelope.fields.boolean("atomic") ?? false
        let sent = try envelope.lines(max: FactService.linesPerRequestMax)
        source = sent.source
        warnings = sent.warnings
        let reader = FactLineReader(codeSystem: codeSystem, hash: sha256)
        lines = sent.elements.map(reader.read)
    }
}

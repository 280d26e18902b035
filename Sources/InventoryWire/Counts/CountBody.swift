import Inventory
package import InventoryService
package import StrictJSON

/// The body of `POST /v1/counts`.
package struct CountBody {
    package let count: PostedCount
    package let warnings: [String]

    package init(_ body: JSONValue) throws(UnreadableBody) {
        var envelope = try FactEnvelope(body)
        let event = envelope.fields.identifier("eventId", EventKind.self, isRequired: true)
        let location = envelope.fields.identifier("location", LocationKind.self, isRequired: true)
        let codeSystem = envelope.fields.identifier("codeSystem", CodeSystemKind.self)
        let countedAt = envelope.fields.timestamp("countedAt")
        let isComplete = envelope.fields.boolean("complete") ?? false
        let excludesReady = envelope.fields.boolean("excludesReady") ?? false
        // A complete count of an empty store lists nothing.
        let sent = try envelope.lines((isComplete ? 0 : 1)...Int.max, max: CountService.linesMax)
        guard let event, let location else { throw .incomplete }
        warnings = sent.warnings
        let reader = CountLineReader(
            event: event, location: location, countedAt: countedAt, isComplete: isComplete,
            excludesReady: excludesReady, codeSystem: codeSystem, hash: sha256)
        let read = sent.elements.enumerated().map { reader.read($0.element, number: $0.offset) }
        let lines = read.map(\.line)
        count = PostedCount(
            source: sent.source, event: event, location: location, countedAt: countedAt, isComplete: isComplete,
            excludesReady: excludesReady, lines: lines, unread: read.compactMap(\.unread),
            fingerprint: reader.fingerprint(lines),
            raw: Array(String(decoding: body.raw.prefix(FactLineReader.lineBytesMax), as: UTF8.self).utf8)[...])
    }
}

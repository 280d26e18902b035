package import Inventory
package import InventoryService
package import StrictJSON

/// The body of `POST /v1/counts`, whose place may be named by a code that only the catalog knows.
package struct CountBody {
    package let source: SourceID
    package let event: EventID
    package let place: LocationReference
    package let countedAt: Timestamp?
    package let isComplete: Bool
    package let warnings: [String]
    private let excludesReady: Bool
    /// In the order sent, each a fact of its own at the place as it was named.
    package let lines: [SubmittedLine]
    private let unread: [UnreadCountLine]
    private let fingerprint: Fingerprint
    private let raw: ArraySlice<UInt8>

    package init(_ body: JSONValue) throws(UnreadableBody) {
        var envelope = try FactEnvelope(body)
        let event = envelope.fields.identifier("eventId", EventKind.self, isRequired: true)
        let codeSystem = envelope.fields.identifier("codeSystem", CodeSystemKind.self)
        let place = envelope.fields.locationReference("location", code: "locationCode", defaultSystem: nil)
        countedAt = envelope.fields.timestamp("countedAt")
        isComplete = envelope.fields.boolean("complete") ?? false
        excludesReady = envelope.fields.boolean("excludesReady") ?? false
        // A complete count of an empty store lists nothing.
        let sent = try envelope.lines((isComplete ? 0 : 1)...Int.max, max: CountService.linesMax)
        guard let event, let place else { throw .incomplete }
        source = sent.source
        self.event = event
        self.place = place
        warnings = sent.warnings
        let reader = CountLineReader(
            event: event, place: place, countedAt: countedAt, isComplete: isComplete, excludesReady: excludesReady,
            codeSystem: codeSystem, hash: sha256)
        let read = sent.elements.enumerated().map { reader.read($0.element, number: $0.offset) }
        unread = read.enumerated().flatMap { number, line in
            line.unread.map { UnreadCountLine(number: number, item: $0) }
        }
        fingerprint = reader.fingerprint(read.map(\.line))
        var lines = read.map(\.line)
        let others = Dictionary(unread.map { ($0.item.canonical, $0.number) }) { first, _ in first }
        for index in lines.indices where !others.isEmpty {
            guard case .fact(let fact, _) = lines[index].content, let other = others[fact.item.canonical] else {
                continue
            }
            lines[index].leaveAlone(besides: other + 1)
        }
        self.lines = lines
        raw = Array(String(decoding: body.raw.prefix(FactLineReader.lineBytesMax), as: UTF8.self).utf8)[...]
    }

    /// - Parameter location: that the place means.
    package func count(at location: LocationID) -> PostedCount {
        PostedCount(
            source: source, event: event, location: location, countedAt: countedAt, isComplete: isComplete,
            excludesReady: excludesReady, lines: lines, unread: unread, fingerprint: fingerprint, raw: raw)
    }
}

extension ItemReference {
    /// As its system compares it.
    fileprivate var canonical: ItemReference {
        if case .code(let system, let code) = self { .code(system: system, code.canonical(in: system)) } else { self }
    }
}

import Inventory
import InventoryService
import StrictJSON

extension NewTransfer {
    /// The body of `POST /v1/transfers`, a request: what is unknown in it is refused.
    init?(from reader: inout ObjectReader) {
        let reference = reader.identifier("reference", ReferenceKind.self)
        let from = reader.identifier("from", LocationKind.self)
        let to = reader.identifier("to", LocationKind.self, isRequired: true)
        let reserves = reader.boolean("reserve") ?? false
        let expectedAt = reader.timestamp("expectedAt")
        if let from, from == to { reader.report("to", "must differ from 'from'") }
        if reserves, from == nil {
            reader.report("reserve", "keeps units where they leave, so it needs 'from'")
        }
        let lines = reader.transferLines()
        guard let to, let lines else { return nil }
        self.init(
            reference: reference, from: from, to: to, reserves: reserves, expectedAt: expectedAt, lines: lines)
    }
}

extension ObjectReader {
    fileprivate mutating func transferLines() -> [NewTransfer.Line]? {
        guard let elements = array("lines", count: 1...Transfer.linesMax, isRequired: true) else { return nil }
        var lines: [NewTransfer.Line] = []
        var seen: Set<LineID> = []
        for (place, element) in elements.enumerated() {
            let at = "\(pointer)/lines/\(place)"
            guard var reader = ObjectReader(element, at: at, problems) else { continue }
            let isNamed = reader.value("id") != nil
            let id = reader.identifier("id", LineKind.self) ?? (isNamed ? nil : LineID(stored: "\(place + 1)"))
            let item = reader.itemReference()
            let quantity = reader.integer("quantity", in: 1...Quantity.maxUnits, isRequired: true)
                .flatMap(Quantity.init(units:))
            reader.refuseUnknown()
            if let id, !seen.insert(id).inserted { reader.report("id", "stands twice in one transfer") }
            guard let id, let item, let quantity else { continue }
            lines.append(.init(id: id, item: item, quantity: quantity, pointer: at))
        }
        return lines.count == elements.count ? lines : nil
    }
}

/// The body of `ship` and `receive`, which are facts: only what is wrong around the lines makes it unreadable.
struct TransferEnvelope {
    let source: SourceID
    let event: EventID
    let lines: [SubmittedLine]
    /// Of the lines, as they were sent.
    let lineIDs: [String]
    let warnings: [String]

    /// What was told.
    enum Kind: String { case ship, receive }

    init(_ body: JSONValue, _ kind: Kind, of transfer: Transfer) throws {
        let problems = ProblemCollector()
        guard var reader = ObjectReader(body, problems) else {
            try problems.throwIfAny()
            throw Problem(.invalidRequest, "the body must be an object")
        }
        let source = reader.identifier("source", SourceKind.self, isRequired: true)
        if source == .holdfast { reader.report("source", "'holdfast' is the name of the service's own lines") }
        let event = reader.identifier("eventId", EventKind.self, isRequired: true)
        let occurredAt = reader.timestamp("occurredAt")
        let expectedAt = kind == .ship ? reader.timestamp("expectedAt") : nil
        let place = kind == .receive ? reader.identifier("location", LocationKind.self) : nil
        let elements = reader.array("lines", count: 1...Transfer.linesMax, isRequired: true)
        warnings = reader.unknownNames.warnings
        try problems.throwIfAny()
        guard let source, let event, let elements else { throw Problem(.invalidRequest, "the body is not complete") }
        let lineReader = TransferLineReader(
            kind: kind, transfer: transfer, source: source, event: event, occurredAt: occurredAt,
            expectedAt: expectedAt, place: kind == .ship ? transfer.from ?? transfer.to : place ?? transfer.to)
        self.source = source
        self.event = event
        lines = elements.enumerated().map { lineReader.read($0.element, number: $0.offset) }
        lineIDs = elements.map { element in
            let id = element.members?.first { $0.name.string == "id" }?.value.string ?? ""
            return String(id.prefix(LineKind.lengthMax))
        }
    }
}

/// Reads one element of the `lines` of `ship` and `receive`: a fact of its own, under the message's event id and its place.
private struct TransferLineReader {
    let kind: TransferEnvelope.Kind
    let transfer: Transfer
    let source: SourceID
    let event: EventID
    let occurredAt: Timestamp?
    let expectedAt: Timestamp?
    /// Where it happened.
    let place: LocationID

    func read(_ value: JSONValue, number: Int) -> SubmittedLine {
        let problems = ProblemCollector()
        let raw = kept(value)
        guard value.raw.count <= FactLineReader.lineBytesMax else {
            problems.report(
                "", "the line has \(value.raw.count) bytes where \(FactLineReader.lineBytesMax) are allowed")
            return .malformed(problems, eventID: event.text, raw: raw)
        }
        guard var reader = ObjectReader(value, problems) else {
            return .malformed(problems, eventID: event.text, raw: raw)
        }
        let id = reader.identifier("id", LineKind.self, isRequired: true)
        let quantity = reader.integer("quantity", in: 1...Quantity.maxUnits, isRequired: true)
            .flatMap(Quantity.init(units:))
        let bucket = kind == .receive ? reader.choice("bucket", ReceiptBucket.self)?.bucket ?? .onHand : .onHand
        let attributes = reader.attributes()
        let line = transfer.lines.first { $0.id == id }
        if let id, line == nil { reader.report("id", "the transfer has no line '\(id)'") }
        let warnings = reader.unknownNames.warnings
        guard problems.isEmpty, let quantity, let line else {
            return .malformed(problems, eventID: event.text, warnings: warnings, raw: raw)
        }
        var step = TransferStep(
            transfer: transfer.id, line: line.id, quantity: quantity,
            parts: line.parts.map { Item.Component(sku: $0.sku, quantity: $0.quantity) }, from: transfer.from,
            to: transfer.to, reservation: transfer.reservation)
        step.expectedAt = expectedAt
        let fact = FactLine(
            eventID: event.line("\(number)"), item: .sku(line.sku), location: place,
            change: kind == .ship ? .ship(step) : .receive(step, bucket), occurredAt: occurredAt,
            reference: transfer.reference, attributes: attributes)
        return SubmittedLine(.fact(fact, fact.fingerprint(sha256)), warnings: warnings, raw: raw)
    }

    /// The line with what its message says around it: alone it would not say which transfer it is of.
    private func kept(_ value: JSONValue) -> ArraySlice<UInt8> {
        var writer = JSONWriter()
        writer.object {
            $0.field("transfer", transfer.id.description)
            $0.field("told", kind.rawValue)
            $0.field("source", source.text)
            $0.field("eventId", event.text)
            $0.field("occurredAt", occurredAt)
            $0.field("location", place.text)
            $0.field("line", String(decoding: value.raw.prefix(FactLineReader.lineBytesMax), as: UTF8.self))
        }
        return writer.bytes[...]
    }
}

/// Where received units go.
private enum ReceiptBucket: String, CaseIterable, Sendable {
    case onHand, damaged, inspection, suspect

    var bucket: Bucket {
        switch self {
        case .onHand: .onHand
        case .damaged: .damaged
        case .inspection: .inspection
        case .suspect: .suspect
        }
    }
}

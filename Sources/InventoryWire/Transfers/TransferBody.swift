package import Inventory
import InventoryService
package import StrictJSON

/// The body of `ship` and `receive`, which are facts: only what is wrong around the lines makes it unreadable.
package struct TransferBody {
    package let source: SourceID
    package let event: EventID
    package let lines: [SubmittedLine]
    /// Of the lines, as they were sent.
    package let lineIDs: [String]
    package let warnings: [String]

    /// What was told.
    package enum Kind: String { case ship, receive }

    package init(_ body: JSONValue, _ kind: Kind, of transfer: Transfer) throws(UnreadableBody) {
        var envelope = try FactEnvelope(body)
        let event = envelope.fields.identifier("eventId", EventKind.self, isRequired: true)
        let occurredAt = envelope.fields.timestamp("occurredAt")
        let expectedAt = kind == .ship ? envelope.fields.timestamp("expectedAt") : nil
        let namesPlace = envelope.fields.has("location") || envelope.fields.has("locationCode")
        let place =
            kind == .receive && namesPlace
            ? envelope.fields.locationReference("location", code: "locationCode", defaultSystem: nil) : nil
        let sent = try envelope.lines(1...Transfer.linesMax, max: Transfer.linesMax)
        guard let event else { throw .incomplete }
        source = sent.source
        warnings = sent.warnings
        self.event = event
        let lineReader = TransferLineReader(
            kind: kind, transfer: transfer, source: sent.source, event: event, occurredAt: occurredAt,
            expectedAt: expectedAt, place: place ?? .id(kind == .ship ? transfer.from ?? transfer.to : transfer.to))
        lines = sent.elements.enumerated().map { lineReader.read($0.element, number: $0.offset) }
        lineIDs = sent.elements.map { element in
            let id = element.members?.first { $0.name.string == "id" }?.value.string ?? ""
            return String(id.prefix(LineKind.lengthMax))
        }
    }
}

/// Reads one element of the `lines` of `ship` and `receive`: a fact of its own, under the message's event id and its place.
private struct TransferLineReader {
    let kind: TransferBody.Kind
    let transfer: Transfer
    let source: SourceID
    let event: EventID
    let occurredAt: Timestamp?
    let expectedAt: Timestamp?
    /// Where it happened.
    let place: LocationReference

    func read(_ value: JSONValue, number: Int) -> SubmittedLine {
        let problems = ProblemCollector()
        let raw = kept(value)
        let names = { LineNames(items: sku(of: value).map { [.sku($0)] } ?? [], at: place) }
        guard value.raw.count <= FactLineReader.lineBytesMax else {
            problems.report(
                "", "the line has \(value.raw.count) bytes where \(FactLineReader.lineBytesMax) are allowed")
            return .malformed(problems, eventID: event.text, raw: raw, names: names())
        }
        guard var reader = ObjectReader(value, problems) else {
            return .malformed(problems, eventID: event.text, raw: raw, names: names())
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
            return .malformed(problems, eventID: event.text, warnings: warnings, raw: raw, names: names())
        }
        var step = TransferStep(
            transfer: transfer.id, line: line.id, quantity: quantity,
            parts: line.parts.map { Item.Component(sku: $0.sku, quantity: $0.quantity) }, from: transfer.from,
            to: transfer.to, reservation: transfer.reservation)
        step.expectedAt = expectedAt
        let fact = FactLine(
            eventID: event.line("\(number)"), item: .sku(line.sku), place: place,
            change: kind == .ship ? .ship(step) : .receive(step, bucket), occurredAt: occurredAt,
            reference: transfer.reference, attributes: attributes)
        return SubmittedLine(.fact(fact, fact.contentFingerprint(sha256)), warnings: warnings, raw: raw)
    }

    /// Of the transfer's line that is named, where one can be told.
    private func sku(of value: JSONValue) -> SKU? {
        let id = value.members?.first { $0.name.string == "id" }?.value.string
        return transfer.lines.first { $0.id.text == id }?.sku
    }

    /// The line with what its message says around it: alone it would not say which transfer it is of.
    private func kept(_ value: JSONValue) -> ArraySlice<UInt8> {
        var writer = JSONWriter()
        writer.object {
            $0.field("transfer", transfer.id.description)
            $0.field("told", kind.rawValue)
            $0.field("source", source.text)
            $0.field("eventId", event.text)
            $0.field("occurredAt", occurredAt?.description)
            switch place {
            case .id(let id): $0.field("location", id.text)
            case .code(let system, let code):
                $0.field("locationCode", code.text)
                $0.field("codeSystem", system?.text)
            }
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

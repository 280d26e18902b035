package import Inventory
import InventoryService
package import StrictJSON

/// The body of `POST /v1/inspection-releases`: facts, each what became of units that were looked at.
package struct InspectionBody {
    package let source: SourceID
    package let lines: [SubmittedLine]
    package let warnings: [String]

    package init(_ body: JSONValue) throws(UnreadableBody) {
        var envelope = try FactEnvelope(body)
        let codeSystem = envelope.fields.identifier("codeSystem", CodeSystemKind.self)
        let sent = try envelope.lines(max: FactService.linesPerRequestMax)
        source = sent.source
        warnings = sent.warnings
        lines = sent.elements.map { Self.line($0, codeSystem) }
    }

    private static func line(_ value: JSONValue, _ codeSystem: CodeSystem?) -> SubmittedLine {
        let problems = ProblemCollector()
        let names = { LineNames(of: value, codeSystem: codeSystem) }
        let raw = Array(String(decoding: value.raw.prefix(FactLineReader.lineBytesMax), as: UTF8.self).utf8)[...]
        guard value.raw.count <= FactLineReader.lineBytesMax else {
            problems.report(
                "", "the line has \(value.raw.count) bytes where \(FactLineReader.lineBytesMax) are allowed")
            return .malformed(problems, eventID: nil, raw: raw, names: names())
        }
        guard var reader = ObjectReader(value, problems) else {
            return .malformed(problems, eventID: nil, raw: raw, names: names())
        }
        let event = reader.identifier("eventId", EventKind.self, isRequired: true)
        let item = reader.itemReference(defaultSystem: codeSystem, needsSystem: false)
        let place = reader.locationReference("location", code: "locationCode", defaultSystem: codeSystem)
        let quantity = reader.integer("quantity", in: 1...Quantity.maxUnits, isRequired: true)
            .flatMap(Quantity.init(units:))
        let end = reader.choice("to", InspectionEnd.self, isRequired: true)
        let occurredAt = reader.timestamp("occurredAt")
        let reference = reader.identifier("reference", ReferenceKind.self)
        let attributes = reader.attributes()
        let warnings = reader.unknownNames.warnings
        guard problems.isEmpty, let event, let item, let place, let quantity, let end else {
            return .malformed(problems, eventID: event?.text, warnings: warnings, raw: raw, names: names())
        }
        let fact = FactLine(
            eventID: event, item: item, place: place, change: end.change(quantity), occurredAt: occurredAt,
            reference: reference, attributes: attributes)
        return SubmittedLine(.fact(fact, fact.contentFingerprint(sha256)), warnings: warnings, raw: value.raw)
    }
}

/// Where inspected units go.
private enum InspectionEnd: String, CaseIterable, Sendable {
    case onHand, damaged, vendor

    func change(_ quantity: Quantity) -> FactChange {
        switch self {
        case .onHand: .stateChange(from: .inspection, to: .onHand, quantity)
        case .damaged: .stateChange(from: .inspection, to: .damaged, quantity)
        case .vendor: .vendorReturn(.inspection, quantity)
        }
    }
}

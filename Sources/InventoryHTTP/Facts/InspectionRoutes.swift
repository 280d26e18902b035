import Hummingbird
import Inventory
import InventoryService
import StrictJSON

/// What came back and waits for somebody to look at it.
struct InspectionRoutes {
    let store: any TransferStore
    let facts: FactService
    let availability: any AvailabilityStore
    let heard: LastSeenTracker
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.get("inspection-queue", use: list)
        router.post("inspection-releases", use: release)
    }

    /// operationId: listInspections
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let sku = query.identifier("sku", SKUKind.self)
        let code = query.identifier("code", CodeKind.self)
        let system = query.identifier("codeSystem", CodeSystemKind.self)
        if sku != nil, code != nil { query.report("code", "and sku are both given; send one of them") }
        if code != nil, system == nil { query.report("codeSystem", "is required with code") }
        let location = query.identifier("location", LocationKind.self)
        let item = sku.map(ItemReference.sku) ?? code.map { .code(system: system, $0) }
        let cursor = CursorCodec("inspection-queue", item.map { "\($0)" } ?? "", location?.text ?? "")
        let page = query.page(cursor)
        try query.finish()
        let found = try await answering { () throws(StoreError) in
            try await store.inspections(of: item, at: location, page)
        }
        switch found {
        case .failure(.item): throw Problem.unknown(parameter: "sku", "no item is known by it")
        case .failure(.location): throw Problem.unknown(parameter: "location", "no location has this id")
        case .success(let entries):
            return .json { writer in
                writer.object {
                    entries.write(
                        to: &$0, "inspections", cursor: cursor, key: { "\($0.location)\u{1F}\($0.sku)" }
                    ) { writer, entry in
                        writer.object {
                            $0.field("sku", entry.sku.text)
                            $0.field("location", entry.location.text)
                            $0.field("quantity", entry.units)
                            $0.field("since", entry.since)
                            $0.field("reference", entry.reference?.text)
                        }
                    }
                }
            }
        }
    }

    /// operationId: releaseInspections
    @Sendable func release(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let asksForAvailability = query.includesAvailability()
        try query.finish()
        let body = try await request.json(upTo: limits.bulkBodyBytesMax, within: limits.bodyWithin)
        let envelope = try InspectionEnvelope(body)
        let answer = try await answering { () throws(StoreError) in
            try await facts.submit(source: envelope.source, lines: envelope.lines, isAtomic: false)
        }
        let heard = heard.lastHeard(forAnswerOf: answer.lines.count, isAsked: asksForAvailability)
        let lines = heard == nil ? answer.lines : await availability.withRules(answer.lines)
        return .json { writer in
            writer.object {
                $0.results(lines, heard: heard)
                $0.name("warnings")
                $0.array(envelope.warnings) { $0.value($1) }
            }
        }
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

/// The body of `POST /v1/inspection-releases`: facts, each what became of units that were looked at.
private struct InspectionEnvelope {
    let source: SourceID
    let lines: [SubmittedLine]
    let warnings: [String]

    init(_ body: JSONValue) throws {
        let problems = ProblemCollector()
        guard var reader = ObjectReader(body, problems) else {
            try problems.throwIfAny()
            throw Problem(.invalidRequest, "the body must be an object")
        }
        let source = reader.identifier("source", SourceKind.self, isRequired: true)
        if source == .holdfast { reader.report("source", "'holdfast' is the name of the service's own lines") }
        let codeSystem = reader.identifier("codeSystem", CodeSystemKind.self)
        let elements = reader.array("lines", count: 1...Int.max, isRequired: true)
        warnings = reader.unknownNames.warnings
        try problems.throwIfAny()
        guard let source, let elements else { throw Problem(.invalidRequest, "the body is not complete") }
        try requireCount(elements.count, max: FactService.linesPerRequestMax, pointer: "/lines")
        self.source = source
        lines = elements.map { Self.line($0, codeSystem) }
    }

    private static func line(_ value: JSONValue, _ codeSystem: CodeSystem?) -> SubmittedLine {
        let problems = ProblemCollector()
        let raw = Array(String(decoding: value.raw.prefix(FactLineReader.lineBytesMax), as: UTF8.self).utf8)[...]
        guard value.raw.count <= FactLineReader.lineBytesMax else {
            problems.report(
                "", "the line has \(value.raw.count) bytes where \(FactLineReader.lineBytesMax) are allowed")
            return .malformed(problems, eventID: nil, raw: raw)
        }
        guard var reader = ObjectReader(value, problems) else {
            return .malformed(problems, eventID: nil, raw: raw)
        }
        let event = reader.identifier("eventId", EventKind.self, isRequired: true)
        let item = reader.itemReference(defaultSystem: codeSystem, needsSystem: false)
        let location = reader.identifier("location", LocationKind.self, isRequired: true)
        let quantity = reader.integer("quantity", in: 1...Quantity.maxUnits, isRequired: true)
            .flatMap(Quantity.init(units:))
        let end = reader.choice("to", InspectionEnd.self, isRequired: true)
        let occurredAt = reader.timestamp("occurredAt")
        let reference = reader.identifier("reference", ReferenceKind.self)
        let attributes = reader.attributes()
        let warnings = reader.unknownNames.warnings
        guard problems.isEmpty, let event, let item, let location, let quantity, let end else {
            return .malformed(problems, eventID: event?.text, warnings: warnings, raw: raw)
        }
        let fact = FactLine(
            eventID: event, item: item, location: location, change: end.change(quantity), occurredAt: occurredAt,
            reference: reference, attributes: attributes)
        return SubmittedLine(.fact(fact, fact.fingerprint(sha256)), warnings: warnings, raw: value.raw)
    }
}

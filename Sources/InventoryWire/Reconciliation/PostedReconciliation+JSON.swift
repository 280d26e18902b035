import Inventory
package import InventoryService
package import StrictJSON

/// The body of `POST /v1/reconciliations`: a request, so everything in it has to be understood. Names that nothing is known
/// by are no mistake here, since finding those is a part of comparing.
extension PostedReconciliation {
    package init?(from reader: inout ObjectReader) {
        let source = reader.identifier("source", SourceKind.self, isRequired: true)
        if source == .holdfast { reader.report("source", "'holdfast' is reserved for the service's own lines") }
        let event = reader.identifier("eventId", EventKind.self, isRequired: true)
        let asOf = reader.timestamp("asOf")
        if asOf == nil, reader.value("asOf") == nil { reader.report("asOf", "is required") }
        let isComplete = reader.boolean("complete") ?? false
        let location = reader.identifier("location", LocationKind.self)
        if isComplete, reader.value("location") == nil {
            reader.report("location", "is required with complete: what is not listed was not there")
        }
        let seconds = reader.integer("inFlightSeconds", in: 0...Self.inFlightSecondsMax)
        let corrects = reader.boolean("correct") ?? false
        let system = reader.identifier("codeSystem", CodeSystemKind.self)
        let elements = reader.array(
            "lines", count: (isComplete ? 0 : 1)...ReconciliationService.linesMax, isRequired: true)
        let lines = (elements ?? []).enumerated().compactMap {
            Line(
                $0.element, number: $0.offset, location: location, completeAt: isComplete ? location : nil, system,
                reader.problems)
        }
        guard let source, let event, let asOf, lines.count == elements?.count else { return nil }
        self.init(
            source: source, event: event, asOf: asOf, completeAt: isComplete ? location : nil,
            inFlightSeconds: seconds ?? Self.inFlightSecondsDefault, corrects: corrects, lines: lines)
    }
}

extension PostedReconciliation.Line {
    /// - Parameters:
    ///   - location: of a line that names none.
    ///   - completeAt: where all lines have to be, when what is not listed counts as 0 there.
    fileprivate init?(
        _ value: JSONValue, number: Int, location: LocationID?, completeAt: LocationID?, _ system: CodeSystem?,
        _ problems: ProblemCollector
    ) {
        guard var reader = ObjectReader(value, at: "/lines/\(number)", problems) else { return nil }
        let item = reader.itemReference(defaultSystem: system, needsSystem: false)
        let names = reader.value("location") != nil || reader.value("locationCode") != nil
        let own =
            names ? reader.locationReference("location", code: "locationCode", defaultSystem: system) : nil
        if location == nil, !names {
            reader.report("location", "is required, here or beside the lines; or locationCode here")
        }
        if let completeAt, let own, own != .id(completeAt) {
            reader.report(
                "location",
                "is not the location that this snapshot is complete for; send the figures of other locations separately"
            )
        }
        let quantity = reader.integer("quantity", in: -Quantity.maxUnits...Quantity.maxUnits, isRequired: true)
        reader.refuseUnknown()
        guard let item, let place = own ?? location.map({ .id($0) }), let quantity else { return nil }
        self.init(item: item, location: place, quantity: quantity)
    }
}

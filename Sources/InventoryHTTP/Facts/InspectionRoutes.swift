import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// What came back and waits for somebody to look at it.
struct InspectionRoutes {
    let transfers: TransferService
    let facts: ClientFacts
    let master: CatalogService
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
        try context.requireOwn(location: location)
        let item = sku.map(ItemReference.sku) ?? code.map { .code(system: system, $0) }
        let cursor = CursorCodec("inspection-queue", item.map { "\($0)" } ?? "", location?.text ?? "")
        let page = query.page(cursor)
        try query.finish()
        let found = try await transfers.inspections(of: item, at: location, page)
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
        let body = try await request.json(upTo: limits.bulkBodyBytesMax, in: context, ofFacts: true)
        let envelope = try InspectionBody(body)
        let codes = try await context.locationCodes(of: envelope.lines, from: envelope.source, in: master)
        try context.requireOwn(source: envelope.source, lines: envelope.lines, codes: codes)
        let (shown, _) = try await facts.submit(
            source: envelope.source, lines: envelope.lines, showsBalances: asksForAvailability,
            by: context.caller.actor)
        return .json { writer in
            writer.object {
                $0.results(shown)
                $0.name("warnings")
                $0.array(envelope.warnings) { $0.value($1) }
            }
        }
    }
}

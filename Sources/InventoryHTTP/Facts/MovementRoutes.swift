import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import NIOCore
import StrictJSON

struct MovementRoutes {
    let facts: ClientFacts
    let master: CatalogService
    let ledger: any LedgerStore
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.post("movements", use: record)
        router.get("movements", use: list)
    }

    /// operationId: recordMovements
    @Sendable func record(_ request: Request, context: AppContext) async throws -> Response {
        let showsBalances = try Self.asksForBalances(request)
        let body = try await request.json(upTo: limits.bulkBodyBytesMax, in: context, ofFacts: true)
        return try await record(MovementBody(body), showsBalances, context).response
    }

    /// The same on the fast lane.
    @Sendable func record(
        _ request: Request, _ body: ByteBuffer, _ context: AppContext, then: @escaping LaneAnswer
    ) throws {
        let showsBalances = try Self.asksForBalances(request)
        let sent = try MovementBody(request.json(facts: body, upTo: limits.bulkBodyBytesMax, in: context))
        guard !context.mustLookUpCodes(of: sent.lines) else {
            return inTask(then) { try await record(sent, showsBalances, context) }
        }
        try context.requireOwn(source: sent.source, lines: sent.lines)
        facts.submit(
            source: sent.source, lines: sent.lines, isAtomic: sent.isAtomic, showsBalances: showsBalances,
            by: context.caller.actor
        ) { result in
            then { try Self.answer(sent, result.get()) }
        }
    }

    private static func asksForBalances(_ request: Request) throws -> Bool {
        var query = Query(request)
        let asks = query.includesAvailability()
        try query.finish()
        return asks
    }

    private func record(_ sent: MovementBody, _ showsBalances: Bool, _ context: AppContext) async throws -> Answer {
        let codes = try await context.locationCodes(of: sent.lines, from: sent.source, in: master)
        try context.requireOwn(source: sent.source, lines: sent.lines, codes: codes)
        let outcome = try await facts.submit(
            source: sent.source, lines: sent.lines, isAtomic: sent.isAtomic, showsBalances: showsBalances,
            by: context.caller.actor)
        return try Self.answer(sent, outcome)
    }

    private static func answer(
        _ sent: MovementBody, _ outcome: (shown: ShownFacts, isRefused: Bool)
    ) throws -> Answer {
        if outcome.isRefused { throw refusal(outcome.shown) }
        return .json { writer in
            writer.object {
                $0.results(outcome.shown)
                $0.name("warnings")
                $0.array(sent.warnings) { $0.value($1) }
            }
        }
    }

    private static func refusal(_ shown: ShownFacts) -> Problem {
        let culprits = shown.lines.enumerated().filter { $0.element.problem != nil }
        var problem = Problem(
            .batchRefused,
            "\(culprits.count) of \(shown.lines.count) lines were rejected or parked, so nothing was stored; "
                + "correct them and send the batch again with the same eventIds",
            errors: culprits.prefix(ProblemCollector.problemsMax).map { index, line in
                .init(
                    pointer: "/lines/\(index)\(line.problem?.pointer ?? "")", detail: line.problem?.detail ?? "")
            })
        problem.extend = { $0.results(shown) }
        return problem
    }

    /// operationId: listMovements
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let filter = LedgerFilter(from: &query)
        try context.requireOwn(location: filter.location)
        try context.requireOwn(source: filter.source)
        let (sku, code) =
            switch filter.item {
            case .sku(let sku): (sku.text, "")
            case .code(_, let code): ("", code.text)
            case nil: ("", "")
            }
        let cursor = CursorCodec(
            filter.order == .oldest ? "movements" : "movements newest", sku, code, filter.location?.text ?? "",
            filter.source?.text ?? "", filter.event?.text ?? "",
            filter.from?.description ?? "", filter.to?.description ?? "", filter.basis.rawValue,
            filter.kind?.name ?? "", filter.reference?.text ?? "", filter.actor?.text ?? "")
        let page = query.page(cursor)
        if page.includesTotal {
            query.report("includeTotal", "is not offered for the ledger, which only grows; page through it")
        }
        let after = page.after.flatMap(LedgerPosition.init(cursorKey:))
        if page.after != nil, after == nil { query.report("cursor", "belongs to another list; start without it") }
        try query.finish()
        let result = try await ledger.lines(filter, after: after, limit: page.limit)
        switch result {
        case .failure(.item): throw Problem.unknown(parameter: "sku", "no item is known by it")
        case .failure(.location): throw Problem.unknown(parameter: "location", "no location has this id")
        case .failure(.source): throw Problem.unknown(parameter: "source", "no source has this id")
        case .success(let found):
            let nextCursor = found.next.map { cursor.encode($0.cursorKey) }
            if request.acceptsCSV {
                return .csv(request, nextCursor: nextCursor) { $0.ledger(found.entries) }
            }
            return .json(headers: [.vary: "Accept"]) { writer in
                writer.object {
                    $0.name("movements")
                    $0.array(found.entries) { $0.ledgerEntry($1) }
                    $0.field("nextCursor", nextCursor)
                    $0.field("total", nil as Int64?)
                }
            }
        }
    }
}

extension LedgerFilter {
    fileprivate init(from query: inout Query) {
        self.init()
        let sku = query.identifier("sku", SKUKind.self)
        let code = query.identifier("code", CodeKind.self)
        let system = query.identifier("codeSystem", CodeSystemKind.self)
        if sku != nil, code != nil { query.report("code", "and sku are both given; send one of them") }
        if code != nil, system == nil { query.report("codeSystem", "is required with code") }
        item = sku.map(ItemReference.sku) ?? code.map { .code(system: system, $0) }
        location = query.identifier("location")
        source = query.identifier("source")
        event = query.identifier("eventId")
        kind = query.ledgerLineType("type")
        reference = query.identifier("reference")
        actor = query.identifier("actor")
        from = query.timestamp("from")
        to = query.timestamp("to")
        basis = query.choice("basis") ?? .recorded
        order = query.choice("order") ?? .oldest
    }
}

extension Query {
    fileprivate mutating func ledgerLineType(_ name: String) -> FactKind? {
        guard let text = text(name) else { return nil }
        guard let kind = FactKind(name: text) else {
            report(name, "must be one of \(FactKind.allCases.map(\.name).joined(separator: ", "))")
            return nil
        }
        return kind
    }
}

extension LedgerPosition {
    fileprivate var cursorKey: String { "\(recordedAt.microseconds) \(location.rawValue) \(item.rawValue)" }

    fileprivate init?(cursorKey: String) {
        let parts = cursorKey.split(separator: " ").compactMap { Int64($0) }
        guard parts.count == 3, let location = Int32(exactly: parts[1]) else { return nil }
        // A cursor is what a client sends: a time that no line can have must not reach the database.
        let recordedAt = Timestamp(microseconds: parts[0])
        guard Timestamp.accepted.contains(recordedAt) else { return nil }
        self.init(
            recordedAt: recordedAt, location: LocationNumber(location),
            item: ItemNumber(parts[2]))
    }
}

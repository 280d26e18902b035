import HTTPTypes
import Hummingbird
import Inventory
import InventoryService
import StrictJSON

struct KPIRoutes {
    let store: any KPIStore

    /// Days of a location that a page has unless it is asked for fewer or more.
    private static let pageDefault = 100

    func add(to router: RouterGroup<AppContext>) {
        router.get("kpis", use: list)
        router.get("kpis/{day}/{location}/{kpi}", use: evidence)
    }

    /// operationId: listKPIs
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let first = query.day("from", isRequired: true)
        let last = query.day("to") ?? first
        if let first, let last, !(first...max(first, first + KPIFilter.daysMax - 1)).contains(last) {
            query.report("to", "must be a day from `from` on, and of \(KPIFilter.daysMax) days at most")
        }
        let location: LocationID? = query.identifier("location")
        let group: GroupID? = query.identifier("group")
        let cursor = CursorCodec(
            "kpis", "\(first ?? 0)", "\(last ?? 0)", location?.text ?? "", group?.text ?? "")
        let limit = query.integer("limit", in: 1...KPIFilter.pageMax) ?? Self.pageDefault
        let after = query.cursor(cursor).flatMap(Self.day)
        try context.requireOwn(location: location)
        try query.finish()
        guard let first, let last else { throw Problem.invalid(parameter: "from", "is required") }
        let filter = KPIFilter(days: first...last, location: location, group: group)
        switch try await store.figures(filter, after: after, limit: limit) {
        case .failure(.location): throw Problem.unknown(parameter: "location", "no location has this id")
        case .failure(.group): throw Problem.unknown(parameter: "group", "no location group has this id")
        case .success(let found):
            let page = found.value
            let end = page.hasMore ? page.elements.last?.day : nil
            let next = end.map { cursor.encode("\($0.day) \($0.location.text)") }
            if request.acceptsCSV {
                return .csv(request, nextCursor: next) { $0.kpis(page.elements, asOf: found.asOf) }
            }
            return .json(headers: [.vary: "Accept"]) { writer in
                writer.object {
                    $0.name("kpis")
                    $0.array(page.elements) { $0.kpis($1, asOf: found.asOf) }
                    $0.field("nextCursor", next)
                    $0.field("asOf", found.asOf)
                }
            }
        }
    }

    /// operationId: listKPIEvidence
    @Sendable func evidence(_ request: Request, context: AppContext) async throws -> Response {
        let location = try context.location("location")
        // Each line of it names a source.
        try context.requireAnySource()
        guard let sent = context.parameters.get("day"), let day = ExportDay(sent) else {
            throw Problem.invalid(parameter: "day", "must be a day such as 2026-01-15")
        }
        guard let name = context.parameters.get("kpi"), let kpi = KPI(rawValue: name) else {
            throw Problem.notFound(
                "figure has this name; there are \(KPI.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        var query = Query(request)
        let cursor = CursorCodec("kpi-evidence", "\(day)", location.text, kpi.rawValue)
        let limit = query.limit()
        let after = query.cursor(cursor)
        let position = after.flatMap(KPIPosition.init(cursorKey:))
        if after != nil, position == nil { query.report("cursor", "belongs to another list; start without it") }
        try query.finish()
        switch try await store.evidence(kpi, on: day.number, at: location, after: position, limit: limit) {
        case .failure: throw Problem.notFound("location has the id '\(location)'")
        case .success(let (evidence, hasMore)):
            let next = hasMore ? evidence.last.map { cursor.encode($0.position.cursorKey) } : nil
            if request.acceptsCSV { return .csv(request, nextCursor: next) { $0.kpiEvidence(evidence) } }
            return .json(headers: [.vary: "Accept"]) { writer in
                writer.object {
                    $0.name("evidence")
                    $0.array(evidence) { $0.kpiEvidence($1) }
                    $0.field("nextCursor", next)
                }
            }
        }
    }

    private static func day(cursorKey: String) -> (day: Int64, location: LocationID)? {
        let parts = cursorKey.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, let day = Int64(parts[0]), let location = try? LocationID(parts[1]) else { return nil }
        return (day, location)
    }
}

extension KPIPosition {
    fileprivate var cursorKey: String { "\(at.microseconds) \(tie)" }

    fileprivate init?(cursorKey: String) {
        let parts = cursorKey.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let microseconds = Int64(parts[0]) else { return nil }
        let at = Timestamp(microseconds: microseconds)
        // A cursor is what a client sends: a time that nothing can have must not reach the database.
        guard Timestamp.accepted.contains(at) else { return nil }
        self.init(at: at, tie: parts[1])
    }
}

import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct ReconciliationRoutes {
    let reconciliations: ReconciliationService
    let discrepancies: any DiscrepancyStore
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.post("reconciliations", use: reconcile)
        router.get("reconciliations", use: list)
        router.get("reconciliations/{id}", use: get)
        router.get("locations/{id}/discrepancies", use: discrepancies)
    }

    /// operationId: reconcile
    @Sendable func reconcile(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let limit = query.limit()
        try query.finish()
        let body = try await request.json(upTo: limits.bulkBodyBytesMax, in: context)
        if let lines = body.members?.first(where: { $0.name.string == "lines" })?.value.elements {
            try requireCount(lines.count, max: ReconciliationService.linesMax, pointer: "/lines")
        }
        let posted = try readBody(body) { PostedReconciliation(from: &$0) }
        let result = try await reconciliations.submit(posted)
        switch result {
        case .failure(.reused):
            throw Problem(
                .idempotencyKeyReused,
                "this source already used this eventId for other figures; use a new eventId",
                errors: [.init(pointer: "/eventId", detail: "was used for other figures")])
        case .failure(.inFuture(let now)):
            throw Problem.invalid([.init(pointer: "/asOf", detail: "is after now, which is \(now)")])
        case .failure(.unknownLocation):
            throw Problem.unknown(pointer: "/location", "no location has this id; create it first")
        case .success(let (reconciliation, isNew)):
            var page = PageRequest()
            page.limit = limit
            return try await answer(isNew ? .created : .ok, reconciliation, .notMatched, page)
        }
    }

    /// operationId: getReconciliation
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let text = context.parameters.get("id") ?? ""
        guard let id = ReconciliationID(text: text) else {
            throw Problem.notFound("reconciliation has the id '\(text.prefix(64))'")
        }
        var query = Query(request)
        let filter = query.text("status").flatMap { text -> ReconciledLineFilter? in
            let filter = ReconciledLineFilter(name: text)
            if filter == nil {
                let names = ReconciledStatus.allCases.map(\.rawValue) + ["notMatched"]
                query.report("status", "must be one of \(names.joined(separator: ", "))")
            }
            return filter
        }
        let page = query.page((filter ?? .all).cursor(of: id))
        try query.finish()
        let found = try await reconciliations.reconciliation(id)
        guard let found else { throw Problem.notFound("reconciliation has the id '\(text)'") }
        return try await answer(.ok, found, filter ?? .all, page)
    }

    /// operationId: listReconciliations
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        var filter = ReconciliationFilter()
        filter.source = query.identifier("source")
        filter.location = query.identifier("location")
        let cursor = CursorCodec("reconciliations", filter.source?.text ?? "", filter.location?.text ?? "")
        let page = query.page(cursor)
        try query.finish()
        let found = try await reconciliations.reconciliations(filter, page)
        return .json { writer in
            writer.object {
                found.write(
                    to: &$0, "reconciliations", cursor: cursor, key: { "\($0.createdAt.microseconds) \($0.id)" }
                ) { writer, reconciliation in writer.object { $0.reconciliation(reconciliation) } }
            }
        }
    }

    /// operationId: listDiscrepancies
    @Sendable func discrepancies(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.location("id")
        try context.requireAnySource()
        var query = Query(request)
        let from = query.day("from")
        let to = query.day("to")
        try query.finish()
        let result = try await discrepancies.discrepancies(at: id, from: from, to: to)
        switch result {
        case .failure(.unknownLocation): throw Problem.notFound("location has the id '\(id)'")
        case .failure(.wrongDays):
            throw Problem.invalid(
                parameter: "from", "must be before to, and at most \(DiscrepancyReport.daysMax) days before it")
        case .success(let report):
            return .json { writer in
                writer.object {
                    $0.field("location", id.text)
                    $0.field("mode", report.mode.rawValue)
                    $0.field("timeZone", report.timeZone)
                    $0.name("days")
                    $0.array(report.days) { writer, day in
                        writer.object {
                            $0.field("date", CivilDate(daysSinceEpoch: day.day).description)
                            $0.discrepancies(day.discrepancies)
                        }
                    }
                    $0.name("total")
                    $0.object { $0.discrepancies(report.days.reduce(Discrepancies()) { $0 + $1.discrepancies }) }
                    $0.field("asOf", report.asOf)
                }
            }
        }
    }

    private func answer(
        _ status: HTTPResponse.Status, _ reconciliation: StoredReconciliation, _ filter: ReconciledLineFilter,
        _ page: PageRequest
    ) async throws -> Response {
        let lines = try await reconciliations.lines(reconciliation.id, filter, page)
        return .json(status) { writer in
            writer.object {
                $0.reconciliation(reconciliation)
                lines.write(
                    to: &$0, "lines", cursor: filter.cursor(of: reconciliation.id), key: { String($0.number) }
                ) { $0.line($1) }
            }
        }
    }
}

extension ReconciledLineFilter {
    fileprivate init?(name: String) {
        if name == "notMatched" {
            self = .notMatched
        } else if let status = ReconciledStatus(rawValue: name) {
            self = .only(status)
        } else {
            return nil
        }
    }

    /// The answer to a POST goes on with `status=notMatched`.
    fileprivate func cursor(of id: ReconciliationID) -> CursorCodec {
        CursorCodec("reconciliation", id.description, "\(self)")
    }
}

extension JSONWriter {
    fileprivate mutating func reconciliation(_ reconciliation: StoredReconciliation) {
        field("id", reconciliation.id.description)
        field("source", reconciliation.source.text)
        field("eventId", reconciliation.event.text)
        field("asOf", reconciliation.asOf)
        field("state", reconciliation.isDone ? "done" : "comparing")
        field("complete", reconciliation.isComplete)
        field("inFlightSeconds", reconciliation.inFlightSeconds)
        field("correct", reconciliation.corrects)
        name("summary")
        optional(reconciliation.summary) { writer, summary in
            writer.object {
                $0.field("lines", summary.lines)
                $0.field("matched", summary.matched)
                $0.field("withinTolerance", summary.withinTolerance)
                $0.field("explained", summary.explained)
                $0.field("variance", summary.variance)
                $0.field("corrected", summary.corrected)
                $0.field("unknown", summary.unknown)
                $0.field("unitsTheirs", summary.unitsTheirs)
                $0.field("unitsOurs", summary.unitsOurs)
                $0.field("absoluteVariance", summary.absoluteVariance)
            }
        }
        name("warnings")
        array(reconciliation.warnings) { $0.value($1) }
        field("createdAt", reconciliation.createdAt)
    }

    fileprivate mutating func line(_ line: ReconciledLine) {
        object {
            $0.field("sku", line.sku?.text)
            $0.field("codeSystem", line.codeSystem?.text)
            $0.field("code", line.code?.text)
            $0.field("location", line.location.text)
            $0.field("theirs", line.theirs)
            $0.field("ours", line.ours)
            $0.field("difference", line.difference)
            $0.field("status", line.status.rawValue)
            $0.field("because", line.because?.rawValue)
            $0.field("changesInFlight", line.changesInFlight.map(Int64.init))
            $0.field("figureAt", line.figureAt)
            $0.field("rule", line.rule?.text)
            $0.field("sequence", line.sequence)
            $0.field("problem", line.problem)
        }
    }

    fileprivate mutating func discrepancies(_ discrepancies: Discrepancies) {
        field("compared", discrepancies.compared)
        field("matched", discrepancies.matched)
        field("explained", discrepancies.explained)
        field("discrepant", discrepancies.discrepant)
        field("unitsOff", discrepancies.unitsOff)
        field("rate", discrepancies.rate?.rounded(toDigits: 4))
    }
}

extension StoredReconciliation {
    fileprivate var warnings: [String] {
        guard corrects, !isAuthoritative else { return [] }
        return [
            "correct: '\(source)' is advisory, so nothing was corrected; set the source's authority to authoritative first"
        ]
    }
}

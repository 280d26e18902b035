import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct CountRoutes {
    let facts: ClientFacts
    let counts: CountService
    let master: CatalogService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.post("counts", use: record)
        router.get("counts/{id}", use: get)
        router.get("count-accuracy", use: accuracy)
        router.get("locations/{id}/count-list", use: list)
    }

    /// operationId: recordCount
    @Sendable func record(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let asksForAvailability = query.includesAvailability()
        try query.finish()
        let body = try await request.json(upTo: limits.bulkBodyBytesMax, in: context, ofFacts: true)
        let envelope = try CountBody(body)
        let place = try await master.location(meantBy: envelope.place, from: envelope.source)
        let pointer = envelope.place.id == nil ? "/locationCode" : "/location"
        try context.requireOwn(source: envelope.source, place.map { [(pointer: pointer, location: $0)] } ?? [])
        guard let place else {
            // What it means may be another's.
            if context.caller.binding.locations != nil { throw Problem.notBound(pointers: [pointer], to: "locations") }
            return try await park(envelope, asksForAvailability, context)
        }
        let (answer, shown) = try await facts.submit(
            envelope.count(at: place), showsBalances: asksForAvailability, by: context.caller.actor)
        return respond(answer.count, notListed: answer.notListed, shown, envelope.warnings)
    }

    /// Lines wait for the code of their place as all facts do, and are applied as counts of one item each. What says that
    /// all else was not there cannot be kept so.
    private func park(_ body: CountBody, _ asksForAvailability: Bool, _ context: AppContext) async throws -> Response {
        guard !body.isComplete else {
            throw Problem.unknown(
                pointer: "/locationCode",
                "no location has this code; nothing of the count was kept: add the location alias, then send it again")
        }
        let (shown, _) = try await facts.submit(
            source: body.source, lines: body.lines, showsBalances: asksForAvailability, by: context.caller.actor)
        var named = shown
        for index in named.lines.indices { named.lines[index].eventID = body.event.text }
        return respond(nil, notListed: 0, named, body.warnings)
    }

    private func respond(
        _ count: StoredCount?, notListed: Int, _ shown: ShownFacts, _ warnings: [String]
    ) -> Response {
        .json { writer in
            writer.object {
                $0.field("id", count?.id.description)
                $0.field("countedAt", count?.countedAt)
                $0.field("notListed", Int64(notListed))
                $0.field("leftAlone", Int64(count?.leftAlone ?? 0))
                $0.results(shown)
                $0.name("warnings")
                $0.array(warnings) { $0.value($1) }
            }
        }
    }

    /// operationId: getCount
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let text = context.parameters.get("id") ?? ""
        guard let id = CountID(text: text) else { throw Problem.notFound("count has the id '\(text.prefix(64))'") }
        let cursor = CursorCodec(of: id)
        var query = Query(request)
        let page = query.page(cursor)
        try query.finish()
        let found = try await counts.count(id)
        guard let count = found, context.sees(at: count.location, of: count.source) else {
            throw Problem.notFound("count has the id '\(text)'")
        }
        let (findings, summary) = try await counts.findings(id, page)
        return .json { $0.count(CountRecorded(count: count, summary: summary, findings: findings)) }
    }

    /// operationId: listCountAccuracy
    @Sendable func accuracy(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        var filter = CountFilter()
        filter.location = query.identifier("location")
        filter.item = query.identifier("sku", SKUKind.self).map(ItemReference.sku)
        filter.from = query.timestamp("from")
        filter.to = query.timestamp("to")
        filter.byItem = query.choice("by", AccuracyGrouping.self) == .item
        try context.requireOwn(location: filter.location)
        let cursor = CursorCodec(
            "count-accuracy", filter.location?.text ?? "", filter.item.map { "\($0)" } ?? "",
            filter.from?.description ?? "", filter.to?.description ?? "", "\(filter.byItem)")
        let page = query.page(cursor)
        try query.finish()
        switch try await counts.accuracy(filter, page) {
        case .failure(.item): throw Problem.unknown(parameter: "sku", "no item has this sku")
        case .failure(.location): throw Problem.unknown(parameter: "location", "no location has this id")
        case .success(let rows):
            return .json { writer in
                writer.object {
                    rows.write(
                        to: &$0, "accuracies", cursor: cursor, key: { "\($0.location)\u{1F}\($0.sku?.text ?? "")" }
                    ) { writer, row in
                        writer.object {
                            $0.field("location", row.location.text)
                            $0.field("sku", row.sku?.text)
                            $0.accuracy(row)
                            $0.field("lastCountedAt", row.lastCountedAt)
                        }
                    }
                }
            }
        }
    }

    /// operationId: listWhatToCount
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.location("id")
        var query = Query(request)
        let limit = query.limit()
        try query.finish()
        let list = try await counts.list(id, limit: limit)
        guard let list else { throw Problem.notFound("location has the id '\(id)'") }
        return .json { writer in
            writer.object {
                $0.field("location", id.text)
                $0.name("items")
                $0.array(list.priorities.enumerated()) { $0.priority($1.element, rank: $1.offset + 1) }
                $0.field("asOf", list.asOf)
            }
        }
    }
}

/// What a row of accuracies is of.
enum AccuracyGrouping: String, CaseIterable, Sendable {
    case location, item
}

extension CursorCodec {
    /// Of what a count found.
    fileprivate init(of id: CountID) { self.init("count", id.description) }
}

extension JSONWriter {
    /// A count with a page of what it found.
    mutating func count(_ recorded: CountRecorded) {
        object {
            $0.count(recorded.count)
            $0.name("summary")
            $0.optional(recorded.summary) { writer, summary in writer.object { $0.accuracy(summary) } }
            recorded.findings.write(
                to: &$0, "lines", cursor: CursorCodec(of: recorded.count.id),
                key: { "\($0.sku)\u{1F}\($0.counted.rawValue)" }
            ) { $0.finding($1) }
        }
    }

    private mutating func count(_ count: StoredCount) {
        field("id", count.id.description)
        field("source", count.source.text)
        field("eventId", count.event.text)
        field("location", count.location.text)
        field("countedAt", count.countedAt)
        field("recordedAt", count.recordedAt)
        field("complete", count.isComplete)
        field("excludesReady", count.excludesReady)
        field("leftAlone", Int64(count.leftAlone))
        field("state", count.isApplied ? "applied" : "applying")
    }

    /// The members that say how counts and the ledger agreed.
    fileprivate mutating func accuracy(_ accuracy: CountAccuracy) {
        field("counts", accuracy.counts)
        field("linesCounted", accuracy.lines)
        field("linesExact", accuracy.linesExact)
        field("unitsCounted", accuracy.unitsCounted)
        field("variance", accuracy.variance)
        field("absoluteVariance", accuracy.absoluteVariance)
        // Rounded down: 1 only when every item was as believed.
        field("accuracy", accuracy.accuracy.map { Double(Int64($0 * 10_000)) / 10_000 })
    }

    fileprivate mutating func finding(_ finding: CountFinding) {
        object {
            $0.field("sku", finding.sku.text)
            $0.field("bucket", finding.counted.name)
            $0.field("quantity", finding.quantity)
            $0.field("expected", finding.quantity - finding.variance)
            $0.field("variance", finding.variance)
            $0.field("suspectSettled", -finding.suspectVariance)
        }
    }

    fileprivate mutating func priority(_ priority: CountPriority, rank: Int) {
        let candidate = priority.candidate
        object {
            $0.field("rank", Int64(rank))
            $0.field("sku", candidate.sku.text)
            $0.field("name", candidate.name)
            $0.field("reason", priority.reason)
            $0.name("causes")
            $0.array(priority.causes) { $0.value($1.rawValue) }
            $0.field("score", priority.score.rounded(toDigits: 2))
            $0.field("onHand", candidate.onHand)
            $0.field("suspect", candidate.suspect)
            $0.field("reserved", candidate.reserved)
            $0.field("availableToSell", candidate.availableToSell)
            $0.field("unitsPerDay", candidate.unitsPerDay.rounded(toDigits: 4))
            $0.field("lastCountedAt", candidate.lastCountedAt)
        }
    }
}

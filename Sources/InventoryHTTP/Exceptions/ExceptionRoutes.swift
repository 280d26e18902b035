import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct ExceptionRoutes {
    let exceptions: ExceptionService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.get("exceptions", use: list)
        router.get("exceptions/summary", use: summary)
        router.get("exceptions/{id}", use: get)
        router.post("exceptions/{id}/assign", use: assign)
        router.post("exceptions/{id}/resolve", use: resolve)
        router.post("exception-resolutions", use: resolveMany)
        router.post("exception-assignments", use: assignMany)
    }

    /// operationId: listExceptions
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        var filter = ExceptionFilter()
        filter.status = query.choice("status")
        filter.type = query.choice("type")
        filter.priority = query.text("priority").flatMap { text in
            let priority = ExceptionPriority(name: text)
            if priority == nil { query.report("priority", "must be one of high, normal, low") }
            return priority
        }
        filter.owner = query.label("owner")
        filter.location = query.identifier("location")
        filter.sku = query.identifier("sku")
        filter.source = query.identifier("source")
        filter.openedAfter = query.timestamp("openedAfter")
        filter.openedBefore = query.timestamp("openedBefore")
        try context.requireOwn(location: filter.location)
        try context.requireOwn(source: filter.source)
        let cursor = CursorCodec(
            "exceptions", filter.status?.rawValue ?? "", filter.type?.rawValue ?? "", filter.priority?.name ?? "",
            filter.owner ?? "", filter.location?.text ?? "", filter.sku?.text ?? "", filter.source?.text ?? "",
            filter.openedAfter?.description ?? "", filter.openedBefore?.description ?? "")
        let page = query.page(cursor)
        try query.finish()
        let found = try await exceptions.exceptions(filter, page)
        return .json { writer in
            writer.object {
                found.value.write(
                    to: &$0, "exceptions", cursor: cursor,
                    key: { "\($0.priority.rawValue) \($0.openedAt.microseconds) \($0.id)" }
                ) { $0.exception($1, asOf: found.asOf) }
                $0.field("asOf", found.asOf)
            }
        }
    }

    /// operationId: getException
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try exceptionID(context)
        var query = Query(request)
        try query.finish()
        return try await answer(id, context)
    }

    /// operationId: assignException
    @Sendable func assign(_ request: Request, context: AppContext) async throws -> Response {
        let id = try exceptionID(context)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let owner = try readBody(body) { Self.owner(from: &$0) }
        try await requireSeen(id, context)
        if let rejection = try await exceptions.assign(id, to: owner, by: context.caller.actor) {
            throw Problem(rejection, of: id)
        }
        return try await answer(id, context)
    }

    /// - Returns: `.some(nil)` where it is given back; nil where it is not said well.
    static func owner(from reader: inout ObjectReader) -> String?? {
        if reader.isNull("owner") { return .some(nil) }
        return reader.label("owner", isRequired: true).map { .some($0) }
    }

    /// operationId: resolveException
    @Sendable func resolve(_ request: Request, context: AppContext) async throws -> Response {
        let id = try exceptionID(context)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let (decision, person) = try readBody(body) { reader -> (ExceptionDecision, String?)? in
            let person = reader.label("resolvedBy")
            return ExceptionDecision(from: &reader).map { ($0, person) }
        }
        try await requireSeen(id, context)
        let result = try await resolve(id, decision, decidedBy: person, context)
        switch result {
        case .success(let exception): return .json { $0.exception(exception.value, asOf: exception.asOf) }
        case .failure(let rejection): throw Problem(rejection, of: id)
        }
    }

    /// Who calls has decided, where nobody else is named.
    func resolve(
        _ id: Int64, _ decision: ExceptionDecision, decidedBy person: String?, _ context: AppContext
    ) async throws -> Result<Dated<ExceptionRecord>, ResolutionRejection> {
        let actor = context.caller.actor
        // A line that is sent as it was meant is a fact like any other.
        if case .correctLine(let line) = decision, context.caller.binding.isBound,
            let source = try await exceptions.exception(id)?.value.source
        {
            try context.requireOwn(source: source, lines: [line]) { _ in "/line" }
        }
        return try await exceptions.resolve(
            id, decision, decidedBy: person ?? actor.map { String($0.text.prefix(200)) }, by: actor)
    }

    /// Another location's exception is not there for a client that is bound to some.
    func requireSeen(_ id: Int64, _ context: AppContext) async throws {
        guard context.caller.binding.isBound else { return }
        let found = try await exceptions.exception(id)
        guard let found, context.sees(at: found.value.location, of: found.value.source) else {
            throw Self.unknown("\(id)")
        }
    }

    private func answer(_ id: Int64, _ context: AppContext) async throws -> Response {
        let found = try await exceptions.exception(id)
        guard let found, context.sees(at: found.value.location, of: found.value.source) else {
            throw Self.unknown("\(id)")
        }
        return .json { $0.exception(found.value, asOf: found.asOf) }
    }

    private func exceptionID(_ context: AppContext) throws -> Int64 {
        let text = context.parameters.get("id") ?? ""
        guard let id = Int64(text), id > 0 else { throw Self.unknown(String(text.prefix(64))) }
        return id
    }

    static func unknown(_ id: String) -> Problem { .notFound("exception has the id '\(id)'") }

    static func resolved(_ how: String) -> Problem {
        Problem(.illegalTransition, "the exception is resolved already: \(how)")
    }
}

extension JSONWriter {
    mutating func exception(_ exception: ExceptionRecord, asOf: Timestamp) {
        object {
            $0.field("id", String(exception.id))
            $0.field("type", exception.type.rawValue)
            $0.field("status", exception.status.rawValue)
            $0.field("priority", exception.priority.name)
            $0.field("owner", exception.owner)
            $0.field("detail", exception.detail)
            $0.field("openedAt", exception.openedAt)
            $0.field("ageSeconds", exception.openedAt.wholeSeconds(until: exception.resolvedAt ?? asOf))
            $0.field("assignedAt", exception.assignedAt)
            $0.field("resolvedAt", exception.resolvedAt)
            $0.field("resolution", exception.resolution)
            $0.field("action", exception.action?.rawValue)
            $0.field("resolvedBy", exception.resolvedBy)
            $0.name("actions")
            $0.array(exception.status == .resolved ? [] : exception.type.actions) { $0.value($1.rawValue) }
            $0.field("source", exception.source?.text)
            $0.field("eventId", exception.eventID)
            $0.field("sku", exception.sku?.text)
            $0.field("codeSystem", exception.codeSystem?.text)
            $0.field("code", exception.code?.text)
            $0.field("location", exception.location?.text)
            $0.field("units", exception.units)
            $0.field("sequence", exception.sequence)
            $0.field("count", exception.count?.description)
            $0.field("linesWaiting", exception.linesWaiting)
            $0.name("problem")
            $0.optional(exception.problem) { writer, problem in
                writer.object {
                    $0.field("code", problem)
                    $0.field("pointer", exception.pointer)
                }
            }
            $0.field("line", exception.raw)
            $0.name("links")
            $0.array(exception.links) { writer, link in
                writer.object {
                    $0.field("rel", link.rel)
                    $0.field("href", link.href)
                }
            }
        }
    }
}

extension ExceptionRecord {
    /// Where to look: the ledger lines behind it, the count, or the promises with where to move them.
    fileprivate var links: [(rel: String, href: String)] {
        var links: [(rel: String, href: String)] = []
        if [.countVariance, .negativeBalance, .reconciliationVariance].contains(type), let sku, let location {
            links.append(("movements", "/v1/movements?sku=\(sku.text.urlEncoded)&location=\(location.text.urlEncoded)"))
        } else if let source, let eventID {
            links.append(
                ("movements", "/v1/movements?source=\(source.text.urlEncoded)&eventId=\(eventID.urlEncoded)"))
        }
        if type == .stoppedLocation, let location {
            links.append(
                ("reservations", "/v1/reservations?location=\(location.text.urlEncoded)&state=open&proposals=true"))
        }
        if type == .silentLocation, let location {
            links.append(("sources", "/v1/locations/\(location.text.urlEncoded)/sources"))
        }
        if let count { links.append(("count", "/v1/counts/\(count)")) }
        if type == .reconciliationVariance, let source, let eventID {
            let id = ReconciliationID(source: source, event: EventID(stored: eventID), sha256)
            links.append(("reconciliation", "/v1/reconciliations/\(id)"))
        }
        return links
    }
}

extension String {
    fileprivate var urlEncoded: String {
        var encoded = ""
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}

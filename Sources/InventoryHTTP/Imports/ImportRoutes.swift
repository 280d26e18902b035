import Hummingbird
import Inventory
import InventoryService
import NIOCore
import StrictJSON

struct ImportRoutes {
    let imports: ImportService?
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.post("imports", use: create)
        router.get("imports", use: list)
        router.get("imports/{id}", use: get)
        router.get("imports/{id}/report", use: report)
        router.post("imports/{id}/cancel", use: cancel)
    }

    private func service() throws -> ImportService {
        guard let imports else { throw Problem(.overloaded, "this process does not take imports; use another one") }
        return imports
    }

    // MARK: - Receiving

    /// operationId: createImport
    @Sendable func create(_ request: Request, context: AppContext) async throws -> Response {
        let imports = try service()
        var order = try await order(request, imports)
        try context.require(order.kind.scope)
        order.actor = context.caller.actor
        if let declared = request.declaredLength, Int64(declared) > limits.importBytesMax { throw tooLarge }
        // Read before anything is written: a bad key is a bad request.
        _ = try request.idempotencyKey(ofContent: [], of: context.caller.client)
        let receipt = try await receive(request, context, order, imports)
        switch receipt {
        case .accepted(let job), .known(let job):
            return .json(.accepted, headers: [.location: "/v1/imports/\(job.id)"]) { $0.importJob(job) }
        case .keyReused:
            throw Problem(
                .idempotencyKeyReused,
                "this Idempotency-Key was used for another file or other parameters; use a new key")
        }
    }

    private func receive(
        _ request: Request, _ context: AppContext, _ order: ImportOrder, _ imports: ImportService
    ) async throws -> ImportReceipt {
        var reception = try await imports.receive(order)
        do {
            for try await buffer in request.body {
                guard reception.bytesReceived + Int64(buffer.readableBytes) <= limits.importBytesMax else {
                    throw tooLarge
                }
                try context.charge?.add(buffer.readableBytes)
                if try await reception.write(buffer.readableBytesView) { context.charge?.giveBack() }
            }
            if let declared = request.declaredLength, Int64(declared) != reception.bytesReceived {
                throw Request.incomplete
            }
            guard reception.bytesReceived > 0 else {
                throw Problem(.invalidRequest, "the body is empty; send the file as it is")
            }
            // A key that is not well formed was refused before.
            let key: (Digest) -> RequestKey? = {
                try? request.idempotencyKey(ofContent: $0.bytes, of: context.caller.client)
            }
            return try await reception.finish(key)
        } catch {
            // What is left if this fails too, the sweep takes away.
            try? await imports.discard(reception.id)
            throw error
        }
    }

    private var tooLarge: Problem {
        Problem(.payloadTooLarge, "the file exceeds \(limits.importBytesMax) bytes; send it in parts")
    }

    private func order(_ request: Request, _ imports: ImportService) async throws -> ImportOrder {
        let fromType = try format(request.headers[fields: .contentType].first?.value)
        var query = Query(request)
        let kind: ImportKind? = query.choice("kind")
        if kind == nil, query.text("kind") == nil { query.report("kind", "is required") }
        let mappingID = query.identifier("mapping", ImportNameKind.self)
        let format: ImportFormat? = query.choice("format")
        let source = query.identifier("source", SourceKind.self)
        if source == .holdfast { query.report("source", "'holdfast' is the service's own name") }
        let codeSystem = query.identifier("codeSystem", CodeSystemKind.self)
        let name = query.label("name")
        let isDryRun = query.boolean("dryRun")
        try query.finish()
        guard let kind else { throw Problem.invalid(parameter: "kind", "is required") }
        var order = ImportOrder(kind: kind)
        order.name = name
        order.format = format ?? fromType
        order.source = source
        order.codeSystem = codeSystem
        order.isDryRun = isDryRun
        guard let mappingID else { return order }
        let found = try await imports.mapping(mappingID)
        guard let mapping = found?.value else {
            throw Problem.unknown(parameter: "mapping", "no mapping has the id '\(mappingID)'; put it first")
        }
        guard mapping.kind == kind || mapping.kind.isCounts && kind.isCounts else {
            throw Problem.invalid(
                parameter: "mapping", "is for \(mapping.kind.rawValue), not for \(kind.rawValue)")
        }
        order.mappingID = mappingID
        order.mapping = mapping.text
        return order
    }

    /// - Returns: nil where the content has to tell.
    private func format(_ mediaType: String?) throws -> ImportFormat? {
        switch (mediaType ?? "").prefix(while: { $0 != ";" && $0 != " " }).lowercased() {
        case "text/csv": return .csv
        case "application/x-ndjson", "application/ndjson", "application/jsonl": return .ndjson
        case "application/gzip", "application/x-gzip", "application/octet-stream": return nil
        default:
            throw Problem(
                .unsupportedMediaType,
                "send the file as text/csv, application/x-ndjson, application/gzip or application/octet-stream")
        }
    }

    /// operationId: cancelImport
    @Sendable func cancel(_ request: Request, context: AppContext) async throws -> Response {
        let imports = try service()
        guard let id = ImportID(context.parameters.get("id") ?? "") else {
            throw Problem.notFound("import has this id")
        }
        if let found = try await imports.importJob(id) { try context.require(found.order.kind.scope) }
        switch try await imports.cancel(id) {
        case .cancelled(let job): return .json { $0.importJob(job) }
        case .tooLate(let job):
            throw Problem(
                .illegalTransition, "the import is \(job.state.rawValue); only one that has not ended can be cancelled")
        case .notFound: throw Problem.notFound("import has this id")
        }
    }

    // MARK: - Looking

    /// operationId: getImport
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let job = try await job(context)
        return .json { $0.importJob(job) }
    }

    /// operationId: listImports
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        let imports = try service()
        let cursor = CursorCodec("imports")
        var query = Query(request)
        let page = query.page(cursor)
        try query.finish()
        let found = try await imports.imports(page)
        return .json { writer in
            writer.object {
                found.write(to: &$0, "imports", cursor: cursor, key: { $0.id.text }) { $0.importJob($1) }
            }
        }
    }

    /// operationId: getImportReport
    @Sendable func report(_ request: Request, context: AppContext) async throws -> Response {
        let imports = try service()
        let id = try await job(context).id
        var query = Query(request)
        let verdict: ImportVerdict? = query.choice("verdict")
        let cursor = CursorCodec("import-report", id.text, verdict?.rawValue ?? "")
        let limit = query.limit()
        let after = query.cursor(cursor).flatMap(Int64.init) ?? 0
        try query.finish()
        if request.acceptsCSV {
            return ImportReportCSV.response(imports, id, verdict)
        }
        let lines = try await imports.report(id, verdict: verdict, after: after, limit: limit + 1)
        return .json { writer in
            writer.object {
                $0.name("lines")
                $0.array(lines.prefix(limit)) { $0.reportLine($1) }
                $0.field("nextCursor", lines.count > limit ? cursor.encode("\(lines[limit - 1].line)") : nil)
            }
        }
    }

    private func job(_ context: AppContext) async throws -> StoredImport {
        let imports = try service()
        let text = context.parameters.get("id") ?? ""
        guard let id = ImportID(text),
            let job = try await imports.importJob(id)
        else { throw Problem.notFound("import has this id") }
        return job
    }
}

extension ImportKind {
    /// What the same lines would need, sent by themselves.
    fileprivate var scope: Scope {
        switch self {
        case .locations, .items, .aliases, .locationAliases, .locationGroups, .sources: .catalogWrite
        case .safetyStockRules, .thresholds, .ringFences, .saleRestrictions: .rulesWrite
        case .expectedSupply, .transfers: .transfersWrite
        case .counts, .snapshots, .bookFigures: .countsWrite
        case .movements: .movementsWrite
        }
    }
}

import Hummingbird
import Inventory
import InventoryService
import Logging
import StrictJSON

struct ExportRoutes {
    let store: any ExportStore
    let slots: StreamSlots

    func add(to router: RouterGroup<AppContext>) {
        router.get("exports/ledger", use: ledgerDays)
        router.get("exports/ledger/{day}", use: ledgerDay)
        router.get("exports/balances", use: balanceDays)
        router.get("exports/balances/{day}", use: balanceDay)
    }

    /// operationId: listLedgerExports
    @Sendable func ledgerDays(_ request: Request, context: AppContext) async throws -> Response {
        try await days(.ledger, request)
    }

    /// operationId: listBalanceExports
    @Sendable func balanceDays(_ request: Request, context: AppContext) async throws -> Response {
        try await days(.balances, request)
    }

    /// operationId: getLedgerExport
    @Sendable func ledgerDay(_ request: Request, context: AppContext) async throws -> Response {
        try await day(.ledger, request, context)
    }

    /// operationId: getBalanceExport
    @Sendable func balanceDay(_ request: Request, context: AppContext) async throws -> Response {
        try await day(.balances, request, context)
    }

    private func days(_ kind: ExportKind, _ request: Request) async throws -> Response {
        let cursor = CursorCodec("exports", kind.rawValue)
        var query = Query(request)
        let page = query.page(cursor)
        let after = page.after.flatMap { ExportDay($0) }
        try query.finish()
        let span = try await store.span()
        let first = max(span?.first ?? ExportDay(0), after.map { ExportDay($0.number + 1) } ?? ExportDay(0))
        let end = (span?.lastClosed.number ?? -1) + 1
        let numbers = first.number..<min(max(first.number, end), first.number + Int64(page.limit))
        let known = try await store.exported(kind, from: first, limit: page.limit)
        let byDay = Dictionary(uniqueKeysWithValues: known.map { ($0.day.number, $0) })
        let listed = Page(
            elements: numbers.map { (day: ExportDay($0), exported: byDay[$0]) }, hasMore: numbers.upperBound < end,
            total: page.includesTotal ? max(0, end - (span?.first.number ?? 0)) : nil)
        return .json { writer in
            writer.object {
                listed.write(to: &$0, "days", cursor: cursor, key: { $0.day.description }) {
                    $0.exportDay($1.day, $1.exported)
                }
            }
        }
    }

    private func day(_ kind: ExportKind, _ request: Request, _ context: AppContext) async throws -> Response {
        guard let sent = context.parameters.get("day"), let day = ExportDay(sent) else {
            throw Problem.invalid(parameter: "day", "must be a day such as 2026-01-15")
        }
        var query = Query(request)
        try query.finish()
        guard let span = try await store.span(), span.contains(day) else {
            throw Problem.notFound("closed day of the ledger is \(day); the list of days has those that are closed")
        }
        // A closed day never changes; how its lines are written may, with another version of the program.
        let tag = "\"\(kind.rawValue)-\(day)-\(ExportedDay.format)\""
        var headers: HTTPFields = [
            .cacheControl: "private, no-cache", .eTag: "W/\(tag)", .vary: "Accept, Accept-Encoding",
        ]
        if try request.hasAlready(tag) { return Response(status: .notModified, headers: headers) }
        let isFile = request.headers[.accept]?.contains("application/octet-stream") == true
        headers[.contentType] = isFile ? "application/octet-stream" : "application/x-ndjson"
        let (store, logger) = (store, context.logger)
        return .streamed(request, headers: headers, slot: try slots.take(), asGzipFile: isFile) {
            ExportPages(export: DayExport(kind, day, from: store), store: store, logger: logger)
        }
    }
}

/// The lines of a day, whose end is only sent when it came to what is known of it.
private struct ExportPages: StreamedPages {
    var export: DayExport
    let store: any ExportStore
    let logger: Logger

    mutating func next() async throws -> [UInt8]? {
        if let lines = try await export.next() { return lines }
        let summary = export.summary
        guard try await store.note(summary) == summary else {
            logger.error(
                "an exported day has changed",
                metadata: ["kind": "\(summary.kind.rawValue)", "day": "\(summary.day)", "lines": "\(summary.lines)"])
            throw ChangedDay()
        }
        return nil
    }
}

/// A closed day came to something else than when it was exported first.
private struct ChangedDay: Error {}

extension JSONWriter {
    fileprivate mutating func exportDay(_ day: ExportDay, _ exported: ExportedDay?) {
        object {
            $0.field("day", day.description)
            $0.field("lines", exported?.lines)
            $0.field("bytes", exported?.bytes)
            $0.field("sha256", exported?.sha256.withBytes { $0.hexadecimal })
            $0.field("firstSequence", exported?.firstSequence)
            $0.field("lastSequence", exported?.lastSequence)
        }
    }
}

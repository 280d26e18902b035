import Hummingbird
import Inventory
import InventoryService
import NIOCore
import StrictJSON

/// Who did what to master data, rules, exceptions and keys.
struct AuditRoutes {
    let audit: any AuditStore

    func add(to router: RouterGroup<AppContext>) {
        router.get("audit", use: list)
    }

    /// operationId: listAudit
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        var filter = AuditFilter()
        filter.kind = query.choice("kind")
        filter.key = query.auditKey("key")
        filter.actor = query.identifier("actor")
        filter.from = query.timestamp("from")
        filter.to = query.timestamp("to")
        let cursor = CursorCodec(
            "audit", filter.kind?.rawValue ?? "", filter.key ?? "", filter.actor?.text ?? "",
            filter.from?.description ?? "", filter.to?.description ?? "")
        let page = query.page(cursor)
        if page.includesTotal {
            query.report("includeTotal", "is not offered for the audit, which only grows; page through it")
        }
        let before = page.after.flatMap { Int64($0) }
        if page.after != nil, before == nil { query.report("cursor", "belongs to another list; start without it") }
        try query.finish()
        if request.headers[.accept]?.contains(Self.ndjson) == true {
            return export(filter, before: before)
        }
        let found = try await audit.entries(filter, before: before, limit: page.limit)
        return .json { writer in
            writer.object {
                found.write(to: &$0, "auditEntries", cursor: cursor, key: { "\($0.sequence)" }) {
                    $0.auditEntry($1)
                }
            }
        }
    }

    private static let ndjson = "application/x-ndjson"
    /// Entries of a bulk load name up to a thousand things each.
    private static let entriesPerPage = 250

    /// All that match, one a line, a page in memory at a time. What is appended meanwhile is newer than where it began.
    private func export(_ filter: AuditFilter, before: Int64?) -> Response {
        let audit = audit
        let body = ResponseBody { writer in
            var before = before
            while true {
                let page = try await audit.entries(filter, before: before, limit: Self.entriesPerPage)
                guard let last = page.elements.last else { break }
                var bytes: [UInt8] = []
                for entry in page.elements {
                    var line = JSONWriter()
                    line.auditEntry(entry)
                    bytes += line.bytes
                    bytes.append(UInt8(ascii: "\n"))
                }
                try await writer.write(ByteBuffer(bytes: bytes))
                guard page.hasMore else { break }
                before = last.sequence
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: Self.ndjson], body: body)
    }
}

extension Query {
    /// A key as entries have it: of several parts with slashes between, so longer than most texts.
    fileprivate mutating func auditKey(_ name: String) -> String? {
        guard let text = text(name) else { return nil }
        guard (1...256).contains(text.unicodeScalars.count), text.unicodeScalars.allSatisfy(\.isPrintable) else {
            report(name, "must have 1 to 256 printable characters")
            return nil
        }
        return text
    }
}

extension JSONWriter {
    fileprivate mutating func auditEntry(_ entry: AuditEntry) {
        object {
            $0.field("sequence", entry.sequence)
            $0.field("at", entry.at)
            $0.field("actor", entry.actor?.text)
            $0.field("action", entry.action.rawValue)
            $0.field("kind", entry.kind.rawValue)
            $0.name("keys")
            $0.array(entry.keys) { $0.value($1) }
            $0.name("object")
            $0.optional(entry.object) { $0.raw($1) }
            $0.field("chain", entry.chain.withBytes { $0.hexadecimal })
        }
    }
}

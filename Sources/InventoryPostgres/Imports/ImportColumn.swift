import Inventory
import InventoryService
import LibPQ

/// The columns of import `i`.
enum ImportColumn: Int32, SelectedColumn {
    case id, kind, name, format, source, codeSystem, mappingID, mapping, digest, state, bytesReceived
    case recordsTotal, recordsDone, counts
    /// Reasons why records were left out, and how many by each, in arrays beside each other.
    case skipReasons, skipCounts
    case reported, isReportTruncated, problemCode, problemDetail, problemLine, createdAt, startedAt, finishedAt
    /// Of the request that made it.
    case fingerprint, actor, isDryRun

    var selected: String {
        switch self {
        case .id: "i.id"
        case .kind: "i.kind"
        case .name: "i.name"
        case .format: "i.format"
        case .source: "i.source"
        case .codeSystem: "i.code_system"
        case .mappingID: "i.mapping_id"
        case .mapping: "i.mapping"
        case .digest: "i.digest"
        case .state: "i.state"
        case .bytesReceived: "i.bytes_received"
        case .recordsTotal: "i.records_total"
        case .recordsDone: "i.records_done"
        case .counts: "i.counts"
        case .skipReasons: "i.skip_reasons"
        case .skipCounts: "i.skip_counts"
        case .reported: "i.reported"
        case .isReportTruncated: "i.is_report_truncated"
        case .problemCode: "i.problem_code"
        case .problemDetail: "i.problem_detail"
        case .problemLine: "i.problem_line"
        case .createdAt: "i.created_at"
        case .startedAt: "i.started_at"
        case .finishedAt: "i.finished_at"
        case .fingerprint: "i.request_fingerprint"
        case .actor: "i.actor"
        case .isDryRun: "i.is_dry_run"
        }
    }
}

extension StoredImport {
    init(_ row: Row) {
        let row = ColumnReader<ImportColumn>(row)
        var order = ImportOrder(kind: ImportKind(stored: row.text(.kind)))
        order.name = row.textIfPresent(.name)
        order.format = row.textIfPresent(.format).map(ImportFormat.init(stored:))
        order.source = row.textIfPresent(.source).map(SourceID.init(stored:))
        order.codeSystem = row.textIfPresent(.codeSystem).map(CodeSystem.init(stored:))
        order.mappingID = row.textIfPresent(.mappingID).map(ImportMappingID.init(stored:))
        order.mapping = row.textIfPresent(.mapping)
        order.actor = row.textIfPresent(.actor).map(ActorName.init(stored:))
        order.isDryRun = row.bool(.isDryRun)
        var progress = ImportProgress()
        progress.recordsDone = row.int8(.recordsDone)
        progress.counts = ImportCounts(stored: row.int8s(.counts))
        progress.skipped = zip(row.texts(.skipReasons), row.int8s(.skipCounts)).map { (reason: $0, count: $1) }
        progress.reported = Int(row.int4(.reported))
        progress.isReportTruncated = row.bool(.isReportTruncated)
        self.init(
            id: ImportID(stored: row.text(.id)), order: order, state: ImportState(stored: row.text(.state)),
            bytesReceived: row.int8(.bytesReceived), recordsTotal: row.int8IfPresent(.recordsTotal),
            progress: progress,
            problem: row.textIfPresent(.problemCode).map {
                ImportProblem(
                    code: $0, detail: row.textIfPresent(.problemDetail) ?? "", line: row.int8IfPresent(.problemLine))
            },
            digest: row.byteaIfPresent(.digest).map(Digest.init(stored:)),
            createdAt: row.requiredTimestamp(.createdAt), startedAt: row.timestamp(.startedAt),
            finishedAt: row.timestamp(.finishedAt))
    }
}

/// What is ordered with an import.
enum ImportOrderColumn: Int32, WrittenColumn {
    case id, kind, name, format, source, codeSystem, mappingID, mapping, actor, isDryRun

    var name: String {
        switch self {
        case .id: "id"
        case .kind: "kind"
        case .name: "name"
        case .format: "format"
        case .source: "source"
        case .codeSystem: "code_system"
        case .mappingID: "mapping_id"
        case .mapping: "mapping"
        case .actor: "actor"
        case .isDryRun: "is_dry_run"
        }
    }
    var type: PQType { self == .isDryRun ? .bool : .text }

    func write(_ id: ImportID, _ order: ImportOrder, to writer: inout ParameterWriter) {
        switch self {
        case .id: writer.text(id.text)
        case .kind: writer.text(order.kind.rawValue)
        case .name: writer.text(order.name)
        case .format: writer.text(order.format?.rawValue)
        case .source: writer.text(order.source?.text)
        case .codeSystem: writer.text(order.codeSystem?.text)
        case .mappingID: writer.text(order.mappingID?.text)
        case .mapping: writer.text(order.mapping)
        case .actor: writer.text(order.actor?.text)
        case .isDryRun: writer.bool(order.isDryRun)
        }
    }
}

/// The columns of a line of an import's report.
enum ImportReportColumn: Int32, SelectedColumn, WrittenColumn {
    case line, eventID, verdict, code, detail, raw

    var name: String {
        switch self {
        case .line: "line"
        case .eventID: "event_id"
        case .verdict: "verdict"
        case .code: "code"
        case .detail: "detail"
        case .raw: "raw"
        }
    }
    var type: PQType { self == .line ? .int8Array : .textArray }
    var selected: String { name }

    func write(_ lines: [ImportReportLine], to writer: inout ParameterWriter) {
        switch self {
        case .line: writer.int8s(lines) { $0.line }
        case .eventID: writer.texts(lines) { $0.eventID }
        case .verdict: writer.texts(lines) { $0.verdict.rawValue }
        case .code: writer.texts(lines) { $0.code }
        case .detail: writer.texts(lines) { $0.detail }
        case .raw: writer.texts(lines) { $0.raw }
        }
    }
}

extension ImportReportLine {
    init(_ row: Row) {
        let row = ColumnReader<ImportReportColumn>(row)
        self.init(
            line: row.int8(.line), eventID: row.textIfPresent(.eventID),
            verdict: ImportVerdict(stored: row.text(.verdict)), code: row.text(.code), detail: row.text(.detail),
            raw: row.text(.raw))
    }
}

enum ImportMappingColumn: Int32, SelectedColumn {
    case id, kind, body, updatedAt, version

    var selected: String {
        switch self {
        case .id: "id"
        case .kind: "kind"
        case .body: "body"
        case .updatedAt: "updated_at"
        case .version: "version"
        }
    }
}

extension Stored<ImportMapping> {
    init(_ row: Row) {
        let row = ColumnReader<ImportMappingColumn>(row)
        self.init(
            value: ImportMapping(
                id: ImportMappingID(stored: row.text(.id)), kind: ImportKind(stored: row.text(.kind)),
                text: row.text(.body), updatedAt: row.requiredTimestamp(.updatedAt)),
            wasCreated: false, version: row.int8(.version))
    }
}

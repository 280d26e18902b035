import Inventory
import InventoryService
import LibPQ

/// The columns of reconciliation `r` and source `s`.
enum ReconciliationColumn: Int32, SelectedColumn {
    case id, source, event, asOf, createdAt, isDone, isComplete, inFlightSeconds, corrects, isAuthoritative
    case lines, matched, withinTolerance, explained, variance, corrected, unknown
    case unitsTheirs, unitsOurs, absoluteVariance
    case fingerprint

    var selected: String {
        switch self {
        case .id: "r.reconciliation_id"
        case .source: "s.id"
        case .event: "r.event_id"
        case .asOf: "r.as_of"
        case .createdAt: "r.created_at"
        case .isDone: "r.status = 'done'"
        case .isComplete: "r.is_complete"
        case .inFlightSeconds: "r.in_flight_seconds"
        case .corrects: "r.corrects"
        case .isAuthoritative: "r.is_authoritative"
        case .lines: "r.lines"
        case .matched: "r.matched"
        case .withinTolerance: "r.within_tolerance"
        case .explained: "r.explained"
        case .variance: "r.variance"
        case .corrected: "r.corrected"
        case .unknown: "r.unknown"
        case .unitsTheirs: "r.units_theirs"
        case .unitsOurs: "r.units_ours"
        case .absoluteVariance: "r.absolute_variance"
        case .fingerprint: "r.fingerprint"
        }
    }
}

extension StoredReconciliation {
    init(_ row: Row) {
        let row = ColumnReader<ReconciliationColumn>(row)
        guard let id = ReconciliationID(row.bytea(.id)) else {
            preconditionFailure("a stored reconciliation id has 16 bytes")
        }
        self.init(
            id: id, source: SourceID(stored: row.text(.source)), event: EventID(stored: row.text(.event)),
            asOf: row.requiredTimestamp(.asOf), createdAt: row.requiredTimestamp(.createdAt), isDone: row.bool(.isDone),
            isComplete: row.bool(.isComplete), inFlightSeconds: Int64(row.int4(.inFlightSeconds)),
            corrects: row.bool(.corrects), isAuthoritative: row.bool(.isAuthoritative))
        guard isDone else { return }
        var summary = ReconciliationSummary()
        summary.lines = row.int8(.lines)
        summary.matched = row.int8(.matched)
        summary.withinTolerance = row.int8(.withinTolerance)
        summary.explained = row.int8(.explained)
        summary.variance = row.int8(.variance)
        summary.corrected = row.int8(.corrected)
        summary.unknown = row.int8(.unknown)
        summary.unitsTheirs = row.int8(.unitsTheirs)
        summary.unitsOurs = row.int8(.unitsOurs)
        summary.absoluteVariance = row.int8(.absoluteVariance)
        self.summary = summary
    }
}

/// The columns of reconciliation line `l`, item `i` and location `p`.
enum ReconciledLineColumn: Int32, SelectedColumn {
    case line, sku, codeSystem, code, location, theirs, ours, status, because, changesInFlight, figureAt, rule
    case sequence, problem

    var selected: String {
        switch self {
        case .line: "l.line"
        case .sku: "coalesce(i.sku, l.sku)"
        case .codeSystem: "l.code_system"
        case .code: "l.code"
        case .location: "coalesce(p.id, l.location)"
        case .theirs: "l.theirs"
        case .ours: "l.ours"
        case .status: "l.status"
        case .because: "l.because"
        case .changesInFlight: "l.lines_in_flight"
        case .figureAt: "l.figure_at"
        case .rule: "l.rule"
        case .sequence: "l.sequence"
        case .problem: "l.problem"
        }
    }
}

extension ReconciledLine {
    init(_ row: Row) {
        let row = ColumnReader<ReconciledLineColumn>(row)
        self.init(
            number: Int(row.int4(.line)), location: LocationID(stored: row.text(.location)), theirs: row.int8(.theirs),
            status: .init(stored: row.text(.status)))
        sku = row.textIfPresent(.sku).map(SKU.init(stored:))
        codeSystem = row.textIfPresent(.codeSystem).map(CodeSystem.init(stored:))
        code = row.textIfPresent(.code).map(Code.init(stored:))
        ours = row.int8IfPresent(.ours)
        because = row.textIfPresent(.because).map(InFlightCause.init(stored:))
        changesInFlight = row.int4IfPresent(.changesInFlight).map(Int.init)
        figureAt = row.timestamp(.figureAt)
        rule = row.textIfPresent(.rule).map(ReconciliationRuleID.init(stored:))
        sequence = row.int8IfPresent(.sequence)
        problem = row.textIfPresent(.problem)
    }
}

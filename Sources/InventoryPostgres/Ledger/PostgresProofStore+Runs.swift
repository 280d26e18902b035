import Inventory
package import InventoryService
import LibPQ

extension PostgresProofStore: ProofRunStore {
    package func keep(
        _ ledger: LedgerProver.Report, _ audit: AuditProver.Report, took: Duration
    ) async throws(StoreError) {
        let microseconds = took.components.seconds * 1_000_000 + took.components.attoseconds / 1_000_000_000_000
        try await change.perform(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.proofRunKeep) {
                $0.int8(microseconds)
                $0.bool(ledger.isProved && audit.isProved)
                $0.int8(Int64(ledger.balances))
                $0.int8(Int64(ledger.lines))
                $0.int8(Int64(ledger.defectCount))
                $0.int8(ledger.linesWithoutBalance)
                $0.int8(ledger.eventsWithoutLine)
                $0.int8(ledger.accounts.values.reduce(0, &+))
                $0.texts(ledger.failures) { $0.sku.text }
                $0.texts(ledger.failures) { $0.location.text }
                $0.texts(ledger.failures) { $0.detail }
                $0.int8(audit.entries)
                $0.text(audit.defect)
            }
        }
    }

    package func lastProof() async throws(StoreError) -> ProofRun? {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            guard let row = try session.query(.proofRunLast).first else { return nil }
            let run = ColumnReader<ProofRunColumn>(row)
            let places = zip(run.texts(.skus), run.texts(.locations))
            return ProofRun(
                startedAt: run.requiredTimestamp(.startedAt), finishedAt: run.requiredTimestamp(.finishedAt),
                isProved: run.bool(.isProved), balances: run.int8(.balances), lines: run.int8(.lines),
                defects: run.int8(.defects), linesWithoutBalance: run.int8(.linesWithoutBalance),
                eventsWithoutLine: run.int8(.eventsWithoutLine), sumOfAccounts: run.int8(.sumOfAccounts),
                failures: zip(places, run.texts(.details)).map {
                    ProofFailure(sku: SKU(stored: $0.0), location: LocationID(stored: $0.1), detail: $1)
                },
                auditEntries: run.int8(.auditEntries), auditDefect: run.textIfPresent(.auditDefect))
        }
    }
}

/// A row of `proof_run`.
private enum ProofRunColumn: Int32, SelectedColumn {
    case startedAt, finishedAt, isProved, balances, lines, defects, linesWithoutBalance, eventsWithoutLine
    case sumOfAccounts, skus, locations, details, auditEntries, auditDefect

    var selected: String {
        switch self {
        case .startedAt: "started_at"
        case .finishedAt: "finished_at"
        case .isProved: "is_proved"
        case .balances: "balances"
        case .lines: "lines"
        case .defects: "defects"
        case .linesWithoutBalance: "lines_without_balance"
        case .eventsWithoutLine: "events_without_line"
        case .sumOfAccounts: "sum_of_accounts"
        case .skus: "skus"
        case .locations: "locations"
        case .details: "details"
        case .auditEntries: "audit_entries"
        case .auditDefect: "audit_defect"
        }
    }
}

extension Statement {
    /// $1: microseconds that it took.
    fileprivate static let proofRunKeep = Statement(
        "proof_run_keep",
        [
            .int8, .bool, .int8, .int8, .int8, .int8, .int8, .int8, .textArray, .textArray, .textArray, .int8, .text,
        ],
        sql: """
            with gone as (
                delete from proof_run
                where proof_id <= (select proof_id from proof_run order by proof_id desc offset \(ProofRun.keptMax - 1) limit 1)
            )
            insert into proof_run (
                started_at, finished_at, is_proved, balances, lines, defects, lines_without_balance, events_without_line,
                sum_of_accounts, skus, locations, details, audit_entries, audit_defect)
            select clock.now - $1 * interval '1 microsecond', clock.now, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
            from (select clock_timestamp() as now) clock
            """)

    fileprivate static let proofRunLast = Statement(
        "proof_run_last", sql: "select \(ProofRunColumn.selectList) from proof_run order by proof_id desc limit 1")
}

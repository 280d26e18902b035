package import Inventory
package import InventoryService
import LibPQ

/// What is shown of reconciliations.
extension PostgresReconciliationStore {
    package func unfinished(before: Timestamp, limit: Int) async throws(StoreError) -> [StoredReconciliation] {
        try await maintenance.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.reconciliationsUnfinished) {
                $0.timestamptz(before.microseconds)
                $0.int8(Int64(limit))
            }.map(StoredReconciliation.init)
        }
    }

    package func reconciliation(_ id: ReconciliationID) async throws(StoreError) -> StoredReconciliation? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.reconciliationRead) { $0.bytea(id.bytes) }.first.map(StoredReconciliation.init)
        }
    }

    package func lines(
        _ id: ReconciliationID, _ filter: ReconciledLineFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<ReconciledLine> {
        let after = page.after.flatMap { Int32($0) } ?? -1
        let statuses = filter.statuses.map(\.rawValue)
        return try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            var exchange = Exchange.ofList(counted: page.includesTotal)
            let rowsAt = exchange.add(.reconciliationLines) {
                $0.bytea(id.bytes)
                $0.texts(statuses)
                $0.int4(after)
                $0.int8(Int64(page.limit + 1))
            }
            let totalAt =
                page.includesTotal
                ? exchange.add(.reconciliationLinesTotal) {
                    $0.bytea(id.bytes)
                    $0.texts(statuses)
                } : nil
            exchange.endList()
            let results = try session.run(exchange)
            return Page(
                elements: results[rowsAt].prefix(page.limit).map(ReconciledLine.init),
                hasMore: results[rowsAt].count > page.limit, total: totalAt.map { results[$0][0].only.int8 })
        }
    }

    package func reconciliations(
        _ filter: ReconciliationFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<StoredReconciliation> {
        let after = ReconciliationPosition(key: page.after ?? "")
        return try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            var exchange = Exchange.ofList(counted: page.includesTotal)
            let rowsAt = exchange.add(.reconciliationList) {
                $0.text(filter.source?.text)
                $0.text(filter.location?.text)
                $0.timestamptz(after?.createdAt.microseconds)
                $0.bytea(after?.id.bytes)
                $0.int8(Int64(page.limit + 1))
            }
            let totalAt =
                page.includesTotal
                ? exchange.add(.reconciliationCount) {
                    $0.text(filter.source?.text)
                    $0.text(filter.location?.text)
                } : nil
            exchange.endList()
            let results = try session.run(exchange)
            return Page(
                elements: results[rowsAt].prefix(page.limit).map(StoredReconciliation.init),
                hasMore: results[rowsAt].count > page.limit, total: totalAt.map { results[$0][0].only.int8 })
        }
    }

    package func now() async throws(StoreError) -> Timestamp {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.clockRead)[0].only.timestamp
        }
    }
}

/// Behind which reconciliation a page starts.
private struct ReconciliationPosition {
    let createdAt: Timestamp
    let id: ReconciliationID

    init?(key: String) {
        let parts = key.split(separator: " ").map(String.init)
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = ReconciliationID(text: parts[1]) else {
            return nil
        }
        createdAt = Timestamp(microseconds: microseconds)
        guard Timestamp.accepted.contains(createdAt) else { return nil }
        self.id = id
    }
}

extension ReconciledLineFilter {
    fileprivate var statuses: [ReconciledStatus] {
        switch self {
        case .all: ReconciledStatus.allCases
        case .notMatched: ReconciledStatus.allCases.filter { $0 != .matched }
        case .only(let status): [status]
        }
    }
}

extension Statement {
    private static let stored = "from reconciliation r join source s using (source_id)"

    static let reconciliationRead = Statement(
        "reconciliation_read", [.bytea],
        sql: "select \(ReconciliationColumn.selectList) \(stored) where r.reconciliation_id = $1")

    fileprivate static let reconciliationsUnfinished = Statement(
        "reconciliations_unfinished", [.timestamptz, .int8],
        sql: """
            select \(ReconciliationColumn.selectList) \(stored)
            where r.status = 'comparing' and r.created_at < $1 order by r.created_at limit $2
            """)

    fileprivate static let reconciliationLines = Statement(
        "reconciliation_lines", [.bytea, .textArray, .int4, .int8],
        sql: """
            select \(ReconciledLineColumn.selectList)
            from reconciliation_line l
            left join item i using (item_id)
            left join location p on p.location_id = l.location_id
            where l.reconciliation_id = $1 and l.status = any ($2) and l.line > $3
            order by l.line limit $4
            """)

    /// Those that name nothing that is known.
    static let reconciliationLinesUnknown = Statement(
        "reconciliation_lines_unknown", [.bytea],
        sql: """
            select \(ReconciledLineColumn.selectList)
            from reconciliation_line l
            left join item i using (item_id)
            left join location p on p.location_id = l.location_id
            where l.reconciliation_id = $1 and l.status = 'unknown'
            order by l.line
            """)

    fileprivate static let reconciliationLinesTotal = Statement(
        "reconciliation_lines_total", [.bytea, .textArray],
        sql: "select count(*) from reconciliation_line where reconciliation_id = $1 and status = any ($2)")

    private static let matches = """
        ($1::text is null or s.id = $1)
        and ($2::text is null or exists (
            select from location l join reconciliation_place p on p.location_id = l.location_id and p.as_of = r.as_of
            where l.id = $2 and p.reconciliation_id = r.reconciliation_id))
        """

    fileprivate static let reconciliationList = Statement(
        "reconciliation_list", [.text, .text, .timestamptz, .bytea, .int8],
        sql: """
            select \(ReconciliationColumn.selectList) \(stored)
            where \(matches) and ($3::timestamptz is null or (r.created_at, r.reconciliation_id) < ($3, $4))
            order by r.created_at desc, r.reconciliation_id desc limit $5
            """)

    fileprivate static let reconciliationCount = Statement(
        "reconciliation_count", [.text, .text], sql: "select count(*) \(stored) where \(matches)")
}

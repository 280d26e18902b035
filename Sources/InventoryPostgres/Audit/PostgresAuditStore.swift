package import Inventory
package import InventoryService
import LibPQ

/// The audit on PostgreSQL.
package struct PostgresAuditStore: AuditStore {
    private let report: ConnectionPool

    private static let timeout: Duration = .seconds(30)

    package init(pools: PostgresPools) { report = pools.report }

    package func entries(
        _ filter: AuditFilter, before: Int64?, limit: Int
    ) async throws(StoreError) -> Page<AuditEntry> {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            let found = try session.query(filter.key == nil ? .auditList : .auditListOfKey) {
                $0.text(filter.kind?.rawValue)
                $0.text(filter.key)
                $0.text(filter.actor?.text)
                $0.timestamptz(filter.from?.microseconds)
                $0.timestamptz(filter.to?.microseconds)
                $0.int8(before)
                $0.int8(Int64(limit + 1))
            }
            return Page(elements: found.prefix(limit).map(AuditEntry.init), hasMore: found.count > limit, total: nil)
        }
    }

    package func entriesToProve(after: Int64, limit: Int) async throws(StoreError) -> [AuditEntry] {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.auditPage) {
                $0.int8(after)
                $0.int8(Int64(limit))
            }.map(AuditEntry.init)
        }
    }

    package func head() async throws(StoreError) -> (sequence: Int64, chain: Digest) {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            var row = RowCursor(try session.query(.auditHead)[0])
            return (row.int8(), Digest(stored: row.bytea()))
        }
    }
}

/// The columns of entry `a`.
private enum AuditColumn: Int32, SelectedColumn {
    case sequence, at, actor, action, kind, keys, object, chain

    var selected: String { "a.\(self)" }
}

extension AuditEntry {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<AuditColumn>(row)
        self.init(
            sequence: row.int8(.sequence), at: row.requiredTimestamp(.at),
            actor: row.textIfPresent(.actor).map(ActorName.init(stored:)), action: .init(stored: row.text(.action)),
            kind: .init(stored: row.text(.kind)), keys: row.texts(.keys), object: row.textIfPresent(.object),
            chain: Digest(stored: row.bytea(.chain)))
    }
}

extension Statement {
    fileprivate static let auditList = list("audit_list", of: "audit_entry")

    /// Found by its key first: in the order of the list, one that was changed once would be looked for to the very first entry.
    fileprivate static let auditListOfKey = list(
        "audit_list_of_key", of: "(select * from audit_entry e where e.keys @> array[$2] offset 0)")

    private static func list(_ name: String, of rows: String) -> Statement {
        Statement(
            name, [.text, .text, .text, .timestamptz, .timestamptz, .int8, .int8],
            sql: """
                select \(AuditColumn.selectList)
                from \(rows) a
                where ($1::text is null or a.kind = $1) and ($2::text is null or a.keys @> array[$2])
                  and ($3::text is null or a.actor = $3) and ($4::timestamptz is null or a.at >= $4)
                  and ($5::timestamptz is null or a.at < $5) and ($6::int8 is null or a.sequence < $6)
                order by a.sequence desc limit $7
                """)
    }

    fileprivate static let auditPage = Statement(
        "audit_page", [.int8, .int8],
        sql: """
            select \(AuditColumn.selectList) from audit_entry a where a.sequence > $1 order by a.sequence limit $2
            """)

    fileprivate static let auditHead = Statement("audit_head", sql: "select sequence, chain from audit_head")
}

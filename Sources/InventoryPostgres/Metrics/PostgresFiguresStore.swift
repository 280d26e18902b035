package import InventoryService
import LibPQ

/// What an operator watches. Whoever scrapes it often has it from a cache in front of this.
package struct PostgresFiguresStore: FiguresStore {
    private let report: ConnectionPool

    /// Shorter than scrapers wait.
    private static let timeout: Duration = .seconds(5)

    package init(pools: PostgresPools) { report = pools.report }

    package func figures() async throws(StoreError) -> DatabaseFigures {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            let figuresAt = exchange.add(.metricFigures) { $0.int8(DatabaseFigures.countedMax) }
            let exceptionsAt = exchange.add(.metricExceptions)
            let webhooksAt = exchange.add(.metricWebhooks) { $0.int8(Int64(DatabaseFigures.webhooksMax)) }
            let results = try session.run(exchange)
            let row = ColumnReader<FigureColumn>(results[figuresAt][0])
            var figures = DatabaseFigures()
            figures.parkedLines = row.int8(.parkedLines)
            figures.silentLocations = row.int8(.silentLocations)
            figures.untoldCommits = row.int8(.untoldCommits)
            figures.webhookDeadLetters = row.int8(.deadLetters)
            figures.databaseBytes = row.int8(.databaseBytes)
            if !row.isNull(.isProved) {
                figures.proof = .init(isProved: row.bool(.isProved), ageSeconds: Double(row.int8(.proofAge)) / 1_000)
            }
            for row in results[exceptionsAt] {
                let row = ColumnReader<NamedCountColumn>(row)
                figures.exceptions[row.text(.name)] = row.int8(.count)
            }
            for row in results[webhooksAt] {
                let row = ColumnReader<NamedCountColumn>(row)
                figures.webhooksBehind[row.text(.name)] = row.int8(.count)
            }
            return figures
        }
    }
}

/// `$1` is up to how many are counted. `proof` is the last one, which may be missing.
private enum FigureColumn: Int32, SelectedColumn {
    case parkedLines, silentLocations, untoldCommits, deadLetters, databaseBytes, isProved
    /// Milliseconds.
    case proofAge

    var selected: String {
        switch self {
        case .parkedLines: "(select count(*) from (select from parked_line limit $1) p)"
        case .silentLocations:
            "(select count(*) from location l where l.deleted_at is null and \(Statement.isSilent))"
        case .untoldCommits:
            """
            greatest(0, coalesce((select max(c.commit_id) from commit_log c), 0)
                - coalesce((select p.high from feed_progress p where p.is_only), 0))
            """
        case .deadLetters:
            "(select count(*) from (select from webhook_set_aside s where s.died_at is not null limit $1) s)"
        case .databaseBytes: "pg_database_size(current_database())"
        case .isProved: "proof.is_proved"
        case .proofAge: "(extract(epoch from statement_timestamp() - proof.finished_at) * 1000)::int8"
        }
    }
}

private enum NamedCountColumn: Int32, ColumnTable {
    case name, count
}

extension Statement {
    fileprivate static let metricFigures = Statement(
        "metric_figures", [.int8],
        sql: """
            select \(FigureColumn.selectList)
            from (select) one
            left join lateral (
                select p.is_proved, p.finished_at from proof_run p order by p.proof_id desc limit 1
            ) proof on true
            """)

    /// The open ones have an index of their own.
    fileprivate static let metricExceptions = Statement(
        "metric_exceptions",
        sql: "select e.type, count(*) from exception e where e.status <> 'resolved' group by e.type order by e.type")

    fileprivate static let metricWebhooks = Statement(
        "metric_webhooks", [.int8],
        sql: """
            select w.id, greatest(0, p.newest - s.position)
            from webhook w
            cross join lateral (select s.position from webhook_state s where s.webhook_id = w.id offset 0) s
            cross join feed_progress p
            where p.is_only and w.enabled
            order by w.id limit $1
            """)
}

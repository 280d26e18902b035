import Inventory
package import InventoryService
import LibPQ

/// How much is waiting, of what, and for how long.
extension PostgresExceptionStore {
    package func summary(_ filter: ExceptionFilter) async throws(StoreError) -> Dated<[ExceptionSummary]> {
        var filter = filter
        filter.status = nil
        return try await report.perform(timeout: Self.listTimeout) { [filter] session throws(PQError) in
            var exchange = Exchange()
            let clockAt = exchange.add(.clockRead)
            let rowsAt = exchange.add(.exceptionSummary) { $0.filter(filter) }
            let results = try session.run(exchange)
            return Dated(results[rowsAt].map(ExceptionSummary.init), asOf: results[clockAt][0].only.timestamp)
        }
    }
}

/// Of exceptions `e` of one type.
private enum ExceptionSummaryColumn: Int32, SelectedColumn {
    case type, open, assigned, withinHour, withinDay, withinWeek, older, oldestOpenedAt

    var selected: String {
        switch self {
        case .type: "e.type"
        case .open: "count(*) filter (where e.status = 'open')"
        case .assigned: "count(*) filter (where e.status = 'assigned')"
        case .withinHour: Self.opened(from: "1 hour", to: nil)
        case .withinDay: Self.opened(from: "1 day", to: "1 hour")
        case .withinWeek: Self.opened(from: "7 days", to: "1 day")
        case .older: Self.opened(from: nil, to: "7 days")
        case .oldestOpenedAt: "min(e.opened_at)"
        }
    }

    /// So long ago, the later end left out.
    private static func opened(from: String?, to: String?) -> String {
        let conditions = [
            from.map { "e.opened_at > statement_timestamp() - interval '\($0)'" },
            to.map { "e.opened_at <= statement_timestamp() - interval '\($0)'" },
        ].compactMap(\.self)
        return "count(*) filter (where \(conditions.joined(separator: " and ")))"
    }
}

extension ExceptionSummary {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<ExceptionSummaryColumn>(row)
        self.init(
            type: .init(stored: row.text(.type)), open: row.int8(.open), assigned: row.int8(.assigned),
            withinHour: row.int8(.withinHour), withinDay: row.int8(.withinDay), withinWeek: row.int8(.withinWeek),
            older: row.int8(.older), oldestOpenedAt: row.requiredTimestamp(.oldestOpenedAt))
    }
}

extension Statement {
    fileprivate static let exceptionSummary = Statement(
        "exception_summary", exceptionFilterParameters,
        sql: """
            select \(ExceptionSummaryColumn.selectList)
            from exception e left join source s using (source_id)
            where \(exceptionMatches)
            group by e.type order by e.type collate "C"
            """)
}

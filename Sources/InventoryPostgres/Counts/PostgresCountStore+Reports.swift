package import Inventory
package import InventoryService
import LibPQ

/// What counts found, and what to count next.
extension PostgresCountStore: CountReportStore {
    package func findings(
        _ id: CountID, _ page: PageRequest
    ) async throws(StoreError) -> (page: Page<CountFinding>, summary: CountAccuracy?) {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try session.findings(of: id, page)
        }
    }

    package func accuracy(
        _ filter: CountFilter, _ page: PageRequest
    ) async throws(StoreError) -> Result<Page<CountAccuracy>, UnknownInCount> {
        let after = (page.after ?? "").split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
        return try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            let (item, location) = try Self.numbers(of: filter.item, filter.location, on: session)
            if filter.item != nil, item == nil { return .failure(.item) }
            if filter.location != nil, location == nil { return .failure(.location) }
            func write(_ writer: inout ParameterWriter) {
                writer.int8(item)
                writer.int4(location)
                writer.timestamptz(filter.from?.microseconds)
                writer.timestamptz(filter.to?.microseconds)
                writer.bool(filter.byItem)
            }
            var exchange = Exchange.ofList(counted: page.includesTotal)
            let rowsAt = exchange.add(.countAccuracy) {
                write(&$0)
                $0.text(after.first ?? "")
                $0.text(after.count > 1 ? after[1] : "")
                $0.int8(Int64(page.limit + 1))
            }
            let totalAt = page.includesTotal ? exchange.add(.countAccuracyTotal, write) : nil
            exchange.endList()
            let results = try session.run(exchange)
            return .success(
                Page(
                    elements: results[rowsAt].prefix(page.limit).map(CountAccuracy.init),
                    hasMore: results[rowsAt].count > page.limit, total: totalAt.map { results[$0][0].only.int8 }))
        }
    }

    /// Nil where nothing is named, or nothing is known by the name.
    private static func numbers(
        of item: ItemReference?, _ location: LocationID?, on session: Session
    ) throws(PQError) -> (item: Int64?, location: Int32?) {
        var row = RowCursor(
            try session.query(.countNames) {
                $0.text(item?.system?.text)
                $0.text(item?.text)
                $0.text(location?.text)
            }[0])
        return (row.int8IfPresent(), row.int4IfPresent())
    }

    package func candidates(
        _ location: LocationID, after: ItemNumber?, limit: Int
    ) async throws(StoreError) -> (candidates: [CountCandidate], last: ItemNumber?)? {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            guard let number = try Self.numbers(of: nil, location, on: session).location else { return nil }
            let rows = try session.query(.countCandidates) {
                $0.int4(number)
                $0.int8(after?.rawValue ?? 0)
                $0.int8(Int64(limit))
            }.map { ColumnReader<CountCandidateColumn>($0) }
            let last = rows.count < limit ? nil : rows.last.map { ItemNumber($0.int8(.item)) }
            return (rows.map(CountCandidate.init), last)
        }
    }
}

extension Session {
    /// A page of what a count found, by item, and the sum of all of it; nil where it found nothing.
    func findings(
        of id: CountID, _ page: PageRequest
    ) throws(PQError) -> (page: Page<CountFinding>, summary: CountAccuracy?) {
        let after = (page.after ?? "").split(separator: "\u{1F}").map(String.init)
        var exchange = Exchange.ofList(counted: page.includesTotal)
        let rowsAt = exchange.add(.countFindings) {
            $0.bytea(id.bytes)
            $0.text(after.first ?? "")
            $0.int2(after.count > 1 ? Int16(after[1]) ?? 0 : 0)
            $0.int8(Int64(page.limit + 1))
        }
        let totalAt = page.includesTotal ? exchange.add(.countFindingsTotal) { $0.bytea(id.bytes) } : nil
        let summaryAt = exchange.add(.countSummary) { $0.bytea(id.bytes) }
        exchange.endList()
        let results = try run(exchange)
        let findings = Page(page, results[rowsAt], total: totalAt.map { results[$0][0].only.int8 }) { CountFinding($0) }
        return (findings, results[summaryAt].first.map(CountAccuracy.init))
    }
}

extension Statement {
    fileprivate static let countNames = Statement(
        "count_names", [.text, .text, .text],
        sql: """
            select (select item_id from (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i),
                   (select location_id from location where id = $3 and deleted_at is null)
            """)

    /// A complete count has also found none of what was first heard of later, where facts say that there was some.
    private static let isFinding = "(c.is_stated or c.variance <> 0 or c.suspect_variance <> 0)"

    fileprivate static let countFindings = Statement(
        "count_findings", [.bytea, .text, .int2, .int8],
        sql: """
            select \(CountFindingColumn.selectList)
            from count_line c join item i using (item_id)
            where c.count_id = $1 and \(isFinding) and (i.sku, c.bucket) > ($2, $3)
            order by i.sku, c.bucket limit $4
            """)

    fileprivate static let countFindingsTotal = Statement(
        "count_findings_total", [.bytea],
        sql: "select count(*) from count_line c where c.count_id = $1 and \(isFinding)")

    fileprivate static let countSummary = Statement(
        "count_summary", [.bytea],
        sql: """
            select \(CountAccuracyColumn.selectList(sku: "null::text"))
            from count_line c join location l using (location_id)
            where c.count_id = $1 and \(isFinding)
            group by l.id
            """)

    private static let accuracyParameters: [PQType] = [.int8, .int4, .timestamptz, .timestamptz, .bool]

    private static let accuracySKU = "case when $5 then i.sku end"

    /// Of sellable units only: damaged goods are counted to be written off.
    private static let accuracy = """
        from count_line c join location l using (location_id) join item i using (item_id)
        where \(isFinding) and c.bucket = 1
          and ($1::int8 is null or c.item_id = $1) and ($2::int4 is null or c.location_id = $2)
          and ($3::timestamptz is null or c.counted_at >= $3) and ($4::timestamptz is null or c.counted_at < $4)
        group by l.id, \(accuracySKU)
        """

    fileprivate static let countAccuracy = Statement(
        "count_accuracy", accuracyParameters + [.text, .text, .int8],
        sql: """
            select \(CountAccuracyColumn.selectList(sku: accuracySKU)) \(accuracy)
            having (l.id, coalesce(\(accuracySKU), '')) > ($6, $7)
            order by l.id, \(accuracySKU) limit $8
            """)

    fileprivate static let countAccuracyTotal = Statement(
        "count_accuracy_total", accuracyParameters, sql: "select count(*) from (select 1 \(accuracy)) g")

    /// The last year's counts say how much an item's figure is to be trusted.
    fileprivate static let countCandidates = Statement(
        "count_candidates", [.int4, .int8, .int8],
        sql: """
            select \(CountCandidateColumn.selectList)
            from (
                select * from balance
                where location_id = $1 and item_id > $2 and version > 0 order by item_id limit $3
            ) b
            join item i using (item_id)
            join location l using (location_id)
            left join (
                select item_id, count(*) as counts, count(*) filter (where variance <> 0) as wrong,
                       avg(abs(variance)) as mean
                from count_line
                where location_id = $1 and counted_at > statement_timestamp() - interval '365 days' and is_stated
                  and bucket = 1
                group by item_id
            ) s using (item_id)
            left join count_task t on t.location_id = b.location_id and t.item_id = b.item_id
            order by b.item_id
            """)
}

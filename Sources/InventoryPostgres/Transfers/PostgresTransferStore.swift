package import Inventory
package import InventoryService
import LibPQ

/// Transfers, and what waits for inspection, as they are committed.
package struct PostgresTransferStore: TransferStore {
    private let read: ConnectionPool
    private let report: ConnectionPool

    private static let timeout: Duration = .seconds(5)
    private static let reportTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        read = pools.read
        report = pools.report
    }

    package func transfer(_ id: TransferID) async throws(StoreError) -> TransferAnswer? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            let clockAt = exchange.add(.clockRead)
            let rowsAt = exchange.add(.transferRead) { $0.byteas([id]) { $0.bytes } }
            let results = try session.run(exchange)
            return results[rowsAt].first.map {
                TransferAnswer(transfer: Transfer($0), asOf: results[clockAt][0].only.timestamp)
            }
        }
    }

    package func transfers(with reference: Reference, limit: Int) async throws(StoreError) -> [TransferID] {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.transfersWithReference) {
                $0.text(reference.text)
                $0.int8(Int64(limit))
            }.map { TransferID(stored: $0.only.bytea) }
        }
    }

    package func transfers(
        _ filter: TransferFilter, after: TransferID?, limit: Int, includesTotal: Bool
    ) async throws(StoreError) -> Dated<Page<TransferAnswer>> {
        try await report.perform(timeout: Self.reportTimeout) { session throws(PQError) in
            func write(_ writer: inout ParameterWriter) {
                writer.text(filter.from?.text)
                writer.text(filter.to?.text)
                writer.text(filter.state?.rawValue)
                writer.text(filter.reference?.text)
                writer.bool(filter.overdue)
            }
            var exchange = Exchange.ofList(counted: includesTotal)
            let clockAt = exchange.add(.clockRead)
            let rowsAt = exchange.add(.transferList) {
                write(&$0)
                $0.bytea(after?.bytes)
                $0.int8(Int64(limit + 1))
            }
            let totalAt = includesTotal ? exchange.add(.transferCount, write) : nil
            exchange.endList()
            let results = try session.run(exchange)
            let asOf = results[clockAt][0].only.timestamp
            let rows = results[rowsAt]
            let transfers = rows.prefix(limit).map { TransferAnswer(transfer: Transfer($0), asOf: asOf) }
            let page = Page(
                elements: transfers, hasMore: rows.count > limit, total: totalAt.map { results[$0][0].only.int8 })
            return Dated(page, asOf: asOf)
        }
    }

    package func inspections(
        of item: ItemReference?, at location: LocationID?, _ page: PageRequest
    ) async throws(StoreError) -> Result<Page<InspectionEntry>, UnknownInInspection> {
        let key = page.after?.split(separator: "\u{1F}", maxSplits: 1).map(String.init) ?? []
        return try await report.perform(timeout: Self.reportTimeout) { session throws(PQError) in
            var named = RowCursor(
                try session.query(.inspectionNames) {
                    $0.text(item?.system?.text)
                    $0.text(item?.text)
                    $0.text(location?.text)
                }[0])
            let (itemNumber, place) = (named.int8IfPresent(), named.int4IfPresent())
            if item != nil, itemNumber == nil { return .failure(.item) }
            if location != nil, place == nil { return .failure(.location) }
            var exchange = Exchange()
            let rowsAt = exchange.add(.inspectionList) {
                $0.int8(itemNumber)
                $0.int4(place)
                $0.text(key.first)
                $0.text(key.last)
                $0.int8(Int64(page.limit + 1))
            }
            let totalAt =
                page.includesTotal
                ? exchange.add(.inspectionCount) {
                    $0.int8(itemNumber)
                    $0.int4(place)
                } : nil
            let results = try session.run(exchange)
            let rows = results[rowsAt]
            let entries = rows.prefix(page.limit).map(InspectionEntry.init)
            return .success(
                Page(
                    elements: entries, hasMore: rows.count > page.limit, total: totalAt.map { results[$0][0].only.int8 }
                ))
        }
    }
}

private enum InspectionColumn: Int32, SelectedColumn {
    case location, sku, units, since, reference

    var selected: String {
        switch self {
        case .location: "q.location"
        case .sku: "q.sku"
        case .units: "q.inspection"
        case .since: "since.recorded_at"
        case .reference: "last.reference"
        }
    }
}

extension InspectionEntry {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<InspectionColumn>(row)
        self.init(
            sku: SKU(stored: row.text(.sku)), location: LocationID(stored: row.text(.location)),
            units: row.int8(.units),
            since: row.timestamp(.since), reference: row.textIfPresent(.reference).map(Reference.init(stored:)))
    }
}

extension Statement {
    private static let filters: [PQType] = [.text, .text, .text, .text, .bool]

    private static let filtered = """
        from transfer t
        where ($1::text is null or t.from_location = $1) and ($2::text is null or t.to_location = $2)
          and ($3::text is null or t.state = $3) and ($4::text is null or t.reference = $4)
          and ($5::boolean is null
               or $5 = (t.state in ('draft', 'shipped') and coalesce(t.expected_at < transaction_timestamp(), false)))
        """

    fileprivate static let transfersWithReference = Statement(
        "transfers_with_reference", [.text, .int8],
        sql: "select t.transfer_id from transfer t where t.reference = $1 order by t.transfer_id desc limit $2")

    fileprivate static let transferList = Statement(
        "transfer_list", filters + [.bytea, .int8],
        sql: """
            select \(TransferColumn.selectList) \(filtered) and ($6::bytea is null or t.transfer_id > $6)
            order by t.transfer_id limit $7
            """)

    fileprivate static let transferCount = Statement("transfer_count", filters, sql: "select count(*) \(filtered)")

    fileprivate static let inspectionNames = Statement(
        "inspection_names", [.text, .text, .text],
        sql: """
            select (select item_id from (\(AvailabilitySQL.item(system: "$1", code: "$2"))) i),
                   (select location_id from location where id = $3)
            """)

    private static let inspected = """
        from balance b
        join location l using (location_id)
        join item i using (item_id)
        where b.inspection > 0 and ($1::int8 is null or b.item_id = $1) and ($2::int4 is null or b.location_id = $2)
        """

    /// Since when: the first line after the last at which there were none. The last that brought some says what for.
    fileprivate static let inspectionList = Statement(
        "inspection_list", [.int8, .int4, .text, .text, .int8],
        sql: """
            select \(InspectionColumn.selectList)
            from (
                select l.id as location, i.sku, b.item_id, b.location_id, b.inspection \(inspected)
                  and ($3::text is null or (l.id, i.sku) > ($3, $4))
                order by l.id, i.sku limit $5
            ) q
            left join lateral (
                select min(m.recorded_at) as recorded_at
                from movement m
                where m.item_id = q.item_id and m.location_id = q.location_id and m.inspection_after > 0
                  and m.recorded_at > coalesce((
                      select max(e.recorded_at) from movement e
                      where e.item_id = q.item_id and e.location_id = q.location_id
                        and (e.inspection_after is null or e.inspection_after <= 0)), '-infinity')
            ) since on true
            left join lateral (
                select m.reference from movement m
                where m.item_id = q.item_id and m.location_id = q.location_id
                  and (m.bucket = \(Bucket.inspection.rawValue) and m.units > 0
                       or m.counter_account = \(Bucket.inspection.rawValue) and m.units < 0)
                order by m.recorded_at desc limit 1
            ) last on true
            order by q.location, q.sku
            """)

    fileprivate static let inspectionCount = Statement(
        "inspection_count", [.int8, .int4], sql: "select count(*) \(inspected)")
}

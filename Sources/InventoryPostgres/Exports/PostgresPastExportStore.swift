package import Inventory
package import InventoryService
import LibPQ

/// The past of all items, read on the connections of reports.
package struct PostgresPastExportStore: PastExportStore {
    private let report: ConnectionPool

    private static let timeout: Duration = .seconds(30)
    /// Pairs of an item and a location that one page looks at, and items.
    private static let pairsPerPage = 20_000
    private static let itemsPerPage = 1_000

    package init(pools: PostgresPools) { report = pools.report }

    package func start(_ export: PastExport) async throws(StoreError) -> Result<ItemNumber?, PastExportRefusal> {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            let head = ColumnReader<PastExportHeadColumn>(
                try session.query(.pastExportHead) {
                    $0.text(export.after?.text)
                    $0.text(export.location?.text)
                }[0])
            guard export.instant <= head.requiredTimestamp(.now) else { return .failure(.future) }
            let after = head.int8IfPresent(.after).map(ItemNumber.init)
            guard export.after == nil || after != nil else { return .failure(.item) }
            switch export.basis {
            case .occurred:
                guard export.location == nil || head.int4IfPresent(.location) != nil else { return .failure(.location) }
            case .recorded:
                switch try PastItemQuestion(export).placesThen(on: session) {
                case .success: break
                case .failure(.group): return .failure(.group)
                case .failure: return .failure(.location)
                }
            }
            return .success(after)
        }
    }

    package func page(_ export: PastExport, after: ItemNumber?) async throws(StoreError) -> PastExportPage {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            switch export.basis {
            case .recorded: try Self.known(export, after: after, on: session)
            case .occurred: try Self.occurred(export, after: after, on: session)
            }
        }
    }

    private static func known(
        _ export: PastExport, after: ItemNumber?, on session: Session
    ) throws(PQError) -> PastExportPage {
        let question = PastItemQuestion(export)
        // It was there when the export started, and nobody changes the past.
        guard case .success(let there) = try question.placesThen(on: session) else {
            return PastExportPage(rows: .known([]), last: nil)
        }
        let limit = itemsPerPage(at: there.places.count)
        let items = try session.query(.pastItems) {
            $0.int8(after?.rawValue ?? .min)
            $0.timestamptz(export.instant.microseconds)
            $0.int8(Int64(limit))
        }.map { PastItemQuestion.Part($0) }
        let found = try question.found(items, at: there.places, in: there.scope, on: session)
        return PastExportPage(rows: .known(found), last: items.count < limit ? nil : items.last?.number)
    }

    private static func occurred(
        _ export: PastExport, after: ItemNumber?, on session: Session
    ) throws(PQError) -> PastExportPage {
        let head = ColumnReader<PastExportHeadColumn>(
            try session.query(.pastExportHead) {
                $0.text(nil)
                $0.text(export.location?.text)
            }[0])
        let place = head.int4IfPresent(.location)
        let limit = itemsPerPage(at: export.location == nil ? Int(head.int8(.locations)) : 1)
        let items = try session.query(.exportItems) {
            $0.int8(after?.rawValue ?? .min)
            $0.int8(Int64(limit))
        }.map { $0.only.int8 }
        let rows = try session.query(.pastOccurred) {
            $0.int8s(items) { $0 }
            $0.int4(place)
            $0.timestamptz(export.instant.microseconds)
        }.map(OccurredBalance.init(exported:))
        return PastExportPage(rows: .occurred(rows), last: items.count < limit ? nil : items.last.map(ItemNumber.init))
    }

    private static func itemsPerPage(at places: Int) -> Int {
        max(1, min(itemsPerPage, pairsPerPage / max(1, places)))
    }
}

extension PastItemQuestion {
    fileprivate init(_ export: PastExport) {
        self.init(
            filter: export.network, named: export.location.map { [$0] } ?? [], around: nil, instant: export.instant)
    }
}

/// What an export of the past begins with: behind item `$1`, at location `$2`.
private enum PastExportHeadColumn: Int32, SelectedColumn {
    case now, after, location, locations

    var selected: String {
        switch self {
        case .now: "statement_timestamp()"
        case .after: "(select item_id from item where sku = $1)"
        case .location: "(select location_id from location where id = $2 and deleted_at is null)"
        case .locations: "(select count(*) from location)"
        }
    }
}

/// Whose balance `b` what had occurred is of, in front of `OccurredBalanceColumn` and `UnitsOccurredColumn`: item `i`.
private enum OccurredItemColumn: Int32, SelectedColumn {
    case sku, isKit

    var selected: String {
        switch self {
        case .sku: "i.sku"
        case .isKit: "i.rules & \(ItemRules.kit) <> 0"
        }
    }
}

extension OccurredBalance {
    fileprivate init(exported row: Row) {
        let item = ColumnReader<OccurredItemColumn>(row)
        let balance = ColumnReader<OccurredBalanceColumn>(row, from: OccurredItemColumn.count)
        let units = ColumnReader<UnitsOccurredColumn>(row, from: OccurredItemColumn.count + OccurredBalanceColumn.count)
        self.init(
            sku: SKU(stored: item.text(.sku)), location: LocationID(stored: balance.text(.location)),
            figures: Figures(units), version: balance.int8(.version), countedAt: balance.timestamp(.countedAt))
        isKit = item.bool(.isKit)
    }
}

extension Statement {
    fileprivate static let pastExportHead = Statement(
        "past_export_head", [.text, .text], sql: "select \(PastExportHeadColumn.selectList)")

    fileprivate static let exportItems = Statement(
        "export_items", [.int8, .int8],
        sql: "select item_id from item where item_id > $1 order by item_id limit $2")

    /// Items that were known at an instant, as they were.
    fileprivate static let pastItems = Statement(
        "past_items", [.int8, .timestamptz, .int8],
        sql: """
            select \(PastItemColumn.selectList)
            from item i
            cross join lateral (
                select h.name, h.status from item_history h
                where h.item_id = i.item_id and h.recorded_at <= $2 order by h.version desc limit 1
            ) h
            where i.item_id > $1
            order by i.item_id limit $3
            """)

    fileprivate static let pastOccurred = Statement(
        "past_occurred", [.int8Array, .int4, .timestamptz],
        sql: """
            with asked as materialized (
                select b.item_id, b.location_id, row_number() over () as ord
                from balance b
                where b.item_id = any ($1) and ($2::int4 is null or b.location_id = $2) and b.version > 0
            )
            select \(OccurredItemColumn.selectList), \(OccurredBalanceColumn.selectList), \(UnitsOccurredColumn.selectList)
            from units_occurred(
                array(select item_id from asked order by ord), array(select location_id from asked order by ord),
                array(select $3::timestamptz from asked)) u
            join balance b on b.item_id = u.item_id and b.location_id = u.location_id
            join item i on i.item_id = u.item_id
            join location l on l.location_id = u.location_id
            order by u.item_id, l.id
            """)
}

package import Inventory
package import InventoryService
import LibPQ

/// What reconciliations and counts found at a location, day by day.
extension PostgresReconciliationStore: DiscrepancyStore {
    package func discrepancies(
        at location: LocationID, from: Int64?, to: Int64?
    ) async throws(StoreError) -> Result<DiscrepancyReport, DiscrepancyRejection> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            guard let row = try session.query(.discrepancyPlace, { $0.text(location.text) }).first else {
                return .failure(.unknownLocation)
            }
            let place = ColumnReader<PlaceColumn>(row)
            let end = to ?? Int64(place.int4(.today)) + 1
            let first = from ?? end - DiscrepancyReport.daysDefault
            guard first < end, end - first <= DiscrepancyReport.daysMax else { return .failure(.wrongDays) }
            var found: [Int64: Discrepancies] = [:]
            let rows = try session.query(.discrepancyDays) {
                $0.int4(place.int4(.number))
                $0.text(place.text(.timeZone))
                $0.int4(Int32(first))
                $0.int4(Int32(end))
            }
            for row in rows {
                let row = ColumnReader<DayColumn>(row)
                var discrepancies = Discrepancies()
                discrepancies.matched = row.int8(.matched)
                discrepancies.explained = row.int8(.explained)
                discrepancies.discrepant = row.int8(.discrepant)
                discrepancies.unitsOff = row.int8(.unitsOff)
                found[Int64(row.int4(.day))] = discrepancies
            }
            return .success(
                DiscrepancyReport(
                    mode: .init(stored: place.text(.mode)), timeZone: place.text(.timeZone),
                    days: (first..<end).map { ($0, found[$0] ?? Discrepancies()) },
                    asOf: place.requiredTimestamp(.now)))
        }
    }
}

/// The location that is asked about. Days count from 1970-01-01, in its own time zone.
private enum PlaceColumn: Int32, SelectedColumn {
    case number, mode, timeZone, today, now

    var selected: String {
        switch self {
        case .number: "location_id"
        case .mode: "mode"
        case .timeZone: "time_zone"
        case .today: "(statement_timestamp() at time zone time_zone)::date - date '1970-01-01'"
        case .now: "statement_timestamp()"
        }
    }
}

/// What was compared on a day in time zone `$2`.
private enum DayColumn: Int32, SelectedColumn {
    case day, matched, explained, discrepant, unitsOff

    var selected: String {
        switch self {
        case .day: "(instant at time zone $2)::date - date '1970-01-01'"
        case .matched: "sum(matched)::int8"
        case .explained: "sum(explained)::int8"
        case .discrepant: "sum(discrepant)::int8"
        case .unitsOff: UnitSum.of("units_off")
        }
    }
}

extension Statement {
    fileprivate static let discrepancyPlace = Statement(
        "discrepancy_place", [.text],
        sql: "select \(PlaceColumn.selectList) from location where id = $1 and deleted_at is null")

    /// A count of sellable units is a comparison too, unless it is how the balance began: then nothing was believed before.
    /// By the same rule nothing is raised for it.
    fileprivate static let discrepancyDays = Statement(
        "discrepancy_days", [.int4, .text, .int4, .int4],
        sql: """
            with asked as materialized (
                select (date '1970-01-01' + $3)::timestamp at time zone $2 as starts,
                       (date '1970-01-01' + $4)::timestamp at time zone $2 as ends
            ),
            compared as (
                select p.as_of as instant, p.matched, p.explained, p.discrepant, p.units_off
                from asked join reconciliation_place p on p.as_of >= asked.starts and p.as_of < asked.ends
                where p.location_id = $1
                union all
                select c.counted_at, (c.variance = 0)::int4, 0, (c.variance <> 0)::int4, abs(c.variance)
                from asked join count_line c on c.counted_at >= asked.starts and c.counted_at < asked.ends
                where c.location_id = $1 and c.bucket = 1
                  and (c.is_stated or c.variance <> 0 or c.suspect_variance <> 0)
                  and (c.variance = 0 or c.quantity <> c.variance or exists (
                      select from count_line b
                      where b.item_id = c.item_id and b.location_id = c.location_id and b.bucket = 1
                        and b.counted_at < c.counted_at))
            )
            select \(DayColumn.selectList)
            from compared
            group by \(DayColumn.day.ordinal)
            """)
}

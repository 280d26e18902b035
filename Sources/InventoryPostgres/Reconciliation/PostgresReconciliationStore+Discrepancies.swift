package import Inventory
package import InventoryService
import LibPQ

/// What reconciliations and counts found at a location, day by day.
extension PostgresReconciliationStore: DiscrepancyStore {
    package func discrepancies(
        at location: LocationID, from: Int64?, to: Int64?
    ) async throws(StoreError) -> Result<DiscrepancyReport, DiscrepancyRejection> {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            guard let place = try session.query(.discrepancyPlace, { $0.text(location.text) }).first else {
                return .failure(.unknownLocation)
            }
            let end = to ?? Int64(place.int4(3)) + 1
            let first = from ?? end - DiscrepancyReport.daysDefault
            guard first < end, end - first <= DiscrepancyReport.daysMax else { return .failure(.wrongDays) }
            var found: [Int64: Discrepancies] = [:]
            let rows = try session.query(.discrepancyDays) {
                $0.int4(place.int4(0))
                $0.text(place.text(2))
                $0.int4(Int32(first))
                $0.int4(Int32(end))
            }
            for row in rows {
                var discrepancies = Discrepancies()
                discrepancies.matched = row.int8(1)
                discrepancies.explained = row.int8(2)
                discrepancies.discrepant = row.int8(3)
                discrepancies.unitsOff = row.int8(4)
                found[Int64(row.int4(0))] = discrepancies
            }
            return .success(
                DiscrepancyReport(
                    mode: .init(stored: place.text(1)), timeZone: place.text(2),
                    days: (first..<end).map { ($0, found[$0] ?? Discrepancies()) },
                    asOf: place.requiredTimestamp(4)))
        }
    }
}

extension Statement {
    /// Number, mode, time zone and today of a location.
    fileprivate static let discrepancyPlace = Statement(
        "discrepancy_place", [.text],
        sql: """
            select location_id, mode, time_zone,
                   (statement_timestamp() at time zone time_zone)::date - date '1970-01-01', statement_timestamp()
            from location where id = $1 and deleted_at is null
            """)

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
            select (instant at time zone $2)::date - date '1970-01-01', sum(matched)::int8, sum(explained)::int8,
                   sum(discrepant)::int8, sum(units_off)::int8
            from compared
            group by 1
            """)
}

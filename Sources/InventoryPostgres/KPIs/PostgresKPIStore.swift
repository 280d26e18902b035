package import Inventory
package import InventoryService
import LibPQ

/// Figures of days, worked out on the connections of reports.
package struct PostgresKPIStore: KPIStore {
    private let report: ConnectionPool

    private static let timeout: Duration = .seconds(30)

    package init(pools: PostgresPools) { report = pools.report }

    package func figures(
        _ filter: KPIFilter, after: (day: Int64, location: LocationID)?, limit: Int
    ) async throws(StoreError) -> Result<Dated<Page<LocationFigures>>, UnknownInKPIs> {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            var names = RowCursor(
                try session.query(.kpiNames) {
                    $0.text(filter.location?.text)
                    $0.text(filter.group?.text)
                }[0])
            let (location, group) = (names.int4IfPresent(), names.int4IfPresent())
            let now = names.requiredTimestamp()
            if filter.location != nil, location == nil { return .failure(.location) }
            if filter.group != nil, group == nil { return .failure(.group) }
            let rows = try session.query(.kpiDays) {
                $0.int4(Int32(clamping: filter.days.lowerBound))
                $0.int4(Int32(clamping: filter.days.upperBound))
                $0.int4(location)
                $0.int4(group)
                $0.int4(after.map { Int32(clamping: $0.day) })
                $0.text(after?.location.text)
                $0.int8(Int64(limit + 1))
            }
            let days = rows.prefix(limit).map { NumberedDay($0) }
            let samples = try Self.samples(of: days, on: session)
            let figures = zip(days, samples).map { LocationFigures(day: $0.day, figures: DailyFigures($1)) }
            return .success(
                Dated(Page(elements: figures, hasMore: rows.count > limit, total: nil), asOf: now))
        }
    }

    package func evidence(
        _ kpi: KPI, on day: Int64, at location: LocationID, after: KPIPosition?, limit: Int
    ) async throws(StoreError) -> Result<(evidence: [KPIEvidence], hasMore: Bool), UnknownInKPIs> {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            var names = RowCursor(
                try session.query(.kpiNames) {
                    $0.text(location.text)
                    $0.text(nil)
                }[0])
            guard let number = names.int4IfPresent() else { return .failure(.location) }
            let day = try session.query(.kpiDays) {
                $0.int4(Int32(clamping: day))
                $0.int4(Int32(clamping: day))
                $0.int4(number)
                $0.int4(nil)
                $0.int4(nil)
                $0.text(nil)
                $0.int8(1)
            }.map { NumberedDay($0) }
            let found = try session.query(.kpiEvidence) {
                $0.days(day)
                $0.text(kpi.rawValue)
                $0.timestamptz(after?.at.microseconds)
                $0.text(after?.tie)
                $0.int8(Int64(limit + 1))
            }.map { KPIEvidence($0) }
            return .success((Array(found.prefix(limit)), found.count > limit))
        }
    }

    /// Of each day, in their order.
    private static func samples(of days: [NumberedDay], on session: Session) throws(PQError) -> [[KPISample]] {
        guard !days.isEmpty else { return [] }
        var samples: [[KPISample]] = Array(repeating: [], count: days.count)
        for row in try session.query(.kpiSamples, { $0.days(days) }) {
            let row = ColumnReader<KPISampleColumn>(row)
            samples[Int(row.int8(.ord)) - 1].append(
                KPISample(
                    kpi: KPI(stored: row.text(.kpi)), value: row.int8(.value),
                    actor: row.textIfPresent(.actor).map(ActorName.init(stored:)), reason: row.textIfPresent(.reason),
                    count: row.int8(.count)))
        }
        return samples
    }
}

/// A day of a location that has a number.
private struct NumberedDay {
    let number: Int32
    let day: LocationDay

    init(_ row: Row) {
        let row = ColumnReader<KPIDayColumn>(row)
        number = row.int4(.number)
        day = LocationDay(
            day: Int64(row.int4(.day)), location: LocationID(stored: row.text(.location)),
            timeZone: row.text(.timeZone), from: row.requiredTimestamp(.from), to: row.requiredTimestamp(.to))
    }
}

extension ParameterWriter {
    /// The parameters of `KPIEvidenceSQL`.
    fileprivate mutating func days(_ days: [NumberedDay]) {
        let first = days.map(\.day.from).min() ?? Timestamp(microseconds: 0)
        let last = days.map(\.day.to).max() ?? first
        // A line occurs at most five minutes after it is recorded.
        timestamptz(first.advanced(byMicroseconds: -300_000_000).microseconds)
        timestamptz(last.advanced(byMicroseconds: 86_400_000_000).microseconds)
        int4s(days) { $0.number }
        timestamptzs(days) { $0.day.from.microseconds }
        timestamptzs(days) { $0.day.to.microseconds }
    }
}

extension KPIEvidence {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<KPIEvidenceColumn>(row)
        self.init(value: row.int8(.value), at: row.requiredTimestamp(.at), tie: row.text(.tie))
        recordedAt = row.timestamp(.recordedAt)
        sequence = row.int8IfPresent(.sequence)
        sku = row.textIfPresent(.sku).map(SKU.init(stored:))
        if let reservation = row.byteaIfPresent(.reservation), let number = row.int2IfPresent(.allocationNumber) {
            promise = AllocationID(reservation: ReservationID(stored: reservation), number: number)
        }
        source = row.textIfPresent(.source).map(SourceID.init(stored:))
        event = row.textIfPresent(.event).map(EventID.init(stored:))
        actor = row.textIfPresent(.actor).map(ActorName.init(stored:))
        reason = row.textIfPresent(.reason)
    }
}

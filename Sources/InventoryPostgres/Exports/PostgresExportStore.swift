package import Inventory
package import InventoryService
import LibPQ

/// Exports on PostgreSQL: reads in short pages, on the connections of reports.
package struct PostgresExportStore: ExportStore {
    private let report: ConnectionPool
    private let change: ConnectionPool

    private static let timeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        report = pools.report
        change = pools.change
    }

    package func span() async throws(StoreError) -> ExportSpan? {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            let row = ColumnReader<ExportSpanColumn>(try session.query(.exportSpan)[0])
            guard let first = row.timestamp(.first) else { return nil }
            // Days that ended by the horizon are closed; without one none is.
            let horizon = row.timestamp(.horizon) ?? Timestamp(microseconds: 0)
            return ExportSpan(first: first.exportDay, lastClosed: ExportDay(horizon.exportDay.number - 1))
        }
    }

    package func exported(
        _ kind: ExportKind, from first: ExportDay, limit: Int
    ) async throws(StoreError) -> [ExportedDay] {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.exportDayList) {
                $0.text(kind.rawValue)
                $0.int4(ExportedDay.format)
                $0.int4(Int32(clamping: first.number))
                $0.int4(Int32(clamping: first.number + Int64(limit)))
            }.map { ExportedDay($0, of: kind) }
        }
    }

    package func note(_ day: ExportedDay) async throws(StoreError) -> ExportedDay {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.exportDayAppend) {
                $0.text(day.kind.rawValue)
                $0.int4(ExportedDay.format)
                $0.int4(Int32(clamping: day.day.number))
                $0.int8(day.lines)
                $0.int8(day.bytes)
                $0.int8(day.firstSequence)
                $0.int8(day.lastSequence)
                $0.bytea(day.sha256.bytes)
            }
            let keptAt = exchange.add(.exportDayList) {
                $0.text(day.kind.rawValue)
                $0.int4(ExportedDay.format)
                $0.int4(Int32(clamping: day.day.number))
                $0.int4(Int32(clamping: day.day.number + 1))
            }
            return try session.run(exchange)[keptAt].first.map { ExportedDay($0, of: day.kind) } ?? day
        }
    }

    package func exportPlaces(after: LocationNumber?, limit: Int) async throws(StoreError) -> [LocationNumber] {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.exportPlaces) {
                $0.int4(after?.rawValue ?? .min)
                $0.int8(Int64(limit))
            }.map { LocationNumber($0.only.int4) }
        }
    }

    package func lines(
        of day: ExportDay, at location: LocationNumber, after: ExportPosition?, limit: Int
    ) async throws(StoreError) -> [LedgerEntry] {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.exportLines) {
                $0.int4(location.rawValue)
                $0.timestamptz((after?.recordedAt ?? day.start).microseconds)
                $0.timestamptz(day.end.microseconds)
                $0.int8(after?.item.rawValue ?? .min)
                $0.int8(Int64(limit))
            }.map { LedgerEntry($0) }
        }
    }

    package func balances(
        atEndOf day: ExportDay, after: BalanceKey?, limit: Int
    ) async throws(StoreError) -> [DailyBalance] {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.exportBalances) {
                $0.timestamptz(day.end.microseconds)
                $0.int8(after?.item.rawValue ?? .min)
                $0.int4(after?.location.rawValue ?? .min)
                $0.int8(Int64(limit))
            }.map(DailyBalance.init)
        }
    }
}

extension Timestamp {
    fileprivate var exportDay: ExportDay {
        ExportDay(microseconds / 86_400_000_000)
    }
}

extension ExportedDay {
    fileprivate init(_ row: Row, of kind: ExportKind) {
        let row = ColumnReader<ExportDayColumn>(row)
        self.init(kind: kind, day: ExportDay(Int64(row.int4(.day))))
        lines = row.int8(.lines)
        bytes = row.int8(.bytes)
        firstSequence = row.int8IfPresent(.firstSequence)
        lastSequence = row.int8IfPresent(.lastSequence)
        sha256 = Digest(stored: row.bytea(.sha256))
    }
}

extension DailyBalance {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<DailyBalanceColumn>(row)
        self.init(
            key: row.balanceKey(.item, .location), sku: SKU(stored: row.text(.sku)),
            location: LocationID(stored: row.text(.locationID)),
            figures: Figures(
                onHand: row.int8(.onHand), damaged: row.int8(.damaged), inspection: row.int8(.inspection),
                suspect: row.int8(.suspect), inTransit: row.int8(.inTransit), reserved: row.int8(.reserved)),
            version: row.int8(.version), recordedAt: row.requiredTimestamp(.recordedAt))
    }
}

package import Inventory

/// What is exported day by day, days in UTC.
package enum ExportKind: String, Sendable, Hashable, CaseIterable {
    /// Every line that was recorded on the day.
    case ledger
    /// What every balance was at the end of the day, by the lines recorded until then.
    case balances
}

/// A day, as days since 1970-01-01.
package struct ExportDay: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let number: Int64

    package init(_ number: Int64) { self.number = number }

    /// - Returns: nil unless the text is a day such as 2026-01-15.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int64($0) }
        guard text.utf8.count == 10, parts.count == 3,
            let date = CivilDate(year: parts[0], month: parts[1], day: parts[2]), "\(date)" == text
        else { return nil }
        self.init(date.daysSinceEpoch)
    }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    package var description: String { "\(CivilDate(daysSinceEpoch: number))" }

    package var start: Timestamp { Timestamp(microseconds: number * 86_400_000_000) }
    package var end: Timestamp { Timestamp(microseconds: (number + 1) * 86_400_000_000) }
}

/// What a closed day came to.
package struct ExportedDay: Sendable, Hashable {
    /// Of the lines: raised when a member is added or changed.
    package static let format: Int32 = 1

    package let kind: ExportKind
    package let day: ExportDay
    package var lines: Int64 = 0
    /// Of its NDJSON, before it is packed.
    package var bytes: Int64 = 0
    /// The least and the greatest sequence of its ledger lines; nil of balances, and where there are no lines.
    package var firstSequence: Int64?
    package var lastSequence: Int64?
    /// Of its NDJSON.
    package var sha256 = Digest.zero

    package init(kind: ExportKind, day: ExportDay) {
        self.kind = kind
        self.day = day
    }
}

/// Which days there are to export.
package struct ExportSpan: Sendable, Hashable {
    /// That of the first ledger line.
    package let first: ExportDay
    /// The last day on which nothing can be recorded any more; before `first` where there is none yet.
    package let lastClosed: ExportDay

    package init(first: ExportDay, lastClosed: ExportDay) {
        self.first = first
        self.lastClosed = lastClosed
    }

    package func contains(_ day: ExportDay) -> Bool { first <= day && day <= lastClosed }
}

/// Where a page of a day's ledger lines begins: behind a line of a location.
package struct ExportPosition: Sendable, Hashable {
    package var location: LocationNumber
    package var recordedAt: Timestamp
    package var item: ItemNumber

    package init(location: LocationNumber, recordedAt: Timestamp, item: ItemNumber) {
        self.location = location
        self.recordedAt = recordedAt
        self.item = item
    }
}

/// A balance as a day left it.
package struct DailyBalance: Sendable, Hashable {
    package let key: BalanceKey
    package let sku: SKU
    package let location: LocationID
    package let figures: Figures
    package let version: Int64
    /// When its last line until then was recorded.
    package let recordedAt: Timestamp

    package init(
        key: BalanceKey, sku: SKU, location: LocationID, figures: Figures, version: Int64, recordedAt: Timestamp
    ) {
        self.key = key
        self.sku = sku
        self.location = location
        self.figures = figures
        self.version = version
        self.recordedAt = recordedAt
    }
}

/// The ledger and its balances by the day, each page in a statement of its own.
package protocol ExportStore: Sendable {
    /// Nil while the ledger is empty.
    func span() async throws(StoreError) -> ExportSpan?

    /// What is known of days from `first` on, at most `limit` days further; days that were never exported are missing.
    func exported(_ kind: ExportKind, from first: ExportDay, limit: Int) async throws(StoreError) -> [ExportedDay]

    /// Keeps what a day came to, unless something is kept of it already.
    /// - Returns: what is kept.
    func note(_ day: ExportedDay) async throws(StoreError) -> ExportedDay

    /// Locations in the order of their numbers, deleted ones too.
    func exportPlaces(after: LocationNumber?, limit: Int) async throws(StoreError) -> [LocationNumber]

    /// Lines of one location in the order recorded, behind `after`.
    func lines(
        of day: ExportDay, at location: LocationNumber, after: ExportPosition?, limit: Int
    ) async throws(StoreError) -> [LedgerEntry]

    /// Balances in the order of their keys, behind `after`.
    func balances(
        atEndOf day: ExportDay, after: BalanceKey?, limit: Int
    ) async throws(StoreError) -> [DailyBalance]
}

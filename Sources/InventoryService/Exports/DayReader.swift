import Inventory

/// Reads one day page by page, in an order that is always the same: the ledger by location, each location's lines as they
/// were recorded; balances by their keys.
package struct DayReader {
    package enum Page {
        case lines([LedgerEntry])
        case balances([DailyBalance])
    }

    /// Lines or balances read at a time, and locations.
    package static let rowsPerPage = 2_000
    package static let placesPerPage = 1_000

    private let kind: ExportKind
    private let day: ExportDay
    private let store: any ExportStore
    private let rowsPerPage: Int
    private var places: ArraySlice<LocationNumber> = []
    private var lastPlace: LocationNumber?
    private var position: ExportPosition?
    private var lastKey: BalanceKey?
    private var isAtEnd = false

    package init(
        _ kind: ExportKind, _ day: ExportDay, from store: any ExportStore, rowsPerPage: Int = DayReader.rowsPerPage
    ) {
        self.kind = kind
        self.day = day
        self.store = store
        self.rowsPerPage = rowsPerPage
    }

    /// - Returns: nil at the end.
    package mutating func next() async throws(StoreError) -> Page? {
        switch kind {
        case .ledger: try await nextLines()
        case .balances: try await nextBalances()
        }
    }

    private mutating func nextBalances() async throws(StoreError) -> Page? {
        if isAtEnd { return nil }
        let found = try await store.balances(atEndOf: day, after: lastKey, limit: rowsPerPage)
        isAtEnd = found.count < rowsPerPage
        lastKey = found.last?.key
        return found.isEmpty ? nil : .balances(found)
    }

    private mutating func nextLines() async throws(StoreError) -> Page? {
        while true {
            guard let place = places.first else {
                if isAtEnd { return nil }
                let found = try await store.exportPlaces(after: lastPlace, limit: Self.placesPerPage)
                isAtEnd = found.count < Self.placesPerPage
                lastPlace = found.last ?? lastPlace
                places = found[...]
                continue
            }
            let lines = try await store.lines(of: day, at: place, after: position, limit: rowsPerPage)
            if let last = lines.last, lines.count == rowsPerPage {
                position = ExportPosition(
                    location: place, recordedAt: last.line.recordedAt, item: last.line.key.item)
            } else {
                places = places.dropFirst()
                position = nil
            }
            if !lines.isEmpty { return .lines(lines) }
        }
    }
}

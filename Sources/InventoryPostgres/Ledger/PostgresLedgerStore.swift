import Inventory
package import InventoryService
import LibPQ

/// The ledger, read in the order recorded or from the newest line back.
package struct PostgresLedgerStore: LedgerStore {
    private let report: ConnectionPool
    private let searchTime: Duration

    private static let timeout: Duration = .seconds(30)
    /// A stretch that took longer is not followed by a longer one.
    private static let quick: Duration = .milliseconds(250)

    /// - Parameter searchTime: how long a page looks for lines that no index finds, before it answers with what it has.
    package init(pools: PostgresPools, searchTime: Duration = .seconds(5)) {
        report = pools.report
        self.searchTime = searchTime
    }

    package func lines(
        _ filter: LedgerFilter, after: LedgerPosition?, limit: Int
    ) async throws(StoreError) -> Result<LedgerPage, UnknownInLedger> {
        try await report.perform(timeout: Self.timeout) { [searchTime] session throws(PQError) in
            let row = ColumnReader<LedgerNumberColumn>(
                try session.query(.ledgerNumbers) {
                    $0.text(filter.item?.system?.text)
                    $0.text(filter.item?.text)
                    $0.text(filter.location?.text)
                    $0.text(filter.source?.text)
                    $0.text(filter.actor?.text)
                }[0])
            let numbers = Numbers(row)
            if filter.item != nil, numbers.item == nil { return .failure(.item) }
            if filter.location != nil, numbers.location == nil { return .failure(.location) }
            if filter.source != nil, numbers.source == nil { return .failure(.source) }
            // Who never did anything has done nothing.
            if filter.actor != nil, numbers.actor == nil { return .success(LedgerPage(entries: [], next: nil)) }
            var windows = try Self.windows(filter, source: numbers.source, after, row, on: session)
            let statement = Self.statement(filter)
            let deadline = ContinuousClock.now + searchTime
            var entries: [LedgerEntry] = []
            while entries.count <= limit, let window = windows.next() {
                let began = ContinuousClock.now
                entries += try session.query(statement) {
                    $0.wanted(filter, numbers, after: after)
                    $0.int8(Int64(limit + 1 - entries.count))
                    $0.timestamptz(window.lowerBound.microseconds)
                    $0.timestamptz(window.upperBound.microseconds)
                }.map { LedgerEntry($0) }
                guard filter.isSearched, entries.count <= limit else { continue }
                let now = ContinuousClock.now
                windows.grows = now - began < Self.quick
                if now >= deadline {
                    let next =
                        switch filter.order {
                        case .oldest: LedgerPosition(before: window.upperBound)
                        case .newest: LedgerPosition(backFrom: window.lowerBound)
                        }
                    return .success(LedgerPage(entries: entries, next: windows.isAtEnd ? nil : next))
                }
            }
            let page = Array(entries.prefix(limit))
            return .success(LedgerPage(entries: page, next: entries.count > limit ? page.last?.position : nil))
        }
    }

    /// The names of a filter as the database numbers them; nil for those that are not given, or unknown.
    struct Numbers {
        let item: Int64?
        let location: Int32?
        let source: Int32?
        let actor: Int32?

        fileprivate init(_ row: ColumnReader<LedgerNumberColumn>) {
            item = row.int8IfPresent(.item)
            location = row.int4IfPresent(.location)
            source = row.int4IfPresent(.source)
            actor = row.int4IfPresent(.actor)
        }
    }

    /// An event's own pointer, or the index that leaves the fewest lines to look at.
    private static func statement(_ filter: LedgerFilter) -> Statement {
        let lists = Statement.LedgerLists.of(filter.order)
        if filter.event != nil { return lists.byEvent }
        if filter.reference != nil { return lists.byReference }
        return filter.item != nil ? lists.byItem : lists.byLocation
    }

    /// The stretches of recorded time that lines may be in, in order: so that a list looks at no more months than it
    /// needs, and is planned for no more.
    private static func windows(
        _ filter: LedgerFilter, source: Int32?, _ after: LedgerPosition?, _ row: ColumnReader<LedgerNumberColumn>,
        on session: Session
    ) throws(PQError) -> LedgerWindows {
        let end = row.requiredTimestamp(.end)
        if let event = filter.event {
            let row = try session.query(.ledgerEventSpan) {
                $0.text(event.text)
                $0.int4(source)
            }[0]
            let range = LedgerWindows.range(row.timestamp(0), row.timestamp(1).map { min($0, end) })
            return range.map(LedgerWindows.init(whole:)) ?? LedgerWindows(backFrom: nil)
        }
        // A line occurs at most five minutes after it is recorded, so a bound on either is one on the other.
        let from = filter.from?.advanced(byMicroseconds: -300_000_000)
        var until = filter.basis == .recorded ? filter.to.map { min($0, end) } ?? end : end
        var start = from
        switch (filter.order, after?.recordedAt) {
        case (.oldest, let after?): start = max(start ?? after, after)
        case (.newest, let after?): until = min(until, after.advanced(byMicroseconds: 1))
        case (_, nil): break
        }
        // Months are asked for where it is not known how many there are, or said that there are very many.
        if start.map({ $0.advanced(byMicroseconds: LedgerWindows.longMicroseconds) < until }) ?? true {
            guard let begins = try session.query(.ledgerSpan)[0].timestamp(0) else {
                return LedgerWindows(backFrom: nil)
            }
            start = max(start ?? begins, begins)
        }
        guard let start, start < until else { return LedgerWindows(backFrom: nil) }
        switch filter.order {
        case .oldest:
            return filter.isSearched ? LedgerWindows(searching: start..<until) : LedgerWindows(from: start, to: until)
        case .newest:
            return LedgerWindows(back: start..<until, now: row.requiredTimestamp(.now), isSearch: filter.isSearched)
        }
    }
}

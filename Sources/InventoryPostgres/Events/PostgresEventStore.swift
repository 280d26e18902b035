import Inventory
package import InventoryService
import LibPQ

/// The feed on PostgreSQL (ADR 29).
package struct PostgresEventStore: EventStore {
    let feed: ConnectionPool

    /// Of a pass, and of a page.
    static let timeout: Duration = .seconds(30)
    /// Commits that get positions in one pass.
    static let commitsPerPass: Int64 = 2_000
    /// Positions, and balances, that one pass looks at.
    private static let positionsPerPass: Int64 = 500
    private static let balancesPerPass: Int64 = 3_000
    /// Balances of a scan that one pass looks at.
    private static let scanPage: Int64 = 2_000
    /// Positions not looked at beyond which all balances are.
    private static let positionsBehindMax: Int64 = 50_000

    package init(pools: PostgresPools) { feed = pools.feed }

    package func sequence() async throws(StoreError) -> FeedStep {
        try await feed.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            guard try session.query(.feedUnsequenced)[0].only.bool else { return .idle }
            var exchange = Exchange()
            exchange.add(.begin)
            exchange.add(.feedLock)
            let sequencedAt = exchange.add(.feedSequence) { $0.int8(Self.commitsPerPass) }
            exchange.add(.commit)
            return try session.run(exchange)[sequencedAt][0].only.bool ? .more : .done
        }
    }

    package func tell() async throws(StoreError) -> FeedStep {
        try await feed.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var untold = RowCursor(try session.query(.feedUntold)[0])
            guard untold.bool() else { return .idle }
            // Those that this pass finds are the next one's.
            let scans = untold.bool()
            var exchange = Exchange()
            exchange.add(.begin)
            exchange.add(.feedLock)
            exchange.add(.feedAim) {
                $0.int8(Self.positionsPerPass)
                $0.int8(Self.balancesPerPass)
                $0.int8(Self.positionsBehindMax)
            }
            exchange.add(.feedScanAppend)
            let toldAt = exchange.add(.feedTell(scans: scans)) { $0.int8(Self.scanPage) }
            exchange.add(.feedTellCover)
            exchange.add(.commit)
            return try session.run(exchange)[toldAt][0].only.bool ? .more : .done
        }
    }

    package func ends() async throws(StoreError) -> FeedEnds {
        try await feed.perform(timeout: Self.timeout) { session throws(PQError) in
            FeedEnds(try session.query(.feedEnds)[0])
        }
    }

    package func resolve(_ filter: EventFilter) async throws(StoreError) -> Result<
        ResolvedEventFilter, UnknownInQuestion
    > {
        try await feed.perform(timeout: Self.timeout) { session throws(PQError) in
            let row = try session.query(.feedFilter) {
                $0.text(filter.sku?.text)
                $0.text(filter.location?.text)
                $0.text(filter.group?.text)
                $0.text(filter.channel?.text)
            }[0]
            var cursor = RowCursor(row)
            let (item, location, group) = (cursor.int8IfPresent(), cursor.int4IfPresent(), cursor.textIfPresent())
            let members = cursor.texts()
            if filter.group != nil, group == nil { return .failure(.group) }
            if filter.sku != nil, item == nil { return .failure(.item) }
            if filter.location != nil, location == nil { return .failure(.location) }
            return .success(
                ResolvedEventFilter(
                    filter, group: group.map(GroupID.init(stored:)),
                    members: group.map { _ in Set(members.map(LocationID.init(stored:))) }))
        }
    }

    package func events(
        after cursor: EventCursor, _ filter: ResolvedEventFilter, limit: Int
    ) async throws(StoreError) -> Result<EventBatch<FeedEvent>, CursorExpired> {
        try await feed.perform(timeout: Self.timeout) { session throws(PQError) in
            try FeedPage(cursor: cursor, filter: filter, limit: limit).read(on: session)
        }
    }
}

extension FeedEnds {
    init(_ row: Row) {
        var row = RowCursor(row)
        self.init(oldest: row.int8(), newest: row.int8())
    }
}

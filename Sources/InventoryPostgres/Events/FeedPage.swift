import Inventory
import InventoryService
import LibPQ

/// One page of the feed: positions first, then what stands behind them.
struct FeedPage {
    let cursor: EventCursor
    let filter: ResolvedEventFilter
    let limit: Int

    /// A position with a commit.
    private struct Head {
        let position: Int64
        let recordedAt: Timestamp
        let commit: Int64?
        let lastRecordedAt: Timestamp
        let lines: Int32
        let changes: [(kind: Int16, key: String)]

        init(_ row: Row) {
            let row = ColumnReader<FeedHeadColumn>(row)
            position = row.int8(.position)
            recordedAt = row.requiredTimestamp(.recordedAt)
            commit = row.int8IfPresent(.commit)
            lastRecordedAt = row.requiredTimestamp(.lastRecordedAt)
            lines = row.int4(.lines)
            changes = Array(zip(row.int2s(.kinds), row.texts(.keys))).map { (kind: $0.0, key: $0.1) }
        }
    }

    /// Ordinals of what commits say beside their lines: behind all lines that there can be, four for each.
    static let changesFrom: Int64 = 65_536
    /// Lines and changes that a page looks at, at least.
    private static let weightMin = 500
    static let ordinalsPerChange: Int64 = 4

    func read(on session: Session) throws(PQError) -> Result<EventBatch<FeedEvent>, CursorExpired> {
        let wantsLines = filter.matches(type: .movementRecorded)
        let first = cursor.ordinal == .max ? cursor.position + 1 : max(cursor.position, 1)
        var exchange = Exchange()
        let headsAt = exchange.add(.feedHeads) {
            $0.int8(first)
            $0.int8(Int64(EventFeed.positionsPerPage))
            // A filter that lets little through must not make for pages of a few positions.
            $0.int8(Int64(max(limit, Self.weightMin)))
            $0.bool(wantsLines)
        }
        let endsAt = exchange.add(.feedEnds)
        let namesAt = exchange.add(.feedFilter) {
            $0.text(filter.filter.sku?.text)
            $0.text(filter.filter.location?.text)
            $0.null(.text)
            $0.null(.text)
        }
        let results = try session.run(exchange)
        let ends = FeedEnds(results[endsAt][0])
        guard first >= ends.oldest else {
            return .failure(CursorExpired(oldest: .after(ends.oldest - 1)))
        }
        let heads = results[headsAt].map(Head.init)
        guard let last = heads.last else {
            return .success(EventBatch(events: [], next: cursor, hasMore: false))
        }
        var names = RowCursor(results[namesAt][0])
        let (item, location) = (names.int8IfPresent(), names.int4IfPresent())
        var found = Found(horizon: .after(last.position), limit: limit)
        try readLines(heads, item: item, location: location, into: &found, on: session)
        try readChanges(heads, item: item, location: location, into: &found, on: session)
        let objects = FeedObjects(
            heads.flatMap { head in
                head.changes.enumerated().compactMap { index, change in
                    ChangeKind(rawValue: change.kind).map { kind in
                        FeedObjects.Asked(
                            kind: kind, key: change.key, commit: head.commit ?? 0, time: head.recordedAt,
                            cursor: EventCursor(
                                position: head.position,
                                ordinal: Self.changesFrom + Int64(index) * Self.ordinalsPerChange + 1))
                    }
                }
            }, covers: found.covers, filter: filter)
        found.events += try objects.read(on: session)
        let events = found.events.filter { $0.cursor > cursor && $0.cursor <= found.horizon }
            .sorted { $0.cursor < $1.cursor }
        let isCut = events.count > limit
        let shown = Array(events.prefix(limit))
        let next = isCut ? shown.last?.cursor ?? found.horizon : found.horizon
        return .success(
            EventBatch(events: shown, next: next, hasMore: isCut || next < .after(ends.newest)))
    }

    /// What was read, and up to where nothing is missing.
    private struct Found {
        var events: [FeedEvent] = []
        var covers: [FeedObjects.Cover] = []
        var horizon: EventCursor
        let limit: Int

        /// A list that was cut off says nothing of what is behind its last.
        mutating func cut(_ count: Int, at cursor: EventCursor?) {
            if count > limit, let cursor { horizon = min(horizon, cursor) }
        }
    }

    private func readLines(
        _ heads: [Head], item: Int64?, location: Int32?, into found: inout Found, on session: Session
    ) throws(PQError) {
        guard filter.matches(type: .movementRecorded) else { return }
        let written = heads.filter { $0.lines > 0 && $0.commit != nil }
        guard let from = written.map(\.recordedAt).min(), let to = written.map(\.lastRecordedAt).max() else { return }
        let rows = try session.query(.feedLines) {
            $0.int8s(written) { $0.position }
            $0.int8s(written) { $0.commit }
            $0.int8(cursor.position)
            $0.int8(cursor.ordinal)
            $0.int8(Int64(limit + 1))
            $0.int8(item)
            $0.int4(location)
            $0.timestamptz(from.microseconds)
            $0.timestamptz(to.microseconds)
        }
        let times = Dictionary(written.map { ($0.position, $0.recordedAt) }) { first, _ in first }
        var last: EventCursor?
        for row in rows {
            let place = ColumnReader<FeedLineColumn>(row, from: LedgerColumn.count + LedgerNameColumn.count)
            let cursor = EventCursor(position: place.int8(.position), ordinal: place.int8(.ordinal))
            let entry = LedgerEntry(row)
            found.events.append(
                FeedEvent(
                    cursor: cursor, type: .movementRecorded, time: times[cursor.position] ?? entry.line.recordedAt,
                    data: .movement(entry)))
            last = cursor
        }
        found.cut(rows.count, at: last)
    }

    private func readChanges(
        _ heads: [Head], item: Int64?, location: Int32?, into found: inout Found, on session: Session
    ) throws(PQError) {
        let told = heads.filter { $0.commit == nil }
        let kinds = FeedChangeKind.allCases.filter { kind in kind.events.contains { filter.matches(type: $0) } }
        guard let first = told.first, let end = told.last, !kinds.isEmpty else { return }
        let rows = try session.query(.feedChanges) {
            $0.int8(first.position)
            $0.int8(end.position)
            $0.int8(cursor.position)
            $0.int8(cursor.ordinal)
            $0.int8(Int64(limit + 1))
            $0.int8(item)
            $0.int4(location)
            $0.int2s(kinds) { $0.rawValue }
        }
        let times = Dictionary(told.map { ($0.position, $0.recordedAt) }) { first, _ in first }
        var last: EventCursor?
        for row in rows {
            let change = ColumnReader<FeedChangeColumn>(row)
            let cursor = EventCursor(position: change.int8(.position), ordinal: Int64(change.int4(.ordinal)))
            last = cursor
            guard let time = times[cursor.position], let kind = FeedChangeKind(rawValue: change.int2(.kind)),
                let sku = change.sku
            else { continue }
            func add(_ type: EventType, _ data: EventData) {
                found.events.append(FeedEvent(cursor: cursor, type: type, time: time, data: data))
            }
            switch kind {
            case .availability:
                guard let location = change.locationID else { continue }
                add(
                    .availabilityChanged,
                    .availability(
                        BalanceView(told: row, from: FeedChangeColumn.count, sku: sku, location: location)))
            case .locationBand:
                guard let location = change.locationID else { continue }
                add(.bandChanged, .band(change.band(of: sku, .location(location))))
            case .networkBand:
                let group = change.textIfPresent(.group).map(GroupID.init(stored:))
                add(.bandChanged, .band(change.band(of: sku, group.map { .group($0) } ?? .network)))
            case .atRisk, .covered:
                guard let id = change.byteaIfPresent(.reservation) else { continue }
                found.covers.append(
                    .init(
                        cursor: cursor, time: time, type: kind == .atRisk ? .reservationAtRisk : .reservationCovered,
                        reservation: ReservationID(stored: id)))
            }
        }
        found.cut(rows.count, at: last)
    }
}

extension FeedChangeKind {
    /// What rows of it are told as.
    var events: [EventType] {
        switch self {
        case .availability: [.availabilityChanged]
        case .locationBand, .networkBand: [.bandChanged]
        case .atRisk: [.reservationAtRisk]
        case .covered: [.reservationCovered]
        }
    }
}

extension ColumnReader<FeedChangeColumn> {
    /// Nil where the item or the location has no name any more.
    fileprivate var sku: SKU? { textIfPresent(.sku).map(SKU.init(stored:)) }
    fileprivate var locationID: LocationID? { textIfPresent(.location).map(LocationID.init(stored:)) }

    fileprivate func band(of sku: SKU, _ place: BandChange.Place) -> BandChange {
        BandChange(
            sku: sku, place: place, channel: textIfPresent(.channel).map(Channel.init(stored:)),
            band: StoredBand.band(int2(.band)), previousBand: StoredBand.band(int2IfPresent(.previousBand) ?? 0),
            version: int8IfPresent(.version))
    }
}

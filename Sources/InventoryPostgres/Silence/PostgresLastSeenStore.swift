package import Inventory
package import InventoryService
import LibPQ

/// When locations and their sources were heard.
package struct PostgresLastSeenStore: LastSeenStore {
    private let change: ConnectionPool
    private let read: ConnectionPool
    private let report: ConnectionPool
    private let maintenance: ConnectionPool

    private static let timeout: Duration = .seconds(5)
    private static let listTimeout: Duration = .seconds(30)

    package init(pools: PostgresPools) {
        change = pools.change
        read = pools.read
        report = pools.report
        maintenance = pools.maintenance
    }

    package func record(_ heard: [HeardKey: Heard]) async throws(StoreError) {
        // In one order everywhere, so that two processes never wait for each other in a circle.
        let entries = heard.sorted {
            ($0.key.location.rawValue, $0.key.source.rawValue) < ($1.key.location.rawValue, $1.key.source.rawValue)
        }
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.lastSeenStore) {
                $0.int4s(entries) { $0.key.location.rawValue }
                $0.int4s(entries) { $0.key.source.rawValue }
                $0.timestamptzs(entries) { $0.value.at.microseconds }
                $0.timestamptzs(entries) { $0.value.through.microseconds }
            }
        }
    }

    package func record(_ repeats: [RepeatKey: Repeats]) async throws(StoreError) {
        let entries = Array(repeats)
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.repeatedEventAppend) {
                for column in RepeatedEventColumn.allCases { column.write(entries, to: &$0) }
            }
        }
    }

    package func heartbeat(
        of source: SourceNumber, at named: [LocationID]?
    ) async throws(StoreError) -> Result<Heartbeat, Heartbeat.Rejection> {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            if let named, let unknown = try session.query(.locationFirstUnknown, { $0.texts(named) { $0.text } }).first
            {
                return .failure(.unknownLocation(Int(unknown.only.int8) - 1))
            }
            let rows = try session.query(.heartbeatStore) {
                $0.int4(source.rawValue)
                if let named { $0.texts(named) { $0.text } } else { $0.null(.textArray) }
            }
            let read = rows.map { ColumnReader<HeartbeatColumn>($0) }
            guard let first = read.first else { return .failure(.nowhere) }
            return .success(
                Heartbeat(
                    locations: read.map { LocationID(stored: $0.text(.location)) },
                    at: first.requiredTimestamp(.at)))
        }
    }

    package func lastHeard(since: Timestamp?) async throws(StoreError) -> [LocationID: Timestamp] {
        try await maintenance.perform(timeout: Self.timeout) { session throws(PQError) in
            var heard: [LocationID: Timestamp] = [:]
            for row in try session.query(.heardLast, { $0.timestamptz(since?.microseconds) }) {
                var row = RowCursor(row)
                heard[LocationID(stored: row.text())] = row.requiredTimestamp()
            }
            return heard
        }
    }

    package func silent(among ids: [LocationID]) async throws(StoreError) -> [LocationID: Timestamp] {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            var silent: [LocationID: Timestamp] = [:]
            for row in try session.query(.silentAmong, { $0.texts(ids) { $0.text } }) {
                var row = RowCursor(row)
                silent[LocationID(stored: row.text())] = row.requiredTimestamp()
            }
            return silent
        }
    }

    package func sources(
        of location: LocationID, _ page: PageRequest
    ) async throws(StoreError) -> (page: Page<SourceHeard>, asOf: Timestamp)? {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            var exchange = Exchange.ofList(counted: page.includesTotal)
            let headAt = exchange.add(.heardLocation) { $0.text(location.text) }
            let rowsAt = exchange.add(.heardSources) {
                $0.text(location.text)
                $0.text(page.after ?? "")
                $0.int8(Int64(page.limit + 1))
            }
            exchange.endList()
            let results = try session.run(exchange)
            guard var head = results[headAt].first.map(RowCursor.init) else { return nil }
            let (asOf, count) = (head.requiredTimestamp(), head.int8())
            let sources = results[rowsAt].prefix(page.limit).map { row in
                var row = RowCursor(row)
                let (source, at, through) = (SourceID(stored: row.text()), row.timestamp(), row.timestamp())
                return SourceHeard(
                    source: source, heard: at.flatMap { at in through.map { Heard(at: at, through: $0) } })
            }
            let found = Page(
                elements: sources, hasMore: results[rowsAt].count > page.limit,
                total: page.includesTotal ? count : nil)
            return (found, asOf)
        }
    }
}

/// Where a heartbeat counts.
private enum HeartbeatColumn: Int32, SelectedColumn {
    case location, at

    var selected: String {
        switch self {
        case .location: "l.id"
        case .at: "stored.heartbeat_at"
        }
    }
}

/// What is written of an event that was sent again.
private enum RepeatedEventColumn: Int32, WrittenColumn {
    case location, notedAt, source, event, sequence, times

    var name: String { definition.name }
    var type: PQType { definition.type }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .location: ("location_id", .int4Array)
        case .notedAt: ("noted_at", .timestamptzArray)
        case .source: ("source_id", .int4Array)
        case .event: ("event_id", .textArray)
        case .sequence: ("sequence", .int8Array)
        case .times: ("times", .int8Array)
        }
    }

    func write(_ entries: [(key: RepeatKey, value: Repeats)], to writer: inout ParameterWriter) {
        switch self {
        case .location: writer.int4s(entries) { $0.key.location.rawValue }
        case .notedAt: writer.timestamptzs(entries) { $0.value.at.microseconds }
        case .source: writer.int4s(entries) { $0.key.source.rawValue }
        case .event: writer.texts(entries) { $0.key.event?.text ?? "" }
        case .sequence: writer.int8s(entries) { $0.value.sequence }
        case .times: writer.int8s(entries) { $0.value.times }
        }
    }
}

extension Statement {
    /// In the order of locations, as all who write there do.
    fileprivate static let heartbeatStore = Statement(
        "heartbeat_store", [.int4, .textArray],
        sql: """
            with place as materialized (
                select l.location_id
                from source s
                cross join lateral (
                    select l.location_id from location l
                    where l.id = any (coalesce($2, s.locations)) and l.deleted_at is null
                    union
                    select l.location_id from location_heard h join location l using (location_id)
                    where $2 is null and s.locations = '{}' and h.source_id = s.source_id and l.deleted_at is null
                ) l
                where s.source_id = $1
            ), stored as (
                insert into location_heard as h (location_id, source_id, heard_at, heard_through, heartbeat_at)
                select location_id, $1, now.at, now.at, now.at
                from place cross join (select clock_timestamp() as at) now
                order by location_id
                on conflict (location_id, source_id) do update
                set heard_at = greatest(h.heard_at, excluded.heard_at),
                    heard_through = greatest(h.heard_through, excluded.heard_through),
                    heartbeat_at = excluded.heartbeat_at
                returning location_id, heartbeat_at
            )
            select \(HeartbeatColumn.selectList) from stored join location l using (location_id) order by l.id
            """)

    fileprivate static let lastSeenStore = Statement(
        "heard_store", [.int4Array, .int4Array, .timestamptzArray, .timestamptzArray],
        sql: """
            insert into location_heard as h (location_id, source_id, heard_at, heard_through)
            select * from unnest($1, $2, $3, $4)
            on conflict (location_id, source_id) do update
            set heard_at = greatest(h.heard_at, excluded.heard_at),
                heard_through = greatest(h.heard_through, excluded.heard_through)
            """)

    fileprivate static let repeatedEventAppend = Statement(
        "repeated_event_append", .init(of: RepeatedEventColumn.allCases),
        sql: """
            insert into repeated_event (\(RepeatedEventColumn.allCases.nameList))
            select * from unnest(\(RepeatedEventColumn.allCases.parameterList(from: 1)))
            on conflict (location_id, noted_at, source_id, event_id) do nothing
            """)

    fileprivate static let heardLast = Statement(
        "heard_last", [.timestamptz],
        sql: """
            select l.id, max(h.heard_at)
            from location_heard h join location l using (location_id)
            where $1::timestamptz is null or h.heard_at > $1
            group by l.id
            """)

    /// Of location `l`: sources that were heard there or are set to report for it.
    static let sourcesOfLocation = """
        select s.source_id, s.id, h.heard_at, h.heard_through
        from source s
        left join location_heard h on h.source_id = s.source_id and h.location_id = l.location_id
        where s.deleted_at is null and s.source_id <> \(SourceNumber.holdfast.rawValue)
          and (h.source_id is not null or s.locations @> array[l.id])
        """

    fileprivate static let silentAmong = Statement(
        "silent_among", [.textArray],
        sql: "select l.id, l.silent_since from location l where l.id = any ($1) and \(isSilent)")

    fileprivate static let heardLocation = Statement(
        "heard_location", [.text],
        sql: """
            select statement_timestamp(), (select count(*) from (\(sourcesOfLocation)) s)
            from location l where l.id = $1 and l.deleted_at is null
            """)

    fileprivate static let heardSources = Statement(
        "heard_sources", [.text, .text, .int8],
        sql: """
            select s.id, s.heard_at, s.heard_through
            from location l
            cross join lateral (\(sourcesOfLocation)) s
            where l.id = $1 and l.deleted_at is null and s.id > $2
            order by s.id limit $3
            """)
}

package import Inventory
package import InventoryService
import LibPQ

/// Which locations are silent, and what is held back for it.
package struct PostgresSilenceStore: SilenceStore {
    private let change: ConnectionPool
    private let read: ConnectionPool
    private let maintenance: ConnectionPool

    private static let timeout: Duration = .seconds(5)

    package init(pools: PostgresPools) {
        change = pools.change
        read = pools.read
        maintenance = pools.maintenance
    }

    package func quiet(
        limitSeconds: Int64, after: LocationNumber?, limit: Int
    ) async throws(StoreError) -> Dated<[QuietLocation]> {
        try await maintenance.perform(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            // Read first: nobody is judged later than what is known of him.
            let clockAt = exchange.add(.clockRead)
            let rowsAt = exchange.add(.silenceQuiet) {
                $0.float8(Double(limitSeconds))
                $0.int4(after?.rawValue ?? 0)
                $0.int8(Int64(limit))
            }
            let results = try session.run(exchange)
            return Dated(
                results[rowsAt].map(QuietLocation.init), asOf: results[clockAt][0].only.timestamp)
        }
    }

    package func heardAgain(limit: Int) async throws(StoreError) -> [QuietLocation] {
        // Not behind long lists: whoever is back waits for it.
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.silenceHeardAgain) { $0.int8(Int64(limit)) }.map(QuietLocation.init)
        }
    }

    package func write(_ changes: [SilenceChange]) async throws(StoreError) -> Int {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            // Grants under way end first, and later ones see the change. Who else changes locations waits too.
            exchange.add(.placesExclude)
            let storedAt = exchange.add(.silenceStore) {
                for column in SilenceChangeColumn.allCases { column.write(changes, to: &$0) }
            }
            let rows = try session.run(exchange)[storedAt]
            _ = try session.query(.outageSettle)
            // Who says nothing and holds nothing back for it changes no figure.
            if rows.contains(where: { $0.only.bool }) { _ = try session.query(.configEpochRaise) }
            _ = try session.query(.commit)
            return rows.count
        }
    }
}

/// The columns of location `l` and of `h`, when it was heard.
private enum QuietColumn: Int32, SelectedColumn {
    case number, id, version, isActive, limitSeconds, hasLagBuffer, hours, timeZone, heardAt, silentSince, lagSeconds

    var selected: String {
        switch self {
        case .number: "l.location_id"
        case .id: "l.id"
        case .version: "l.version"
        case .isActive: "l.status = 'active' and l.deleted_at is null"
        case .limitSeconds: "l.silence_limit_seconds"
        case .hasLagBuffer: "l.lag_buffer"
        case .hours: "l.opening_hours"
        case .timeZone: "l.time_zone"
        case .heardAt: "h.heard_at"
        case .silentSince: "l.silent_since"
        case .lagSeconds: "l.lag_seconds"
        }
    }
}

extension QuietLocation {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<QuietColumn>(row)
        let hours = row.textIfPresent(.hours).map(OpeningHoursText.read)
        self.init(
            number: LocationNumber(row.int4(.number)), id: LocationID(stored: row.text(.id)),
            version: row.int8(.version),
            isActive: row.bool(.isActive), limitSeconds: row.int4IfPresent(.limitSeconds).map(Int64.init),
            hasLagBuffer: row.bool(.hasLagBuffer), hours: hours,
            zone: hours == nil ? .utc : TimeZoneRules.offsets(row.text(.timeZone)),
            heardAt: row.requiredTimestamp(.heardAt), silentSince: row.timestamp(.silentSince),
            lagSeconds: Int64(row.int4(.lagSeconds)))
    }
}

extension Statement {
    /// Of location `l`. Written down of others too, until a sweep comes by.
    static let isSilent = "l.silent_since is not null and l.status = 'active'"

    private static let lastHeard = """
        cross join lateral (
            select max(h.heard_at) as heard_at from location_heard h where h.location_id = l.location_id
        ) h
        """

    /// Silent in opening hours is silent by the clock on the wall for as long at least. Not those that were never heard.
    fileprivate static let silenceQuiet = Statement(
        "silence_quiet", [.float8, .int4, .int8],
        sql: """
            select \(QuietColumn.selectList)
            from location l \(lastHeard)
            where l.location_id > $2 and h.heard_at is not null
              and (l.silent_since is not null
                   or l.deleted_at is null and l.status = 'active'
                      and h.heard_at < clock_timestamp() - make_interval(secs => coalesce(l.silence_limit_seconds, $1)))
            order by l.location_id limit $3
            """)

    fileprivate static let silenceHeardAgain = Statement(
        "silence_heard_again", [.int8],
        sql: """
            select \(QuietColumn.selectList)
            from location l \(lastHeard)
            where l.silent_since is not null and h.heard_at > l.silent_since
            order by l.location_id limit $1
            """)

    /// One row for each location that changed: whether what is held back there did. Behind `placesExclude`, so that nobody
    /// else changes one at the time.
    fileprivate static let silenceStore = Statement(
        "silence_store", .init(of: SilenceChangeColumn.allCases),
        sql: """
            with new as materialized (
                select new.*, old.silent_since is not null as was_silent, old.silent_since as silent_before,
                       old.lag_seconds as lag_before
                from unnest(\(SilenceChangeColumn.allCases.parameterList(from: 1)))
                    as new(\(SilenceChangeColumn.allCases.nameList))
                join location old using (location_id)
                where old.version = new.version
                  and (old.silent_since, old.lag_seconds) is distinct from (new.silent_since, new.lag_seconds)
                  and not exists (
                      select from location_heard h
                      where h.location_id = new.location_id and h.heard_at > new.heard_at)
            ),
            changed as materialized (
                update location l
                set silent_since = new.silent_since, lag_seconds = new.lag_seconds,
                    rules = ((l.rules & ~8) | case when new.lag_seconds > 0 then 8 else 0 end)::int2
                from new where l.location_id = new.location_id
                returning l.location_id, l.id, new.was_silent, new.lag_before, new.heard_at, new.silent_before, l.silent_since, l.lag_seconds,
                    new.detail,
                    \(alarms) as alarms
            ),
            calling as (select * from changed where silent_since is not null and not was_silent and alarms),
            crowd as (
                select (select count(*) from changed where silent_since is not null and alarms) + (
                    select count(*) from location l
                    where \(isSilent) and \(alarms) and l.location_id not in (select location_id from new)) as locations
            ),
            begun as (
                insert into location_silence (location_id, silent_since)
                select location_id, silent_since from changed where silent_since is not null and not was_silent
                on conflict (location_id, silent_since) do update set heard_at = null
            ),
            ended as (
                update location_silence s set heard_at = c.heard_at from changed c
                where s.location_id = c.location_id and s.silent_since = c.silent_before
                  and c.silent_since is null and c.heard_at > c.silent_before
            ),
            -- Paused or closed, it was not heard again.
            dropped as (
                delete from location_silence s using changed c
                where s.location_id = c.location_id and s.silent_since = c.silent_before
                  and c.silent_since is null and c.heard_at <= c.silent_before
            ),
            noted as (
                \(lagNote("changed where lag_seconds <> lag_before"))
            ),
            opened as (
                \(ExceptionSQL.open(
                    ["type", "dedupe_key", "priority", "location", "detail"],
                    """
                    select '\(silent.rawValue)', \(ExceptionSQL.dedupeKey(silent, "id")), \(silent.priority.rawValue), id, detail
                    from calling
                    where (select locations from crowd) < \(Silence.outageLocationsMin)
                      and not exists (\(openOutage))
                    """, ifOpen: .leave))
            ),
            closed as (
                \(ExceptionSQL.close(
                    from: "changed c",
                    where: "c.silent_since is null and e.dedupe_key = \(ExceptionSQL.dedupeKey(silent, "c.id"))",
                    resolution: "'closed by itself: it is no longer silent'"))
            ),
            fell as (select id from changed where silent_since is not null and not was_silent),
            heard as (select id from changed where silent_since is null and was_silent),
            held as (select id from changed where (silent_since is not null) = was_silent),
            \(ChangeLog.logged(
                .init(.silence, of: "fell", key: "id"), .init(.heard, of: "heard", key: "id"),
                .init(.location, of: "held", key: "id"), .init(.exception, of: "opened"),
                .init(.exception, of: "closed")))
            select lag_seconds <> lag_before from changed
            """)

    private static let silent = ExceptionType.silentLocation
    private static let outage = ExceptionType.outage

    /// Whether somebody is called when location `l` falls silent: it has a limit of its own or opening hours, or a source
    /// that has sent heartbeats. Of another nobody knows whether it has anything to say.
    private static let alarms = """
        (l.silence_limit_seconds is not null or l.opening_hours is not null or exists (
            select from location_heard h where h.location_id = l.location_id and h.heartbeat_at is not null))
        """

    private static let openOutage =
        "select from exception o where o.dedupe_key = '\(outage.rawValue)' and o.status <> 'resolved'"

    /// Many that are silent at one time are one thing to look after: it names them as they come and go, takes the place of
    /// their own exceptions, and closes when all are heard. Behind `placesExclude`, after the change.
    fileprivate static let outageSettle = Statement(
        "outage_settle",
        sql: """
            with silent as materialized (
                select l.id, l.silent_since from location l where \(isSilent) and \(alarms)
            ),
            crowd as materialized (
                select count(*) as locations, min(silent_since) as since, (
                           select string_agg(named.id, ', ' order by named.id)
                           from (select id from silent order by id limit \(Silence.outageNamesMax)) named) as names
                from silent
            ),
            joined as materialized (
                select * from crowd
                where locations >= \(Silence.outageLocationsMin) or locations > 0 and exists (\(openOutage))
            ),
            opened as (
                \(ExceptionSQL.open(
                    ["type", "dedupe_key", "priority", "detail"],
                    """
                    select '\(outage.rawValue)', '\(outage.rawValue)', \(outage.priority.rawValue),
                           format('%s locations are silent at one time, the first since %s: %s%s; look after what they share, '
                                  'such as a line or a till system', locations,
                                  to_char(since at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), names,
                                  case when locations > \(Silence.outageNamesMax) then ' and others' else '' end)
                    from joined
                    """, ifOpen: .update(["detail"], where: "e.detail is distinct from excluded.detail")))
            ),
            folded as (
                \(ExceptionSQL.close(
                    from: "joined cross join silent s", where: "e.dedupe_key = \(ExceptionSQL.dedupeKey(silent, "s.id"))",
                    resolution: "'one of many: the outage names it'"))
            ),
            closed as (
                \(ExceptionSQL.close(
                    from: "crowd", where: "crowd.locations = 0 and e.dedupe_key = '\(outage.rawValue)'",
                    resolution: "'closed by itself: all its locations were heard again'"))
            ),
            \(ChangeLog.logged(
                .init(.exception, of: "opened"), .init(.exception, of: "folded"), .init(.exception, of: "closed")))
            select count(*) from opened
            """)

    private static func lagNote(_ source: String) -> String {
        """
        insert into location_lag_history (location_id, recorded_at, lag_seconds, silent_since)
        select location_id, clock_timestamp(), lag_seconds, silent_since from \(source)
        """
    }

    /// Of a location without a buffer of that kind, nothing is held back. In the transaction of its change.
    static let lagEnd = Statement(
        "lag_end", [.int4],
        sql: """
            with changed as (
                update location
                set lag_seconds = 0, rules = (rules & ~8)::int2
                where location_id = $1 and lag_seconds > 0
                returning location_id, lag_seconds, silent_since
            )
            \(lagNote("changed"))
            """)
}

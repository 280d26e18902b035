package import InventoryService
import LibPQ

/// Alarms that become exceptions once all data on its way has come, and those whose cause went without anybody's doing.
///
/// Both lock the alarms first and look again behind the lock: a batch that clears one, or notes it afresh, comes before
/// the whole of it or after.
extension PostgresExceptionStore {
    package func openPendingAlarms(
        wait: Duration, toleranceUnits: Int64, limit: Int
    ) async throws(StoreError) -> Int {
        try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            try Self.closeCovered(on: session)
            return try Self.open(wait: wait, toleranceUnits: toleranceUnits, limit: limit, on: session)
        }
    }

    private static func closeCovered(on session: Session) throws(PQError) {
        let keys = try lock(.coveredLock, on: session) { _ in }
        guard !keys.isEmpty else { return }
        let gone = try session.query(.coveredDelete) { $0.alarms(keys) }.map(\.only.text)
        let closed = try session.query(.pendingAlarmSettle) { $0.texts(gone) { $0 } }.map(\.only.text)
        var exchange = Exchange()
        ChangeLog.add(closed.map { .exception($0) }, to: &exchange)
        exchange.add(.commit)
        _ = try session.run(exchange)
    }

    private static func open(
        wait: Duration, toleranceUnits: Int64, limit: Int, on session: Session
    ) throws(PQError) -> Int {
        let keys = try lock(.dueLock, on: session) {
            $0.float8(Double(wait.components.seconds))
            $0.int8(Int64(limit))
        }
        guard !keys.isEmpty else { return 0 }
        var exchange = Exchange()
        let openedAt = exchange.add(.pendingAlarmOpen) {
            $0.alarms(keys)
            $0.int8(toleranceUnits)
        }
        exchange.add(.commit)
        return Int(try session.run(exchange)[openedAt][0].only.int8)
    }

    /// Begins a transaction that holds alarms; ends it where there are none.
    private static func lock(
        _ statement: Statement, on session: Session, _ parameters: (inout ParameterWriter) -> Void
    ) throws(PQError) -> [AlarmKey] {
        var exchange = Exchange()
        exchange.add(.begin)
        let lockedAt = exchange.add(statement, parameters)
        let keys = try session.run(exchange)[lockedAt].map(AlarmKey.init)
        if keys.isEmpty { _ = try session.query(.rollback) }
        return keys
    }
}

/// Which alarm a row is.
private struct AlarmKey {
    let item: Int64
    let location: Int32
    let type: String

    /// The columns of `Statement.alarmKey`.
    init(_ row: Row) {
        var row = RowCursor(row)
        (item, location, type) = (row.int8(), row.int4(), row.text())
    }
}

extension ParameterWriter {
    fileprivate mutating func alarms(_ keys: [AlarmKey]) {
        int8s(keys) { $0.item }
        int4s(keys) { $0.location }
        texts(keys) { $0.type }
    }
}

extension Statement {
    /// The exceptions that the watches in `due` become.
    private static let dueAlarms = """
        select due.type, \(ExceptionSQL.dedupeKey("due.type", "due.item_id", "due.location_id")),
               case when due.type in ('negativeBalance', 'uncoveredSale') or abs(due.units) >= 10 then 1
                    else 2 end, i.sku,
               due.location, coalesce(now_is.units, due.units), due.sequence, due.count_id, c.source_id, c.event_id,
               case due.type
                   when 'negativeBalance' then format(
                       'the balance is %s: more has left than ever came; count it, or find what was not received',
                       now_is.units)
                   when 'uncoveredSale' then format(
                       '%s promised units have no cover: move the orders that GET /v1/reservations?atRisk=true '
                       'lists, count, or bring goods', now_is.units)
                   else format(
                       'a count found %s units %s than the ledger says; count again, or accept what was found',
                       abs(due.units), case when due.units > 0 then 'more' else 'fewer' end)
               end
        from due
        cross join lateral (select * from item i where i.item_id = due.item_id offset 0) i
        left join lateral (select * from stock_count c where c.count_id = due.count_id offset 0) c on true
        left join lateral (
            select case due.type when 'negativeBalance' then b.on_hand
                                 else \(AvailabilitySQL.reserved) - greatest(b.on_hand, 0) end as units
            from balance b
            where due.type in ('negativeBalance', 'uncoveredSale') and b.item_id = due.item_id and b.location_id = due.location_id
        ) now_is on true
        where case due.type when 'countVariance' then abs(due.units) > $4
                            when 'uncoveredSale' then now_is.units > 0 else true end
        """

    private static let alarmKey = "w.item_id, w.location_id, w.type"
    private static let alarmKeyTypes: [PQType] = [.int8Array, .int4Array, .textArray]
    private static let lockedAlarms = "unnest($1, $2, $3) as locked(item_id, location_id, type)"

    /// A moment is left for who was heard to be written down.
    fileprivate static let dueLock = Statement(
        "pending_alarm_due_lock", [.float8, .int8],
        sql: """
            select \(alarmKey)
            from pending_alarm w join location l using (location_id)
            where not w.is_open and w.noted_at < clock_timestamp() - interval '2 seconds'
              and (w.noted_at < clock_timestamp() - make_interval(secs => $1)
                   or not exists (
                       select from (\(sourcesOfLocation)) s
                       where s.heard_through is null or s.heard_through <= w.instant))
            order by w.noted_at limit $2
            for update of w skip locked
            """)

    /// Of alarms that are locked.
    static let pendingAlarmOpen = Statement(
        "pending_alarm_open", alarmKeyTypes + [.int8],
        sql: """
            with due as materialized (
                select w.*, l.id as location
                from \(lockedAlarms)
                cross join lateral (
                    select * from pending_alarm w
                    where w.item_id = locked.item_id and w.location_id = locked.location_id and w.type = locked.type offset 0
                ) w
                cross join lateral (select * from location l where l.location_id = w.location_id offset 0) l
            ),
            opened as (
                \(ExceptionSQL.open(
                    [
                        "type", "dedupe_key", "priority", "sku", "location", "units", "sequence", "count_id",
                        "source_id", "event_id", "detail",
                    ], dueAlarms, ifOpen: .update(["units", "sequence", "count_id", "priority", "detail"])))
            ),
            \(ChangeLog.logged(.init(.exception, of: "opened"))),
            marked as (
                update pending_alarm w set is_open = true
                from due where w.item_id = due.item_id and w.location_id = due.location_id and w.type = due.type
                returning 1
            )
            select count(*) from marked
            """)

    private static let isCovered = "\(AvailabilitySQL.reserved) <= greatest(b.on_hand, 0)"

    /// Holds that ended may have covered others, which nobody writes down at the time.
    fileprivate static let coveredLock = Statement(
        "covered_lock",
        sql: """
            select \(alarmKey)
            from pending_alarm w join balance b using (item_id, location_id)
            where w.type = 'uncoveredSale' and w.is_open and \(isCovered)
            order by w.item_id, w.location_id
            for update of w skip locked
            """)

    /// Of alarms that are locked, those that are still covered.
    fileprivate static let coveredDelete = Statement(
        "covered_delete", alarmKeyTypes,
        sql: """
            delete from pending_alarm w
            using \(lockedAlarms), balance b
            where w.item_id = locked.item_id and w.location_id = locked.location_id and w.type = locked.type
              and b.item_id = w.item_id and b.location_id = w.location_id and w.is_open and \(isCovered)
            returning \(ExceptionSQL.dedupeKey("w.type", "w.item_id", "w.location_id"))
            """)
}

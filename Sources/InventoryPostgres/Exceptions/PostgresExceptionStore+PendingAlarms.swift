package import InventoryService
import LibPQ

/// Alarms that become exceptions once all data on its way has come.
extension PostgresExceptionStore {
    package func openPendingAlarms(
        wait: Duration, toleranceUnits: Int64, limit: Int
    ) async throws(StoreError) -> Int {
        let opened = try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            _ = try session.query(.coveredClose)
            return try session.query(.pendingAlarmOpen) {
                $0.float8(Double(wait.components.seconds))
                $0.int8(toleranceUnits)
                $0.int8(Int64(limit))
            }[0].int8(0)
        }
        return Int(opened)
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
        join item i using (item_id)
        left join stock_count c using (count_id)
        left join lateral (
            select case due.type when 'negativeBalance' then b.on_hand
                                 else \(AvailabilitySQL.reserved) - greatest(b.on_hand, 0) end as units
            from balance b
            where due.type in ('negativeBalance', 'uncoveredSale') and b.item_id = due.item_id and b.location_id = due.location_id
        ) now_is on true
        where case due.type when 'countVariance' then abs(due.units) > $2
                            when 'uncoveredSale' then now_is.units > 0 else true end
        """

    /// One statement, so that a batch which clears an alarm comes before it or after it. A moment is left for who was heard
    /// to be written down.
    fileprivate static let pendingAlarmOpen = Statement(
        "pending_alarm_open", [.float8, .int8, .int8],
        sql: """
            with due as materialized (
                select w.*, l.id as location
                from pending_alarm w join location l using (location_id)
                where not w.is_open and w.noted_at < clock_timestamp() - interval '2 seconds'
                  and (w.noted_at < clock_timestamp() - make_interval(secs => $1)
                       or not exists (
                           select from (\(sourcesOfLocation)) s
                           where s.heard_through is null or s.heard_through <= w.instant))
                order by w.noted_at limit $3
                for update of w skip locked
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

    /// Holds that ended may have covered others, which nobody writes down at the time.
    fileprivate static let coveredClose = Statement(
        "covered_close",
        sql: """
            with gone as (
                delete from pending_alarm w
                using balance b
                where w.type = 'uncoveredSale' and w.is_open and b.item_id = w.item_id
                  and b.location_id = w.location_id and \(AvailabilitySQL.reserved) <= greatest(b.on_hand, 0)
                returning \(ExceptionSQL.dedupeKey("w.type", "w.item_id", "w.location_id")) as dedupe_key
            ),
            closed as (
                \(exceptionCloseWithAlarm)
            ),
            \(ChangeLog.logged(.init(.exception, of: "closed")))
            select count(*) from closed
            """)
}

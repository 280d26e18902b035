import Inventory
import InventoryService
import LibPQ

/// What people are told of variances, and when that has settled itself.
extension Statement {
    /// Those who finish figures of one source take turns: so it is certain which figures are the newest, and nobody waits
    /// for another's exceptions in a circle.
    static let reconciliationTurn = Statement(
        "reconciliation_turn", [.bytea],
        sql: """
            select \(AdvisoryLock.reconciliationTurn.exclude("source_id"))
            from reconciliation where reconciliation_id = $1
            """)

    /// The pairs at the locations of `lines` for which later figures of the source of reconciliation $1 are done.
    static func laterFigures(atLocationsOf lines: String) -> String {
        """
        select distinct n.item_id, n.location_id
        from reconciliation r
        cross join (select distinct location_id from \(lines)) a
        join reconciliation_place p on p.location_id = a.location_id and p.as_of > r.as_of
        join reconciliation o
            on o.reconciliation_id = p.reconciliation_id and o.source_id = r.source_id and o.status = 'done'
        join reconciliation_line n on n.reconciliation_id = o.reconciliation_id and n.location_id = a.location_id
        where r.reconciliation_id = $1
        """
    }

    private static let laterThanThese = laterFigures(
        atLocationsOf: "(select location_id from reconciliation_line where reconciliation_id = $1) mine")

    private static let isOfLaterFigures = """
        exists (select from later where later.item_id = l.item_id and later.location_id = l.location_id)
        """

    private static let type = ExceptionType.reconciliationVariance

    private static let dedupeKey = ExceptionSQL.dedupeKey(type, "r.source_id", "l.item_id", "l.location_id")

    private static let openedColumns = [
        "type", "dedupe_key", "priority", "source_id", "event_id", "sku", "location", "units", "detail",
    ]

    /// The exception is about figures of a later instant: these say nothing of what is wrong now.
    private static func isOfLater(than asOf: String) -> String {
        """
        exists (
            select from reconciliation o
            where o.source_id = e.source_id and o.event_id = e.event_id and o.as_of > \(asOf))
        """
    }

    /// - Parameter ours: the ledger's figure as it is known now.
    private static func detail(ours: String) -> String {
        """
        format(
            'as of %s ''%s'' says %s where the ledger had %s, and nothing on its way explains it: count, '
            'correct the balance, or find what one of the two was not told',
            to_char(r.as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), s.id, l.theirs, \(ours))
        """
    }

    /// Newer figures bring an open one up to date; those of an earlier instant say nothing of what is wrong now.
    private static func openOrUpdate(_ rows: String, asOf: String) -> String {
        ExceptionSQL.open(
            openedColumns, rows,
            ifOpen: .update(["event_id", "units", "detail"], where: "not \(isOfLater(than: asOf))"))
    }

    /// Not of what waits for data on its way, nor of what later figures speak of.
    static let reconciliationExceptionsOpen = Statement(
        "reconciliation_exceptions_open", [.bytea],
        sql: """
            with later as materialized (
                \(laterThanThese)
            ),
            opened as (
                \(openOrUpdate(
                    """
                    select '\(type.rawValue)', \(dedupeKey), \(type.priority.rawValue), r.source_id, r.event_id, i.sku, p.id,
                           l.theirs - l.ours, \(detail(ours: "l.ours"))
                    from reconciliation r
                    join reconciliation_line l using (reconciliation_id)
                    join source s on s.source_id = r.source_id
                    join item i on i.item_id = l.item_id
                    join location p on p.location_id = l.location_id
                    where r.reconciliation_id = $1 and l.status = 'variance' and not l.is_awaiting
                      and not \(isOfLaterFigures)
                    order by (\(dedupeKey)) collate "C"
                    """, asOf: "(select n.as_of from reconciliation n where n.reconciliation_id = $1)"))
            )
            select dedupe_key from opened
            """)

    /// What was only explained may still be wrong, so that leaves them open.
    static let reconciliationExceptionsClose = Statement(
        "reconciliation_exceptions_close", [.bytea],
        sql: """
            with later as materialized (
                \(laterThanThese)
            ),
            settled as materialized (
                select e.exception_id
                from reconciliation r
                join reconciliation_line l using (reconciliation_id)
                join exception e on e.dedupe_key = \(dedupeKey) and e.status <> 'resolved'
                where r.reconciliation_id = $1 and l.status in ('matched', 'withinTolerance', 'corrected')
                  and not \(isOfLater(than: "r.as_of")) and not \(isOfLaterFigures)
                order by e.dedupe_key
                for update of e
            )
            \(ExceptionSQL.close(
                from: "settled", where: "e.exception_id = settled.exception_id",
                resolution: "'closed by itself: later figures of the same source agree with the ledger'"))
            """)

    /// As those who finish them do, of all sources that have figures waiting, which it names.
    static let reconciliationAwaitedTurns = Statement(
        "reconciliation_awaited_turns",
        sql: """
            select source_id, \(AdvisoryLock.reconciliationTurn.exclude("source_id"))
            from (
                select distinct r.source_id
                from reconciliation_line w join reconciliation r using (reconciliation_id)
                where w.is_awaiting
                order by r.source_id
            ) s
            """)

    private static let asOfNew = """
        (select n.as_of from reconciliation n
         where n.source_id = excluded.source_id and n.event_id = excluded.event_id)
        """

    /// How many lines of sources whose turn it is waited for data on its way and wait no longer. People are told of those that are off still, by what
    /// the ledger knows now, and that no newer figures speak of.
    static let reconciliationAwaitedOpen = Statement(
        "reconciliation_awaited_open", [.float8, .int8, .int4Array],
        sql: """
            with heard as materialized (
                select r.reconciliation_id, r.source_id, r.as_of, w.location_id
                from (select distinct reconciliation_id, location_id from reconciliation_line where is_awaiting) w
                join reconciliation r using (reconciliation_id)
                join location l using (location_id)
                where r.status = 'done' and r.source_id = any ($3)
                  and (r.as_of <= clock_timestamp() - make_interval(secs => $1)
                       or not exists (select from (\(sourcesUnheard(through: "r.as_of", except: "r.source_id"))) u))
            ),
            due as materialized (
                select w.reconciliation_id, w.line
                from reconciliation_line w join heard using (reconciliation_id, location_id)
                where w.is_awaiting
                order by w.reconciliation_id, w.line limit $2
                for update of w skip locked
            ),
            told as (
                update reconciliation_line w set is_awaiting = false
                from due where w.reconciliation_id = due.reconciliation_id and w.line = due.line
                returning w.reconciliation_id, w.item_id, w.location_id, w.theirs, w.rule
            ),
            occurred as materialized (
                select distinct u.*
                from (
                    select array_agg(t.item_id order by t.reconciliation_id, t.location_id, t.item_id) as items,
                           array_agg(t.location_id order by t.reconciliation_id, t.location_id, t.item_id) as places,
                           array_agg(r.as_of order by t.reconciliation_id, t.location_id, t.item_id) as instants
                    from told t join reconciliation r using (reconciliation_id)
                ) a
                cross join lateral units_occurred(a.items, a.places, a.instants) u
            ),
            newest as materialized (
                select distinct on (r.source_id, n.location_id, n.item_id)
                       r.source_id, n.location_id, n.item_id, r.as_of, r.created_at
                from (select source_id, location_id, min(as_of) as as_of from heard group by 1, 2) h
                join reconciliation_place p on p.location_id = h.location_id and p.as_of >= h.as_of
                join reconciliation r
                    on r.reconciliation_id = p.reconciliation_id and r.source_id = h.source_id and r.status = 'done'
                join reconciliation_line n
                    on n.reconciliation_id = r.reconciliation_id and n.location_id = h.location_id
                where n.item_id is not null
                order by 1, 2, 3, r.as_of desc, r.created_at desc
            ),
            opened as (
                \(openOrUpdate(
                    """
                    select distinct on ((\(dedupeKey)) collate "C")
                           '\(type.rawValue)', \(dedupeKey), \(type.priority.rawValue), r.source_id, r.event_id, i.sku, p.id,
                           l.theirs - o.on_hand, \(detail(ours: "o.on_hand"))
                    from told l
                    join reconciliation r using (reconciliation_id)
                    join source s on s.source_id = r.source_id
                    join item i on i.item_id = l.item_id
                    join location p on p.location_id = l.location_id
                    left join reconciliation_rule k on k.id = l.rule
                    join occurred o
                        on o.item_id = l.item_id and o.location_id = l.location_id and o.instant = r.as_of
                    where abs(l.theirs - o.on_hand) > greatest(
                              coalesce(k.tolerance_units, 0),
                              div(abs(o.on_hand)::numeric * coalesce(k.tolerance_percent, 0), 100))
                      and not exists (
                          select from newest n
                          where n.source_id = r.source_id and n.item_id = l.item_id and n.location_id = l.location_id
                            and (n.as_of, n.created_at) > (r.as_of, r.created_at))
                    order by (\(dedupeKey)) collate "C", r.as_of desc, r.created_at desc
                    """, asOf: asOfNew))
            ),
            \(ChangeLog.logged(.init(.exception, of: "opened")))
            select count(*) from told
            """)
}

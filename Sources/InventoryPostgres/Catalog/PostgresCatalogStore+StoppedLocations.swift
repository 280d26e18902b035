package import Inventory
package import InventoryService
import LibPQ

/// Orders and holds that are open at a location, and what is told of them when it is stopped.
extension PostgresCatalogStore {
    package func openPromises(at location: LocationID) async throws(StoreError) -> Int64 {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.locationOpenPromises) { $0.text(location.text) }.first?.only.int8 ?? 0
        }
    }

    /// Tells people of promises that are open at a location that was stopped; no more when it sells again. Behind the
    /// lock that ends grants under way, so that none is missed.
    /// - Returns: the keys of exceptions that opened, changed or closed.
    func noteStopped(_ location: LocationID, on session: Session) throws(PQError) -> [String] {
        try session.query(.locationStopNote) { $0.text(location.text) }.map { $0.only.text }
    }
}

/// Promises that are open now at location `l`.
enum OpenPromises {
    /// So many are counted.
    static let countedMax = 10_000

    /// Orders and holds; what a transfer keeps is shipped as planned.
    private static func reservations(_ condition: String) -> String {
        """
        select 1 from reservation r
        where r.is_open and r.transfer_id is null and \(condition) and exists (
            select from allocation a
            where a.reservation_id = r.reservation_id and a.location_id = l.location_id and \(Statement.isOpenNow("a")))
        """
    }

    private static let whole = reservations("r.location = l.id")
    private static let split = reservations("r.is_split and r.location <> l.id")

    static let count = "(select count(*) from ((\(whole)) union all (\(split)) limit \(countedMax)) open)"

    /// Split orders that have units of rows of `page`, which are gone through once for all of them.
    static func split(over page: String) -> String {
        """
        split as materialized (
            select l.location_id, count(distinct r.reservation_id) as promises
            from reservation r
            join allocation a on a.reservation_id = r.reservation_id
            join \(page) l on l.location_id = a.location_id
            where r.is_open and r.is_split and r.transfer_id is null and r.location <> l.id
              and \(Statement.isOpenNow("a"))
            group by l.location_id
        )
        """
    }

    /// Of a location that a list shows, beside `split`.
    static let countOfListed = """
        (select least(\(countedMax), count(*) + coalesce((
             select s.promises from split s where s.location_id = l.location_id), 0))
         from (\(whole) limit \(countedMax)) open)
        """

    static let exist = "(exists (\(whole)) or exists (\(split)))"
}

extension Statement {
    private static let stopped = ExceptionType.stoppedLocation
    private static let sells = "l.status = 'active' and l.mode = 'live'"

    fileprivate static let locationOpenPromises = Statement(
        "location_open_promises", [.text],
        sql: "select \(OpenPromises.count) from location l where l.id = $1 and l.deleted_at is null")

    fileprivate static let locationStopNote = Statement(
        "location_stop_note", [.text],
        sql: """
            with stopped as materialized (
                select l.id, \(sells) as sells, case when l.status = 'active' then l.mode else l.status end as how,
                       case when \(sells) then 0 else \(OpenPromises.count) end as promises
                from location l where l.id = $1
            ),
            opened as (
                \(ExceptionSQL.open(
                    ["type", "dedupe_key", "priority", "location", "detail"],
                    """
                    select '\(stopped.rawValue)', \(ExceptionSQL.dedupeKey(stopped, "id")), \(stopped.priority.rawValue), id,
                           format('the location was set to %s while %s orders and holds were open there; move them, hand '
                                  'them over or release them: the link lists them with where each could be kept',
                                  how, promises)
                    from stopped where promises > 0
                    """, ifOpen: .update(["detail"], where: "e.detail is distinct from excluded.detail")))
            ),
            closed as (
                \(ExceptionSQL.close(
                    from: "stopped s",
                    where: "s.promises = 0 and e.dedupe_key = \(ExceptionSQL.dedupeKey(stopped, "s.id"))",
                    resolution: """
                        case when s.sells then 'closed by itself: the location sells again'
                             else 'closed by itself: nothing is open there any more' end
                        """))
            )
            select dedupe_key from opened union all select dedupe_key from closed
            """)
}

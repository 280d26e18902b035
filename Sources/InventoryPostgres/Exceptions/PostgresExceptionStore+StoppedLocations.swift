import Inventory
package import InventoryService
import LibPQ

/// Closes what was told of promises at stopped locations, once none is open there.
extension PostgresExceptionStore {
    package func closeStoppedLocations(limit: Int) async throws(StoreError) -> Int {
        try await change.performRepeating(timeout: Self.listTimeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            let lockedAt = exchange.add(.stoppedLocationsLock) { $0.int8(Int64(limit)) }
            let locked = try session.run(exchange)[lockedAt].map(\.only.int4)
            guard !locked.isEmpty else {
                _ = try session.query(.rollback)
                return 0
            }
            exchange = Exchange()
            let closedAt = exchange.add(.stoppedLocationsClose) { $0.int4s(locked) { $0 } }
            exchange.add(.commit)
            return Int(try session.run(exchange)[closedAt][0].only.int8)
        }
    }
}

extension Statement {
    private static let stopped = ExceptionType.stoppedLocation

    /// Those whose promises have gone, as far as can be seen before they are locked.
    fileprivate static let stoppedLocationsLock = Statement(
        "stopped_locations_lock", [.int8],
        sql: """
            select l.location_id
            from exception e join location l on l.id = e.location
            where e.status <> 'resolved'
              and e.dedupe_key >= '\(stopped.rawValue):' and e.dedupe_key < '\(stopped.rawValue);'
              and not \(OpenPromises.exist)
            order by l.location_id limit $1
            for update of l skip locked
            """)

    /// Of locations that are locked.
    fileprivate static let stoppedLocationsClose = Statement(
        "stopped_locations_close", [.int4Array],
        sql: """
            with closed as (
                \(ExceptionSQL.close(
                    from: "location l",
                    where: """
                        l.location_id = any ($1) and e.dedupe_key = \(ExceptionSQL.dedupeKey(stopped, "l.id"))
                        and not \(OpenPromises.exist)
                        """,
                    resolution: "'closed by itself: nothing is open there any more'"))
            ),
            \(ChangeLog.logged(.init(.exception, of: "closed")))
            select count(*) from closed
            """)
}

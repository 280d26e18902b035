import InventoryPostgres
import ServiceLifecycle

/// Bounds a stop. Services end one after the other, and while the database is away each would wait as long as it may: all of
/// them together wait no longer than `PostgresPools.stopWithin`.
///
/// The last in the list of services, so that it is the first that is told.
struct StopBound: Service {
    let pools: PostgresPools

    func run() async throws {
        try? await gracefulShutdown()
        pools.giveUpSoon()
    }
}

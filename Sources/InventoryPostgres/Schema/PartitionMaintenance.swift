package import InventoryService
import LibPQ
package import Logging

/// Makes the ledger's next monthly partitions well before they are needed: a missing one would stop all writes.
package struct PartitionMaintenance: PeriodicWork {
    package static let name = "ledgerPartitions"
    package static let schedule = PeriodicSchedule(every: .seconds(3_600))

    private let pool: ConnectionPool
    private let logger: Logger

    package init(pools: PostgresPools, logger: Logger) {
        pool = pools.maintenance
        self.logger = logger
    }

    package func pass() async throws -> PeriodicPass {
        let made = try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
            try session.query(.movementPartitionsEnsure) {
                $0.int4(Migrator.partitionMonthsAhead)
            }[0].only.int4
        }
        if made > 0 { logger.info("ledger partitions made", metadata: ["count": "\(made)"]) }
        return PeriodicPass(items: Int(made))
    }
}

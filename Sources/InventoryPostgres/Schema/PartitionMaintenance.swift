import LibPQ
package import Logging
import ServiceLifecycle

/// Makes the ledger's next monthly partitions well before they are needed: a missing one would stop all writes.
package struct PartitionMaintenance: Service {
    private let pool: ConnectionPool
    private let logger: Logger

    package init(pools: PostgresPools, logger: Logger) {
        pool = pools.report
        self.logger = logger
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let made = try await pool.run(timeout: .seconds(30)) { session throws(PQError) in
                        try session.query(.movementPartitionsEnsure) {
                            $0.int4(Migrator.partitionMonthsAhead)
                        }[0].int4(0)
                    }
                    if made > 0 { logger.info("ledger partitions made", metadata: ["count": "\(made)"]) }
                } catch {
                    logger.error("ledger partitions not checked", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(3600))
            }
        }
    }
}

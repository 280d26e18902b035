package import LibPQ
package import Logging

/// The connections of one process, by what they do: each kind has its own session settings, so that a long list
/// can neither hold a writer up nor be planned like one.
package struct PostgresPools: Sendable {
    /// Batches, and nothing else: what waits for a lock on master data must not hold a sale up.
    package let write: ConnectionPool
    /// Batches that somebody else's lock was in the way of.
    package let aside: ConnectionPool
    /// Whatever is written beside batches.
    package let change: ConnectionPool
    package let read: ConnectionPool
    /// Reads as quick as single ones for each row, but of thousands of rows: single ones must not wait behind them.
    package let bulkRead: ConnectionPool
    package let report: ConnectionPool
    /// Questions about an instant, and what explains one figure: each is short, and no long list may hold it up.
    package let past: ConnectionPool
    /// What the service does by itself, or has promised to finish: no list that somebody asks for may hold it up.
    package let maintenance: ConnectionPool
    /// What gives commits their positions in the feed, and reads it.
    package let feed: ConnectionPool

    package struct Sizes: Sendable {
        package var write = 2
        package var aside = 1
        package var change = 2
        package var read = 2
        package var bulkRead = 2
        package var report = 2
        package var past = 1
        package var maintenance = 1
        package var feed = 2

        package init() {}
    }

    /// How long a statement waits for somebody else's lock, in milliseconds. A frozen peer must not hold anybody for ever.
    package struct LockWaits: Sendable {
        /// Of a batch: far longer than another process's batch takes, and short for its commands that need other rows.
        package var write = 500
        /// Of what was set aside, at each attempt.
        package var aside = 100
        /// Of everything else: while a change of statuses waits for promises that are being written, new ones wait behind it.
        package var change = 1_000

        package init() {}
    }

    /// When PostgreSQL plans a hot statement.
    package enum HotPlans: String, Sendable, CaseIterable {
        /// Once a connection, whatever the values: what a single server does best with.
        case generic
        /// For each execution. A router in front of several servers has to see the values to choose one, and refuses
        /// generic plans of statements that call SQL functions.
        case custom
        /// As PostgreSQL thinks best.
        case auto

        /// As PostgreSQL's `plan_cache_mode` has it.
        fileprivate var planCacheMode: String {
            switch self {
            case .generic: "force_generic_plan"
            case .custom: "force_custom_plan"
            case .auto: "auto"
            }
        }
    }

    /// Jobs that may wait for a connection of one kind.
    package static let jobsWaitingMax = 10_000

    /// - Parameter plans: how the statements of batches and single reads are planned.
    package init(
        url: String, sizes: Sizes = Sizes(), lockWaits: LockWaits = LockWaits(), plans: HotPlans = .generic,
        opening: ConnectionPool.Opening = .atOnce, logger: Logger
    ) throws(InvalidConnectionURL) {
        func pool(
            _ name: String, _ size: Int, _ session: [String: String]
        ) throws(InvalidConnectionURL) -> ConnectionPool {
            ConnectionPool(
                try ConnectionSettings(url: url, applicationName: name, session: session), size: size,
                jobsMax: Self.jobsWaitingMax, opening: opening, logger: logger)
        }
        let hot = Self.hotSession.merging(["plan_cache_mode": plans.planCacheMode]) { $1 }
        func writing(_ lockWait: Int) -> [String: String] {
            hot.merging(Self.modifying) { $1 }.merging(["lock_timeout": "\(lockWait)ms"]) { $1 }
        }
        write = try pool("holdfast write", sizes.write, writing(lockWaits.write))
        aside = try pool("holdfast aside", sizes.aside, writing(lockWaits.aside))
        change = try pool("holdfast change", sizes.change, writing(lockWaits.change))
        read = try pool("holdfast read", sizes.read, hot.merging(Self.reading) { $1 })
        bulkRead = try pool("holdfast bulk read", sizes.bulkRead, hot.merging(Self.bulkReading) { $1 })
        report = try pool("holdfast report", sizes.report, Self.reporting)
        past = try pool("holdfast past", sizes.past, Self.reporting)
        maintenance = try pool("holdfast maintenance", sizes.maintenance, Self.reporting)
        feed = try pool("holdfast feed", sizes.feed, hot.merging(Self.following) { $1 })
    }

    /// Finishes accepted work and closes every connection.
    package func shutdown() async {
        // All at once: each may still wait for a connection that does not come.
        for pool in all { pool.close() }
        for pool in all { await pool.shutdown() }
    }

    private var all: [ConnectionPool] {
        [write, aside, change, read, bulkRead, report, past, maintenance, feed]
    }

    /// How long a process that was told to stop still waits for the database, all in all: longer than an attempt to connect
    /// takes, so one that is under way then is over by the end.
    package static let stopWithin: Duration = .seconds(6)

    /// Called when the process is told to stop.
    package func giveUpSoon() { for pool in all { pool.giveUp(after: Self.stopWithin) } }

    /// Statements whose plan must not depend on what the tables held when it was made: one plan, by index, from the
    /// first row on. Disabled plans look expensive, which would start the compiler: so no JIT.
    static let hotSession = [
        "plan_cache_mode": HotPlans.generic.planCacheMode, "enable_seqscan": "off", "enable_hashjoin": "off",
        "enable_mergejoin": "off", "jit": "off",
    ]
    private static let modifying = ["statement_timeout": "15s", "idle_in_transaction_session_timeout": "10s"]
    /// A pass that waits for another process's is short; one of thousands of balances is not.
    private static let following = [
        "statement_timeout": "30s", "idle_in_transaction_session_timeout": "10s", "lock_timeout": "5s",
    ]
    private static let reading = ["statement_timeout": "5s", "default_transaction_read_only": "on"]
    private static let bulkReading = ["statement_timeout": "30s", "default_transaction_read_only": "on"]
    /// Lists differ so much by their filters that one plan for all would fit none.
    private static let reporting = [
        "statement_timeout": "30s", "jit": "off", "plan_cache_mode": "force_custom_plan",
        // A list over the whole network is worth a helper: it is waited for, and there are few at a time. A page that is
        // found in a millisecond is not: to start one takes longer.
        "max_parallel_workers_per_gather": "2", "parallel_setup_cost": "1000", "parallel_tuple_cost": "0.01",
        "min_parallel_table_scan_size": "1MB", "min_parallel_index_scan_size": "128kB",
        // What is listed is nearly always in memory: many looks into an index beat one long scan.
        "random_page_cost": "1.1",
    ]
}

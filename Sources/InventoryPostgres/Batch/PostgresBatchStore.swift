package import Inventory
package import InventoryService
import LibPQ
import Synchronization

/// Facts on PostgreSQL. A batch takes the gate when all that it needs is believed known, else it locks and reads; the
/// decision is made on the connection's own thread in both.
package struct PostgresBatchStore: BatchStore {
    /// How a batch reaches the ledger.
    package enum WritePath: String, Sendable, CaseIterable {
        /// In one round trip where possible, and behind it the way of `locked`.
        case optimistic
        /// Always lock and read first, then write: the portable form.
        case locked
    }

    private let write: ConnectionPool
    let readPool: ConnectionPool
    private let hash: Hash
    private let cache: BatchCache?
    private let clock = DatabaseClock()
    private let counts = BatchCounts()

    /// For one attempt at a batch, waiting for a connection included.
    private static let batchTimeoutMax: Duration = .seconds(8)
    private static let readTimeout: Duration = .seconds(5)

    package init(pools: PostgresPools, path: WritePath = .optimistic, hash: @escaping Hash = sha256) {
        write = pools.write
        readPool = pools.read
        cache = path == .optimistic ? BatchCache() : nil
        self.hash = hash
    }

    package func commit(
        _ commands: [Command], within: Duration
    ) async throws(StoreError) -> CommittedBatch {
        var attempts = 0
        while true {
            attempts += 1
            // A batch that was in somebody's way once locks first from then on.
            let cache = attempts == 1 ? cache : nil
            let attempted: LockedBatch.Attempt
            do throws(PQError) {
                attempted = try await write.run(timeout: min(within, Self.batchTimeoutMax)) {
                    [self] session throws(PQError) in
                    try attempt(commands, cache, on: session)
                }
            } catch {
                guard error.isConflict || error.isOutdatedBatch else { throw StoreError(error) }
                attempted = .conflict
            }
            switch attempted {
            case .committed(let batch): return batch
            case .unknown(let outcomes): throw .outcomeUnknown(outcomes)
            case .conflict: if attempts >= ConnectionPool.attemptsMax { throw .conflict(attempts: attempts) }
            }
        }
    }

    private func attempt(
        _ commands: [Command], _ trusted: BatchCache?, on session: Session
    ) throws(PQError) -> LockedBatch.Attempt {
        if let trusted {
            let batch = OptimisticBatch(commands: commands, cache: trusted, clock: clock, hash: hash)
            switch try batch.attempt(on: session) {
            case .committed(let batch):
                counts.add(optimistic: 1)
                return .committed(batch)
            case .unknown(let outcomes): return .unknown(outcomes)
            case .declined: break
            }
        }
        counts.add(locked: 1)
        return try LockedBatch(commands: commands, hash: hash, cache: cache, clock: clock).attempt(on: session)
    }

    /// Batches that were written optimistically, and attempts that locked first, since the start.
    package var batchCounts: (optimistic: Int, locked: Int) { counts.value }

    package func sourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber {
        try await write.performRepeating(timeout: Self.readTimeout) { session throws(PQError) in
            // Another process may bring it into being between the two, which only the next look sees.
            for _ in 0..<Self.sourceLooksMax {
                let known = try session.query(.sourceNumber) { $0.text(id.text) }
                if let row = known.first { return SourceNumber(row.int4(0)) }
                let made = try session.query(.sourceEnsure) { $0.text(id.text) }
                if let row = made.first { return SourceNumber(row.int4(0)) }
            }
            throw .interrupted
        }
    }

    /// A source that is deleted and comes back this often between two statements is left to the client's next try.
    private static let sourceLooksMax = 5
}

private final class BatchCounts: Sendable {
    private let counts = Mutex((optimistic: 0, locked: 0))

    var value: (optimistic: Int, locked: Int) { counts.withLock { $0 } }

    func add(optimistic: Int = 0, locked: Int = 0) {
        counts.withLock { $0 = ($0.optimistic + optimistic, $0.locked + locked) }
    }
}

extension CommittedBatch {
    /// - Parameter first: the sequence of the first ledger line.
    init(_ decision: Decision, _ snapshot: Snapshot, first: Int64?, asOf: Timestamp) {
        self.init(
            outcomes: decision.outcomes, firstSequence: first,
            balances: snapshot.balances.merging(decision.changes.balances) { $1 }, asOf: asOf)
    }
}

extension ItemReference {
    var sku: SKU? {
        if case .sku(let sku) = self { sku } else { nil }
    }

    var code: Code? {
        if case .code(_, let code) = self { code } else { nil }
    }
}

extension Statement {
    fileprivate static let sourceNumber = Statement(
        "source_number", [.text],
        sql: "select source_id from source where id = $1 and deleted_at is null")

    /// First use creates it; a deleted one comes back to life under its own number. No row where another process was
    /// faster: nothing has changed then.
    fileprivate static let sourceEnsure = Statement(
        "source_ensure", [.text],
        sql: """
            with revived as (
                update source set deleted_at = null, version = version + 1, updated_at = clock_timestamp()
                where id = $1 and deleted_at is not null
                returning source_id, id
            ), made as (
                insert into source (id) select $1 where not exists (select from source where id = $1)
                on conflict (id) do nothing
                returning source_id, id
            ), ensured as (
                select * from revived union all select * from made
            ),
            \(ChangeLog.logged(.init(.source, of: "ensured", key: "id")))
            select source_id from ensured
            """)
}

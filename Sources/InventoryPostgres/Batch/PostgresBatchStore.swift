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
    private let aside: ConnectionPool
    let change: ConnectionPool
    let readPool: ConnectionPool
    let hash: Hash
    private let cache: BatchCache?
    private let clock = DatabaseClock()
    let actors = ActorNumbers()
    private let counts = BatchCounts()
    private let lastLockTimeout = LastLockTimeout()

    /// For one attempt at a batch, waiting for a connection included.
    private static let batchTimeoutMax: Duration = .seconds(8)
    static let readTimeout: Duration = .seconds(5)
    /// Rows are looked at before they are waited for, for so long after a batch had to wait too long.
    private static let waryFor: Duration = .seconds(2)
    /// Names that are looked at and locked together, so that nobody waits long for a look.
    private static let namesPerLook = 500

    package init(pools: PostgresPools, path: WritePath = .optimistic, hash: Hash = sha256) {
        write = pools.write
        aside = pools.aside
        change = pools.change
        readPool = pools.read
        cache = path == .optimistic ? BatchCache() : nil
        self.hash = hash
    }

    package func commit(
        _ commands: [Command], within: Duration, isAside: Bool
    ) async throws(StoreError) -> CommittedBatch {
        let deadline = ContinuousClock.now.advanced(by: within)
        // Who has just seen a row held too long does not wait for the next one, but asks first.
        if !isAside, lastLockTimeout.was(within: Self.waryFor) {
            let places = try await locked(commands, on: write, within: within)
            guard places.isEmpty else { throw .locked(places) }
        }
        var attempts = 0
        while true {
            attempts += 1
            // A batch that was in somebody's way once locks first from then on.
            let cache = attempts == 1 && !isAside ? cache : nil
            let left = ContinuousClock.now.duration(to: deadline)
            let attempted: LockedBatch.Attempt
            do throws(PQError) {
                attempted = try await (isAside ? aside : write).run(timeout: min(left, Self.batchTimeoutMax)) {
                    [self] session throws(PQError) in
                    try attempt(commands, cache, on: session)
                }
            } catch {
                if error.isLockTimeout {
                    throw try await lockTimeout(commands, isAside, within: ContinuousClock.now.duration(to: deadline))
                }
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

    /// A lock was waited for too long: which commands need it, if that can be told.
    private func lockTimeout(
        _ commands: [Command], _ isAside: Bool, within: Duration
    ) async throws(StoreError) -> StoreError {
        if !isAside { lastLockTimeout.note() }
        let places = commands.count > 1 ? try await locked(commands, on: isAside ? aside : write, within: within) : [0]
        guard places.isEmpty else { return .locked(places) }
        // It was a lock on something else than a balance, or it is free by now. Whose it is, halving tells; that may take long,
        // which nobody should have to wait for.
        return isAside ? .conflict(attempts: 1) : .locked(Array(commands.indices))
    }

    package func locked(_ commands: [Command], within: Duration) async throws(StoreError) -> [Int] {
        try await locked(commands, on: aside, within: within)
    }

    private func locked(
        _ commands: [Command], on pool: ConnectionPool, within: Duration
    ) async throws(StoreError) -> [Int] {
        let names = Array(Set(commands.flatMap { Array([$0].names) }))
        guard !names.isEmpty else { return [] }
        let locked: Set<Name> = try await pool.perform(timeout: min(within, Self.readTimeout)) {
            session throws(PQError) in
            var locked: Set<Name> = []
            for start in stride(from: 0, to: names.count, by: Self.namesPerLook) {
                let part = Array(names[start..<min(start + Self.namesPerLook, names.count)])
                var exchange = Exchange()
                exchange.add(.begin)
                let lockedAt = exchange.add(.balancesLocked) { $0.names(part) }
                // What was locked to look at it comes free, and nothing is written down of it.
                exchange.add(.rollback)
                for row in try session.run(exchange)[lockedAt] { locked.insert(part[Int(row.only.int8) - 1]) }
            }
            return locked
        }
        return commands.indices.filter { !locked.isDisjoint(with: [commands[$0]].names) }
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
        let known = try await readPool.perform(timeout: Self.readTimeout) { session throws(PQError) in
            try Self.number(.sourceNumber, of: id, on: session)
        }
        if let known { return known }
        return try await change.performRepeating(timeout: Self.readTimeout) { session throws(PQError) in
            // Another process may bring it into being between the two, which only the next look sees.
            for _ in 0..<Self.sourceLooksMax {
                if let made = try Self.number(.sourceEnsure, of: id, on: session) { return made }
                if let known = try Self.number(.sourceNumber, of: id, on: session) { return known }
            }
            throw .interrupted
        }
    }

    private static func number(
        _ statement: Statement, of id: SourceID, on session: Session
    ) throws(PQError) -> SourceNumber? {
        try session.query(statement) { $0.text(id.text) }.first.map { SourceNumber($0.only.int4) }
    }

    /// A source that is deleted and comes back this often between two statements is left to the client's next try.
    private static let sourceLooksMax = 5
}

/// When a batch of this process last waited too long for somebody's lock.
private final class LastLockTimeout: Sendable {
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    func note() { last.withLock { $0 = .now } }

    func was(within: Duration) -> Bool {
        last.withLock { $0.map { $0.duration(to: .now) < within } ?? false }
    }
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
        var balances = snapshot.balances
        for balance in decision.changes.balances { balances[balance.key] = balance.value }
        self.init(outcomes: decision.outcomes, firstSequence: first, balances: balances, asOf: asOf)
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

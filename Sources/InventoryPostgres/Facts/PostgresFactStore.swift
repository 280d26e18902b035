package import Inventory
package import InventoryService
import LibPQ

/// Facts on PostgreSQL: two round trips a batch, lock and read, then write and commit, with the decision between
/// them on the connection's own thread.
package struct PostgresFactStore: FactStore {
    private let write: ConnectionPool
    let readPool: ConnectionPool
    private let hash: Hash

    /// For one attempt at a batch, waiting for a connection included.
    private static let batchTimeoutMax: Duration = .seconds(8)
    private static let readTimeout: Duration = .seconds(5)

    package init(pools: PostgresPools, hash: @escaping Hash = sha256) {
        write = pools.write
        readPool = pools.read
        self.hash = hash
    }

    package func commit(
        _ commands: [FactCommand], within: Duration
    ) async throws(StoreError) -> CommittedBatch {
        let reader = SnapshotReader(commands)
        var attempts = 0
        while true {
            attempts += 1
            let attempted: Attempt
            do throws(PQError) {
                attempted = try await write.run(timeout: min(within, Self.batchTimeoutMax)) {
                    [hash] session throws(PQError) in
                    try Self.attempt(commands, reader, hash, on: session)
                }
            } catch {
                guard case .server(let server) = error,
                    server.state.isWorthRepeating || server.state == .uniqueViolation
                else { throw StoreError(error) }
                attempted = .conflict
            }
            switch attempted {
            case .committed(let batch): return batch
            case .unknown(let outcomes): throw .outcomeUnknown(outcomes)
            case .conflict: if attempts >= ConnectionPool.attemptsMax { throw .conflict(attempts: attempts) }
            }
        }
    }

    private enum Attempt: Sendable {
        case committed(CommittedBatch)
        /// Something changed under the batch; nothing was written.
        case conflict
        /// The connection went away during the commit.
        case unknown([CommandOutcome])
    }

    private static func attempt(
        _ commands: [FactCommand], _ reader: SnapshotReader, _ hash: @escaping Hash, on session: Session
    ) throws(PQError) -> Attempt {
        guard let (snapshot, now) = try reader.read(on: session) else {
            _ = try session.query(.rollback)
            return .conflict
        }
        let decision = decide(snapshot, commands, now: now, hash: hash)
        var exchange = Exchange()
        let commit = ChangesWriter(changes: decision.changes, now: now).add(to: &exchange)
        if !decision.changes.unparked.isEmpty {
            // Rare, so it may take a trip more: another process may have applied one of these under another mapping,
            // which no balance lock shows, and then everything must start over.
            let unparkedAt = exchange.positions(of: .eventKeyUnpark)
            let results = try session.run(exchange)
            guard unparkedAt.reduce(0, { $0 + results[$1].affectedCount }) == decision.changes.unparked.count else {
                _ = try session.query(.rollback)
                return .conflict
            }
            let batch = CommittedBatch(
                decision, snapshot, first: commit.map { results[$0][0].int8(0) << 16 }, asOf: now)
            exchange = Exchange()
            exchange.add(.commit)
            do throws(PQError) {
                _ = try session.run(exchange)
            } catch {
                guard case .outcomeUnknown = error else { throw error }
                return .unknown(decision.outcomes)
            }
            return .committed(batch)
        }
        exchange.add(.commit)
        let results: [Rows]
        do throws(PQError) {
            results = try session.run(exchange)
        } catch {
            guard case .outcomeUnknown = error else { throw error }
            return .unknown(decision.outcomes)
        }
        return .committed(
            CommittedBatch(decision, snapshot, first: commit.map { results[$0][0].int8(0) << 16 }, asOf: now))
    }

    package func sourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber {
        try await write.performRepeating(timeout: Self.readTimeout) { session throws(PQError) in
            let known = try session.query(.sourceNumber) { $0.text(id.text) }
            if let row = known.first { return SourceNumber(row.int4(0)) }
            return SourceNumber(try session.query(.sourceEnsure) { $0.text(id.text) }[0].int4(0))
        }
    }
}

extension CommittedBatch {
    /// - Parameter first: the sequence of the first ledger line.
    fileprivate init(_ decision: Decision, _ snapshot: Snapshot, first: Int64?, asOf: Timestamp) {
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

    /// First use creates it; a deleted one comes back to life under its own number.
    fileprivate static let sourceEnsure = Statement(
        "source_ensure", [.text],
        sql: """
            insert into source (id) values ($1)
            on conflict (id) do update
            set deleted_at = null, version = source.version + 1, updated_at = clock_timestamp()
            returning source_id
            """)
}

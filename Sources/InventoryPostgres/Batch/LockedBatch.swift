import Inventory
import InventoryService
import LibPQ

/// The portable way to commit a batch, in two round trips: lock and read, then write and commit, with the decision
/// between them. It holds its locks throughout, so nothing that it read can have changed.
struct LockedBatch {
    let commands: [Command]
    let hash: Hash
    /// Learns what was read and written; nil when nothing is to be remembered.
    let cache: BatchCache?
    let clock: DatabaseClock

    enum Attempt {
        case committed(CommittedBatch)
        /// Something changed under the batch; nothing was written.
        case conflict
        /// The connection went away during the commit.
        case unknown([Outcome])
    }

    /// The last reads everything that there is.
    private static let promiseReadsMax = 3

    /// What is to become of the batch, in a transaction that is still open.
    struct Decided {
        let decision: Decision
        let snapshot: Snapshot
        let reading: SnapshotReader.Reading
    }

    /// Begins, locks, reads and decides.
    /// - Parameters:
    ///   - taken: event ids that are taken besides those of the ledger.
    ///   - locks: whether balances are locked; only what is written needs them to be.
    /// - Returns: nil where something changed meanwhile; nothing is open then.
    func decided(
        besides taken: [EventKey: KnownEvent] = [:], locks: Bool = true, on session: Session
    ) throws(PQError) -> Decided? {
        var reader = SnapshotReader(commands: commands, clock: clock, locks: locks)
        var found = try reader.read(on: session)
        // Which parts a promised kit has is known once its reservation was read. Rare, so the batch then begins anew.
        if let besides = found?.snapshot.namesOfPromisedKits(in: commands), !besides.isEmpty {
            _ = try session.query(.rollback)
            reader = SnapshotReader(commands: commands, besides: besides, clock: clock, locks: locks)
            found = try reader.read(on: session)
            if let more = found?.snapshot.namesOfPromisedKits(in: commands), !more.isEmpty { found = nil }
        }
        guard let reading = found else {
            _ = try session.query(.rollback)
            return nil
        }
        var snapshot = reading.snapshot
        snapshot.events.merge(taken) { known, _ in known }
        let now = reading.now
        var decision = decide(snapshot, commands, now: now, hash: hash)
        // Which promises lost their cover is only known once it is decided how many did.
        for _ in 0..<Self.promiseReadsMax where !decision.isComplete && !decision.promisesNeeded.isEmpty {
            try reader.readPromises(decision.promisesNeeded, into: &snapshot, now: now, on: session)
            decision = decide(snapshot, commands, now: now, hash: hash)
        }
        guard decision.isComplete else {
            // What it asked for changed with every answer: others come first, and the batch starts over.
            _ = try session.query(.rollback)
            return nil
        }
        return Decided(decision: decision, snapshot: snapshot, reading: reading)
    }

    func attempt(on session: Session) throws(PQError) -> Attempt {
        guard let decided = try decided(on: session) else { return .conflict }
        let (decision, snapshot, reading) = (decided.decision, decided.snapshot, decided.reading)
        let now = reading.now
        var exchange = Exchange()
        let commit = ChangesWriter(
            changes: decision.changes, now: now, before: snapshot.reservations,
            beside: decision.changes.besideLines(named: snapshot, at: now)
                + reading.revived.map { Change(.source, $0.text) }
        ).add(to: &exchange)
        var first: Int64?
        if !decision.changes.unparked.isEmpty {
            // Rare, so it may take a trip more: another process may have applied one of these under another mapping,
            // which no balance lock shows, and then everything must start over.
            let unparkedAt = exchange.positions(of: .eventKeyUnpark)
            let results = try session.run(exchange)
            guard unparkedAt.reduce(0, { $0 + results[$1].affectedCount }) == decision.changes.unparked.count else {
                _ = try session.query(.rollback)
                return .conflict
            }
            first = commit.map { results[$0][0].only.int8 << 16 }
            exchange = Exchange()
        }
        let changed = decision.changes.balances.byKey
        let unused = snapshot.balances.filter { $1.version == 0 && (changed[$0]?.version ?? 0) == 0 }
        if !unused.isEmpty {
            let keys = unused.keys.sorted()
            exchange.add(.balanceDropEmpty) {
                $0.int8s(keys) { $0.item.rawValue }
                $0.int4s(keys) { $0.location.rawValue }
            }
        }
        exchange.add(.commit)
        do throws(PQError) {
            let results = try session.run(exchange)
            first = first ?? commit.map { results[$0][0].only.int8 << 16 }
        } catch {
            cache?.forget(changed.keys)
            guard case .outcomeUnknown = error else { throw error }
            return .unknown(decision.outcomes)
        }
        cache?.learn(
            snapshot, changed: changed, sources: Set(commands.facts.map(\.source)),
            epoch: reading.epoch)
        cache?.learn(duplicates: !snapshot.events.isEmpty)
        return .committed(CommittedBatch(decision, snapshot, first: first, asOf: now))
    }
}

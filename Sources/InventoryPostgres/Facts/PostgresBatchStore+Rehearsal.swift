package import Inventory
package import InventoryService
import LibPQ

/// Facts that are judged and not kept.
extension PostgresBatchStore: RehearsalStore {
    package func knownSourceNumber(_ id: SourceID) async throws(StoreError) -> SourceNumber? {
        try await readPool.perform(timeout: Self.readTimeout) { session throws(PQError) in
            try session.query(.sourceNumberEver) { $0.text(id.text) }.first.map { SourceNumber($0.only.int4) }
        }
    }

    package func rehearse(
        _ commands: [Command], besides taken: [EventKey: KnownEvent]
    ) async throws(StoreError) -> CommittedBatch {
        let hash = hash
        return try await change.performRepeating(timeout: Self.rehearsalTimeout) { session throws(PQError) in
            // Of its own: what is given to nobody is no time that has passed.
            let batch = LockedBatch(commands: commands, hash: hash, cache: nil, clock: DatabaseClock())
            guard let rehearsed = try batch.rehearse(besides: taken, on: session) else { throw .interrupted }
            return rehearsed
        }
    }

    /// For one attempt, waiting for a connection included.
    private static let rehearsalTimeout: Duration = .seconds(8)
}

extension LockedBatch {
    /// Reads and decides without locks on balances, and takes all back.
    /// - Returns: nil where something changed meanwhile; to be tried again.
    func rehearse(besides taken: [EventKey: KnownEvent], on session: Session) throws(PQError) -> CommittedBatch? {
        guard let decided = try decided(besides: taken, locks: false, on: session) else { return nil }
        _ = try session.query(.rollback)
        return CommittedBatch(decided.decision, decided.snapshot, first: nil, asOf: decided.reading.now)
    }
}

extension Statement {
    /// Of a deleted source too: it keeps its number, and what it has sent.
    fileprivate static let sourceNumberEver = Statement(
        "source_number_ever", [.text], sql: "select source_id from source where id = $1")
}

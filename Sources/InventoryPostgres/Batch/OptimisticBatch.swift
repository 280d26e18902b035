import Inventory
import InventoryService
import LibPQ

/// The fast way to commit a batch: decide on what is believed, then write in one statement that compares the beliefs.
///
/// It gives the same answers as `LockedBatch` or none at all. What it leaves to that one: names that are not known
/// here, first lines of a balance, parked and rejected lines, counts and what they have seen already, kits and transfers,
/// whose events have several lines, and balances that other processes keep changing.
struct OptimisticBatch {
    let commands: [Command]
    let cache: BatchCache
    let clock: DatabaseClock
    let hash: Hash

    enum Attempt {
        case committed(CommittedBatch)
        case unknown([Outcome])
        /// Nothing was written: take the slow way.
        case declined
    }

    func attempt(on session: Session) throws(PQError) -> Attempt {
        let facts = commands.facts
        // Promises are decided under locks, those that a sale keeps too, and whether a line is still parked.
        guard facts.count == commands.count, !facts.contains(where: { $0.origin == .parked }),
            commands.reservationIDs.isEmpty, commands.transferIDs.isEmpty,
            commands.supplyReferences.isEmpty
        else { return .declined }
        let names = facts.names
        guard !names.isEmpty else { return .declined }
        let sources = Set(facts.map(\.source))
        // Once more when event ids turn out to be known: by then it is known which.
        for _ in 0..<2 {
            guard var beliefs = cache.beliefs(about: names, of: sources), try complete(&beliefs, on: session) else {
                return .declined
            }
            guard let now = clock.instant(reserving: commands.recordedMicroseconds) else { return .declined }
            let decision = decide(beliefs.snapshot, commands, now: now, hash: hash)
            let changes = decision.changes
            guard decision.isComplete, !beliefs.snapshot.hasExpiredHolds(at: now) else { return .declined }
            // What is refused writes nothing, so nothing compares what it was refused on, unless it has just been read.
            let isAnyRefused = decision.outcomes.contains { $0.facts?.isRefused ?? false }
            guard !isAnyRefused || beliefs.expectsDuplicates else { return .declined }
            if changes.isEmpty {
                guard beliefs.expectsDuplicates else { return .declined }
                return .committed(CommittedBatch(decision, beliefs.snapshot, first: nil, asOf: now))
            }
            guard changes.areLinesOnly else { return .declined }
            switch try write(decision, beliefs, now, on: session) {
            case .open(let first):
                cache.learn(changed: changes.balances)
                return .committed(CommittedBatch(decision, beliefs.snapshot, first: first, asOf: now))
            case .unknown: return .unknown(decision.outcomes)
            case .duplicates where !beliefs.expectsDuplicates: continue
            case .duplicates, .closed: return .declined
            }
        }
        return .declined
    }

    /// Reads what is not remembered. Where duplicates are likely, also which event ids are known, and then every
    /// balance afresh, since a line that is a duplicate shows its balance without the gate having compared it.
    /// - Returns: false when a belief is out of date, or a balance does not exist yet.
    private func complete(_ beliefs: inout BatchCache.Beliefs, on session: Session) throws(PQError) -> Bool {
        let (unknown, asksForEvents) = (beliefs.unknown, beliefs.expectsDuplicates)
        guard asksForEvents || !beliefs.missing.isEmpty || !unknown.isEmpty else { return true }
        let keys =
            asksForEvents
            ? (beliefs.missing + beliefs.snapshot.balances.keys).sorted() : beliefs.missing
        var exchange = Exchange()
        let epochAt = exchange.add(.configEpochRead)
        let balancesAt = exchange.add(.balanceRead) {
            $0.int8s(keys) { $0.item.rawValue }
            $0.int4s(keys) { $0.location.rawValue }
        }
        let namesAt = unknown.isEmpty ? nil : exchange.add(.nameRead) { $0.names(unknown) }
        let events = asksForEvents ? Array(commands.facts.eventKeys) : []
        let eventsAt = asksForEvents ? exchange.add(.eventKeyProbe) { $0.eventKeys(events) } : nil
        let rejectionsAt = asksForEvents ? exchange.add(.rejectedLineProbe) { $0.eventKeys(events) } : nil
        let sent = ContinuousClock.now
        let results = try session.run(exchange)
        var head = RowCursor(results[epochAt][0])
        let epoch = head.int8()
        clock.learn(head.requiredTimestamp(), askedAt: sent)
        guard epoch == beliefs.epoch else {
            cache.learn(epoch: epoch)
            return false
        }
        var read: [BalanceKey: Balance] = [:]
        for row in results[balancesAt] {
            read[BalanceKey(balance: row)] = Balance(row)
        }
        cache.learn(read)
        beliefs.snapshot.balances.merge(read) { $1 }
        if let namesAt {
            var named = Snapshot()
            for row in results[namesAt] { named.add(balance: row, of: unknown) }
            // Kits move several balances by one event id, which is not what the gate writes.
            let areItems = named.names.values.allSatisfy { if case .known = $0 { true } else { false } }
            guard named.names.count == unknown.count, areItems else { return false }
            cache.learn(named, epoch: epoch)
            beliefs.snapshot.names.merge(named.names) { $1 }
            beliefs.snapshot.balances.merge(named.balances) { $1 }
        }
        // A duplicate may settle what came in a wrong form meanwhile, which is written under locks.
        if let rejectionsAt, !results[rejectionsAt].isEmpty { return false }
        if let eventsAt {
            for row in results[eventsAt] { beliefs.snapshot.add(event: row) }
            cache.learn(duplicates: !beliefs.snapshot.events.isEmpty)
        }
        return read.count == keys.count
    }

    private enum Gate {
        /// With the sequence of the first line.
        case open(Int64)
        case duplicates
        case closed
        case unknown
    }

    private func write(
        _ decision: Decision, _ beliefs: BatchCache.Beliefs, _ now: Timestamp, on session: Session
    ) throws(PQError) -> Gate {
        let writer = ChangesWriter(changes: decision.changes, now: now)
        let rows: Rows
        let sent = ContinuousClock.now
        do throws(PQError) {
            let hasAlarms = !decision.changes.pendingAlarms.isEmpty
            rows = try session.query(.optimisticWrite(alarms: hasAlarms, actors: decision.changes.hasActors)) {
                writer.writeOptimistic(beliefs.snapshot, epoch: beliefs.epoch, to: &$0)
                if hasAlarms { writer.writePendingAlarms(to: &$0) }
            }
        } catch {
            switch error {
            case .outcomeUnknown:
                cache.forget(decision.changes.balances.map(\.key))
                return .unknown
            case _ where error.isOutdatedBatch: return .closed
            // Committed by somebody else while this statement waited for its locks.
            case .server(let server) where server.state == .uniqueViolation:
                cache.learn(duplicates: true)
                return .duplicates
            default: throw error
            }
        }
        let row = ColumnReader<OptimisticAnswerColumn>(rows[0])
        clock.learn(row.requiredTimestamp(.now), askedAt: sent)
        if let commit = row.int8IfPresent(.commit) { return .open(commit << 16) }
        cache.learn(epoch: row.int8(.epoch))
        guard row.bool(.isKnown) else { return .closed }
        cache.learn(duplicates: true)
        return .duplicates
    }
}

extension Snapshot {
    /// What would be shown of a balance still counts holds that have ended.
    fileprivate func hasExpiredHolds(at now: Timestamp) -> Bool {
        balances.values.contains { $0.nextExpiry.map { $0 <= now } ?? false }
    }
}

extension PQError {
    /// Raised by `refuse_outdated_batch`.
    var isOutdatedBatch: Bool {
        if case .server(let error) = self { error.state == SQLState("HF001") } else { false }
    }
}

extension Changes {
    /// Nothing but ledger lines, each with the event id of its own, and what they bring up: what the gate writes.
    fileprivate var areLinesOnly: Bool {
        parked.isEmpty && unparked.isEmpty && parkedRejected.isEmpty && exceptions.isEmpty && noLongerMissing.isEmpty
            && counts.isEmpty && countLines.isEmpty && reservations.isEmpty && folded.isEmpty && transfers.isEmpty
            && supplied.isEmpty && settledExceptions.isEmpty && !pendingAlarms.values.contains(nil)
            && events.count == lines.count
            && events.enumerated().allSatisfy { $1.line == $0 && $1.verdict == .applied }
    }
}

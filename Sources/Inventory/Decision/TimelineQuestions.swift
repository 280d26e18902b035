/// What a batch has to know of one balance's past.
package struct TimelineQuestion: Sendable, Hashable {
    /// For each: the counts at the first instant of one that is not before it, and those at the next such instant.
    package var instants: Set<Timestamp> = []
    /// For each: the units by all that occurred up to and including it.
    package var counted: Set<Timestamp> = []
    /// From when on it has to be known how many units were packed, and of all counts of what can be sold; nil: never.
    package var packedSince: Timestamp?
}

/// Which balances' past the commands depend on: those that somebody counts, and those of facts that a count has seen
/// already. Everything else is decided on the balance alone.
package func timelineQuestions(
    _ snapshot: Snapshot, _ commands: [Command], now: Timestamp
) -> [BalanceKey: TimelineQuestion] {
    var asking = TimelineAsking(snapshot: snapshot, clock: BatchClock(now, snapshot.balances.values, commands))
    for command in commands {
        switch command {
        case .facts(let facts): asking.ask(facts)
        case .reservation(let request): asking.ask(request)
        // What is in transit is nowhere that anybody counts.
        case .transfer: break
        }
        asking.batchPosition += command.batchPositions
    }
    return asking.questions.filter { asking.isNeeded.contains($0.key) }
}

private struct TimelineAsking {
    let snapshot: Snapshot
    let clock: BatchClock
    var questions: [BalanceKey: TimelineQuestion] = [:]
    var isNeeded: Set<BalanceKey> = []
    /// Of the next command.
    var batchPosition = 0

    mutating func ask(_ command: FactCommand) {
        for (number, line) in command.lines.enumerated() {
            guard case .fact(let fact, _) = line.content else { continue }
            if case .inLedger? = snapshot.events[EventKey(source: command.source, event: fact.eventID)]?.state {
                continue
            }
            let instant = clock.stamp(
                claimed: fact.occurredAt, arrivedAt: line.arrivedAt, at: batchPosition + number
            ).occurredAt
            guard fact.change.step == nil else {
                ask(fact, at: instant, from: command.source)
                continue
            }
            if case .transfer(let bucket, _, _) = fact.change {
                let posting = Posting(bucket: bucket, counterAccount: .outside(.transfer), units: -1)
                for name in fact.names(from: command.source) {
                    for known in snapshot.names[name]?.balances ?? [] { ask(posting, at: instant, known.key) }
                }
                continue
            }
            let resolution = snapshot.names[Name(fact, source: command.source)]
            if let resolution, let id = fact.soldForID, let reservation = snapshot.reservations[id],
                let promised = snapshot.promisedKit(fact, resolution, by: reservation)
            {
                for part in promised.kit.parts { ask(fact, at: instant, part.name) }
                continue
            }
            switch resolution {
            case .known(let name): ask(fact, at: instant, name)
            case .kit(let kit): for part in kit.parts { ask(fact, at: instant, part.name) }
            case .unknown, nil: continue
            }
        }
    }

    /// Both ends of a transfer.
    private mutating func ask(_ fact: FactLine, at instant: Timestamp, from source: SourceNumber) {
        guard let step = fact.change.step else { return }
        for side in step.postings(of: fact, at: snapshot.place(of: fact, step, by: source), by: source) {
            guard case .known(let name)? = snapshot.names[side.name] else { continue }
            ask(side.posting, at: instant, name.key)
        }
    }

    private mutating func ask(_ fact: FactLine, at instant: Timestamp, _ name: KnownName) {
        guard snapshot.balances[name.key] != nil else { return }
        switch fact.change {
        case .count(let statement):
            questions[name.key, default: TimelineQuestion()].counted.insert(instant)
            if statement.excludesReady { ask(packedSince: instant, name.key) }
            questions[name.key]?.instants.insert(instant)
            isNeeded.insert(name.key)
        default:
            if let posting = fact.change.posting(unitsEach: 1) { ask(posting, at: instant, name.key) }
            // What is sold may have been packed.
            if fact.soldFor != nil { ask(packedSince: instant, name.key) }
        }
    }

    /// Requests that move units, the handover and what was looked for, and those by which units are packed or no longer.
    mutating func ask(_ command: ReservationCommand) {
        guard let moment = command.action.moment, let reservation = snapshot.reservations[command.id] else { return }
        let instant = clock.stamp(requested: moment.occurredAt, at: batchPosition).occurredAt
        for allocation in reservation.allocations {
            // Goods are handed over, or go between the shelf and where they wait.
            if moment.isMovement {
                ask(
                    Posting(bucket: .onHand, counterAccount: .sibling(.inspection), units: -1), at: instant,
                    allocation.key)
            }
            // A till's sale may turn out to have been of other units than was thought.
            ask(packedSince: min(instant, allocation.soldAt ?? instant), allocation.key)
        }
    }

    private mutating func ask(packedSince instant: Timestamp, _ key: BalanceKey) {
        guard let balance = snapshot.balances[key] else { return }
        let since = questions[key]?.packedSince
        questions[key, default: TimelineQuestion()].packedSince = min(since ?? instant, instant)
        if snapshot.counted(balance, key).hasSeen(instant, .onHand) { isNeeded.insert(key) }
    }

    private mutating func ask(_ posting: Posting, at instant: Timestamp, _ key: BalanceKey) {
        guard let balance = snapshot.balances[key] else { return }
        questions[key, default: TimelineQuestion()].instants.insert(instant)
        if snapshot.counted(balance, key).hasSeen(instant, posting) { isNeeded.insert(key) }
    }
}

extension Snapshot {
    /// The counts that a balance has seen. One without a line has seen the complete counts of its location: they found
    /// none of it.
    func counted(_ balance: Balance, _ key: BalanceKey) -> CountedInstants {
        var counted = balance.counted
        if balance.version == 0, let complete = completeCounts?[key] { counted.rise(.onHand, to: complete) }
        return counted
    }
}

extension CountedInstants {
    /// Whether what happened to the bucket at `instant` has been counted already.
    func hasSeen(_ instant: Timestamp, _ bucket: Bucket) -> Bool {
        guard let counted = bucket.settledBy, let at = self[counted] else { return false }
        return instant <= at
    }

    /// Whether any of what a posting did at `instant` has been counted already.
    func hasSeen(_ instant: Timestamp, _ posting: Posting) -> Bool {
        if hasSeen(instant, posting.bucket) { return true }
        guard case .sibling(let sibling) = posting.counterAccount else { return false }
        return hasSeen(instant, sibling)
    }
}

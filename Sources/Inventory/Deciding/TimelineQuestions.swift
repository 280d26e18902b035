/// What a batch has to know of one balance's past.
package struct TimelineQuestion: Sendable, Hashable {
    /// For each: the counts at the first instant of one that is not before it, and those at the next such instant.
    package var instants: Set<Timestamp> = []
    /// For each: the units by all that occurred up to and including it.
    package var counted: Set<Timestamp> = []
}

/// Which balances' past the commands depend on: those that somebody counts, and those of facts that a count has seen
/// already. Everything else is decided on the balance alone.
package func timelineQuestions(
    _ snapshot: Snapshot, _ commands: [FactCommand], now: Timestamp
) -> [BalanceKey: TimelineQuestion] {
    let clock = ArrivalClock(now: now)
    var questions: [BalanceKey: TimelineQuestion] = [:]
    var isNeeded: Set<BalanceKey> = []
    var place = -1
    for command in commands {
        for line in command.lines {
            place += 1
            guard case .fact(let fact, _) = line.content,
                case .known(let name)? = snapshot.names[Name(fact, source: command.source)],
                let balance = snapshot.balances[name.key]
            else { continue }
            if case .inLedger? = snapshot.events[EventKey(source: command.source, event: fact.eventID)]?.state {
                continue
            }
            let instant = clock.stamp(fact, of: line, at: place, on: balance).occurredAt
            questions[name.key, default: TimelineQuestion()].instants.insert(instant)
            switch fact.change {
            case .count:
                questions[name.key]?.counted.insert(instant)
                isNeeded.insert(name.key)
            default:
                let counted = snapshot.counted(balance, name.key)
                if let posting = fact.change.posting(unitsPerCode: .one), counted.hasSeen(instant, posting) {
                    isNeeded.insert(name.key)
                }
            }
        }
    }
    return questions.filter { isNeeded.contains($0.key) }
}

extension Snapshot {
    /// The counts that a balance has seen. One without a line has seen the complete counts of its location: they found
    /// none of it.
    func counted(_ balance: Balance, _ key: BalanceKey) -> CountedInstants {
        var counted = balance.counted
        if balance.version == 0, let complete = completeCounts?[key.location] { counted.rise(.onHand, to: complete) }
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

/// Judges `commands` in order, each line in the order sent. One outcome per command, same order.
///
/// Pure: reads no clock, draws no id. A refused command leaves nothing behind and spoils no other.
/// - Parameters:
///   - snapshot: read after the balances were locked; must resolve every name of the commands, and hold the past that
///     `timelineQuestions` asks for. Where that is missing, the decision says that it is not complete.
///   - now: the database's clock, for the whole batch.
package func decide(
    _ snapshot: Snapshot, _ commands: [Command], now: Timestamp, hash: Hash
) -> Decision {
    var decision = BatchDecision(snapshot: snapshot, commands, now: now, hash: hash)
    let outcomes = commands.map { command in
        switch command {
        case .facts(let facts): Outcome.facts(decision.judge(facts))
        case .reservation(let request): Outcome.reservation(decision.judge(request))
        case .transfer(let request): Outcome.transfer(decision.judge(request))
        }
    }
    return decision.concluded(outcomes)
}

/// The instant at which a batch is decided: holds that end until then have ended.
package func decisionInstant(_ snapshot: Snapshot, _ commands: [Command], now: Timestamp) -> Timestamp {
    BatchClock(now, snapshot.balances.values, commands).now
}

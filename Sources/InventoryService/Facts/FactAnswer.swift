package import Inventory

/// The answer to a request of facts, lines in the order sent.
package struct FactAnswer: Sendable {
    package var lines: [FactLineAnswer]
    package var isRefused: Bool
}

/// What became of one line, and the balance as it is after it.
package struct FactLineAnswer: Sendable {
    package var eventID: String?
    package var verdict: Verdict
    package var firstVerdict: Verdict?
    package var sequence: Int64?
    package var problem: LineProblem?
    package var warnings: [String]
    package var atRisk: [PromiseAtRisk]
    package var atRiskCount: Int
    /// Nil when the line names no balance.
    package var availability: BalanceView?
    /// Rules that a batch does not read have a part in it: the view is to be asked for again before it is shown.
    package var needsRules = false
    /// Of a fact that touched several balances just now, each of them; nil for all others.
    package var components: [Component]?

    /// What a fact did to one of several balances.
    package struct Component: Sendable {
        package var sku: SKU
        package var location: LocationID
        package var verdict: Verdict
        package var sequence: Int64?
        package var atRiskCount: Int
        package var availability: BalanceView?
        package var needsRules: Bool
    }
}

/// One command's part of a committed batch.
struct CommittedCommand: Sendable {
    let answer: FactAnswer
    /// The event ids that this command parked.
    let parked: [EventKey]

    /// A line that an earlier attempt applied, whose commit was in doubt, and that is found in the ledger now was written
    /// by that attempt: the client hears the verdict that its line was given, not that somebody sent it before.
    init(_ committed: CommittedEntry, _ command: FactCommand) {
        let (batch, resumed) = (committed.batch, committed.inDoubt?.facts)
        guard let outcome = batch.outcomes[committed.index].facts else {
            preconditionFailure("facts are answered line by line")
        }
        var lines: [FactLineAnswer] = []
        var parked: [EventKey] = []
        lines.reserveCapacity(outcome.lines.count)
        for (position, line) in outcome.lines.enumerated() {
            var answer = FactLineAnswer(line, in: batch)
            if let earlier = resumed?.lines[position].verdict, line.verdict == .duplicate, earlier.isInLedger {
                answer.verdict = line.firstVerdict ?? .applied
                answer.firstVerdict = nil
            }
            lines.append(answer)
            if line.verdict == .parked, case .fact(let fact, _) = command.lines[position].content {
                parked.append(EventKey(source: command.source, event: fact.eventID))
            }
        }
        answer = FactAnswer(lines: lines, isRefused: outcome.isRefused)
        self.parked = outcome.isRefused || command.origin == .parked ? [] : parked
    }
}

extension FactLineAnswer {
    fileprivate init(_ outcome: LineOutcome, in batch: CommittedBatch) {
        eventID = outcome.eventID
        verdict = outcome.verdict
        firstVerdict = outcome.firstVerdict
        sequence = outcome.sequence.flatMap(batch.sequence)
        problem = outcome.problem
        warnings = outcome.warnings
        atRisk = outcome.atRisk
        atRiskCount = outcome.atRiskCount
        if let parts = outcome.components {
            // What it names has no stock of its own; its parts have.
            components = parts.map { part in
                Component(
                    sku: part.name.sku, location: part.name.location, verdict: part.verdict,
                    sequence: batch.sequence(part.sequence), atRiskCount: part.atRiskCount,
                    availability: batch.view(of: part.name), needsRules: part.name.holdBack == nil)
            }
            return
        }
        guard let name = outcome.name, let view = batch.view(of: name) else { return }
        needsRules = name.holdBack == nil
        availability = view
    }
}

extension CommittedBatch {
    fileprivate func sequence(_ reference: SequenceReference) -> Int64? {
        switch reference {
        case .recorded(let sequence): sequence
        case .inThisBatch(let line): firstSequence.map { $0 + Int64(line) }
        }
    }

    /// The balance as it is after the batch.
    fileprivate func view(of name: KnownName) -> BalanceView? {
        guard let balance = balances[name.key] else { return nil }
        var view = BalanceView(
            sku: name.sku, location: name.location, figures: balance.figures, itemStatus: name.itemStatus,
            isEligible: name.isEligible, version: balance.version, countedAt: balance.counted.onHand, asOf: asOf)
        if let holdBack = name.holdBack { view.holdBack = holdBack }
        return view
    }
}

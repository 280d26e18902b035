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
        sequence =
            switch outcome.sequence {
            case .recorded(let sequence): sequence
            case .inThisBatch(let line): batch.firstSequence.map { $0 + Int64(line) }
            case nil: nil
            }
        problem = outcome.problem
        warnings = outcome.warnings
        atRisk = outcome.atRisk
        atRiskCount = outcome.atRiskCount
        guard let name = outcome.name, let balance = batch.balances[name.key] else { return }
        var view = BalanceView(
            sku: name.sku, location: name.location, figures: balance.figures, itemStatus: name.itemStatus,
            isEligible: name.isEligible, version: balance.version, countedAt: balance.counted.onHand, asOf: batch.asOf)
        if let holdBack = name.holdBack { view.holdBack = holdBack }
        needsRules = name.holdBack == nil
        availability = view
    }
}

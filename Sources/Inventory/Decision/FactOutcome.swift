/// What one fact did to one of several balances: that of a kit's part, or an end of a transfer.
package struct ComponentOutcome: Sendable, Hashable {
    package var name: KnownName
    package var verdict: Verdict
    package var sequence: SequenceReference
    /// The promises of this balance that have no cover after it, where it raised their number: the first of them, and how
    /// many in all.
    package var atRisk: [PromiseAtRisk] = []
    package var atRiskCount = 0

    package init(name: KnownName, verdict: Verdict, sequence: SequenceReference) {
        self.name = name
        self.verdict = verdict
        self.sequence = sequence
    }
}

/// The answer for one line.
package struct LineOutcome: Sendable, Hashable {
    package var eventID: String?
    package var verdict: Verdict
    package var firstVerdict: Verdict?
    package var sequence: SequenceReference?
    package var problem: LineProblem?
    package var warnings: [String]
    /// The balance that the line means, where it is known.
    package var name: KnownName?
    /// The promises that have no cover after it, where it raised their number: the first of them, and how many in all.
    package var atRisk: [PromiseAtRisk] = []
    package var atRiskCount = 0
    /// Of a fact that touched several balances just now, each of them; nil for all others.
    package var components: [ComponentOutcome]?

    /// Promises that one line names.
    package static let atRiskNamedMax = 100

    /// - Parameter atRisk: all of them; the first are kept.
    package init(
        eventID: String?, verdict: Verdict, firstVerdict: Verdict? = nil, sequence: SequenceReference? = nil,
        problem: LineProblem? = nil, warnings: [String] = [], name: KnownName? = nil, atRisk: [PromiseAtRisk] = []
    ) {
        self.eventID = eventID
        self.verdict = verdict
        self.firstVerdict = firstVerdict
        self.sequence = sequence
        self.problem = problem
        self.warnings = warnings
        self.name = name
        self.atRisk = atRisk.count > Self.atRiskNamedMax ? Array(atRisk.prefix(Self.atRiskNamedMax)) : atRisk
        atRiskCount = atRisk.count
    }
}

/// The answer for one command, lines in the order sent.
package struct CommandOutcome: Sendable, Hashable {
    package var lines: [LineOutcome]
    /// An atomic command with a rejected or parked line: nothing of it was kept.
    package var isRefused: Bool

    package init(lines: [LineOutcome], isRefused: Bool) {
        self.lines = lines
        self.isRefused = isRefused
    }
}

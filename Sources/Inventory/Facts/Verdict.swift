/// What became of one fact line: the contract's section 2. Raw values are stored with the event id.
package enum Verdict: Int16, Sendable, Hashable, CaseIterable {
    case applied = 1
    case duplicate = 2
    case recordedBeforeCount = 3
    case appliedUncovered = 4
    case parked = 5
    case rejected = 6
    /// An innocent line of a refused atomic request.
    case notApplied = 7

    /// The line is in the ledger, written by this very request.
    package var isInLedger: Bool {
        switch self {
        case .applied, .recordedBeforeCount, .appliedUncovered: true
        case .duplicate, .parked, .rejected, .notApplied: false
        }
    }

    package var name: String {
        switch self {
        case .applied: "applied"
        case .duplicate: "duplicate"
        case .recordedBeforeCount: "recordedBeforeCount"
        case .appliedUncovered: "appliedUncovered"
        case .parked: "parked"
        case .rejected: "rejected"
        case .notApplied: "notApplied"
        }
    }
}

/// Why a line was rejected or parked, for a person and for a program.
package struct LineProblem: Sendable, Hashable {
    /// Stable codes. The cases are in precedence order: of several that hold, the first is the answer.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        case malformedLine
        case eventIdReused
        case codeSystemMissing
        case unknownSku
        case wrongCheckDigit
        case unknownCode
        case unknownLocation
        case notForKits
        case versionMismatch
        case quantityOverflow
        case batchTooLarge
    }

    package let code: Code
    /// Says what to do. Written for the person who runs the source.
    package let detail: String
    /// A JSON pointer (RFC 6901) inside the line, such as `/quantity`; empty for the whole line.
    package let pointer: String

    package init(_ code: Code, _ detail: String, pointer: String) {
        self.code = code
        self.detail = detail
        self.pointer = pointer
    }
}

/// A place in the ledger's commit order.
package enum SequenceReference: Sendable, Hashable {
    /// Already in the ledger.
    case recorded(Int64)
    /// The n-th line of the batch being decided; its sequence is known once its commit has a number.
    case inThisBatch(Int)
}

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

    package init(
        eventID: String?, verdict: Verdict, firstVerdict: Verdict? = nil, sequence: SequenceReference? = nil,
        problem: LineProblem? = nil, warnings: [String] = [], name: KnownName? = nil
    ) {
        self.eventID = eventID
        self.verdict = verdict
        self.firstVerdict = firstVerdict
        self.sequence = sequence
        self.problem = problem
        self.warnings = warnings
        self.name = name
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

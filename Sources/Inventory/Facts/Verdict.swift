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
        case itemNotWhole
        case eventIdReused
        case codeSystemMissing
        case unknownSku
        case wrongCheckDigit
        case unknownCode
        case unknownLocation
        case unknownLocationCode
        case notForKits
        case labelUnclear
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

extension LineProblem {
    /// Of a sound line of a count: lines of one item add up, and another of the same item cannot be read, so that what is
    /// there of it is not known.
    /// - Parameter other: that line, as its sender knows it, such as `line 3`.
    package static func itemNotWhole(other: String) -> LineProblem {
        LineProblem(
            .itemNotWhole,
            "\(other) of this count is of the same item and cannot be read, and lines of one item add up: nothing of the "
                + "item was counted; send its lines again in a count of their own",
            pointer: "")
    }
}

/// A place in the ledger's commit order.
package enum SequenceReference: Sendable, Hashable {
    /// Already in the ledger.
    case recorded(Int64)
    /// The n-th line of the batch being decided; its sequence is known once its commit has a number.
    case inThisBatch(Int)
}

/// A change of the sellable units of one balance that another system may have booked later or earlier than we, or not at all.
package struct InFlightChange: Sendable, Hashable {
    package let occurredAt: Timestamp
    package let recordedAt: Timestamp
    /// Signed, never 0.
    package let units: Int64

    package init(occurredAt: Timestamp, recordedAt: Timestamp, units: Int64) {
        self.occurredAt = occurredAt
        self.recordedAt = recordedAt
        self.units = units
    }
}

/// Why a difference is none. Raw values are stored and shown.
package enum InFlightCause: String, Sendable, Hashable, CaseIterable {
    /// They have not booked yet what occurred shortly before the instant.
    case theirsBehind
    /// They have booked already what occurred shortly after it.
    case theirsAhead
    /// They do not have what reached us after the instant.
    case lateData
    /// They have booked already what is on its way to the location.
    case inTransit
    /// More than one of these.
    case several
}

package struct InFlightExplanation: Sendable, Hashable {
    package let because: InFlightCause
    /// How many changes of ours make up the difference.
    package let changes: Int
    /// The last instant at which our ledger had their figure, where it had it near the instant in question.
    package let figureAt: Timestamp?

    package init(_ because: InFlightCause, changes: Int, figureAt: Timestamp? = nil) {
        self.because = because
        self.changes = changes
        self.figureAt = figureAt
    }
}

package enum ComparisonResult: Sendable, Hashable {
    case matched
    case withinTolerance
    case explained(InFlightExplanation)
    case variance
}

/// Another system's figure of one item at one location, and what our ledger knows of the same instant.
package struct PairComparison: Sendable, Hashable {
    package var theirs: Int64
    /// By all lines that occurred until `asOf`, whenever they were recorded.
    package var ours: Int64
    package var asOf: Timestamp
    /// How far before and after `asOf` their books may be, in microseconds; 0 compares exactly and explains nothing.
    package var inFlightMicroseconds: Int64
    /// Units on their way to the location at `asOf`.
    package var inTransit: Int64
    /// What occurred within reach of `asOf`, and what occurred before it and was recorded after it. In any order.
    package var changes: [InFlightChange]

    package init(
        theirs: Int64, ours: Int64, asOf: Timestamp, inFlightMicroseconds: Int64, inTransit: Int64 = 0,
        changes: [InFlightChange] = []
    ) {
        self.theirs = theirs
        self.ours = ours
        self.asOf = asOf
        self.inFlightMicroseconds = inFlightMicroseconds
        self.inTransit = inTransit
        self.changes = changes
    }

    package var difference: Int64 { theirs - ours }

    package func result(_ limits: ReconciliationLimits) -> ComparisonResult {
        if difference == 0 { return .matched }
        if Int64(difference.magnitude) <= limits.tolerance(of: ours) { return .withinTolerance }
        return explanation.map(ComparisonResult.explained) ?? .variance
    }

    /// The simplest set of changes on their way that makes up the whole difference; nil when there is none. A difference is
    /// never explained in part.
    private var explanation: InFlightExplanation? {
        guard inFlightMicroseconds > 0 else { return nil }
        let from = asOf.advanced(byMicroseconds: -inFlightMicroseconds)
        let to = asOf.advanced(byMicroseconds: inFlightMicroseconds)
        // Nearest to the instant first: those are the likeliest to be on their way.
        let until = changes.filter { $0.occurredAt <= asOf }.sorted {
            ($0.occurredAt, $0.units) > ($1.occurredAt, $1.units)
        }
        let before = until.filter { $0.occurredAt > from }
        let after = changes.filter { $0.occurredAt > asOf && $0.occurredAt <= to }
            .sorted { ($0.occurredAt, $0.units) < ($1.occurredAt, $1.units) }
        let late = until.filter { $0.recordedAt > asOf }
        if let behind = figure(goingBack: before) ?? figure(goingOn: after) { return behind }
        let missing = { (changes: [InFlightChange]) in changes.map { -$0.units } }
        let booked = inTransit > 0 ? [inTransit] : []
        let sets: [(InFlightCause, [Int64])] = [
            (.theirsBehind, missing(before)), (.theirsAhead, after.map(\.units)), (.lateData, missing(late)),
            (.inTransit, booked),
        ]
        for (because, units) in sets {
            if let changes = SubsetSums.count(making: difference, of: units) {
                return InFlightExplanation(because, changes: changes)
            }
        }
        let early = late.filter { $0.occurredAt <= from }
        let all = booked + missing(before) + after.map(\.units) + missing(early)
        return SubsetSums.count(making: difference, of: all).map { InFlightExplanation(.several, changes: $0) }
    }

    /// Where the balance stood at an instant before, having their figure.
    /// - Parameter changes: newest first.
    private func figure(goingBack changes: [InFlightChange]) -> InFlightExplanation? {
        var balance = ours
        for (index, change) in changes.enumerated() {
            balance -= change.units
            if balance == theirs {
                return InFlightExplanation(
                    .theirsBehind, changes: index + 1, figureAt: change.occurredAt.advanced(byMicroseconds: -1))
            }
        }
        return nil
    }

    /// The same after the instant.
    /// - Parameter changes: oldest first.
    private func figure(goingOn changes: [InFlightChange]) -> InFlightExplanation? {
        var balance = ours
        for (index, change) in changes.enumerated() {
            balance += change.units
            if balance == theirs {
                return InFlightExplanation(.theirsAhead, changes: index + 1, figureAt: change.occurredAt)
            }
        }
        return nil
    }
}

/// What speaks for and against counting an item at a location today.
package struct CountCandidate: Sendable, Hashable {
    package var sku: SKU
    package var name: String
    package var onHand: Int64
    package var suspect: Int64
    /// Units promised already.
    package var reserved: Int64
    /// What a new promise may take.
    package var availableToSell: Int64
    package var unitsPerDay: Double
    /// Nil: never.
    package var lastCountedAt: Timestamp?
    /// Counts of the last year that found something else than believed, of how many, and by how many units on average.
    package var countsWithVariance: Int64
    package var counts: Int64
    package var meanAbsoluteVariance: Double
    /// Why somebody asked for this count; nil when nobody did.
    package var requested: String?

    package init(
        sku: SKU, name: String, onHand: Int64, suspect: Int64, reserved: Int64, availableToSell: Int64,
        unitsPerDay: Double, lastCountedAt: Timestamp?, countsWithVariance: Int64, counts: Int64,
        meanAbsoluteVariance: Double, requested: String?
    ) {
        self.sku = sku
        self.name = name
        self.onHand = onHand
        self.suspect = suspect
        self.reserved = reserved
        self.availableToSell = availableToSell
        self.unitsPerDay = unitsPerDay
        self.lastCountedAt = lastCountedAt
        self.countsWithVariance = countsWithVariance
        self.counts = counts
        self.meanAbsoluteVariance = meanAbsoluteVariance
        self.requested = requested
    }
}

/// A place on the list of what to count, and why.
package struct CountPriority: Sendable, Hashable {
    package let candidate: CountCandidate
    /// Promises exposed × uncertainty. Only its order means something.
    package let score: Double
    /// One line for the person who counts.
    package let reason: String
    /// The same for programs, in the order of the line.
    package let causes: [CountCause]

    /// Without a count, an item is as doubtful as one not counted for this long.
    private static let daysUncountedMax = 365.0
    private static let dayMicroseconds = 86_400_000_000.0

    package init(_ candidate: CountCandidate, now: Timestamp) {
        self.candidate = candidate
        let days = candidate.lastCountedAt.map {
            max(0, Double(now.microseconds - $0.microseconds) / Self.dayMicroseconds)
        }
        // What a wrong figure can cost: units that are promised, those that may be, and those that will be this week; and
        // units that must be there and cannot be sold, since the balance says less than none, or nobody found them.
        let hidden = Double(max(0, -candidate.onHand) + candidate.suspect)
        let exposed =
            1 + Double(candidate.reserved) * 2 + Double(candidate.availableToSell) + candidate.unitsPerDay * 7 + hidden
        // How likely it is wrong. A figure gets doubtful with time, the sooner the more it moves; what was wrong before
        // will be again; what somebody did not find, or is below zero, is wrong for certain.
        let age = min(days ?? Self.daysUncountedMax, Self.daysUncountedMax) / 90
        var uncertainty = 0.05 + age * (1 + min(candidate.unitsPerDay, 10) / 10)
        if candidate.counts > 0 {
            uncertainty += 2 * Double(candidate.countsWithVariance) / Double(candidate.counts)
            uncertainty += min(candidate.meanAbsoluteVariance, 20) / 10
        }
        if candidate.suspect > 0 { uncertainty += 4 }
        if candidate.onHand < 0 { uncertainty += 10 }
        let asked = candidate.requested == nil ? 1.0 : 1_000.0
        score = exposed * uncertainty * asked
        reason = Self.reason(candidate, days: days)
        causes = CountCause.allCases.filter { $0.applies(to: candidate) }
    }

    private static func reason(_ candidate: CountCandidate, days: Double?) -> String {
        var parts: [String] = []
        if let requested = candidate.requested { parts.append("asked for: \(requested)") }
        if candidate.onHand < 0 { parts.append("the balance is \(candidate.onHand), below zero") }
        if candidate.suspect > 0 { parts.append("\(units(candidate.suspect)) not found") }
        parts.append(
            days.map { $0 < 1 ? "counted today" : "last counted \(Int64($0)) day\(Int64($0) == 1 ? "" : "s") ago" }
                ?? "never counted")
        if candidate.countsWithVariance > 0 {
            parts.append("\(candidate.countsWithVariance) of \(candidate.counts) counts differed")
        }
        var exposed: [String] = []
        if candidate.reserved > 0 { exposed.append("\(units(candidate.reserved)) promised") }
        exposed.append("\(units(candidate.availableToSell)) offered for sale")
        let perDay = Double(Int64(candidate.unitsPerDay * 10 + 0.5)) / 10
        if perDay > 0 { exposed.append("\(perDay) sold a day") }
        parts.append(exposed.joined(separator: ", "))
        return parts.joined(separator: "; ")
    }

    private static func units(_ count: Int64) -> String { "\(count) unit\(count == 1 ? "" : "s")" }
}

/// Why an item should be counted. Cases are in the order of their weight.
package enum CountCause: String, Sendable, Hashable, CaseIterable {
    /// Somebody asked for it, or did not find a promised unit.
    case requested
    /// The balance says less than none.
    case belowZero
    /// Units were looked for and not found.
    case notFound
    case neverCounted
    /// A count of the last year found something else than believed.
    case differedBefore

    fileprivate func applies(to candidate: CountCandidate) -> Bool {
        switch self {
        case .requested: candidate.requested != nil
        case .belowZero: candidate.onHand < 0
        case .notFound: candidate.suspect > 0
        case .neverCounted: candidate.lastCountedAt == nil
        case .differedBefore: candidate.countsWithVariance > 0
        }
    }
}

/// The first places of the list; later ones are forgotten as it goes.
package struct CountList: Sendable {
    package private(set) var priorities: [CountPriority] = []
    private let limit: Int
    private let now: Timestamp

    package init(limit: Int, now: Timestamp) {
        self.limit = limit
        self.now = now
    }

    package mutating func add(_ candidates: [CountCandidate]) {
        priorities += candidates.map { CountPriority($0, now: now) }
        priorities.sort { $0.score == $1.score ? $0.candidate.sku < $1.candidate.sku : $0.score > $1.score }
        if priorities.count > limit { priorities.removeLast(priorities.count - limit) }
    }
}

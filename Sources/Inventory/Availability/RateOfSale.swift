/// Units sold as of an instant, each counting half for every half-life that has passed since its sale.
///
/// Sums of these are linear, so sales may be added in any order, and two of them are merged by bringing both to the later
/// instant. The SQL function `sold_units_merged` does that where balances are written; a test holds the two together.
package struct SoldUnits: Sendable, Hashable {
    package private(set) var units: Double
    package private(set) var asOf: Timestamp
    /// The first sale of all.
    package private(set) var since: Timestamp

    /// Long enough to smooth a week, short enough to follow a season.
    package static let halfLifeMicroseconds: Int64 = 14 * 86_400_000_000

    package init(_ units: Int64, at instant: Timestamp) {
        self.init(units: Double(units), asOf: instant, since: instant)
    }

    package init(units: Double, asOf: Timestamp, since: Timestamp) {
        self.units = units
        self.asOf = asOf
        self.since = since
    }

    package mutating func add(_ other: SoldUnits) {
        let later = max(asOf, other.asOf)
        units = units(at: later) + other.units(at: later)
        asOf = later
        since = min(since, other.since)
    }

    /// - Parameter instant: not before `asOf`.
    private func units(at instant: Timestamp) -> Double {
        units * Self.halved(by: Double(instant.microseconds - asOf.microseconds) / Double(Self.halfLifeMicroseconds))
    }

    /// Units a day, recent sales counting most. While sales are younger than a few half-lives, only the time since the
    /// first one is averaged over, and never less than a day.
    package func unitsPerDay(now: Timestamp) -> Double {
        let now = max(now, asOf)
        let day = 86_400_000_000.0
        let halfLife = Double(Self.halfLifeMicroseconds)
        let age = max(day, Double(now.microseconds - since.microseconds))
        // The weight of a sale every instant since the first: the integral of the decay.
        let weightInDays = halfLife / day / Self.naturalLogarithmOf2 * (1 - Self.halved(by: age / halfLife))
        return units(at: now) / weightInDays
    }

    private static let naturalLogarithmOf2 = 0.693_147_180_559_945_3

    /// 2 to the power of -x for x ≥ 0: exact for whole numbers, to 12 digits between them.
    private static func halved(by x: Double) -> Double {
        guard x > 0 else { return 1 }
        guard x < 1_000 else { return 0 }
        let whole = Int(x)
        let exponent = -(x - Double(whole)) * naturalLogarithmOf2
        var (term, sum) = (1.0, 1.0)
        for n in 1...14 {
            term *= exponent / Double(n)
            sum += term
        }
        return sum * Double(sign: .plus, exponent: -whole, significand: 1)
    }
}

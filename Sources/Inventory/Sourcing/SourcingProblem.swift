/// What decides where an order is shipped from: the contract's section 4.
package enum SourcingObjective: String, Sendable, Hashable, CaseIterable {
    /// The fewest unit-kilometres.
    case nearest
    /// The fewest locations, then the nearest; where no distance is known, then by the locations' priority.
    case fewestSplits
    /// The least cost of all shipments, then the nearest.
    case cheapest
    /// Where stock lasts longest at its rate of sale; of equals where there is more.
    case balanced
    /// Where the group, or else the locations themselves, say it comes first.
    case priority
}

/// A location that may ship something of an order.
package struct SourcingCandidate: Sendable, Hashable {
    package let location: LocationID
    /// To where the order goes; nil where that or the location has no coordinates.
    package let distanceMetres: Int64?
    /// Of one shipment from there; nil where nobody knows.
    package let cost: Money?
    /// Its place in the asked order, lower first; nil comes last.
    package let priority: Int64?
    /// What the order may take there, by wanted item, 0 or more.
    package var supplies: [Int64]
    /// Units sold a day there, by wanted item; empty where that does not matter.
    package var dailySales: [Double]

    package init(
        location: LocationID, distanceMetres: Int64?, cost: Money?, priority: Int64?, supplies: [Int64],
        dailySales: [Double] = []
    ) {
        self.location = location
        self.distanceMetres = distanceMetres
        self.cost = cost
        self.priority = priority
        self.supplies = supplies
        self.dailySales = dailySales
    }
}

/// Which locations are to ship how much of each wanted item.
package struct SourcingProblem: Sendable, Hashable {
    package var objective: SourcingObjective
    /// The most locations that may ship; 1 or more.
    package var locationsMax: Int
    /// Units of each wanted item, 1 or more.
    package var demands: [Int64]
    package var candidates: [SourcingCandidate]

    package init(
        objective: SourcingObjective, locationsMax: Int, demands: [Int64], candidates: [SourcingCandidate]
    ) {
        self.objective = objective
        self.locationsMax = locationsMax
        self.demands = demands
        self.candidates = candidates
    }

    /// What all candidates together have of each item, at most what is wanted.
    package var obtainable: [Int64] {
        demands.indices.map { item in
            var left = demands[item]
            for candidate in candidates where left > 0 { left -= min(left, candidate.supplies[item]) }
            return demands[item] - left
        }
    }
}

/// How good a plan is; less is better, what stands first decides first.
package struct SourcingScore: Sendable, Hashable, Comparable {
    /// Locations or money, where the objective counts those; else 0.
    package let fixed: Int64
    /// By unit: metres, or places in the order of the objective.
    package let units: Int64

    package init(fixed: Int64, units: Int64) {
        self.fixed = fixed
        self.units = units
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.fixed, left.units) < (right.fixed, right.units)
    }
}

/// What an order takes from where.
package struct SourcingPlan: Sendable, Hashable {
    package struct Pick: Sendable, Hashable {
        /// Index of the wanted item.
        package let item: Int
        /// Index of the candidate.
        package let candidate: Int
        /// 1 or more.
        package let units: Int64
    }

    /// Each item from each candidate at most once.
    package let picks: [Pick]
    package let score: SourcingScore
    /// No plan is better. False where the search ended before that was sure.
    package let isOptimal: Bool

    /// Parts that one order may be taken in: of a line from a location.
    package static let partsMax = 500

    /// Indices of the candidates that ship, each once.
    package var used: Set<Int> { Set(picks.map(\.candidate)) }
}

extension SourcingProblem {
    /// What the search weighs, in whole numbers. Candidates without what the objective goes by come after all others.
    struct Weights {
        /// Of a location that ships; nil where the objective counts only units.
        var fixed: [Int64]?
        /// Of a unit, by candidate and then item: one array, since there are hundreds of candidates.
        var units: [Int64]
        let itemsCount: Int

        func unit(_ candidate: Int, _ item: Int) -> Int64 { units[candidate * itemsCount + item] }
    }

    /// More metres than there are between two places on Earth, half its circumference.
    private static var metresUnknown: Int64 { 30_000_000 }
    /// More than any shipment costs, in minor units: 10^12.
    private static var costUnknown: Int64 { 1_000_000_000_000 }

    var weights: Weights {
        func weights(_ units: [Int64], fixed: [Int64]? = nil) -> Weights {
            Weights(fixed: fixed, units: units, itemsCount: demands.count)
        }
        switch objective {
        case .nearest: return weights(metres)
        case .fewestSplits:
            // Where nobody knows how far it is, the locations' own order decides between equals.
            let isAnyKnown = candidates.contains { $0.distanceMetres != nil }
            return weights(isAnyKnown ? metres : priorities, fixed: candidates.map { _ in 1 })
        case .cheapest:
            let currency = commonCurrency
            return weights(
                metres,
                fixed: candidates.map { candidate in
                    guard let cost = candidate.cost, cost.currency == currency else { return Self.costUnknown }
                    return min(cost.amount, Self.costUnknown - 1)
                })
        case .priority: return weights(priorities)
        case .balanced:
            var units = [Int64](repeating: 0, count: candidates.count * demands.count)
            for item in demands.indices {
                let covers = candidates.map { candidate in
                    (Self.days(candidate.supplies[item], candidate.dailySales[item]), candidate.supplies[item])
                }
                for (index, rank) in ranks(of: covers, before: { $0 > $1 }).enumerated() {
                    units[index * demands.count + item] = rank
                }
            }
            return weights(units)
        }
    }

    private var metres: [Int64] { ofEachItem(candidates.lazy.map { $0.distanceMetres ?? Self.metresUnknown }) }

    /// Places in the asked order, of equals by id.
    private var priorities: [Int64] {
        ofEachItem(ranks(of: candidates.map { ($0.priority ?? .max, $0.location) }) { $0 < $1 })
    }

    /// What is the same for all items of a candidate.
    private func ofEachItem(_ weights: some Collection<Int64>) -> [Int64] {
        var units: [Int64] = []
        units.reserveCapacity(weights.count * demands.count)
        for weight in weights { for _ in demands { units.append(weight) } }
        return units
    }

    /// All candidates, those first whose units, and whose shipments, cost least by the objective.
    package var preferredCandidates: [Int] {
        let weights = weights
        let cost = candidates.indices.map { index in
            (weights.fixed?[index] ?? 0, demands.indices.reduce(0) { $0 + weights.unit(index, $1) })
        }
        return candidates.indices.sorted { (cost[$0].0, cost[$0].1, $0) < (cost[$1].0, cost[$1].1, $1) }
    }

    /// How long stock lasts; what does not sell lasts for ever.
    private static func days(_ units: Int64, _ dailySales: Double) -> Double {
        dailySales > 0 ? Double(units) / dailySales : .infinity
    }

    /// The currency of most candidates, of equals the first by name.
    private var commonCurrency: String? {
        var counts: [String: Int] = [:]
        for cost in candidates.compactMap(\.cost) { counts[cost.currency, default: 0] += 1 }
        return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
    }

    /// Places in an order, from 0; equals share one.
    private func ranks<T, U>(of values: [(T, U)], before: ((T, U), (T, U)) -> Bool) -> [Int64]
    where T: Equatable, U: Equatable {
        let sorted = values.indices.sorted { before(values[$0], values[$1]) }
        var ranks = values.map { _ in Int64(0) }
        for (place, index) in sorted.enumerated() where place > 0 {
            let previous = sorted[place - 1]
            ranks[index] = values[index] == values[previous] ? ranks[previous] : Int64(place)
        }
        return ranks
    }
}

/// Finds the best plan by branch and bound.
///
/// Which locations may ship is what makes it hard; once that is settled, each item is taken from the best of them first. So
/// the search decides of one location after the other whether it ships or not, and gives up a branch that cannot become
/// better than the best plan found. A branch is bounded by what it would cost if any number of the undecided ones could
/// ship; where that keeps to the number allowed, the branch is solved.
struct SourcingSearch {
    private enum Status: UInt8 {
        case undecided, shipping, passedOver
    }

    private let demands: [Int64]
    /// By item: candidates that have some, best first, with what they have.
    private let byCost: [[(candidate: Int, supply: Int64, cost: Int64)]]
    /// By item: the same, those with most first.
    private let bySupply: [[(candidate: Int, supply: Int64)]]
    /// By item: the same, those first that cost least for each unit; empty where only units count.
    private let byRatio: [[(candidate: Int, supply: Int64)]]
    private let fixed: [Int64]?
    private let locationsMax: Int
    private let nodesMax: Int

    /// What a candidate has of an item, by candidate and then item.
    private let supplies: [Int64]

    private var status: [Status]
    /// What those that ship lack of each item; below zero where they have more than is wanted.
    private var lacking: [Int64]
    private var nodes = 0
    private(set) var isExhausted = false
    private var best: (score: SourcingScore, picks: [SourcingPlan.Pick])?
    /// Reused by every node.
    private var used: [Bool]
    private var usedList: [Int] = []
    private var picks: [SourcingPlan.Pick] = []
    private var gains: [Double]

    init(_ problem: SourcingProblem, nodesMax: Int) {
        let weights = problem.weights
        demands = problem.demands
        fixed = weights.fixed
        locationsMax = problem.locationsMax
        self.nodesMax = nodesMax
        let having = problem.demands.indices.map { item in
            problem.candidates.indices.filter { problem.candidates[$0].supplies[item] > 0 }.map { index in
                (
                    candidate: index, supply: min(problem.candidates[index].supplies[item], problem.demands[item]),
                    cost: weights.unit(index, item)
                )
            }
        }
        // Where one has more of what is wanted beside, of equals it comes first: that makes fewer locations.
        let breadth = problem.candidates.map { candidate in
            zip(candidate.supplies, problem.demands).count { $0 >= $1 }
        }
        byCost = having.map { list in
            list.sorted {
                ($0.cost, -breadth[$0.candidate], $0.candidate) < ($1.cost, -breadth[$1.candidate], $1.candidate)
            }
        }
        bySupply = having.map { list in
            list.map { ($0.candidate, $0.supply) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        }
        byRatio =
            weights.fixed.map { fixed in
                having.map { list in
                    list.map { ($0.candidate, $0.supply) }.sorted { left, right in
                        let (a, b) = (
                            Double(fixed[left.0]) / Double(left.1), Double(fixed[right.0]) / Double(right.1)
                        )
                        return a == b ? left.0 < right.0 : a < b
                    }
                }
            } ?? []
        supplies = problem.candidates.flatMap { candidate in
            zip(candidate.supplies, problem.demands).map { min($0, $1) }
        }
        status = problem.candidates.map { _ in .undecided }
        lacking = problem.demands
        gains = problem.candidates.map { _ in 0 }
        used = problem.candidates.map { _ in false }
    }

    /// - Returns: nil where no plan was found; then there is none, unless the search was exhausted.
    mutating func run() -> SourcingPlan? {
        greedy()
        visit(shipping: 0)
        return best.map { SourcingPlan(picks: $0.picks, score: $0.score, isOptimal: !isExhausted) }
    }

    // MARK: - A first plan

    /// Takes one location after the other that covers most of what is still missing for what it costs.
    private mutating func greedy() {
        var chosen: [Int] = []
        defer { for candidate in chosen { set(candidate, .undecided) } }
        while chosen.count < locationsMax, let next = mostCovering() {
            set(next, .shipping)
            chosen.append(next)
        }
        guard let units = take(from: { $0 == .shipping }) else { return }
        record(units)
    }

    private mutating func set(_ candidate: Int, _ new: Status) {
        let change: Int64 = (new == .shipping ? 1 : 0) - (status[candidate] == .shipping ? 1 : 0)
        status[candidate] = new
        guard change != 0 else { return }
        for item in demands.indices { lacking[item] -= change * supplies[candidate * demands.count + item] }
    }

    /// Of the undecided, who has most of what those that ship lack, for what it costs.
    private mutating func mostCovering() -> Int? {
        var best: (candidate: Int, worth: Double)?
        for item in demands.indices where lacking[item] > 0 {
            for entry in bySupply[item] where status[entry.candidate] == .undecided {
                gains[entry.candidate] += Double(min(entry.supply, lacking[item])) / Double(demands[item])
            }
        }
        for candidate in gains.indices where gains[candidate] > 0 {
            let worth = worth(gains[candidate], candidate)
            if best.map({ worth > $0.worth }) ?? true { best = (candidate, worth) }
            gains[candidate] = 0
        }
        return best?.candidate
    }

    private func worth(_ gain: Double, _ candidate: Int) -> Double {
        guard let fixed else { return gain }
        return gain / max(Double(fixed[candidate]), 1e-6)
    }

    // MARK: - The search

    private mutating func visit(shipping: Int) {
        guard nodes < nodesMax else {
            isExhausted = true
            return
        }
        nodes += 1
        let left = locationsMax - shipping
        guard isCoverable(by: left) else { return }
        guard let units = take(from: left == 0 ? { $0 == .shipping } : { $0 != .passedOver }) else { return }
        let bound = SourcingScore(fixed: fixedBound(), units: units)
        if let best, bound >= best.score { return }
        if usedList.count <= locationsMax {
            let score = record(units)
            if score == bound || left == 0 { return }
        }
        guard left > 0 else { return }
        // Taken now: deeper nodes reuse the list.
        let inUse = usedList
        if let units = takeForNothing(), usedList.count <= locationsMax {
            // Whoever else ships costs something; so nothing below this is better.
            record(units)
            return
        }
        guard let next = branching(inUse) else { return }
        set(next, .shipping)
        visit(shipping: shipping + 1)
        set(next, .passedOver)
        visit(shipping: shipping)
        set(next, .undecided)
    }

    private var isCovered: Bool { lacking.allSatisfy { $0 <= 0 } }

    /// Whether so many more locations could cover each item, looked at alone.
    private func isCoverable(by more: Int) -> Bool {
        for item in demands.indices {
            var residual = lacking[item]
            var left = more
            for entry in bySupply[item] where status[entry.candidate] == .undecided {
                guard residual > 0, left > 0 else { break }
                residual -= entry.supply
                left -= 1
            }
            guard residual <= 0 else { return false }
        }
        return true
    }

    /// Takes from those that ship and from those that cost nothing; nil where those that ship lack something.
    private mutating func takeForNothing() -> Int64? {
        guard let fixed, isCovered else { return nil }
        let status = status
        return take { status[$0] == .shipping || status[$0] == .undecided && fixed[$0] == 0 }
    }

    /// What those that ship cost, and at least those that must come to them: of the item that costs most to complete.
    private func fixedBound() -> Int64 {
        guard let fixed else { return 0 }
        var sum: Int64 = 0
        for (index, status) in status.enumerated() where status == .shipping { sum += fixed[index] }
        var most = 0.0
        for item in demands.indices {
            var residual = lacking[item]
            var cost = 0.0
            for entry in byRatio[item] where status[entry.candidate] == .undecided {
                guard residual > 0 else { break }
                let units = min(entry.supply, residual)
                cost += Double(fixed[entry.candidate]) * Double(units) / Double(entry.supply)
                residual -= units
            }
            most = max(most, cost)
        }
        // Costs are whole numbers; a little is left for what floating point rounds.
        let least = max(0, most * (1 - 1e-9) - 1e-6)
        return sum + Int64(least) + (Double(Int64(least)) < least ? 1 : 0)
    }

    /// - Parameter inUse: who would ship if any number could.
    private mutating func branching(_ inUse: [Int]) -> Int? {
        if fixed != nil, let next = mostCovering() { return next }
        var units: [Int: Int64] = [:]
        for pick in picks where status[pick.candidate] == .undecided { units[pick.candidate, default: 0] += 1 }
        let most = inUse.filter { status[$0] == .undecided }.max { (units[$0] ?? 0, $1) < (units[$1] ?? 0, $0) }
        return most
    }

    private mutating func take(from isAllowed: (Status) -> Bool) -> Int64? {
        let status = status
        return take { isAllowed(status[$0]) }
    }

    /// Takes each item from the best allowed candidates first, into `picks`, `used` and `usedList`.
    /// - Returns: what the units cost; nil where they have too little.
    private mutating func take(from isAllowed: (Int) -> Bool) -> Int64? {
        for candidate in usedList { used[candidate] = false }
        usedList.removeAll(keepingCapacity: true)
        picks.removeAll(keepingCapacity: true)
        var cost: Int64 = 0
        for item in demands.indices {
            var missing = demands[item]
            for entry in byCost[item] where isAllowed(entry.candidate) {
                let units = min(entry.supply, missing)
                cost = cost.addingWithoutOverflow(units.multipliedWithoutOverflow(by: entry.cost))
                picks.append(SourcingPlan.Pick(item: item, candidate: entry.candidate, units: units))
                if !used[entry.candidate] {
                    used[entry.candidate] = true
                    usedList.append(entry.candidate)
                }
                missing -= units
                if missing == 0 { break }
            }
            guard missing == 0 else { return nil }
        }
        return cost
    }

    /// Keeps what was taken last, if it is better than the best.
    @discardableResult
    private mutating func record(_ units: Int64) -> SourcingScore {
        let score = SourcingScore(
            fixed: fixed.map { fixed in usedList.reduce(0) { $0 + fixed[$1] } } ?? 0, units: units)
        if best.map({ score < $0.score }) ?? true { best = (score, picks) }
        return score
    }
}

extension Int64 {
    /// Far beyond what any plan costs.
    fileprivate func addingWithoutOverflow(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }

    fileprivate func multipliedWithoutOverflow(by other: Int64) -> Int64 {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? .max : product
    }
}

extension SourcingProblem {
    /// Nodes of one search: 2,000 for an order of 12 lines over 50 locations, which takes less than 5 ms. A node of a larger
    /// order takes longer, so there are fewer.
    package var nodesMax: Int {
        max(Self.nodesMin, min(Self.nodesMost, Self.stepsMax / max(1, candidates.count * demands.count)))
    }

    private static var stepsMax: Int { 1_200_000 }
    private static var nodesMin: Int { 50 }
    private static var nodesMost: Int { 20_000 }

    /// The best plan that ships everything from at most `locationsMax` locations.
    /// - Parameter nodesMax: after so many steps the best plan found is returned as not optimal; nil for the usual number. A
    ///   count and no clock, so that the same question has the same answer.
    /// - Returns: nil where there is none, or none was found within the budget.
    package func plan(nodesMax: Int? = nil) -> SourcingPlan? { search(nodesMax: nodesMax).plan }

    /// The same, and whether the search went through to its end: without a plan, whether there is none.
    package func search(nodesMax: Int? = nil) -> (plan: SourcingPlan?, isComplete: Bool) {
        precondition(locationsMax > 0 && demands.allSatisfy { $0 > 0 }, "something is wanted, from somewhere")
        guard obtainable == demands else { return (nil, true) }
        var search = SourcingSearch(self, nodesMax: nodesMax ?? self.nodesMax)
        let plan = search.run()
        return (plan, !search.isExhausted)
    }
}

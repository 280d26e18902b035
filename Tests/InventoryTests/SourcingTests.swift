import Inventory
import TestSupport
import Testing

/// Plans against every plan that there is.
@Suite struct SourcingTests {
    @Test(arguments: SourcingObjective.allCases)
    func `the plan is as good as the best of all plans`(objective: SourcingObjective) {
        var random = SeededGenerator(seed: 7)
        for number in 0..<2_000 {
            let problem = SourcingProblem.random(objective, &random)
            let best = problem.bestScoreOfAll
            let plan = problem.plan(nodesMax: 1_000_000)
            #expect(plan?.score == best, "case \(number): \(problem)")
            guard let plan else { continue }
            #expect(plan.isOptimal)
            #expect(problem.isKept(by: plan), "case \(number): \(problem), \(plan)")
            #expect(problem.naiveScore(plan.picks.map { ($0.item, $0.candidate, $0.units) }) == plan.score)
        }
    }

    @Test func `a search that ends at its budget says so and still ships everything`() {
        var random = SeededGenerator(seed: 11)
        var (unsure, worse) = (0, 0)
        for number in 0..<200 {
            let problem = SourcingProblem.random(
                random.pick([.cheapest, .fewestSplits]), &random, candidates: 30, items: 8, demand: 6...12)
            guard let sure = problem.plan(nodesMax: 200_000) else { continue }
            guard let plan = problem.plan(nodesMax: 20) else { continue }
            #expect(problem.isKept(by: plan), "case \(number)")
            #expect(plan.score >= sure.score)
            if !plan.isOptimal { unsure += 1 }
            if plan.score > sure.score {
                worse += 1
                #expect(!plan.isOptimal, "case \(number): worse than another and called optimal")
            }
        }
        #expect(unsure > 0 && worse > 0)
    }

    @Test func `a plan of a part is called optimal only where all that there is ships`() {
        func candidate(_ id: String, _ supplies: [Int64]) -> SourcingCandidate {
            SourcingCandidate(
                location: LocationID(stored: id), distanceMetres: 1, cost: nil, priority: nil, supplies: supplies)
        }
        var problem = SourcingProblem(
            objective: .nearest, locationsMax: 2, demands: [3, 3, 1],
            candidates: [
                candidate("X", [2, 2, 0]), candidate("Y", [3, 0, 0]), candidate("Z", [0, 3, 0]),
                candidate("W", [0, 0, 1]),
            ])
        let some = problem.partialPlan()
        #expect(some.units.reduce(0, +) >= 5 && some.1?.isOptimal == false)
        problem.locationsMax = 4
        problem.demands = [9, 3, 1]
        let all = problem.partialPlan()
        #expect(all.units == [5, 3, 1] && all.1?.isOptimal == true)
    }

    @Test func `locations without what the objective goes by come last`() {
        func candidate(_ id: String, metres: Int64?, cost: Money?, priority: Int64?) -> SourcingCandidate {
            SourcingCandidate(
                location: LocationID(stored: id), distanceMetres: metres, cost: cost, priority: priority, supplies: [5],
                dailySales: [1])
        }
        let euro = Money(amount: 900, currency: "EUR")
        let dollar = Money(amount: 1, currency: "USD")
        let candidates = [
            candidate("bare", metres: nil, cost: nil, priority: nil),
            candidate("dollar", metres: 9_000, cost: dollar, priority: 9),
            candidate("euro", metres: 8_000, cost: euro, priority: 8),
            candidate("other", metres: 20_000_000, cost: euro, priority: 10),
        ]
        func chosen(_ objective: SourcingObjective, among candidates: [SourcingCandidate]) -> String? {
            let plan = SourcingProblem(
                objective: objective, locationsMax: 1, demands: [2], candidates: candidates
            ).plan()
            return plan?.picks.first.map { candidates[$0.candidate].location.text }
        }
        #expect(chosen(.nearest, among: candidates) == "euro")
        #expect(chosen(.priority, among: candidates) == "euro")
        #expect(chosen(.cheapest, among: candidates) == "euro")
        #expect(chosen(.nearest, among: [candidates[0], candidates[3]]) == "other")
        #expect(chosen(.cheapest, among: [candidates[0], candidates[3]]) == "other")
        #expect(chosen(.priority, among: [candidates[0]]) == "bare")
    }

    @Test func `balanced spares the store with the least cover`() {
        func candidate(_ id: String, _ units: Int64, sold: Double) -> SourcingCandidate {
            SourcingCandidate(
                location: LocationID(stored: id), distanceMetres: nil, cost: nil, priority: nil, supplies: [units],
                dailySales: [sold])
        }
        let candidates = [
            candidate("fast", 100, sold: 50), candidate("slow", 10, sold: 0.5), candidate("even", 30, sold: 2),
        ]
        let plan = SourcingProblem(
            objective: .balanced, locationsMax: 3, demands: [12], candidates: candidates
        ).plan()
        let taken = plan?.picks.map { "\(candidates[$0.candidate].location) \($0.units)" }
        #expect(taken == ["slow 10", "even 2"])
    }
}

extension SourcingProblem {
    /// Few locations with little, so that splits are needed and ties happen.
    fileprivate static func random(
        _ objective: SourcingObjective, _ random: inout SeededGenerator, candidates: Int? = nil, items: Int? = nil,
        demand: ClosedRange<Int64> = 1...4
    ) -> SourcingProblem {
        let items = items ?? Int.random(in: 1...3, using: &random)
        let count = candidates ?? Int.random(in: 1...5, using: &random)
        return SourcingProblem(
            objective: objective, locationsMax: random.isOne(in: 3) ? count : Int.random(in: 1...count, using: &random),
            demands: (0..<items).map { _ in Int64.random(in: demand, using: &random) },
            candidates: (0..<count).map { number in
                SourcingCandidate(
                    location: LocationID(stored: "L\(number)"),
                    distanceMetres: random.isOne(in: 6) ? nil : Int64.random(in: 1...6, using: &random) * 1_000,
                    cost: random.isOne(in: 6)
                        ? nil
                        : Money(
                            amount: Int64.random(in: 0...4, using: &random) * 100,
                            currency: random.isOne(in: 6) ? "USD" : "EUR"),
                    priority: random.isOne(in: 4) ? nil : Int64.random(in: 0...3, using: &random),
                    supplies: (0..<items).map { _ in Int64.random(in: 0...4, using: &random) },
                    dailySales: (0..<items).map { _ in Double(Int.random(in: 0...3, using: &random)) })
            })
    }

    fileprivate func isKept(by plan: SourcingPlan) -> Bool {
        guard plan.used.count <= locationsMax else { return false }
        for item in demands.indices {
            let picks = plan.picks.filter { $0.item == item }
            guard picks.reduce(0, { $0 + $1.units }) == demands[item], Set(picks.map(\.candidate)).count == picks.count,
                picks.allSatisfy({ $0.units > 0 && $0.units <= candidates[$0.candidate].supplies[item] })
            else { return false }
        }
        return true
    }

    /// The contract's and the documentation's words, for one way of shipping everything.
    fileprivate func naiveScore(_ picks: [(item: Int, candidate: Int, units: Int64)]) -> SourcingScore {
        let used = Set(picks.filter { $0.units > 0 }.map(\.candidate))
        func metres() -> Int64 {
            picks.reduce(0) { $0 + $1.units * (candidates[$1.candidate].distanceMetres ?? 30_000_000) }
        }
        func places() -> Int64 {
            picks.reduce(0) { sum, pick in
                let own = candidates[pick.candidate]
                let ahead = candidates.count { other in
                    (other.priority ?? .max, other.location) < (own.priority ?? .max, own.location)
                }
                return sum + pick.units * Int64(ahead)
            }
        }
        switch objective {
        case .nearest: return SourcingScore(fixed: 0, units: metres())
        case .fewestSplits:
            let isAnyKnown = candidates.contains { $0.distanceMetres != nil }
            return SourcingScore(fixed: Int64(used.count), units: isAnyKnown ? metres() : places())
        case .cheapest:
            let currencies = candidates.compactMap { $0.cost?.currency }
            let (euros, dollars) = (currencies.count { $0 == "EUR" }, currencies.count { $0 == "USD" })
            let common = euros >= dollars ? "EUR" : "USD"
            let money = used.reduce(Int64(0)) { sum, candidate in
                let cost = candidates[candidate].cost
                return sum + (cost?.currency == common ? cost?.amount ?? 0 : 1_000_000_000_000)
            }
            return SourcingScore(fixed: money, units: metres())
        case .priority:
            return SourcingScore(fixed: 0, units: places())
        case .balanced:
            return SourcingScore(
                fixed: 0,
                units: picks.reduce(0) { sum, pick in
                    func cover(_ candidate: SourcingCandidate) -> (Double, Int64) {
                        let (units, sold) = (candidate.supplies[pick.item], candidate.dailySales[pick.item])
                        return (sold > 0 ? Double(units) / sold : .infinity, units)
                    }
                    let own = cover(candidates[pick.candidate])
                    return sum + pick.units * Int64(candidates.count { cover($0) > own })
                })
        }
    }

    /// Every way to take every unit from every location.
    fileprivate var bestScoreOfAll: SourcingScore? {
        var best: SourcingScore?
        var picks: [(item: Int, candidate: Int, units: Int64)] = []
        func visit(_ item: Int, _ candidate: Int, _ missing: Int64) {
            guard item < demands.count else {
                guard Set(picks.map(\.candidate)).count <= locationsMax else { return }
                let score = naiveScore(picks)
                if best.map({ score < $0 }) ?? true { best = score }
                return
            }
            guard missing > 0 else {
                return visit(item + 1, 0, item + 1 < demands.count ? demands[item + 1] : 0)
            }
            guard candidate < candidates.count else { return }
            for units in 0...min(missing, candidates[candidate].supplies[item]) {
                if units > 0 { picks.append((item, candidate, units)) }
                visit(item, candidate + 1, missing - units)
                if units > 0 { picks.removeLast() }
            }
        }
        visit(0, 0, demands[0])
        return best
    }
}

/// Locations chosen and units taken in one step: what is there is known under its locks, so a plan made here is kept.
extension BatchDecision {
    /// What a sourced order comes to.
    struct Sourced {
        /// By line: what it is of, how many units, and of a kit what one is made of.
        var items: [Item]

        struct Item {
            let sku: SKU
            let units: Int64
            let components: [Inventory.Item.Component]
        }
        /// Parts of lines at locations.
        var parts: [Resolved]
    }

    /// Wanted units of one item, or kits.
    struct Demand {
        let item: ItemNumber
        var units: Int64
        /// By location: the balances that it would be taken of.
        var goods: [LocationID: Goods]
    }

    mutating func source(
        _ wanted: [WantedLine], _ terms: SourcingTerms, for channel: Channel?, _ command: ReservationCommand,
        allowsPartial: Bool, insteadOf replaced: Reservation? = nil
    ) -> Result<Sourced, ReservationRefusal> {
        var demands: [Demand] = []
        var items: [Sourced.Item] = []
        var demandOfLine: [Int] = []
        for line in wanted {
            let found = command.sites.compactMap { goods(Name(item: line.item, location: $0.location)) }
            // Nobody has any of it: which item that is, is not known here.
            guard let first = found.first else { return .failure(command.isFinal ? .insufficient([]) : .outdated) }
            guard let units = first.units(of: line.quantity) else { return .failure(Self.tooMany(line)) }
            items.append(Sourced.Item(sku: first.sku, units: units, components: first.components))
            let byLocation = Dictionary(found.map { ($0.location, $0) }) { first, _ in first }
            if let known = demands.firstIndex(where: { $0.item == first.number }) {
                demands[known].units += units
                demands[known].goods.merge(byLocation) { first, _ in first }
                demandOfLine.append(known)
            } else {
                demandOfLine.append(demands.count)
                demands.append(Demand(item: first.number, units: units, goods: byLocation))
            }
        }
        let free = freed(by: replaced)
        let problem = problem(
            demands, terms, for: channel, command.sites, before: nil, insteadOf: replaced,
            free: free, of: replaced?.channel)
        let (asked, plan) = allowsPartial ? problem.partialPlan() : (problem.demands, problem.plan())
        guard let plan, asked.contains(where: { $0 > 0 }) else {
            guard command.isFinal else { return .failure(.outdated) }
            let available = demands.indices.map { item in problem.candidates.reduce(0) { $0 + $1.supplies[item] } }
            return .failure(
                .insufficient(
                    wanted.indices.map { index in
                        let goods = demands[demandOfLine[index]].goods.values
                        let restrictions = goods.compactMap { restriction(of: $0, for: channel, by: .ship)?.id }
                        return ShortLine(
                            id: wanted[index].id, sku: items[index].sku, location: nil, requested: items[index].units,
                            available: available[demandOfLine[index]],
                            isSaleStopped: goods.contains(where: \.isSaleStopped),
                            restriction: restrictions.count == goods.count ? restrictions.min() : nil)
                    }))
        }
        // Somebody was quicker, and elsewhere there may be more.
        guard command.isFinal || asked.reduce(0, +) >= command.expectsUnits else {
            return .failure(.outdated)
        }
        let parts = parts(of: plan, problem, demands, wanted, items, demandOfLine)
        guard parts.count <= SourcingPlan.partsMax else { return .failure(Self.tooManyPlanned) }
        return .success(Sourced(items: items, parts: parts))
    }

    /// Gives out what was picked to the lines, in their order.
    private func parts(
        of plan: SourcingPlan, _ problem: SourcingProblem, _ demands: [Demand], _ wanted: [WantedLine],
        _ items: [Sourced.Item], _ demandOfLine: [Int]
    ) -> [Resolved] {
        var picks = plan.picks
        var parts: [Resolved] = []
        for (line, demand) in demandOfLine.enumerated() {
            var missing = items[line].units
            for index in picks.indices where missing > 0 && picks[index].item == demand && picks[index].units > 0 {
                let units = min(missing, picks[index].units)
                let location = problem.candidates[picks[index].candidate].location
                guard let goods = demands[demand].goods[location] else { continue }
                parts += AskedLine(line: line, wanted: wanted[line], goods: goods, units: units).parts(units)
                picks[index] = SourcingPlan.Pick(
                    item: demand, candidate: picks[index].candidate, units: picks[index].units - units)
                missing -= units
            }
        }
        return parts
    }

    /// What may be taken now, at locations that may ship.
    /// - Parameters:
    ///   - before: the reservation as it was, whose locations have taken it already.
    ///   - replaced: a hold that comes free first.
    ///   - free: units that come free first, promised to `giver`.
    mutating func problem(
        _ demands: [Demand], _ terms: SourcingTerms, for channel: Channel?, _ sites: [SourcingSite],
        before: Reservation?, insteadOf replaced: Reservation? = nil, free: [BalanceKey: Int64] = [:],
        of giver: Channel? = nil
    ) -> SourcingProblem {
        let members = terms.group.map { snapshot.groups[$0] ?? [] }
        // Whose group is asked decides who takes part, not whose network the channel is.
        let network = terms.group == nil ? channel : nil
        let open = sites.filter { site in
            obstacle(at: site.location, to: .ship, network, pointer: "") == nil
                && members?.contains(site.location) ?? true
                && !promises.isFull(site.location, before, insteadOf: replaced)
        }
        var candidates: [SourcingCandidate] = []
        for site in open {
            // What earlier demands may take here of a part is left to them, so that no plan takes a unit twice.
            var spoken: [BalanceKey: Int64] = [:]
            let supplies = demands.map { demand -> Int64 in
                guard let goods = demand.goods[site.location],
                    restriction(of: goods, for: channel, by: .ship) == nil
                else { return 0 }
                for part in goods.parts { ledger.foldExpired(of: part.name.key) }
                let supply = goods.available { name in
                    let available = availableToSell(
                        name, to: channel, by: .ship, afterGiving: free[name.key] ?? 0, of: giver)
                    return max(0, available - terms.minimumLeft - spoken[name.key, default: 0])
                }
                for part in goods.parts {
                    spoken[part.name.key, default: 0] += min(supply, demand.units) * part.quantity
                }
                return supply
            }
            candidates.append(site.candidate(demands.map(\.item), supplies: supplies))
        }
        return SourcingProblem(
            objective: terms.objective, locationsMax: max(1, terms.locationsMax ?? candidates.count),
            demands: demands.map(\.units), candidates: candidates)
    }

    static var tooManyPlanned: ReservationRefusal {
        .limitExceeded(
            "it would need more than \(SourcingPlan.partsMax) parts; ask for less, or for fewer locations by maxSplits"
        )
    }

    static func tooMany(_ line: WantedLine) -> ReservationRefusal {
        .invalid(
            pointer: "\(line.pointer)/quantity",
            "times the units of its code is more than \(Quantity.maxUnits) units")
    }
}

extension SourcingProblem {
    /// The most that can be shipped, and how. With too few locations allowed for all of it, those that have most of it
    /// ship.
    /// - Returns: units of each item that are planned, and the plan; none where nothing can be shipped.
    package func partialPlan() -> (units: [Int64], SourcingPlan?) {
        var problem = self
        problem.demands = obtainable
        if let plan = problem.planOfSome() { return (problem.demands, plan) }
        var chosen: [Int] = []
        var missing = problem.demands
        while chosen.count < locationsMax {
            let gains = candidates.indices.map { index in
                chosen.contains(index) ? 0 : zip(candidates[index].supplies, missing).reduce(0) { $0 + min($1.0, $1.1) }
            }
            guard let most = gains.max(), most > 0, let next = gains.firstIndex(of: most) else { break }
            chosen.append(next)
            for item in missing.indices { missing[item] -= min(missing[item], candidates[next].supplies[item]) }
        }
        for index in candidates.indices where !chosen.contains(index) {
            problem.candidates[index].supplies = demands.map { _ in 0 }
        }
        problem.demands = problem.obtainable
        // Who has most was chosen one by one.
        let plan = problem.planOfSome().map { SourcingPlan(picks: $0.picks, score: $0.score, isOptimal: false) }
        return (problem.demands, plan)
    }

    /// Items of which nothing is wanted are left out of the search.
    private func planOfSome() -> SourcingPlan? {
        let wanted = demands.indices.filter { demands[$0] > 0 }
        guard !wanted.isEmpty else { return nil }
        var problem = self
        problem.demands = wanted.map { demands[$0] }
        problem.candidates = candidates.map { candidate in
            var candidate = candidate
            candidate.supplies = wanted.map { candidate.supplies[$0] }
            if !candidate.dailySales.isEmpty { candidate.dailySales = wanted.map { candidate.dailySales[$0] } }
            return candidate
        }
        guard let plan = problem.plan() else { return nil }
        return SourcingPlan(
            picks: plan.picks.map { .init(item: wanted[$0.item], candidate: $0.candidate, units: $0.units) },
            score: plan.score, isOptimal: plan.isOptimal)
    }
}

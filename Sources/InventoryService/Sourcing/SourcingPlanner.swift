import Inventory

/// Turns an order and what is known of stock into a problem, and its plan into what a request has to lock.
struct SourcingPlanner {
    /// A line as far as plans go.
    struct Line {
        let id: LineID
        let item: ItemReference
        /// Of the code or the base unit.
        let quantity: Int64
        /// What has to be locked for it: the item, or the parts of a kit as it was promised.
        let names: [ItemReference]
    }

    let lines: [Line]
    let terms: SourcingTerms
    let stock: SourcingStock
    let problem: SourcingProblem
    /// Where each candidate is.
    private let places: [SourcingPlace]
    private let sites: [SourcingSite]
    /// By line: its place among the wanted items, and base units.
    private let itemOfLine: [Int]
    let unitsOfLine: [Int64]
    private let full: [PassedOver]

    /// Lines times the locations that have them: what one plan looks at.
    static let pairsMax = 50_000
    /// With more of them a plan is bulk work: it may take its thread for a tenth of a second and more.
    private static let quickPairsMax = 1_000
    static let tooLarge = """
        the lines and the locations that have them are more than \(pairsMax) together; name a group, or order in parts
        """

    /// Units of one place that a plan looks at: more than any order asks for, and few enough that those of all places can
    /// be added up.
    private static let supplyMax = Figures.sumMax / Int64(pairsMax)

    /// Balances that the last attempts lock.
    private static let balancesMax = 500

    /// - Parameters:
    ///   - except: by item, locations that are not asked.
    ///   - only: who alone is asked; nil: everybody.
    ///   - locationsMax: instead of what the terms say.
    init(
        _ lines: [Line], _ terms: SourcingTerms, to destination: Coordinates?, _ stock: SourcingStock,
        except: [SKU: Set<LocationID>] = [:], only: Set<LocationID>? = nil, locationsMax: Int? = nil
    ) {
        self.lines = lines
        self.terms = terms
        self.stock = stock
        var items: [ItemNumber] = []
        var demands: [Int64] = []
        var itemOfLine: [Int] = []
        var unitsOfLine: [Int64] = []
        var sources: [SourcingStock.Line] = []
        for (index, line) in lines.enumerated() {
            let found = stock.lines[index]
            let (units, overflows) = line.quantity.multipliedReportingOverflow(by: found.unitsPerCode)
            unitsOfLine.append(overflows ? .max : units)
            if let known = items.firstIndex(of: found.item) {
                itemOfLine.append(known)
                let (sum, overflows) = demands[known].addingReportingOverflow(unitsOfLine[index])
                demands[known] = overflows ? .max : sum
            } else {
                itemOfLine.append(items.count)
                items.append(found.item)
                demands.append(unitsOfLine[index])
                sources.append(found)
            }
        }
        // Nobody else asks, and there are hundreds of places.
        let isSaleAsked = terms.objective == .balanced
        var sites: [SourcingSite] = []
        var places: [SourcingPlace] = []
        var candidates: [SourcingCandidate] = []
        var full: [PassedOver] = []
        var walks = sources.map { PlacesOfItem.Walk($0.available) }
        for (number, place) in stock.places where place.isEligible {
            if let only, !only.contains(place.location) { continue }
            let supplies = sources.indices.map { source -> Int64 in
                let available = walks[source].units(at: number)
                if except[sources[source].sku]?.contains(place.location) ?? false { return 0 }
                return min(Self.supplyMax, max(0, available - terms.minimumLeft))
            }
            guard supplies.contains(where: { $0 > 0 }) else { continue }
            let site = SourcingSite(place, to: destination, dailySales: isSaleAsked ? sources : [], number)
            guard !place.isFull else {
                full.append(
                    PassedOver(
                        location: place.location, distanceMetres: site.distanceMetres, cost: site.cost,
                        reason: .capacity))
                continue
            }
            sites.append(site)
            places.append(place)
            candidates.append(
                SourcingCandidate(
                    location: site.location, distanceMetres: site.distanceMetres, cost: site.cost,
                    priority: site.priority, supplies: supplies,
                    dailySales: isSaleAsked ? items.map { site.dailySales[$0] ?? 0 } : []))
        }
        self.sites = sites
        self.places = places
        self.itemOfLine = itemOfLine
        self.unitsOfLine = unitsOfLine
        self.full = full
        problem = SourcingProblem(
            objective: terms.objective,
            locationsMax: max(1, locationsMax ?? terms.locationsMax ?? candidates.count), demands: demands,
            candidates: candidates)
    }

    /// Some of it is made of parts, which others of its lines may want too.
    var hasKits: Bool { stock.lines.contains { !$0.parts.isEmpty } || lines.contains { $0.names != [$0.item] } }

    /// Where to plan over this stock: among single calls, or where it holds up none of them.
    static func executor(for stock: SourcingStock) -> BulkExecutor? {
        stock.lines.reduce(0) { $0 + $1.available.count } > quickPairsMax ? .shared : nil
    }

    /// The plan for all of it, or for as much as there is.
    func plan(allowsPartial: Bool) async -> SourcingPlan? {
        await withTaskExecutorPreference(Self.executor(for: stock)) {
            allowsPartial ? problem.partialPlan().1 : problem.plan()
        }
    }

    /// What an allocation of a plan would be.
    struct Part {
        let line: Int
        let site: SourcingSite
        let units: Int64
    }

    /// What is picked, given out to lines in their order.
    func parts(of plan: SourcingPlan) -> [Part] {
        var left = plan.picks.map(\.units)
        var parts: [Part] = []
        for (line, item) in itemOfLine.enumerated() {
            var missing = unitsOfLine[line]
            for (index, pick) in plan.picks.enumerated() where pick.item == item && left[index] > 0 && missing > 0 {
                let units = min(missing, left[index])
                parts.append(Part(line: line, site: sites[pick.candidate], units: units))
                left[index] -= units
                missing -= units
            }
        }
        return parts
    }

    /// What a request has to lock to take what is planned: the balances picked, by the names of the lines.
    func needs(of plan: SourcingPlan) -> (names: [Name], sites: [SourcingSite]) {
        var names: [Name] = []
        for pick in plan.picks {
            for (line, item) in itemOfLine.enumerated() where item == pick.item {
                names += lines[line].names.map { Name(item: $0, location: sites[pick.candidate].location) }
            }
        }
        let chosen = plan.used.sorted().map { sites[$0] }
        return (names + namesOfOthers(names, chosen), chosen)
    }

    /// Each line is to be known somewhere, also where nothing of it is to be had.
    private func namesOfOthers(_ names: [Name], _ chosen: [SourcingSite]) -> [Name] {
        guard let site = chosen.first else { return [] }
        let named = Set(names.map(\.item))
        return lines.flatMap(\.names).filter { !named.contains($0) }.map { Name(item: $0, location: site.location) }
    }

    /// The same for all that may ship: what is planned, and then those first that the objective prefers.
    /// - Returns: also whether that is all of them; one request may lock only so many.
    func needsOfAll(_ plan: SourcingPlan) -> (names: [Name], sites: [SourcingSite], isAll: Bool) {
        var (names, chosen) = needs(of: plan)
        var named = Set(names)
        var isAll = true
        for index in problem.preferredCandidates {
            let more = lines.indices.filter { problem.candidates[index].supplies[itemOfLine[$0]] > 0 }
                .flatMap { lines[$0].names }.map { Name(item: $0, location: sites[index].location) }
                .filter { !named.contains($0) }
            guard !more.isEmpty else { continue }
            guard names.count + more.count <= Self.balancesMax else {
                isAll = false
                continue
            }
            names += more
            named.formUnion(more)
            if !chosen.contains(where: { $0.location == sites[index].location }) { chosen.append(sites[index]) }
        }
        return (names, chosen, isAll)
    }

    /// Units of a line's item at a candidate.
    func available(_ line: Int, at candidate: Int) -> Int64 { problem.candidates[candidate].supplies[itemOfLine[line]] }

    /// Lines that cannot be met, each with what there is for it; all of them where only together they cannot.
    var short: [ShortLine] {
        let obtainable = problem.candidates.isEmpty ? problem.demands.map { _ in 0 } : problem.obtainable
        let all = lines.indices.map { index in
            let item = itemOfLine[index]
            let available = problem.candidates.reduce(Int64(0)) { $0 + $1.supplies[item] }
            return (
                isShort: obtainable[item] < problem.demands[item],
                line: ShortLine(
                    id: lines[index].id, sku: stock.lines[index].sku, location: nil, requested: unitsOfLine[index],
                    available: available, isSaleStopped: stock.lines[index].isSaleStopped,
                    restriction: stock.lines[index].restriction)
            )
        }
        let short = all.filter(\.isShort)
        return (short.isEmpty ? all : short).map(\.line)
    }

    /// Nearest first.
    func passedOver(by plan: SourcingPlan?) -> [PassedOver] {
        let isCloser = { (left: PassedOver, right: PassedOver) in
            (left.distanceMetres ?? .max, left.location) < (right.distanceMetres ?? .max, right.location)
        }
        // Of hundreds only the first few are told of.
        var nearest: [PassedOver] = []
        func take(_ passed: PassedOver) {
            if nearest.count == PassedOver.countMax {
                guard isCloser(passed, nearest[nearest.count - 1]) else { return }
                nearest.removeLast()
            }
            nearest.insert(passed, at: nearest.firstIndex { isCloser(passed, $0) } ?? nearest.count)
        }
        for passed in full { take(passed) }
        if let plan { problem.passedOver(by: plan, take) }
        return nearest
    }
}

extension SourcingSite {
    /// - Parameter destination: nil where nobody said.
    init(_ place: SourcingPlace, to destination: Coordinates?) {
        let km = destination.flatMap { to in place.coordinates.map { $0.distanceKm(to: to) } }
        self.init(
            location: place.location, distanceMetres: km.map { Int64(($0 * 1_000).rounded()) },
            cost: Self.cost(place, km: km), priority: place.priority)
    }

    fileprivate init(
        _ place: SourcingPlace, to destination: Coordinates?, dailySales lines: [SourcingStock.Line],
        _ number: LocationNumber
    ) {
        self.init(place, to: destination)
        for line in lines { dailySales[line.item] = line.dailySales[number] }
    }

    /// Of one shipment, to the nearest minor unit. Nil where nothing is known, where kilometres cost and nobody knows how
    /// many there are, and where the two parts are of different currencies.
    private static func cost(_ place: SourcingPlace, km: Double?) -> Money? {
        guard let perKm = place.costPerKm, perKm.amount > 0 else { return place.costPerShipment ?? place.costPerKm }
        guard let km else { return nil }
        let way = Int64((Double(perKm.amount) * km).rounded())
        guard let fixed = place.costPerShipment else { return Money(amount: way, currency: perKm.currency) }
        guard fixed.currency == perKm.currency else { return nil }
        return Money(amount: fixed.amount + way, currency: fixed.currency)
    }
}

package import Inventory

/// A plan that holds nothing.
package struct SourcingPreview: Sendable {
    package struct Line: Sendable {
        package let id: LineID
        package let sku: SKU
        package let requested: Int64
        package let parts: [Part]

        /// Units that are planned.
        package var quantity: Int64 { parts.reduce(0) { $0 + $1.units } }
    }

    package struct Part: Sendable {
        package let location: LocationID
        package let units: Int64
        package let distanceMetres: Int64?
        package let cost: Money?
    }

    package let objective: SourcingObjective
    package let isOptimal: Bool
    /// Everything can be shipped as asked.
    package let isComplete: Bool
    package let lines: [Line]
    package let passedOver: [PassedOver]
    package let alternatives: [Alternative]
    package let asOf: Timestamp

    /// One for each location, in the order of locations.
    package var shipments: [Part] {
        var parts: [LocationID: Part] = [:]
        for part in lines.flatMap(\.parts) {
            let units = (parts[part.location]?.units ?? 0) + part.units
            parts[part.location] = Part(
                location: part.location, units: units, distanceMetres: part.distanceMetres, cost: part.cost)
        }
        return parts.values.sorted { $0.location < $1.location }
    }
}

/// An order of which the service chooses the locations.
package struct SourcedOrder: Sendable, Hashable {
    package struct Line: Sendable, Hashable {
        package let id: LineID
        package let item: ItemReference
        /// 1 or more.
        package let quantity: Int64
        /// Of kits that were promised before, what one was made of then; empty for what is as it is today.
        package let components: [Item.Component]

        package init(id: LineID, item: ItemReference, quantity: Int64, components: [Item.Component] = []) {
            self.id = id
            self.item = item
            self.quantity = quantity
            self.components = components
        }

        /// What has to be known of stock, and locked.
        fileprivate var names: [ItemReference] {
            components.isEmpty ? [item] : components.map { .sku($0.sku) }
        }
    }

    package var lines: [Line]
    package var terms: SourcingTerms
    package var channel: Channel?
    package var method: FulfilmentMethod
    package var destination: Coordinates?
    /// Locations that alone are there for who asks; nil: all.
    package var within: Set<LocationID>?

    package init(
        lines: [Line], terms: SourcingTerms, channel: Channel?, method: FulfilmentMethod = .ship,
        destination: Coordinates?
    ) {
        self.lines = lines
        self.terms = terms
        self.channel = channel
        self.method = method
        self.destination = destination
    }

    fileprivate var filter: NetworkFilter {
        NetworkFilter(group: terms.group, channel: channel, method: method, within: within)
    }

    fileprivate var question: SourcingQuestion {
        SourcingQuestion(items: lines.flatMap(\.names), filter: filter, objective: terms.objective)
    }

    /// One line of stock for each of the order's, of what was found for `question`: a location has as many kits as it has
    /// of every part.
    fileprivate func combined(_ found: [SourcingStock.Line]) -> [SourcingStock.Line] {
        var rest = found[...]
        return lines.enumerated().map { index, line in
            let parts = rest.prefix(line.names.count)
            rest = rest.dropFirst(line.names.count)
            guard case .sku(let sku) = line.item, !line.components.isEmpty, let first = parts.first else {
                return parts[parts.startIndex]
            }
            // No item has this number, so each such line is planned by itself.
            var kits = SourcingStock.Line(item: ItemNumber(-1 - Int64(index)), sku: sku, unitsPerCode: 1)
            for location in first.available.locations {
                let count = zip(line.components, parts).map { ($1.available[location] ?? 0) / $0.quantity }.min() ?? 0
                if count > 0 { kits.available[location] = count }
            }
            return kits
        }
    }
}

/// Plans, of committed figures. What is promised on them is decided under locks, by `ReservationService`.
package struct SourcingService: Sendable {
    package let store: any SourcingStore

    package init(store: any SourcingStore) { self.store = store }

    /// What to say of an order that is too large to plan.
    package static var tooLarge: String { SourcingPlanner.tooLarge }

    /// - Parameters:
    ///   - except: by item, locations that are not asked.
    ///   - replaced: whose units come free.
    func planner(
        _ order: SourcedOrder, except: [SKU: Set<LocationID>] = [:], only: Set<LocationID>? = nil,
        locationsMax: Int? = nil, insteadOf replaced: ReservationAnswer? = nil
    ) async throws(StoreError) -> Result<SourcingPlanner, UnknownInSourcing> {
        var question = order.question
        for allocation in replaced?.reservation.allocations ?? [] {
            question.freed[allocation.key, default: 0] +=
                replaced.map { $0.reservation.open(allocation, at: $0.asOf) } ?? 0
        }
        var stock: SourcingStock
        switch try await store.stock(question) {
        case .failure(let unknown): return .failure(unknown)
        case .success(let found): stock = found
        }
        stock.lines = order.combined(stock.lines)
        for (line, found) in zip(order.lines, stock.lines).enumerated() {
            let (units, overflows) = found.0.quantity.multipliedReportingOverflow(by: found.1.unitsPerCode)
            if overflows || units > Quantity.maxUnits { return .failure(.tooMany(line)) }
        }
        guard stock.lines.reduce(0, { $0 + $1.available.count }) <= SourcingPlanner.pairsMax else {
            return .failure(.tooLarge)
        }
        if let replaced {
            // What it would have shipped, its locations take instead.
            for allocation in replaced.reservation.allocations
            where replaced.reservation.givesShipmentBack(at: allocation.location, now: replaced.asOf) {
                guard let index = stock.places.firstIndex(where: { $0.number == allocation.key.location }) else {
                    continue
                }
                stock.places[index].place.isFull = false
            }
        }
        return await withTaskExecutorPreference(SourcingPlanner.executor(for: stock)) { [stock] in
            .success(
                SourcingPlanner(
                    order.lines.map { .init(id: $0.id, item: $0.item, quantity: $0.quantity, names: $0.names) },
                    order.terms, to: order.destination, stock, except: except, only: only, locationsMax: locationsMax))
        }
    }

    package func preview(
        _ order: SourcedOrder, allowsPartial: Bool
    ) async throws(StoreError) -> Result<SourcingPreview, UnknownInSourcing> {
        let planner: SourcingPlanner
        switch try await self.planner(order) {
        case .failure(let unknown): return .failure(unknown)
        case .success(let found): planner = found
        }
        let (whole, isComplete) = await withTaskExecutorPreference(SourcingPlanner.executor(for: planner.stock)) {
            planner.problem.search()
        }
        let plan =
            if let whole { whole } else if allowsPartial { await planner.plan(allowsPartial: true) } else {
                nil as SourcingPlan?
            }
        let parts = plan.map(planner.parts) ?? []
        let lines = order.lines.indices.map { index in
            SourcingPreview.Line(
                id: order.lines[index].id, sku: planner.stock.lines[index].sku,
                requested: planner.unitsOfLine[index],
                parts: parts.filter { $0.line == index }.map {
                    SourcingPreview.Part(
                        location: $0.site.location, units: $0.units, distanceMetres: $0.site.distanceMetres,
                        cost: $0.site.cost)
                })
        }
        // Who is bound to locations is not told where else there is some.
        let alternatives =
            whole == nil && order.within == nil ? try await alternatives(to: planner.short, of: order) : []
        return .success(
            SourcingPreview(
                objective: order.terms.objective, isOptimal: plan?.isOptimal ?? isComplete, isComplete: whole != nil,
                lines: lines, passedOver: planner.passedOver(by: plan), alternatives: alternatives,
                asOf: planner.stock.asOf))
    }

    /// What is known of locations that ship to somewhere.
    func sites(_ locations: [LocationID], to destination: Coordinates?) async throws(StoreError) -> [SourcingSite] {
        let places = try await store.places(Array(Set(locations)))
        return places.values.sorted { $0.location < $1.location }.map { SourcingSite($0, to: destination) }
    }

    // MARK: - Alternatives

    /// What else can be done: several locations together, or later.
    /// - Parameter short: of the order's lines, in base units.
    func alternatives(
        to short: [ShortLine], of order: SourcedOrder
    ) async throws(StoreError) -> [Alternative] {
        var alternatives = try await others(order)
        if let split = try await split(order) { alternatives.append(split) }
        if let later = try await later(short, at: nil, order.filter) { alternatives.append(later) }
        return alternatives
    }

    /// Locations that have all of it and were not asked: outside the group, or with less left than was to be.
    private func others(_ order: SourcedOrder) async throws(StoreError) -> [Alternative] {
        guard order.terms.group != nil || order.terms.minimumLeft > 0 else { return [] }
        var order = order
        order.terms = SourcingTerms(objective: order.destination == nil ? .priority : .nearest, locationsMax: 1)
        guard case .success(let planner) = try await planner(order) else { return [] }
        let problem = planner.problem
        return problem.preferredCandidates.filter { index in
            zip(problem.candidates[index].supplies, problem.demands).allSatisfy { $0 >= $1 }
        }.prefix(Alternative.countMax).map { index in
            let candidate = problem.candidates[index]
            return Alternative(
                kind: .location, location: candidate.location,
                distanceKm: candidate.distanceMetres.map { Double($0) / 1_000 },
                lines: order.lines.indices.map { line in
                    Alternative.Line(
                        id: order.lines[line].id, sku: planner.stock.lines[line].sku,
                        availableToSell: planner.available(line, at: index))
                })
        }
    }

    /// All of it from as many locations as it takes, the fewest.
    func split(_ order: SourcedOrder, except: [SKU: Set<LocationID>] = [:]) async throws(StoreError) -> Alternative? {
        var order = order
        order.terms.objective = .fewestSplits
        order.terms.locationsMax = nil
        guard case .success(let planner) = try await planner(order, except: except),
            let plan = await planner.plan(allowsPartial: false), plan.used.count > 1
        else { return nil }
        return Alternative(
            kind: .split, location: nil, distanceKm: nil,
            lines: planner.parts(of: plan).map { part in
                let stock = planner.stock.lines[part.line]
                return Alternative.Line(
                    id: order.lines[part.line].id, sku: stock.sku, location: part.site.location,
                    quantity: part.units, availableToSell: part.units)
            })
    }

    /// When dated supply would cover what is missing.
    /// - Parameter location: where it has to come; nil: wherever the filter allows.
    func later(
        _ short: [ShortLine], at location: LocationID?, _ filter: NetworkFilter
    ) async throws(StoreError) -> Alternative? {
        // What is called back, or not sold so, is not for sale when more of it comes.
        guard !short.isEmpty, !short.contains(where: { $0.isSaleStopped || $0.restriction != nil }) else { return nil }
        let coming = try await store.coming(Array(Set(short.map(\.sku))), at: location, filter)
        var lines: [Alternative.Line] = []
        var availableFrom: Timestamp?
        // What there is, lines of one item share; what they wait for, they wait for together.
        var left = Dictionary(short.map { ($0.sku, max(0, $0.available)) }) { first, _ in first }
        var waiting: [SKU: Int64] = [:]
        for line in short {
            let covered = min(left[line.sku] ?? 0, line.requested)
            left[line.sku, default: 0] -= covered
            let own = line.requested - covered
            guard own > 0 else { continue }
            waiting[line.sku, default: 0] += own
            var missing = waiting[line.sku] ?? 0
            guard
                let covering = (coming[line.sku] ?? []).first(where: {
                    missing -= $0.units
                    return missing <= 0
                })
            else { return nil }
            availableFrom = max(availableFrom ?? covering.at, covering.at)
            lines.append(
                Alternative.Line(
                    id: line.id, sku: line.sku, location: covering.location, quantity: own,
                    availableToSell: nil))
        }
        guard let availableFrom else { return nil }
        return Alternative(
            kind: .later, location: nil, distanceKm: nil, lines: lines, availableFrom: availableFrom)
    }
}

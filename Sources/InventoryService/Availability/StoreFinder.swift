package import Inventory

/// A store that has at least one line of a basket.
package struct FoundStore: Sendable {
    package struct Line: Sendable {
        package let line: BasketStock.Line
        package let availableToSell: Int64
        package let band: Band
        /// For all lines of that item together, and for those of kits that it is part of, or shares parts with.
        package let isEnough: Bool
    }

    package let card: LocationCard
    package let distanceKm: Double?
    /// Nil also where nobody can pick up.
    package let readyBy: Timestamp?
    package let opening: OpenState
    package let lines: [Line]

    package var completeLines: Int { lines.count(where: \.isEnough) }
    package var isComplete: Bool { completeLines == lines.count }
}

extension AvailabilityViews {
    /// Stores for a whole basket: complete ones first, then those with more of its lines, then the nearer.
    /// - Parameter unitsMax: the most units of one item that may be asked for, all lines and the units of codes together.
    package func findStores(
        for question: BasketQuestion, limit: Int, unitsMax: Int64 = .max
    ) async throws(StoreError) -> Result<Dated<[FoundStore]>, BasketRefusal> {
        let answer: Dated<BasketStock>
        switch try await store.basket(question) {
        case .failure(let unknown): return .failure(.unknown(unknown))
        case .success(let found): answer = found
        }
        let basket = answer.value
        var demand: [ItemNumber: Int64] = [:]
        for (index, line) in basket.lines.enumerated() {
            let wanted = demand[line.item, default: 0].addingUnits(min(line.quantity, Figures.sumMax))
            guard wanted <= unitsMax else { return .failure(.tooMany(line: index, unitsMax: unitsMax)) }
            demand[line.item] = wanted
        }
        // What kits take of their parts is not there for the parts' own lines. Who must not learn figures does not learn
        // one of a part by kits beside it: beyond the limit, lines are looked at each by itself.
        var shared = demand
        for line in basket.lines {
            for part in line.parts {
                let (units, overflows) = line.quantity.multipliedReportingOverflow(by: part.quantity)
                let taken = overflows ? Figures.sumMax : min(units, Figures.sumMax)
                shared[part.item] = shared[part.item, default: 0].addingUnits(taken)
            }
        }
        demand.merge(shared.filter { $0.value <= unitsMax }) { $1 }
        func lines(_ place: BasketStock.Place) -> [FoundStore.Line] {
            basket.lines.map { line in
                let there = place.available[line.item] ?? (0, .out)
                let isEnough = ([line.item] + line.parts.map(\.item)).allSatisfy { item in
                    place.available[item, default: (0, .out)].units >= demand[item, default: 0]
                }
                return FoundStore.Line(
                    line: line, availableToSell: there.units, band: there.band, isEnough: isEnough)
            }
        }
        let items = Set(basket.lines.map(\.item))
        let ranked = basket.places.filter { place in
            items.contains { place.available[$0] != nil }
        }.map { place in
            let lines = lines(place)
            return (place: place, lines: lines, complete: lines.count(where: \.isEnough))
        }.sorted { left, right in
            if left.complete != right.complete { return left.complete > right.complete }
            let (near, far) = (left.place.distanceKm ?? .infinity, right.place.distanceKm ?? .infinity)
            return near == far ? left.place.location < right.place.location : near < far
        }.prefix(limit)
        let cards = try await store.cards(ranked.map(\.place.location))
        return .success(
            Dated(
                ranked.compactMap { found in
                    cards[found.place.location].map { card in
                        FoundStore(
                            card: card, distanceKm: found.place.distanceKm,
                            readyBy: card.place.pickupReadyBy(from: answer.asOf),
                            opening: card.place.openState(at: answer.asOf), lines: found.lines)
                    }
                }, asOf: answer.asOf))
    }
}

/// What is shipped and was not found is taken elsewhere, in the step that says so.
extension BatchDecision {
    /// Units of one of the chosen parts, and where they come from instead.
    struct Elsewhere {
        /// Its place among the chosen.
        let chosen: Int
        let name: KnownName
        let units: Int64
    }

    /// - Returns: as much as others have; nothing of what is not shipped.
    mutating func sourceElsewhere(
        _ chosen: [Chosen], of reservation: Reservation, _ command: ReservationCommand
    ) -> Result<[Elsewhere], ReservationRefusal> {
        let shipped = chosen.indices.filter {
            reservation.lines[reservation.allocations[chosen[$0].index].line].method == .ship
        }
        guard !shipped.isEmpty, !command.sites.isEmpty else { return .success([]) }
        // Where somebody has looked in vain there is no more of it.
        var emptyKeys = Set(shipped.map { reservation.allocations[chosen[$0].index].key })
        for allocation in reservation.allocations where allocation.state == .notFound {
            emptyKeys.insert(allocation.key)
        }
        var demands: [Demand] = []
        for part in shipped {
            let allocation = reservation.allocations[chosen[part].index]
            if let known = demands.firstIndex(where: { $0.item == allocation.key.item }) {
                demands[known].units += chosen[part].units
                continue
            }
            var goods: [LocationID: Goods] = [:]
            for site in command.sites {
                guard let name = known(Name(item: .sku(allocation.sku), location: site.location)) else { continue }
                if !emptyKeys.contains(name.key) { goods[site.location] = Goods(name) }
            }
            demands.append(Demand(item: allocation.key.item, units: chosen[part].units, goods: goods))
        }
        let terms = reservation.termsForMore
        let stays = reservation.locationsShipping(at: now, besides: chosen)
        var sites = command.sites
        var locationsMax = terms.locationsMax
        if let most = terms.locationsMax {
            // Who ships something of it already makes no split more.
            if stays.count >= most { sites.removeAll { !stays.contains($0.location) } }
            locationsMax = stays.count >= most ? most : most - stays.count
        }
        var problem = problem(demands, terms, for: reservation.channel, sites, before: reservation)
        if let locationsMax { problem.locationsMax = locationsMax }
        let (units, plan) = problem.partialPlan()
        guard command.isFinal || units.reduce(0, +) >= command.expectsUnits else { return .failure(.outdated) }
        guard let plan else { return .success([]) }
        var picks = plan.picks
        var elsewhere: [Elsewhere] = []
        for part in shipped {
            let key = reservation.allocations[chosen[part].index].key
            var left = chosen[part].units
            for index in picks.indices where left > 0 && picks[index].units > 0 {
                guard demands[picks[index].item].item == key.item,
                    let name = demands[picks[index].item]
                        .goods[problem.candidates[picks[index].candidate].location]?.parts.first?.name
                else { continue }
                let units = min(left, picks[index].units)
                elsewhere.append(Elsewhere(chosen: part, name: name, units: units))
                picks[index] = .init(
                    item: picks[index].item, candidate: picks[index].candidate, units: picks[index].units - units)
                left -= units
            }
        }
        // What was looked for may be split off first, and each part becomes one of its own.
        let hasRoom = reservation.hasRoom(forParts: chosen.count + 2 * elsewhere.count)
        return .success(hasRoom ? elsewhere : [])
    }

    /// Moves promises to where they are kept now, under numbers of their own: whoever says again that the old ones are not
    /// found does not mean these. What nobody has stays where it was not found.
    /// - Parameter lost: the allocations of the chosen parts.
    mutating func take(_ elsewhere: [Elsewhere], insteadOf lost: [Int], in reservation: inout Reservation) {
        guard !elsewhere.isEmpty else { return }
        for part in elsewhere {
            guard let index = split(&reservation, Chosen(index: lost[part.chosen], units: part.units)) else {
                preconditionFailure("there was room for all parts")
            }
            let old = reservation.allocations[index]
            write(.move, reservation, old, PromiseEntry(reservedDelta: -part.units))
            if reservation.allocations[index].number == reservation.allocations[lost[part.chosen]].number {
                reservation.allocations[index].number = reservation.nextNumber
                reservation.allocationsMade += 1
            }
            reservation.allocations[index].key = part.name.key
            reservation.allocations[index].location = part.name.location
            reservation.allocations[index].state = .confirmed
            write(.move, reservation, reservation.allocations[index], PromiseEntry(reservedDelta: part.units))
            if let readyBy = snapshot.places[part.name.location]?.readyBy(from: now) {
                reservation.dueAt = max(reservation.dueAt, readyBy)
            }
        }
    }
}

extension Reservation {
    /// How more of it is chosen: as it was itself, or by distance where that is known.
    package var termsForMore: SourcingTerms {
        sourcing ?? SourcingTerms(objective: shipTo == nil ? .priority : .nearest)
    }

    /// Locations that ship something of it without the chosen parts.
    fileprivate func locationsShipping(at now: Timestamp, besides chosen: [BatchDecision.Chosen]) -> Set<LocationID> {
        var locations: Set<LocationID> = []
        for (index, allocation) in allocations.enumerated() where lines[allocation.line].method == .ship {
            let gone = chosen.first { $0.index == index }?.units ?? 0
            if open(allocation, at: now) - gone + allocation.fulfilled > 0 { locations.insert(allocation.location) }
        }
        return locations
    }

    /// Where the service chose, a line and the whole are where most of them comes from.
    mutating func settleLocations(at now: Timestamp) {
        guard sourcing != nil else { return }
        for line in lines.indices { lines[line].location = mainLocation(ofLine: line, at: now) ?? lines[line].location }
        location = mainLocation(at: now) ?? location
    }

    /// Where most of it is promised or was handed over, of equals the first by name.
    fileprivate func mainLocation(ofLine line: Int? = nil, at now: Timestamp) -> LocationID? {
        var units: [LocationID: Int64] = [:]
        for allocation in allocations where line.map({ $0 == allocation.line }) ?? true {
            units[allocation.location, default: 0] += open(allocation, at: now) + allocation.fulfilled
        }
        return units.filter { $0.value > 0 }.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
    }
}

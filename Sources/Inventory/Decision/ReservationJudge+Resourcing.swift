/// What is shipped and was not found is taken elsewhere, in the step that says so.
extension BatchDecision {
    /// Units of a promise, and where they come from instead.
    struct Elsewhere {
        let part: SoughtElsewhere.Part
        let name: KnownName
    }

    /// Wanted units of one item, or kits, and what of the reservation they are instead of.
    fileprivate struct Replacement {
        var demand: Demand
        /// By component, of an item just one; what is first is replaced first.
        var parts: [[SoughtElsewhere.Part]]
        /// Units of each component in one; 1 of an item.
        let quantities: [Int64]
    }

    /// - Returns: as much as others have; nothing of what is not shipped.
    mutating func sourceElsewhere(
        _ chosen: [Chosen], of reservation: Reservation, _ command: ReservationCommand
    ) -> Result<[Elsewhere], ReservationRefusal> {
        let sought = reservation.soughtElsewhere(chosen.map { ($0.index, $0.units) }, at: now)
        guard !sought.isEmpty, !command.sites.isEmpty else { return .success([]) }
        var replacements = replacements(sought, chosen, of: reservation, command)
        let terms = reservation.termsForMore
        let stays = reservation.locationsShipping(at: now, besides: sought)
        var sites = command.sites
        var locationsMax = terms.locationsMax
        if let most = terms.locationsMax {
            // Who ships something of it already makes no split more.
            if stays.count >= most { sites.removeAll { !stays.contains($0.location) } }
            locationsMax = stays.count >= most ? most : most - stays.count
        }
        var problem = problem(
            replacements.map(\.demand), terms, for: reservation.channel, sites, before: reservation)
        if let locationsMax { problem.locationsMax = locationsMax }
        let (units, plan) = problem.partialPlan()
        guard command.isFinal || units.reduce(0, +) >= command.expectsUnits else { return .failure(.outdated) }
        guard let plan else { return .success([]) }
        var elsewhere: [Elsewhere] = []
        for pick in plan.picks {
            guard let goods = replacements[pick.item].demand.goods[problem.candidates[pick.candidate].location] else {
                continue
            }
            elsewhere += replacements[pick.item].take(pick.units, goods)
        }
        // What was looked for may be split off first, and each part becomes one of its own.
        let hasRoom = reservation.hasRoom(forParts: chosen.count + 2 * elsewhere.count)
        return .success(hasRoom ? elsewhere : [])
    }

    private func replacements(
        _ sought: SoughtElsewhere, _ chosen: [Chosen], of reservation: Reservation, _ command: ReservationCommand
    ) -> [Replacement] {
        // Where somebody has looked in vain there is no more of it.
        var emptyKeys: Set<BalanceKey> = []
        for part in chosen { emptyKeys.insert(reservation.allocations[part.index].key) }
        for allocation in reservation.allocations where allocation.state == .notFound {
            emptyKeys.insert(allocation.key)
        }
        func names(_ sku: SKU) -> [LocationID: KnownName] {
            var names: [LocationID: KnownName] = [:]
            for site in command.sites {
                guard let name = known(Name(item: .sku(sku), location: site.location)) else { continue }
                if !emptyKeys.contains(name.key) { names[site.location] = name }
            }
            return names
        }
        var replacements: [Replacement] = []
        for part in sought.parts {
            let allocation = reservation.allocations[part.index]
            if let same = replacements.firstIndex(where: { $0.demand.item == allocation.key.item }) {
                replacements[same].demand.units += part.units
                replacements[same].parts[0].append(part)
                continue
            }
            let demand = Demand(
                item: allocation.key.item, units: part.units, goods: names(allocation.sku).mapValues { Goods($0) })
            replacements.append(Replacement(demand: demand, parts: [[part]], quantities: [1]))
        }
        for kits in sought.kits {
            let line = reservation.lines[kits.line]
            let components = line.components.map { (quantity: $0.quantity, names: names($0.sku)) }
            var goods: [LocationID: Goods] = [:]
            for site in command.sites {
                let parts = components.compactMap { component in
                    component.names[site.location].map { KnownKit.Part(name: $0, quantity: component.quantity) }
                }
                guard parts.count == components.count else { continue }
                goods[site.location] = Goods(
                    KnownKit(
                        number: .ofPromisedKits(replacements.count), sku: line.sku, location: site.location,
                        unitsPerCode: .one, itemStatus: .active, parts: parts))
            }
            replacements.append(
                Replacement(
                    demand: Demand(item: .ofPromisedKits(replacements.count), units: kits.count, goods: goods),
                    parts: kits.parts, quantities: components.map(\.quantity)))
        }
        return replacements
    }

    /// Moves promises to where they are kept now, under numbers of their own: whoever says again that the old ones are not
    /// found does not mean these. What nobody has stays where it was not found, with the rest of its kit.
    /// - Parameters:
    ///   - lost: where the units of each chosen allocation that were not found are now.
    ///   - instant: when that was.
    mutating func take(
        _ elsewhere: [Elsewhere], insteadOf lost: [Int: Int], in reservation: inout Reservation, at instant: Timestamp
    ) {
        for (part, name) in elsewhere.map({ ($0.part, $0.name) }) {
            let from = part.isLost ? lost[part.index] ?? part.index : part.index
            guard let index = split(&reservation, Chosen(index: from, units: part.units)) else {
                preconditionFailure("there was room for all parts")
            }
            let old = reservation.allocations[index]
            write(.move, reservation, old, PromiseEntry(reservedDelta: -part.units))
            unpack(part.units, of: old, in: reservation, at: instant)
            if index == from {
                reservation.allocations[index].number = reservation.nextNumber
                reservation.allocationsMade += 1
            }
            reservation.allocations[index].key = name.key
            reservation.allocations[index].location = name.location
            reservation.allocations[index].state = .confirmed
            reservation.allocations[index].readyAt = nil
            write(.move, reservation, reservation.allocations[index], PromiseEntry(reservedDelta: part.units))
            if let readyBy = snapshot.places[name.location]?.readyBy(from: now) {
                reservation.dueAt = max(reservation.dueAt, readyBy)
            }
        }
    }
}

extension BatchDecision.Replacement {
    /// Replaces so many by goods of one location.
    fileprivate mutating func take(_ count: Int64, _ goods: Goods) -> [BatchDecision.Elsewhere] {
        var taken: [BatchDecision.Elsewhere] = []
        for component in parts.indices {
            var left = count * quantities[component]
            for index in parts[component].indices where left > 0 && parts[component][index].units > 0 {
                var part = parts[component][index]
                part.units = min(left, part.units)
                taken.append(.init(part: part, name: goods.parts[component].name))
                parts[component][index].units -= part.units
                left -= part.units
            }
        }
        return taken
    }
}

extension ItemNumber {
    /// What stands for kits as they were promised, which may be no item any more, among what is wanted. No item has it.
    fileprivate static func ofPromisedKits(_ place: Int) -> ItemNumber { ItemNumber(-1 - Int64(place)) }
}

extension Reservation {
    /// How more of it is chosen: as it was itself, or as orders are that name no objective.
    package var termsForMore: SourcingTerms {
        sourcing ?? SourcingTerms(objective: SourcingTerms.objectiveDefault)
    }

    /// Locations that ship something of it without what is sought elsewhere.
    package func locationsShipping(at now: Timestamp, besides sought: SoughtElsewhere) -> Set<LocationID> {
        var locations: Set<LocationID> = []
        for (index, allocation) in allocations.enumerated() where lines[allocation.line].method == .ship {
            if open(allocation, at: now) - sought.units(of: index) + allocation.fulfilled > 0 {
                locations.insert(allocation.location)
            }
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

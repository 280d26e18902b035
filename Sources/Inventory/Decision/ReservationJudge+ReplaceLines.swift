/// A reservation whose lines are replaced: it keeps what it has, and only what it wants more has to be there.
extension BatchDecision {
    mutating func replaceLines(
        of reservation: Reservation, with wanted: [WantedLine], _ command: ReservationCommand
    ) -> Step {
        for allocation in reservation.allocations {
            let state = reservation.state(of: allocation, at: now)
            guard state.after(.replaceLines) != nil || !state.isOpen else {
                return .failure(
                    .illegalTransition(
                        "lines can be replaced while held or confirmed, and an allocation is \(state.name)"))
            }
        }
        let state = reservation.state(at: now)
        guard state == .held || state == .confirmed else { return .failure(closed(.replaceLines, reservation)) }
        guard reservation.allocations.allSatisfy({ $0.restockPending == 0 }) else {
            return .failure(
                .illegalTransition(
                    "units of it are still on their way back to the shelf; confirm them with restock first"))
        }
        guard reservation.hasRoom(forParts: wanted.count) else { return .failure(Self.tooManyParts) }
        let (asked, lines): ([ReservationLine], [Resolved])
        switch resolve(wanted, of: reservation, command) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let resolved): (asked, lines) = resolved
        }
        // A line that stays where it was is no new promise of that place; what it asks for more is.
        let kept = Dictionary(uniqueKeysWithValues: reservation.lines.enumerated().map { ($1.id, $0) })
        for line in lines {
            let (location, pointer) = (line.name.location, line.wanted.locationPointer)
            let isMore = line.units > units(of: reservation, line: kept[line.wanted.id], at: line.name.key)
            guard isMore else { continue }
            if let refusal = obstacle(at: location, to: line.wanted.method, reservation.network, pointer: pointer) {
                return .failure(refusal)
            }
            if let refusal = restriction(
                of: Goods(line.name), for: reservation.channel, by: line.wanted.method, pointer: pointer)
            {
                return .failure(refusal)
            }
            if line.wanted.method == .ship, promises.isFull(location, reservation) {
                return .failure(promises.fullness(of: location, pointer: pointer))
            }
        }
        for line in lines { ledger.foldExpired(of: line.name.key) }
        // What each line still wants, besides what was handed over of it.
        var wants: [Resolved] = []
        for line in lines {
            let fulfilled =
                kept[line.wanted.id].map { fulfilledUnits(of: reservation, line: $0, at: line.name.key) } ?? 0
            guard fulfilled <= line.units else {
                return .failure(
                    .illegalTransition(
                        "\(fulfilled) units of line '\(line.wanted.id)' are fulfilled; it cannot become less"))
            }
            wants.append(
                Resolved(line: line.line, wanted: line.wanted, name: line.name, units: line.units - fulfilled))
        }
        for (index, old) in reservation.lines.enumerated() {
            let isKept = reservation.allocations.allSatisfy { allocation in
                allocation.line != index || allocation.fulfilled == 0
                    || lines.contains { $0.wanted.id == old.id && $0.name.key == allocation.key }
            }
            guard isKept else {
                return .failure(.illegalTransition("units of line '\(old.id)' are fulfilled; keep it"))
            }
        }
        let free: [BalanceKey: Int64] = reservation.allocations.reduce(into: [:]) {
            $0[$1.key, default: 0] += reservation.open($1, at: now)
        }
        if case .failure(let refusal) = grant(more: wants, asked, free, to: reservation.channel) {
            return .failure(refusal)
        }
        if state == .held,
            let refusal = guardHoarding(reservation.owner, wants, reservation, command.limits)
        {
            return .failure(refusal)
        }
        // Lines that are to be fetched may be the first of it, or the last may go.
        var pickup = reservation
        pickup.lines = asked
        pickup.allocations = []
        guard planPickup(&pickup, until: nil, command.pickupCodes, insteadOf: reservation) else {
            return .failure(.outdated)
        }
        var after = exchange(reservation, asked, wants, state == .held ? .held : .confirmed)
        after.pickup = pickup.pickup
        plan(&after, insteadOf: reservation)
        return .success(after)
    }

    /// Lines that name no location keep what they have where it is, and get more where the reservation ships from already.
    private mutating func resolve(
        _ wanted: [WantedLine], of reservation: Reservation, _ command: ReservationCommand
    ) -> Result<([ReservationLine], [Resolved]), ReservationRefusal> {
        guard let terms = reservation.sourcing, wanted.contains(where: { $0.location == nil }) else {
            return resolve(wanted).map { lines in
                let lines = lines.map { frozen($0, as: reservation) }
                return (lines.map(\.asked), lines.flatMap { $0.parts($0.units) })
            }
        }
        guard wanted.allSatisfy({ $0.location == nil }) else {
            return .failure(.invalid(pointer: "/lines", "must name a location on all lines or on none"))
        }
        var found: [[KnownName]] = []
        var requested: [Int64] = []
        for line in wanted {
            let names = command.sites.map { snapshot.names[Name(item: line.item, location: $0.location)] }
            for case .unknown(let unknown)? in names where !unknown.isItemKnown {
                let (field, text) = line.item.describedAsUnknown
                return .failure(.unknownReference(pointer: "\(line.pointer)/\(field)", text))
            }
            if names.contains(where: { if case .kit? = $0 { true } else { false } }) {
                return .failure(
                    .illegalTransition(
                        "the service chose where the kits of line '\(line.id)' come from, which cannot be changed; make a new "
                            + "reservation that replaces this one, or name a location on every line"))
            }
            let known = names.compactMap { if case .known(let name)? = $0 { name } else { nil } }
            guard let first = known.first else { return .failure(.outdated) }
            let (units, overflows) = line.quantity.units.multipliedReportingOverflow(by: first.unitsPerCode.units)
            guard !overflows, units <= Quantity.maxUnits else { return .failure(Self.tooMany(line)) }
            found.append(known)
            requested.append(units)
        }
        // First each line keeps what it has: what was handed over before what is open.
        var parts: [Resolved] = []
        var free = freed(by: reservation)
        var missing = requested
        for (index, line) in wanted.enumerated() {
            let old = reservation.lines.firstIndex { $0.id == line.id }
            let fulfilled = found[index].map { fulfilledUnits(of: reservation, line: old, at: $0.key) }
            missing[index] -= fulfilled.reduce(0, +)
            for (name, fulfilled) in zip(found[index], fulfilled) {
                let open = units(of: reservation, line: old, at: name.key) - fulfilled
                let keeps = max(0, min(missing[index], open))
                missing[index] -= keeps
                free[name.key, default: 0] -= keeps
                if fulfilled + keeps > 0 {
                    parts.append(Resolved(line: index, wanted: line, name: name, units: fulfilled + keeps))
                }
            }
        }
        // Then it gets more, of what comes free or is for sale.
        for (index, line) in wanted.enumerated() where missing[index] > 0 {
            let demand = Demand(
                item: found[index][0].key.item, units: missing[index],
                goods: Dictionary(found[index].map { ($0.location, Goods($0)) }) { first, _ in first })
            var problem = problem(
                [demand], terms, for: reservation.channel, command.sites, before: reservation, free: free,
                of: reservation.channel)
            problem.locationsMax = max(1, problem.candidates.count)
            guard let plan = problem.plan() else {
                // All lines of the item together: those before it have theirs, those behind it what they keep.
                let alike = wanted.indices.filter { found[$0][0].key.item == demand.item }
                let available = alike.reduce(problem.obtainable[0]) { sum, other in
                    sum + requested[other] - (other < index ? 0 : missing[other])
                }
                return .failure(
                    .insufficient(
                        alike.map { other in
                            ShortLine(
                                id: wanted[other].id, sku: found[other][0].sku, location: nil,
                                requested: requested[other],
                                available: available, isSaleStopped: found[other][0].itemStatus == .stopSale)
                        }))
            }
            for pick in plan.picks {
                guard let name = demand.goods[problem.candidates[pick.candidate].location]?.parts.first?.name else {
                    continue
                }
                // The next line finds so much less.
                free[name.key, default: 0] -= pick.units
                if let known = parts.firstIndex(where: { $0.line == index && $0.name.key == name.key }) {
                    let sum = parts[known].units + pick.units
                    parts[known] = Resolved(line: index, wanted: line, name: name, units: sum)
                } else {
                    parts.append(Resolved(line: index, wanted: line, name: name, units: pick.units))
                }
            }
        }
        let lines = wanted.indices.map { index in
            ReservationLine(
                id: wanted[index].id, sku: found[index][0].sku,
                location: Self.mainLocation(of: parts.filter { $0.line == index }) ?? reservation.location,
                method: wanted[index].method, requested: requested[index])
        }
        return .success((lines, parts))
    }

    /// Open and handed over of a line at a balance.
    private func units(of reservation: Reservation, line: Int?, at key: BalanceKey) -> Int64 {
        reservation.allocations.reduce(0) { sum, allocation in
            allocation.line == line && allocation.key == key
                ? sum + reservation.open(allocation, at: now) + allocation.fulfilled : sum
        }
    }

    private func fulfilledUnits(of reservation: Reservation, line: Int?, at key: BalanceKey) -> Int64 {
        reservation.allocations.reduce(0) { $1.line == line && $1.key == key ? $0 + $1.fulfilled : $0 }
    }

    /// A reservation keeps what it has, also where it lost its cover; only what it wants more has to be there.
    private func grant(
        more wants: [Resolved], _ asked: [ReservationLine], _ free: [BalanceKey: Int64], to channel: Channel?
    ) -> Result<Void, ReservationRefusal> {
        var demand: [BalanceKey: Int64] = [:]
        for line in wants { demand[line.name.key, default: 0] += line.units }
        var available: [BalanceKey: Int64] = [:]
        for line in wants {
            // Of lines that get it in several ways, the way that has the least decides.
            let units = availableToSell(
                line.name, to: channel, by: line.wanted.method, afterGiving: free[line.name.key] ?? 0, of: channel)
            available[line.name.key] = min(available[line.name.key] ?? .max, units)
        }
        let short = Set(demand.filter { $0.value > max(free[$0.key] ?? 0, available[$0.key, default: 0]) }.keys)
        guard !short.isEmpty else { return .success(()) }
        let shortage = Shortage(demand: demand, short: short) { available[$0.key, default: 0] }
        return .failure(.insufficient(shortage.lines(of: goods(of: wants, asked))))
    }

    /// A kit that the reservation has already stays what it was made of.
    private func frozen(_ line: AskedLine, as reservation: Reservation) -> AskedLine {
        guard line.goods.isKit, let old = reservation.lines.first(where: { $0.id == line.wanted.id }),
            old.sku == line.goods.sku, !old.components.isEmpty
        else { return line }
        let parts = old.components.compactMap { component in
            known(Name(item: .sku(component.sku), location: line.goods.location)).map {
                KnownKit.Part(name: $0, quantity: component.quantity)
            }
        }
        // Elsewhere it is a new promise, of what the kit is made of now.
        guard parts.count == old.components.count else { return line }
        return AskedLine(line: line.line, wanted: line.wanted, goods: line.goods.made(of: parts), units: line.units)
    }

    /// Writes the difference between the lines as they were and as they shall be.
    private mutating func exchange(
        _ reservation: Reservation, _ lines: [ReservationLine], _ wants: [Resolved], _ state: AllocationState
    ) -> Reservation {
        var after = reservation
        after.lines = lines
        // Allocations of lines that stay, under their new places; of the others, what is open comes free.
        after.allocations = []
        var open = Array(repeating: Int64(0), count: wants.count)
        for index in reservation.allocations.indices {
            var allocation = reservation.allocations[index]
            let slot = wants.firstIndex {
                $0.wanted.id == reservation.lines[allocation.line].id && $0.name.key == allocation.key
            }
            let units = reservation.open(allocation, at: now)
            let keeps = slot.map { min(units, wants[$0].units - open[$0]) } ?? 0
            if keeps < units {
                write(
                    .release, reservation, allocation, promise(keeps - units, allocation.state, reservation.expiresAt))
                if allocation.state == .held {
                    promises.note(reservation.owner, allocation.key.item, units: keeps - units)
                }
                allocation.quantity -= units - keeps
            }
            // Of what ended, only what was handed over is still part of the line.
            if units == 0 {
                allocation.quantity = allocation.fulfilled
            } else {
                allocation.quantity -= allocation.released
            }
            allocation.released = 0
            guard let slot, allocation.quantity > 0 else { continue }
            open[slot] += keeps
            allocation.line = wants[slot].line
            allocation.endIfDone(at: now)
            after.allocations.append(allocation)
        }
        for (slot, want) in wants.enumerated() where want.units > open[slot] {
            let more = want.units - open[slot]
            let grows = after.allocations.firstIndex {
                $0.line == want.line && $0.key == want.name.key && $0.state == state
            }
            if let grows {
                after.allocations[grows].quantity += more
                write(.hold, after, after.allocations[grows], promise(more, state, after.expiresAt))
                if state == .held { promises.note(after.owner, want.name.key.item, units: more) }
            } else {
                take(more, of: want.name, forLine: want.line, in: &after, state)
            }
        }
        after.settleExpiry()
        return after
    }
}

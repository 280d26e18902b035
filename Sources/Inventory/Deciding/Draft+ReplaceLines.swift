/// A reservation whose lines are replaced: it keeps what it has, and only what it wants more has to be there.
extension Draft {
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
                    "units of it are on their way back to the shelf; acknowledge them with restock first"))
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
            let old = kept[line.wanted.id].map { reservation.lines[$0] }
            let (location, pointer) = (line.name.location, line.wanted.locationPointer)
            // Where the service chose, what it has there is no new promise either.
            let isMore =
                line.wanted.location == nil
                ? line.units > units(of: reservation, line: kept[line.wanted.id], at: line.name.key)
                : (old?.requested ?? 0) < line.units || old?.location != location
            guard isMore else { continue }
            if let refusal = obstacle(at: location, to: line.wanted.method, reservation.channel, pointer: pointer) {
                return .failure(refusal)
            }
            if line.wanted.method == .ship, isFull(location, reservation) {
                return .failure(fullness(of: location, pointer: pointer))
            }
        }
        for line in lines { foldExpired(of: line.name.key) }
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
        if case .failure(let refusal) = grant(more: wants, free, to: reservation.channel) { return .failure(refusal) }
        if state == .held,
            let refusal = guardHoarding(reservation.owner, wants, reservation, command.limits)
        {
            return .failure(refusal)
        }
        return .success(exchange(reservation, asked, wants, state == .held ? .held : .confirmed))
    }

    /// Lines that name no location keep what they have where it is, and get more where the reservation ships from already.
    private mutating func resolve(
        _ wanted: [WantedLine], of reservation: Reservation, _ command: ReservationCommand
    ) -> Result<([ReservationLine], [Resolved]), ReservationRefusal> {
        guard let terms = reservation.sourcing, wanted.contains(where: { $0.location == nil }) else {
            return resolve(wanted).map { ($0.map(\.asked), $0) }
        }
        guard wanted.allSatisfy({ $0.location == nil }) else {
            return .failure(.invalid(pointer: "/lines", "must name a location on all lines or on none"))
        }
        var lines: [ReservationLine] = []
        var parts: [Resolved] = []
        var taken: [BalanceKey: Int64] = [:]
        for (index, line) in wanted.enumerated() {
            let found = command.sites.compactMap { known(Name(item: line.item, location: $0.location)) }
            guard let first = found.first else { return .failure(.outdated) }
            let (units, overflows) = line.quantity.units.multipliedReportingOverflow(by: first.unitsPerCode.units)
            guard !overflows, units <= Quantity.maxUnits else { return .failure(Self.tooMany(line)) }
            let old = reservation.lines.firstIndex { $0.id == line.id }
            var missing = units
            var own: [Resolved] = []
            for name in found {
                let has = min(missing, self.units(of: reservation, line: old, at: name.key))
                if has > 0 { own.append(Resolved(line: index, wanted: line, name: name, units: has)) }
                missing -= has
            }
            if missing > 0 {
                let demand = Demand(
                    item: first.key.item, units: missing, names: Dictionary(found.map { ($0.location, $0) }) { $1 })
                var problem = problem(
                    [demand], terms, for: reservation.channel, command.sites, before: reservation)
                for candidate in problem.candidates.indices {
                    guard let name = demand.names[problem.candidates[candidate].location] else { continue }
                    problem.candidates[candidate].supplies[0] = max(
                        0, problem.candidates[candidate].supplies[0] - (taken[name.key] ?? 0))
                }
                problem.locationsMax = max(1, problem.candidates.count)
                guard let plan = problem.plan() else {
                    return .failure(
                        .insufficient([
                            ShortLine(
                                id: line.id, sku: first.sku, location: nil, requested: units,
                                available: units - missing + problem.obtainable[0])
                        ]))
                }
                for pick in plan.picks {
                    guard let name = demand.names[problem.candidates[pick.candidate].location] else { continue }
                    taken[name.key, default: 0] += pick.units
                    if let place = own.firstIndex(where: { $0.name.key == name.key }) {
                        own[place] = Resolved(
                            line: index, wanted: line, name: name, units: own[place].units + pick.units)
                    } else {
                        own.append(Resolved(line: index, wanted: line, name: name, units: pick.units))
                    }
                }
            }
            parts += own
            lines.append(
                ReservationLine(
                    id: line.id, sku: first.sku, location: Self.mainLocation(of: own) ?? reservation.location,
                    method: line.method, requested: units))
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

    private func fulfilledUnits(of reservation: Reservation, line: Int, at key: BalanceKey) -> Int64 {
        reservation.allocations.reduce(0) { $1.line == line && $1.key == key ? $0 + $1.fulfilled : $0 }
    }

    /// A reservation keeps what it has, also where it lost its cover; only what it wants more has to be there.
    private func grant(
        more wants: [Resolved], _ free: [BalanceKey: Int64], to channel: Channel?
    ) -> Result<Void, ReservationRefusal> {
        var demand: [BalanceKey: Int64] = [:]
        for line in wants { demand[line.name.key, default: 0] += line.units }
        let short = wants.filter { line in
            let key = line.name.key
            let own = free[key] ?? 0
            return demand[key, default: 0] > own
                && demand[key, default: 0]
                    > availableToSell(line.name, to: channel, afterGiving: own, of: channel)
        }
        guard !short.isEmpty else { return .success(()) }
        return .failure(
            .insufficient(
                short.map { line in
                    ShortLine(
                        id: line.wanted.id, sku: line.name.sku, location: line.name.location, requested: line.units,
                        available: availableToSell(
                            line.name, to: channel, afterGiving: free[line.name.key] ?? 0, of: channel))
                }))
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
            let place = wants.firstIndex {
                $0.wanted.id == reservation.lines[allocation.line].id && $0.name.key == allocation.key
            }
            let units = reservation.open(allocation, at: now)
            let keeps = place.map { min(units, wants[$0].units - open[$0]) } ?? 0
            if keeps < units {
                write(
                    .release, reservation, allocation, promise(keeps - units, allocation.state, reservation.expiresAt))
                if allocation.state == .held { note(reservation.owner, allocation.key.item, units: keeps - units) }
                allocation.quantity -= units - keeps
            }
            // Of what ended, only what was handed over is still part of the line.
            if units == 0 {
                allocation.quantity = allocation.fulfilled
            } else {
                allocation.quantity -= allocation.released
            }
            allocation.released = 0
            guard let place, allocation.quantity > 0 else { continue }
            open[place] += keeps
            allocation.line = wants[place].line
            allocation.endIfDone(at: now)
            after.allocations.append(allocation)
        }
        for (place, want) in wants.enumerated() where want.units > open[place] {
            let more = want.units - open[place]
            let grows = after.allocations.firstIndex {
                $0.line == want.line && $0.key == want.name.key && $0.state == state
            }
            if let grows {
                after.allocations[grows].quantity += more
                write(.hold, after, after.allocations[grows], promise(more, state, after.expiresAt))
                if state == .held { note(after.owner, want.name.key.item, units: more) }
            } else {
                take(more, of: want.name, forLine: want.line, in: &after, state)
            }
        }
        after.settleExpiry()
        return after
    }
}

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
        let lines: [Resolved]
        switch resolve(wanted) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let resolved): lines = resolved
        }
        // A line that stays where it was is no new promise of that place; what it asks for more is.
        let kept = Dictionary(uniqueKeysWithValues: reservation.lines.enumerated().map { ($1.id, $0) })
        for line in lines {
            let old = kept[line.wanted.id].map { reservation.lines[$0] }
            let isMore = (old?.requested ?? 0) < line.units || old?.location != line.wanted.location
            if isMore,
                let refusal = obstacle(
                    at: line.wanted.location, to: line.wanted.method, reservation.channel,
                    pointer: line.wanted.locationPointer)
            {
                return .failure(refusal)
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
            wants.append(Resolved(wanted: line.wanted, name: line.name, units: line.units - fulfilled))
        }
        for (index, old) in reservation.lines.enumerated() {
            let isKept = lines.contains { line in
                line.wanted.id == old.id
                    && reservation.allocations.allSatisfy { allocation in
                        allocation.line != index || allocation.fulfilled == 0 || allocation.key == line.name.key
                    }
            }
            guard isKept || reservation.allocations.allSatisfy({ $0.line != index || $0.fulfilled == 0 }) else {
                return .failure(.illegalTransition("units of line '\(old.id)' are fulfilled; keep it"))
            }
        }
        let free: [BalanceKey: Int64] = reservation.allocations.reduce(into: [:]) {
            $0[$1.key, default: 0] += reservation.open($1, at: now)
        }
        if case .failure(let refusal) = grant(more: wants, free, to: reservation.channel) { return .failure(refusal) }
        if state == .held,
            let refusal = guardHoarding(reservation.owner, wants, wants.map(\.units), reservation, command.limits)
        {
            return .failure(refusal)
        }
        return .success(exchange(reservation, lines, wants, state == .held ? .held : .confirmed))
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
                        id: line.wanted.id, sku: line.name.sku, location: line.wanted.location, requested: line.units,
                        available: availableToSell(
                            line.name, to: channel, afterGiving: free[line.name.key] ?? 0, of: channel))
                }))
    }

    /// Writes the difference between the lines as they were and as they shall be.
    private mutating func exchange(
        _ reservation: Reservation, _ lines: [Resolved], _ wants: [Resolved], _ state: AllocationState
    ) -> Reservation {
        var after = reservation
        after.lines = lines.map {
            ReservationLine(
                id: $0.wanted.id, sku: $0.name.sku, location: $0.wanted.location, method: $0.wanted.method,
                requested: $0.units)
        }
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
            allocation.line = place
            allocation.endIfDone(at: now)
            after.allocations.append(allocation)
        }
        for (place, want) in wants.enumerated() where want.units > open[place] {
            let more = want.units - open[place]
            let grows = after.allocations.firstIndex {
                $0.line == place && $0.key == want.name.key && $0.state == state
            }
            if let grows {
                after.allocations[grows].quantity += more
                write(.hold, after, after.allocations[grows], promise(more, state, after.expiresAt))
                if state == .held { note(after.owner, want.name.key.item, units: more) }
            } else {
                take(more, of: want.name, forLine: place, in: &after, state)
            }
        }
        after.settleExpiry()
        return after
    }
}

/// Actions that name lines: which units of which allocations they are about.
extension Reservation {
    /// What units of a line are chosen for.
    package enum Use: Sendable, Hashable {
        case step(AllocationEvent)
        /// Released units that wait in inspection come back.
        case restock
    }

    /// Whether the step, of everything that it can be about, leaves this allocation as it is.
    /// - Parameter target: where it moves.
    func isPast(_ event: AllocationEvent, _ index: Int, to target: LocationID?, at now: Timestamp) -> Bool {
        let state = state(of: allocations[index], at: now)
        guard event == .move else { return state.isPast(event) }
        return allocations[index].location == target && (state.isOpen || state == .fulfilled)
    }

    /// - Parameters:
    ///   - lines: each at most once. What names no quantity is all that `use` can be about.
    ///   - target: where units move.
    /// - Returns: allocations, each at most once; none where it would only repeat what is so.
    package func parts(
        of lines: [AllocationSelection.LinePart], for use: Use, to target: LocationID? = nil, at now: Timestamp
    ) -> Result<[AllocationSelection.Part], ReservationRefusal> {
        var parts: [AllocationSelection.Part] = []
        for (position, asked) in lines.enumerated() {
            guard let line = self.lines.firstIndex(where: { $0.id == asked.id }) else {
                return .failure(
                    .unknownReference(
                        pointer: "/lines/\(position)/id", "reservation \(id) has no line '\(asked.id)'"))
            }
            let found =
                asked.quantity.map { some($0.units, of: line, for: use, to: target, at: now) }
                ?? all(of: line, for: use, at: now)
            switch found {
            case .failure(let refusal): return .failure(refusal)
            case .success(let more): parts += more
            }
        }
        return .success(parts)
    }

    /// As an action on everything would choose: what cannot take the step is named too, and refused by name.
    private func all(
        of line: Int, for use: Use, at now: Timestamp
    ) -> Result<[AllocationSelection.Part], ReservationRefusal> {
        let own = allocations.indices.filter { allocations[$0].line == line }
        guard case .step(let event) = use else {
            return .success(own.filter { allocations[$0].restockPending > 0 }.map { part($0, nil) })
        }
        func next(_ index: Int) -> AllocationState? { state(of: allocations[index], at: now).after(event) }
        let takesExpired = AllocationState.expired.after(event) != nil
        var chosen = own.filter { index in
            let state = state(of: allocations[index], at: now)
            return state.isOpen || takesExpired && state == .expired
                || event == .fulfil && allocations[index].soldUnreported > 0
        }
        let able = chosen.filter { next($0) != nil }
        if takesExpired, !able.isEmpty { chosen = able }
        if chosen.isEmpty {
            chosen = own.filter { next($0) == state(of: allocations[$0], at: now) || event == .move }
        }
        guard !chosen.isEmpty else { return .failure(ended(line, event, at: now)) }
        return .success(chosen.map { part($0, nil) })
    }

    private func some(
        _ quantity: Int64, of line: Int, for use: Use, to target: LocationID?, at now: Timestamp
    ) -> Result<[AllocationSelection.Part], ReservationRefusal> {
        let own = allocations.indices.filter { allocations[$0].line == line }
        let usable = own.map { (index: $0, units: usableUnits($0, for: use, to: target, at: now)) }.filter {
            $0.units > 0
        }
        .sorted { left, right in
            let ranks = [left, right].map { rank(state(of: allocations[$0.index], at: now), for: use) }
            return (ranks[0], left.index) < (ranks[1], right.index)
        }
        let components = lines[line].components
        guard !components.isEmpty else {
            var left = quantity
            var parts: [AllocationSelection.Part] = []
            for (index, units) in usable where left > 0 {
                parts.append(part(index, min(left, units)))
                left -= min(left, units)
            }
            return left == 0 ? .success(parts) : shortfall(quantity, quantity - left, line, use, target, at: now)
        }
        // Whole kits, each from one location.
        var left = quantity
        var parts: [AllocationSelection.Part] = []
        var seen: Set<LocationID> = []
        for location in usable.map({ allocations[$0.index].location }) where seen.insert(location).inserted {
            let there = usable.filter { allocations[$0.index].location == location }
            func units(_ sku: SKU) -> Int64 {
                there.reduce(0) { allocations[$1.index].sku == sku ? $0 + $1.units : $0 }
            }
            let kits = min(left, components.map { units($0.sku) / $0.quantity }.min() ?? 0)
            left -= kits
            for component in components {
                var missing = kits * component.quantity
                for (index, units) in there where missing > 0 && allocations[index].sku == component.sku {
                    parts.append(part(index, min(missing, units)))
                    missing -= min(missing, units)
                }
            }
        }
        return left == 0 ? .success(parts) : shortfall(quantity, quantity - left, line, use, target, at: now)
    }

    /// Units of an allocation that the step would change.
    private func usableUnits(_ index: Int, for use: Use, to target: LocationID?, at now: Timestamp) -> Int64 {
        guard case .step(let event) = use else { return allocations[index].restockPending }
        let state = state(of: allocations[index], at: now)
        let isAble =
            state.after(event) != nil && !isPast(event, index, to: target, at: now)
            && (state.isOpen || state == .expired)
        let units = isAble ? allocations[index].remaining : 0
        return event == .fulfil ? units + allocations[index].soldUnreported : units
    }

    /// What has come furthest is handed over first, and last put back or moved.
    private func rank(_ state: AllocationState, for use: Use) -> Int {
        guard case .step(let event) = use, event == .fulfil || event == .notFound else { return state.advance }
        return -state.advance
    }

    /// - Returns: none where all that is asked for has taken the step before.
    private func shortfall(
        _ quantity: Int64, _ usable: Int64, _ line: Int, _ use: Use, _ target: LocationID?, at now: Timestamp
    ) -> Result<[AllocationSelection.Part], ReservationRefusal> {
        let what: String
        switch use {
        case .restock: what = "on their way back"
        case .step(let event):
            let past = allocations.indices.filter {
                allocations[$0].line == line && isPast(event, $0, to: target, at: now)
            }
            let components = lines[line].components
            let units = past.reduce(Int64(0)) { $0 + allocations[$1].quantity }
            let each = components.isEmpty ? 1 : components.reduce(Int64(0)) { $0 + $1.quantity }
            if usable == 0, units >= quantity * each { return .success([]) }
            if event == .fulfil, !state(at: now).isOpen { return .failure(ended(line, event, at: now)) }
            what = "from which \(event.rawValue) is possible"
        }
        let unit = lines[line].components.isEmpty ? "units" : "whole kits"
        return .failure(
            .illegalTransition("line '\(lines[line].id)' has \(usable) \(unit) \(what), not \(quantity)"))
    }

    private func ended(_ line: Int, _ event: AllocationEvent, at now: Timestamp) -> ReservationRefusal {
        guard event == .fulfil else {
            return .illegalTransition("line '\(lines[line].id)' has nothing from which \(event.rawValue) is possible")
        }
        return .notOpen(
            "the reservation is \(state(at: now).rawValue); if the goods were handed over, report a sale with POST /v1/movements"
        )
    }

    private func part(_ index: Int, _ units: Int64?) -> AllocationSelection.Part {
        .init(
            id: AllocationID(reservation: id, number: allocations[index].number),
            quantity: units.flatMap(Quantity.init(units:)))
    }
}

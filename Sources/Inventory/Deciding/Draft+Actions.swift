/// The steps of a reservation's life after it was made.
extension Draft {
    // MARK: - Holds: confirmed, put off

    mutating func confirm(
        _ reservation: Reservation, _ selection: AllocationSelection, acceptAtRisk: Bool, _ command: ReservationCommand
    ) -> Step {
        let chosen: [Chosen]
        switch choose(selection, .confirm, of: reservation) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let found):
            chosen = found.filter { reservation.allocations[$0.index].state != .confirmed }
        }
        if let refusal = keepable(reservation, chosen, acceptAtRisk: acceptAtRisk, command) { return .failure(refusal) }
        var after = reservation
        for part in chosen {
            let wasHeld = reservation.state(of: reservation.allocations[part.index], at: now) == .held
            guard let index = split(&after, part) else { return .failure(Self.tooManyParts) }
            let allocation = after.allocations[index]
            let promise =
                wasHeld
                ? PromiseEntry(reservedDelta: 0, expiresAt: reservation.expiresAt, heldDelta: -part.units)
                : PromiseEntry(reservedDelta: part.units)
            write(.confirm, after, allocation, promise)
            if wasHeld { note(after.owner, allocation.key.item, units: -part.units) }
            after.allocations[index].state = .confirmed
            after.allocations[index].endedAt = nil
        }
        after.settleExpiry()
        reopen(&after, from: reservation, command)
        return .success(after)
    }

    /// Another order may have been given the code of one whose hold had ended.
    private func reopen(_ after: inout Reservation, from before: Reservation, _ command: ReservationCommand) {
        guard !before.state(at: now).isOpen, let code = before.pickup?.code, isTaken(code) else { return }
        after.pickup?.code = command.pickupCodes.first { !isTaken($0) } ?? code
    }

    mutating func extend(_ reservation: Reservation, to expiresAt: Timestamp, _ command: ReservationCommand) -> Step {
        let chosen: [Chosen]
        switch choose(.everything, .extend, of: reservation) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let found): chosen = found
        }
        let isExpired = reservation.hasExpired(at: now)
        if reservation.expiresAt == expiresAt, !isExpired { return .success(reservation) }
        guard expiresAt > now else {
            return .failure(.invalid(pointer: "/expiresAt", "must be in the future; to end a hold, release it"))
        }
        guard expiresAt <= now.end(ofHold: command.limits.holdSeconds) else {
            return .failure(
                .limitExceeded(
                    "a hold lasts \(command.limits.holdSeconds) seconds at most from now; extend to an earlier time"))
        }
        guard reservation.renewals < command.limits.renewals else {
            return .failure(
                .limitExceeded("a hold may be extended \(command.limits.renewals) times; confirm it or let it go"))
        }
        if let refusal = keepable(reservation, chosen, acceptAtRisk: false, command) { return .failure(refusal) }
        var after = reservation
        after.expiresAt = expiresAt
        after.renewals += 1
        for part in chosen {
            let allocation = after.allocations[part.index]
            if isExpired {
                after.allocations[part.index].state = .held
                after.allocations[part.index].endedAt = nil
                write(.extend, after, allocation, promise(part.units, .held, expiresAt))
                note(after.owner, allocation.key.item, units: part.units)
            } else {
                let off = PromiseEntry(reservedDelta: 0, expiresAt: reservation.expiresAt, heldDelta: -part.units)
                write(.extend, after, allocation, off)
                let on = PromiseEntry(reservedDelta: 0, expiresAt: expiresAt, heldDelta: part.units)
                write(.extend, after, allocation, on)
            }
        }
        if isExpired, let owner = after.owner { holdings[owner, default: Holdings()].holds += 1 }
        reopen(&after, from: reservation, command)
        return .success(after)
    }

    /// Why what is held cannot be kept: its time ran out and others have the units, or it lost its cover.
    private mutating func keepable(
        _ reservation: Reservation, _ chosen: [Chosen], acceptAtRisk: Bool, _ command: ReservationCommand
    ) -> ReservationRefusal? {
        var wanted: [BalanceKey: Int64] = [:]
        var atRisk: [Int16: Int64]?
        var lost: Set<BalanceKey> = []
        for part in chosen {
            let allocation = reservation.allocations[part.index]
            switch reservation.state(of: allocation, at: now) {
            case .expired: wanted[allocation.key, default: 0] += part.units
            case .held where !acceptAtRisk:
                if atRisk == nil { atRisk = uncovered(reservation) }
                if atRisk?[allocation.number] ?? 0 > 0 { lost.insert(allocation.key) }
            default: break
            }
        }
        var available: [BalanceKey: Int64] = [:]
        for part in chosen {
            let allocation = reservation.allocations[part.index]
            guard wanted[allocation.key] != nil || lost.contains(allocation.key) else { continue }
            guard let name = name(of: allocation) else { return .outdated }
            if wanted[allocation.key] != nil {
                let line = reservation.lines[allocation.line]
                if let refusal = obstacle(at: allocation.location, to: line.method, pointer: "") { return refusal }
            }
            let uncovered = atRisk?[allocation.number] ?? 0
            available[allocation.key] =
                availableToSell(name) + (lost.contains(allocation.key) ? part.units - uncovered : 0)
        }
        if case .extend = command.action, !wanted.isEmpty,
            let refusal = guardRetake(reservation, wanted, command.limits)
        {
            return refusal
        }
        let short = chosen.filter { part in
            let key = reservation.allocations[part.index].key
            return lost.contains(key) || wanted[key].map { $0 > available[key] ?? 0 } ?? false
        }
        guard !short.isEmpty else { return nil }
        return .insufficient(
            short.map { part in
                let allocation = reservation.allocations[part.index]
                return ShortLine(
                    id: reservation.lines[allocation.line].id, sku: allocation.sku, location: allocation.location,
                    requested: part.units, available: available[allocation.key] ?? 0)
            })
    }

    /// Taking an expired hold again is a hold like any other.
    private func guardRetake(
        _ reservation: Reservation, _ wanted: [BalanceKey: Int64], _ limits: HoldLimits
    ) -> ReservationRefusal? {
        guard let owner = reservation.owner else { return nil }
        let held = holdings[owner] ?? Holdings()
        guard held.holds < limits.holdsPerOwner else {
            return .limitExceeded(
                "'\(owner)' has \(limits.holdsPerOwner) open holds, which is all that one owner may have; confirm or release one"
            )
        }
        var units: [ItemNumber: Int64] = [:]
        for (key, more) in wanted { units[key.item, default: 0] += more }
        for (item, more) in units where held.units[item, default: 0] + more > limits.unitsPerOwnerAndItem {
            return .limitExceeded(
                "'\(owner)' may hold \(limits.unitsPerOwnerAndItem) units of an item unconfirmed; confirm or release some"
            )
        }
        return nil
    }

    /// The name by which the batch knows the allocation's balance.
    func name(of allocation: Allocation) -> KnownName? {
        known(Name(item: .sku(allocation.sku), location: allocation.location))
    }

    // MARK: - Prepared, handed over, given back

    mutating func ready(_ reservation: Reservation, _ selection: AllocationSelection) -> Step {
        switch choose(selection, .ready, of: reservation) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let chosen):
            var after = reservation
            for part in chosen where reservation.allocations[part.index].state != .ready {
                guard let index = split(&after, part) else { return .failure(Self.tooManyParts) }
                after.allocations[index].state = .ready
                after.allocations[index].readyAt = now
            }
            return .success(after)
        }
    }

    mutating func fulfil(
        _ reservation: Reservation, _ selection: AllocationSelection, _ occurredAt: Timestamp?
    ) -> Step {
        var chosen: [(index: Int, told: Int64, fresh: Int64)] = []
        switch selection {
        case .everything:
            for index in reservation.allocations.indices {
                let allocation = reservation.allocations[index]
                let told = allocation.soldUntold
                let fresh = reservation.open(allocation, at: now)
                if fresh > 0, allocation.state.after(.fulfil) == nil {
                    return .failure(
                        .illegalTransition(
                            "allocation \(reservation.id).\(allocation.number) is \(allocation.state.name); confirm it first"
                        ))
                }
                if told + fresh > 0 { chosen.append((index, told, fresh)) }
            }
            if chosen.isEmpty {
                // The same again changes nothing; what ended otherwise is not handed over.
                guard reservation.state(at: now) == .fulfilled else { return .failure(closed(.fulfil, reservation)) }
                return .success(reservation)
            }
        case .some(let parts):
            for (place, part) in parts.enumerated() {
                guard let index = index(of: part, in: reservation) else {
                    return .failure(unknown(part, place, reservation))
                }
                let allocation = reservation.allocations[index]
                let open = reservation.open(allocation, at: now)
                let units = part.quantity?.units ?? (open + allocation.soldUntold)
                // The same again changes nothing.
                if units == 0, allocation.state == .fulfilled { continue }
                let told = min(units, allocation.soldUntold)
                let fresh = units - told
                if !reservation.state(at: now).isOpen, told == 0 {
                    return .failure(closed(.fulfil, reservation))
                }
                guard fresh <= open, fresh == 0 || allocation.state.after(.fulfil) != nil else {
                    return .failure(
                        .illegalTransition(
                            "allocation \(part.id) is \(reservation.state(of: allocation, at: now).name) with \(open) units open; "
                                + "\(units) cannot be fulfilled"))
                }
                chosen.append((index, told, fresh))
            }
        }
        var after = reservation
        let instant = clock.occurred(occurredAt, at: place)
        for (index, told, fresh) in chosen {
            let allocation = after.allocations[index]
            after.allocations[index].fulfilledByRequest += told + fresh
            if fresh > 0 {
                let posting = Posting(bucket: .onHand, counterAccount: .outside(.customer), units: -fresh)
                write(.sale, after, allocation, PromiseEntry(reservedDelta: -fresh), posting, occurredAt: instant)
                noteSold(fresh, .sale, at: instant, allocation.key)
            }
            after.allocations[index].endIfDone(at: now)
        }
        return .success(after)
    }

    mutating func release(
        _ reservation: Reservation, _ selection: AllocationSelection, _ reason: Reason?, _ restock: Restock,
        _ occurredAt: Timestamp?
    ) -> Step {
        switch choose(selection, .release, of: reservation) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let chosen):
            var after = reservation
            for part in chosen {
                let allocation = after.allocations[part.index]
                guard restock == .pending, allocation.state == .ready else {
                    drop(part.units, from: part.index, in: &after, reason: reason)
                    continue
                }
                // Packed goods have a way to go back to their shelf; until somebody says so they are not for sale.
                let posting = Posting(bucket: .onHand, counterAccount: .sibling(.inspection), units: -part.units)
                write(
                    .release, after, allocation, PromiseEntry(reservedDelta: -part.units), posting,
                    occurredAt: clock.occurred(occurredAt, at: place), reason: reason)
                after.allocations[part.index].released += part.units
                after.allocations[part.index].restockPending += part.units
                after.allocations[part.index].endIfDone(at: now)
            }
            after.settleExpiry()
            return .success(after)
        }
    }

    mutating func putBack(
        _ reservation: Reservation, _ selection: AllocationSelection, _ occurredAt: Timestamp?
    ) -> Step {
        var chosen: [Chosen] = []
        switch selection {
        case .everything:
            chosen = reservation.allocations.indices.map {
                Chosen(index: $0, units: reservation.allocations[$0].restockPending)
            }
        case .some(let parts):
            for (place, part) in parts.enumerated() {
                guard let index = index(of: part, in: reservation) else {
                    return .failure(unknown(part, place, reservation))
                }
                let pending = reservation.allocations[index].restockPending
                let units = part.quantity?.units ?? pending
                guard units <= pending else {
                    return .failure(
                        .illegalTransition("allocation \(part.id) has \(pending) units on their way back, not \(units)")
                    )
                }
                chosen.append(Chosen(index: index, units: units))
            }
        }
        var after = reservation
        for part in chosen where part.units > 0 {
            let posting = Posting(bucket: .inspection, counterAccount: .sibling(.onHand), units: -part.units)
            write(
                .stateChange, after, after.allocations[part.index], PromiseEntry(reservedDelta: 0), posting,
                occurredAt: clock.occurred(occurredAt, at: place))
            after.allocations[part.index].restockPending -= part.units
        }
        return .success(after)
    }

    // MARK: - Elsewhere, or nowhere

    mutating func move(
        _ reservation: Reservation, _ selection: AllocationSelection, to location: LocationID
    ) -> Step {
        let chosen: [Chosen]
        switch choose(selection, .move, of: reservation) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let found): chosen = found
        }
        guard !chosen.isEmpty else { return .failure(closed(.move, reservation)) }
        var names: [ItemNumber: KnownName] = [:]
        var demand: [BalanceKey: Int64] = [:]
        for part in chosen {
            let allocation = reservation.allocations[part.index]
            guard allocation.location != location else {
                return .failure(
                    .illegalTransition("allocation \(reservation.id).\(allocation.number) is at '\(location)' already"))
            }
            switch snapshot.names[Name(item: .sku(allocation.sku), location: location)] {
            case .known(let name): names[allocation.key.item] = name
            case .unknown:
                return .failure(.unknownReference(pointer: "/location", "no location '\(location)' is known"))
            case nil: return .failure(.outdated)
            }
            let method = reservation.lines[allocation.line].method
            if let refusal = obstacle(at: location, to: method, pointer: "/location") { return .failure(refusal) }
            demand[names[allocation.key.item]?.key ?? allocation.key, default: 0] += part.units
        }
        for key in demand.keys { foldExpired(of: key) }
        let short = chosen.filter { part in
            guard let name = names[reservation.allocations[part.index].key.item] else { return true }
            return demand[name.key, default: 0] > availableToSell(name)
        }
        guard short.isEmpty else {
            return .failure(
                .insufficient(
                    short.map { part in
                        let allocation = reservation.allocations[part.index]
                        return ShortLine(
                            id: reservation.lines[allocation.line].id, sku: allocation.sku, location: location,
                            requested: part.units,
                            available: names[allocation.key.item].map(availableToSell) ?? 0)
                    }))
        }
        var after = reservation
        for part in chosen {
            guard let index = split(&after, part), let name = names[after.allocations[index].key.item] else {
                return .failure(Self.tooManyParts)
            }
            let old = after.allocations[index]
            write(.move, after, old, promise(-part.units, old.state, after.expiresAt))
            after.allocations[index].key = name.key
            after.allocations[index].location = name.location
            if old.state != .held { after.allocations[index].state = .confirmed }
            after.allocations[index].readyAt = nil
            write(.move, after, after.allocations[index], promise(part.units, old.state, after.expiresAt))
        }
        if after.allocations.allSatisfy({ $0.location == location || after.open($0, at: now) == 0 }) {
            after.location = location
        }
        if let place = snapshot.places[location] {
            // What stayed behind is due when it was; the customer comes once for all of it.
            let isWhole = after.location == location
            let readyBy = place.readyBy(from: now)
            after.dueAt = isWhole ? readyBy ?? now : max(after.dueAt, readyBy ?? now)
            if isWhole || readyBy.map({ $0 > after.pickup?.readyBy ?? $0 }) ?? true { after.pickup?.readyBy = readyBy }
            if let pickupBy = after.pickup?.pickupBy {
                let window = (place.pickupWindowHours ?? 0) * 3_600_000_000
                after.pickup?.pickupBy = max(pickupBy, (readyBy ?? now).advanced(byMicroseconds: window))
            }
        }
        return .success(after)
    }

    mutating func notFound(
        _ reservation: Reservation, _ selection: AllocationSelection, _ wholeBalance: Bool, _ occurredAt: Timestamp?
    ) -> Step {
        let chosen: [Chosen]
        switch choose(selection, .notFound, of: reservation) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let found): chosen = found
        }
        guard !chosen.isEmpty else { return .failure(closed(.notFound, reservation)) }
        var after = reservation
        var missing: [BalanceKey: (units: Int64, index: Int)] = [:]
        for part in chosen {
            guard let index = split(&after, part) else { return .failure(Self.tooManyParts) }
            after.allocations[index].state = .notFound
            after.allocations[index].readyAt = nil
            let key = after.allocations[index].key
            missing[key] = (missing[key, default: (0, index)].units + part.units, index)
        }
        let instant = clock.occurred(occurredAt, at: place)
        // Of all at once, so that what is not known yet is asked for together.
        let packedUnits =
            wholeBalance ? missing.keys.map { ($0, self.packedUnits(of: $0, except: reservation.id)) } : []
        let packed = Dictionary(uniqueKeysWithValues: packedUnits)
        for (key, lost) in missing.sorted(by: { $0.key < $1.key }) {
            let there = max(0, balance(key).figures.onHand)
            var gone = min(lost.units, there)
            if wholeBalance {
                guard let packed = packed[key] ?? nil else { continue }
                let own = after.allocations.reduce(Int64(0)) { sum, allocation in
                    allocation.key == key && allocation.state == .ready ? sum + allocation.remaining : sum
                }
                gone = max(0, there - packed - own)
            }
            changes.countTasks[key] = "reservation \(reservation.id): \(lost.units) units were not found"
            guard gone > 0 else { continue }
            let posting = Posting(bucket: .onHand, counterAccount: .sibling(.suspect), units: -gone)
            write(
                .stateChange, after, after.allocations[lost.index], PromiseEntry(reservedDelta: 0), posting,
                occurredAt: instant)
        }
        return .success(after)
    }

    // MARK: - At the store

    func arrive(_ reservation: Reservation, _ place: String?, _ note: String?) -> Step {
        guard reservation.state(at: now).isOpen else {
            return .failure(
                .illegalTransition("the reservation is \(reservation.state(at: now).rawValue); nobody need come"))
        }
        guard reservation.pickup != nil else {
            return .failure(.illegalTransition("the reservation is shipped; nobody comes for it"))
        }
        var after = reservation
        after.pickup?.arrival = Pickup.Arrival(at: now, place: place, note: note)
        return .success(after)
    }

    func claim(_ reservation: Reservation, _ by: String, _ seconds: Int64) -> Step {
        guard reservation.state(at: now).isOpen else {
            return .failure(
                .illegalTransition(
                    "the reservation is \(reservation.state(at: now).rawValue); there is nothing to pick"))
        }
        if let claim = reservation.claim, claim.by != by, claim.until > now {
            return .failure(.illegalTransition("'\(claim.by)' has claimed it until \(claim.until)"))
        }
        var after = reservation
        after.claim = Claim(by: by, until: now.end(ofHold: seconds))
        return .success(after)
    }
}

extension Allocation {
    /// Units that a till sold and that no fulfilment has told of yet.
    fileprivate var soldUntold: Int64 { max(0, fulfilledBySale - fulfilledByRequest) }
}

/// Holds: confirmed, put off, and taken again after their end.
extension BatchDecision {
    mutating func confirm(
        _ reservation: Reservation, _ selection: AllocationSelection, acceptAtRisk: Bool,
        _ amendment: ReservationAmendment, _ command: ReservationCommand
    ) -> Step {
        let chosen: [Chosen]
        switch choose(selection, .confirm, of: reservation) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let found): chosen = found
        }
        // Before its ledger lines, so that they carry the order's number.
        guard var after = reservation.amended(amendment) else { return .failure(Self.tooManyAttributes) }
        guard !chosen.isEmpty else { return .success(after) }
        if let refusal = keepable(reservation, chosen, acceptAtRisk: acceptAtRisk, command) { return .failure(refusal) }
        for part in chosen {
            let wasHeld = reservation.state(of: reservation.allocations[part.index], at: now) == .held
            guard let index = split(&after, part) else { return .failure(Self.tooManyParts) }
            let allocation = after.allocations[index]
            let promise =
                wasHeld
                ? PromiseEntry(reservedDelta: 0, expiresAt: reservation.expiresAt, heldDelta: -part.units)
                : PromiseEntry(reservedDelta: part.units)
            write(.confirm, after, allocation, promise)
            if wasHeld { promises.note(after.owner, allocation.key.item, units: -part.units) }
            after.allocations[index].state = .confirmed
            after.allocations[index].endedAt = nil
        }
        after.settleExpiry()
        reopen(&after, from: reservation, command)
        return .success(after)
    }

    func amend(
        _ reservation: Reservation, _ amendment: ReservationAmendment, onlyVersions versions: Set<Int64>?
    ) -> Step {
        if let versions, !versions.contains(reservation.version) {
            return .failure(.preconditionFailed(current: reservation.version))
        }
        return reservation.amended(amendment).map { .success($0) } ?? .failure(Self.tooManyAttributes)
    }

    private static var tooManyAttributes: ReservationRefusal {
        .limitExceeded(
            "a reservation keeps \(OrderAttributes.countMax) attributes; take some away by PATCH, as null, first")
    }

    /// Another order may have been given the code of one whose hold had ended.
    private func reopen(_ after: inout Reservation, from before: Reservation, _ command: ReservationCommand) {
        guard !before.state(at: now).isOpen, let code = before.pickup?.code, promises.isTaken(code) else { return }
        after.pickup?.code = command.pickupCodes.first { !promises.isTaken($0) } ?? code
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
                promises.note(after.owner, allocation.key.item, units: part.units)
            } else {
                let off = PromiseEntry(reservedDelta: 0, expiresAt: reservation.expiresAt, heldDelta: -part.units)
                write(.extend, after, allocation, off)
                let on = PromiseEntry(reservedDelta: 0, expiresAt: expiresAt, heldDelta: part.units)
                write(.extend, after, allocation, on)
            }
        }
        if isExpired { promises.note(after.owner, holds: 1) }
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
                if let refusal = obstacle(at: allocation.location, to: line.method, reservation.network, pointer: "") {
                    return refusal
                }
                if let refusal = restriction(
                    of: Goods(name), for: reservation.channel, by: line.method, pointer: "")
                {
                    return refusal
                }
                if line.method == .ship, promises.isFull(allocation.location, reservation) {
                    return promises.fullness(of: allocation.location, pointer: "")
                }
            }
            let uncovered = atRisk?[allocation.number] ?? 0
            available[allocation.key] =
                availableToSell(name, to: reservation.channel, by: reservation.lines[allocation.line].method)
                + (lost.contains(allocation.key) ? part.units - uncovered : 0)
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
                    requested: part.units, available: available[allocation.key] ?? 0,
                    isSaleStopped: name(of: allocation)?.itemStatus == .stopSale)
            })
    }

    /// Taking an expired hold again is a hold like any other.
    private func guardRetake(
        _ reservation: Reservation, _ wanted: [BalanceKey: Int64], _ limits: HoldLimits
    ) -> ReservationRefusal? {
        guard let owner = reservation.owner else { return nil }
        let held = promises.holdings(of: owner)
        guard held.holds < limits.holdsPerOwner else {
            return .limitExceeded(
                "'\(owner)' has \(limits.holdsPerOwner) open holds, the limit for one owner; confirm or release one"
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
}

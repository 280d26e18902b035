/// What happens to a promise at a store: it goes elsewhere, is not found, is fetched, is picked.
extension BatchDecision {
    mutating func move(
        _ reservation: Reservation, _ selection: AllocationSelection, to location: LocationID
    ) -> Step {
        let chosen: [Chosen]
        switch choose(selection, .move, of: reservation, to: location) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let found): chosen = found
        }
        // All of it is there already.
        guard !chosen.isEmpty else { return .success(reservation) }
        var names: [ItemNumber: KnownName] = [:]
        var demand: [BalanceKey: Int64] = [:]
        for part in chosen {
            let allocation = reservation.allocations[part.index]
            switch snapshot.names[Name(item: .sku(allocation.sku), location: location)] {
            case .known(let name): names[allocation.key.item] = name
            case .unknown:
                return .failure(.unknownReference(pointer: "/location", "no location '\(location)' is known"))
            case .kit:
                return .failure(
                    .illegalTransition(
                        "'\(allocation.sku)' has become a kit; its parts are promised by new reservations"))
            case nil: return .failure(.outdated)
            }
            let method = reservation.lines[allocation.line].method
            if let refusal = obstacle(at: location, to: method, reservation.channel, pointer: "/location") {
                return .failure(refusal)
            }
            if let name = names[allocation.key.item],
                let refusal = restriction(
                    of: Goods(name), for: reservation.channel, by: method, pointer: "/location")
            {
                return .failure(refusal)
            }
            if method == .ship, promises.isFull(location, reservation) {
                return .failure(promises.fullness(of: location, pointer: "/location"))
            }
            demand[names[allocation.key.item]?.key ?? allocation.key, default: 0] += part.units
        }
        for key in demand.keys { ledger.foldExpired(of: key) }
        let short = chosen.filter { part in
            let allocation = reservation.allocations[part.index]
            guard let name = names[allocation.key.item] else { return true }
            let method = reservation.lines[allocation.line].method
            return demand[name.key, default: 0] > availableToSell(name, to: reservation.channel, by: method)
        }
        guard short.isEmpty else {
            return .failure(
                .insufficient(
                    short.map { part in
                        let allocation = reservation.allocations[part.index]
                        return ShortLine(
                            id: reservation.lines[allocation.line].id, sku: allocation.sku, location: location,
                            requested: part.units,
                            available: names[allocation.key.item].map {
                                availableToSell(
                                    $0, to: reservation.channel, by: reservation.lines[allocation.line].method)
                            } ?? 0,
                            isSaleStopped: names[allocation.key.item]?.itemStatus == .stopSale)
                    }))
        }
        var after = reservation
        for part in chosen {
            guard let index = split(&after, part), let name = names[after.allocations[index].key.item] else {
                return .failure(Self.tooManyParts)
            }
            let old = after.allocations[index]
            write(.move, after, old, promise(-part.units, old.state, after.expiresAt))
            unpack(part.units, of: old, in: after, at: ledger.clock.instant(ofBatchPosition: batchPosition))
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
            // What ships is no matter to who fetches the rest.
            let movesPickup = chosen.contains { after.isPickup(reservation.allocations[$0.index]) }
            guard movesPickup else { return .success(after) }
            if isWhole || readyBy.map({ $0 > after.pickup?.readyBy ?? $0 }) ?? true { after.pickup?.readyBy = readyBy }
            if let pickupBy = after.pickup?.pickupBy {
                let ready = readyBy ?? now
                if let hours = place.pickupWindowHours {
                    after.pickup?.pickupBy = max(pickupBy, ready.advanced(byMicroseconds: hours * 3_600_000_000))
                } else if isWhole || pickupBy <= ready {
                    // This store keeps goods without an end.
                    after.pickup?.pickupBy = nil
                }
            }
        }
        return .success(after)
    }

    mutating func notFound(
        _ reservation: Reservation, _ selection: AllocationSelection, _ wholeBalance: Bool, _ occurredAt: Timestamp?,
        _ command: ReservationCommand
    ) -> Step {
        let chosen: [Chosen]
        switch choose(selection, .notFound, of: reservation) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let found): chosen = found
        }
        guard !chosen.isEmpty else { return .failure(closed(.notFound, reservation)) }
        // Planned before anything is written: where it was seen otherwise, all is asked again.
        let elsewhere: [Elsewhere]
        switch sourceElsewhere(chosen, of: reservation, command) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let found): elsewhere = found
        }
        var after = reservation
        var missing: [BalanceKey: (units: Int64, index: Int)] = [:]
        var lost: [Int: Int] = [:]
        for part in chosen {
            guard let index = split(&after, part) else { return .failure(Self.tooManyParts) }
            lost[part.index] = index
            after.allocations[index].state = .notFound
            after.allocations[index].readyAt = nil
            let key = after.allocations[index].key
            missing[key] = (missing[key, default: (0, index)].units + part.units, index)
        }
        let stamp = ledger.clock.stamp(requested: occurredAt, at: batchPosition)
        let instant = stamp.occurredAt
        // Of all at once, so that what is not known yet is asked for together.
        let packedUnits =
            wholeBalance
            ? missing.keys.map {
                (
                    $0,
                    promises.packedUnits(of: $0, reserved: ledger.balance($0).figures.reserved, except: reservation.id)
                )
            } : []
        let packed = Dictionary(uniqueKeysWithValues: packedUnits)
        for (key, lost) in missing.sorted(by: { $0.key < $1.key }) {
            let there = max(0, ledger.balance(key).figures.onHand)
            var gone = min(lost.units, there)
            if wholeBalance {
                guard let packed = packed[key] ?? nil else { continue }
                let own = after.allocations.reduce(Int64(0)) { sum, allocation in
                    allocation.key == key && allocation.state == .ready ? sum + allocation.remaining : sum
                }
                gone = max(0, there - packed - own)
            }
            if !ledger.balance(key).counted.hasSeen(instant, .onHand) {
                changes.countTasks[key] = CountTask(
                    reason: "reservation \(reservation.id): \(lost.units) units were not found", at: instant)
            }
            guard gone > 0 else { continue }
            let posting = Posting(bucket: .onHand, counterAccount: .sibling(.suspect), units: -gone)
            write(
                .stateChange, after, after.allocations[lost.index], PromiseEntry(reservedDelta: 0), posting,
                stamp)
        }
        for part in chosen {
            unpack(part.units, of: reservation.allocations[part.index], in: reservation, at: instant)
        }
        take(elsewhere, insteadOf: lost, in: &after, at: instant)
        return .success(after)
    }

    // MARK: - At the store

    func claim(_ reservation: Reservation, _ by: String, _ seconds: Int64) -> Step {
        // It has been picked by now.
        if reservation.isHandedOver(at: now) { return .success(reservation) }
        guard reservation.state(at: now).isOpen else {
            return .failure(
                .illegalTransition(
                    "the reservation is \(reservation.state(at: now).rawValue); there is nothing to pick"))
        }
        if let claim = reservation.claim, claim.by != by, claim.until > now {
            return .failure(.illegalTransition("'\(claim.by)' has claimed it until \(claim.until)"))
        }
        let until = now.end(ofHold: seconds)
        // Said again it changes nothing while at least half of that time is left: then it goes on for as long.
        if let claim = reservation.claim, claim.by == by, claim.until > now,
            claim.until >= now.advanced(byMicroseconds: seconds * 500_000)
        {
            return .success(reservation)
        }
        var after = reservation
        after.claim = Claim(by: by, until: until)
        return .success(after)
    }
}

extension Reservation {
    /// Nothing of it is open, and not all of it was given up.
    fileprivate func isHandedOver(at now: Timestamp) -> Bool {
        !state(at: now).isOpen && allocations.contains { $0.state == .fulfilled }
    }
}

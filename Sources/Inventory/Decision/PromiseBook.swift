/// What facts and requests have in common of promises: holds that ended, cover, and sales that keep a promise.
extension BatchDecision {
    /// The instant at which this batch judges holds.
    var now: Timestamp { ledger.now }

    /// - Returns: the promises of a balance that have no cover now, who is covered last first; nil where they have to be
    ///   read first.
    mutating func promisesAtRisk(of key: BalanceKey) -> [PromiseAtRisk]? {
        let shortfall = ledger.balance(key).figures.shortfall
        guard shortfall > 0 else { return [] }
        guard let promises = openPromises(of: key, units: shortfall) else { return nil }
        return Inventory.promisesAtRisk(shortfall: shortfall, promises)
    }

    /// - Parameter units: that have to be named at least, last covered first.
    private mutating func openPromises(of key: BalanceKey, units: Int64) -> [OpenPromise]? {
        // What this batch changed is known better than what was read before it.
        let changed = changes.reservations
        var unitsChanged: Int64 = 0
        for id in changed.keys {
            for allocation in snapshot.reservations[id]?.allocations ?? [] where allocation.key == key {
                unitsChanged += allocation.open
            }
        }
        guard let loaded = snapshot.promises[key] else {
            need(units + unitsChanged, of: key)
            return nil
        }
        var promises = loaded.promises
        if !changed.isEmpty {
            promises.removeAll { changed[$0.id.reservation] != nil }
            for reservation in changed.values { promises += reservation.openPromises(of: key, at: now) }
        }
        if !loaded.isAll, !loaded.isLast, promises.reduce(0, { $0 + $1.units }) < units {
            need(units + unitsChanged, of: key)
            return nil
        }
        return promises
    }

    private mutating func need(_ units: Int64, of key: BalanceKey) {
        promisesNeeded[key] = max(promisesNeeded[key] ?? 0, units)
    }

    /// Units that are packed and wait, of all promises but one reservation's.
    mutating func packedUnits(of key: BalanceKey, except id: ReservationID) -> Int64? {
        let reserved = ledger.balance(key).figures.reserved
        guard reserved > 0 else { return 0 }
        // Who is packed comes last in that order: of more promises than are looked at, all may be.
        if let loaded = snapshot.promises[key], !loaded.isAll, loaded.isLast { return reserved }
        return openPromises(of: key, units: reserved)?.reduce(0) {
            $1.rank == AllocationState.ready.coverRank && $1.id.reservation != id ? $0 + $1.units : $0
        }
    }

    /// What a new promise of a channel may take there now.
    /// - Parameter given: units promised to `giver` that come free first.
    func availableToSell(
        _ name: KnownName, to channel: Channel?, afterGiving given: Int64 = 0, of giver: Channel? = nil
    ) -> Int64 {
        let figures = ledger.balance(name.key).figures
        return AvailabilityTerms(
            onHand: figures.onHand, reserved: figures.reserved - given,
            holdBack: holdBack(name, from: channel, afterGiving: given, of: giver), itemStatus: name.itemStatus
        ).availableToSell
    }

    private func holdBack(
        _ name: KnownName, from channel: Channel?, afterGiving given: Int64, of giver: Channel?
    ) -> HoldBack {
        guard var rules = snapshot.holdBacks[name.key] else {
            guard let holdBack = name.holdBack else {
                preconditionFailure("the rules of every balance that a request names are read where it has any")
            }
            return holdBack
        }
        for (channel, units) in promisedToChannels[name.key] ?? [:] { rules.reserved[channel, default: 0] += units }
        if let giver { rules.reserved[giver, default: 0] -= given }
        return rules.holdBack(from: channel)
    }

    /// Promises of a channel use its ring-fences up.
    mutating func note(_ channel: Channel?, _ key: BalanceKey, promised units: Int64) {
        guard let channel, units != 0, snapshot.holdBacks[key] != nil else { return }
        promisedToChannels[key, default: [:]][channel, default: 0] += units
    }

    /// The reservation as the batch has left it so far.
    func reservation(_ id: ReservationID) -> Reservation? { changes.reservations[id] ?? snapshot.reservations[id] }

    mutating func keep(_ reservation: Reservation) {
        var reservation = reservation
        if reservation.hasExpired(at: now) {
            for index in reservation.allocations.indices where reservation.allocations[index].state == .held {
                reservation.allocations[index].state = .expired
                reservation.allocations[index].endedAt = reservation.expiresAt
            }
        }
        reservation.settleLocations(at: now)
        settleShipments(of: &reservation, before: self.reservation(reservation.id))
        if let code = reservation.pickup?.code { pickupCodesGiven.insert(code) }
        // One change of the stored row a batch, whatever it was made of.
        reservation.version = (snapshot.reservations[reservation.id]?.version ?? 0) + 1
        changes.reservations[reservation.id] = reservation
    }

    // MARK: - Sales that keep a promise

    /// Splits a sale into what it takes from a promise and what it is beside.
    /// - Parameters:
    ///   - units: sold, 1 or more.
    ///   - entries: the sale's own entry, replaced by those that it becomes.
    /// - Returns: the reservation as it is then; nil where the sale keeps no promise.
    mutating func sell(
        _ units: Int64, for reference: PromiseReference, _ name: KnownName, _ entries: inout [LedgerEntry],
        _ entered: inout EnteredFact
    ) -> Reservation? {
        guard let id = ReservationID(text: reference.reservation.text), var reservation = reservation(id),
            reservation.transfer == nil
        else {
            entered.warnings.append(
                "no reservation '\(reference.reservation)' is known; the sale is recorded as an ordinary one")
            return nil
        }
        var (left, fresh, alreadyReported) = (units, Int64(0), Int64(0))
        var taken: [(state: AllocationState, units: Int64, number: Int16)] = []
        for index in reservation.allocations.indices where left > 0 {
            let allocation = reservation.allocations[index]
            let state = reservation.state(of: allocation, at: now)
            guard allocation.key == name.key, state.after(.sale) != nil else { continue }
            if let line = reference.line, reservation.lines[allocation.line].id != line { continue }
            let matched = min(left, allocation.quantity - allocation.released - allocation.fulfilledBySale)
            guard matched > 0 else { continue }
            reservation.allocations[index].fulfilledBySale += matched
            let consumed = reservation.allocations[index].fulfilled - allocation.fulfilled
            reservation.allocations[index].endIfDone(at: now)
            if consumed > 0 { taken.append((state, consumed, allocation.number)) }
            left -= matched
            fresh += consumed
            alreadyReported += matched - consumed
        }
        guard fresh + alreadyReported > 0 else {
            entered.warnings.append(
                "reservation '\(reference.reservation)' promises nothing of this here; the sale is an ordinary one")
            return nil
        }
        reservation.settleExpiry()
        let sale = entries[0]
        entries = taken.map { state, units, number in
            var entry = sale
            entry.posting = Posting(bucket: .onHand, counterAccount: .outside(.customer), units: -units)
            entry.promise = PromiseEntry(
                id: AllocationID(reservation: id, number: number), reservedDelta: -units,
                expiresAt: state == .held ? self.reservation(id)?.expiresAt : nil,
                heldDelta: state == .held ? -units : 0)
            return entry
        }
        // What is beside the promise is an ordinary sale; and a till's word for goods whose handover is known is kept too.
        if left > 0 || entries.isEmpty {
            var entry = sale
            entry.posting = Posting(bucket: .onHand, counterAccount: .outside(.customer), units: -left)
            entries.append(entry)
        }
        entered.alreadyReported = alreadyReported > 0 && fresh + left == 0
        if alreadyReported > 0, !entered.alreadyReported {
            entered.warnings.append(
                "\(alreadyReported) of the \(units) units were fulfilled before and are not counted again")
        }
        if left > 0 {
            entered.warnings.append("\(left) of the \(units) units are beyond what was promised: an ordinary sale")
        }
        return reservation
    }
}

extension Reservation {
    /// What it promises of one balance at `now`.
    func openPromises(of key: BalanceKey, at now: Timestamp) -> [OpenPromise] {
        allocations.compactMap { allocation in
            let units = open(allocation, at: now)
            guard allocation.key == key, units > 0 else { return nil }
            return OpenPromise(
                id: AllocationID(reservation: id, number: allocation.number), rank: allocation.state.coverRank,
                createdAt: allocation.createdAt, units: units)
        }
    }

    /// Nothing held any more has no end.
    mutating func settleExpiry() {
        if !allocations.contains(where: { $0.state == .held || $0.state == .expired }) { expiresAt = nil }
    }
}

extension Allocation {
    /// Where nothing is left to hand over, it has ended: handed over if any of it was.
    mutating func endIfDone(at now: Timestamp) {
        guard remaining == 0, state.isOpen else { return }
        state = fulfilled > 0 ? .fulfilled : .released
        endedAt = now
    }
}

/// Requests about reservations. Each is checked as a whole before anything of it is written, so that a refusal leaves
/// nothing behind.
extension BatchDecision {
    typealias Step = Result<Reservation, ReservationRefusal>

    mutating func judge(_ command: ReservationCommand) -> ReservationOutcome {
        defer { batchPosition += command.batchPositions }
        begin(as: command.actor)
        if let key = command.key, let known = changes.requests[key.text] ?? snapshot.requests[key.text] {
            guard known.fingerprint == key.fingerprint else { return .failure(.keyReused) }
            guard let reservation = promises.reservation(known.reservation) else { return .failure(.outdated) }
            return answer(reservation, isReplay: true)
        }
        let first = ledger.lines.count
        promises.begin(command.sites)
        defer { promises.begin([]) }
        let step: Step
        if case .create(let new) = command.action {
            step = create(new, command)
        } else {
            guard let reservation = promises.reservation(command.id) else { return .failure(.notFound) }
            if let transfer = reservation.transfer {
                return .failure(
                    .illegalTransition("it keeps units for transfer \(transfer); ship, close or cancel the transfer"))
            }
            // An earlier command of this batch may have moved it to where this one did not ask.
            let asked = Set(command.names.compactMap { known($0)?.key })
            guard reservation.allocations.allSatisfy({ asked.contains($0.key) }) else { return .failure(.outdated) }
            for allocation in reservation.allocations { ledger.foldExpired(of: allocation.key) }
            guard
                command.action.isAmendment
                    || reservation.allocations.allSatisfy({ hasRoom(ledger.balance($0.key)) })
            else {
                return .failure(
                    .invalid(pointer: "", "one of its balances is at its limit; correct it with a count first"))
            }
            step = act(command, on: reservation)
        }
        switch step {
        case .failure(let refusal): return .failure(refusal)
        case .success(let after):
            noteSkew(since: first, of: command.caller, about: after.id.description) { key in
                after.allocations.first { $0.key == key }?.location ?? after.location
            }
            if after != promises.reservation(after.id) { promises.keep(after) }
            let kept = promises.reservation(after.id) ?? after
            if let key = command.key {
                changes.requests[key.text] = KnownRequest(fingerprint: key.fingerprint, reservation: kept.id)
            }
            return answer(kept)
        }
    }

    private mutating func act(_ command: ReservationCommand, on reservation: Reservation) -> Step {
        switch command.action {
        case .create: preconditionFailure("a new reservation is not there yet")
        case .confirm(let selection, let acceptAtRisk, let amendment):
            return confirm(reservation, selection, acceptAtRisk: acceptAtRisk, amendment, command)
        case .amend(let amendment, let versions):
            return amend(reservation, amendment, onlyVersions: versions)
        case .extend(let expiresAt): return extend(reservation, to: expiresAt, command)
        case .ready(let selection, let occurredAt): return ready(reservation, selection, occurredAt)
        case .fulfil(let selection, let occurredAt): return fulfil(reservation, selection, occurredAt)
        case .release(let selection, let reason, let restock, let occurredAt):
            return release(reservation, selection, reason, restock, occurredAt)
        case .restock(let selection, let occurredAt): return putBack(reservation, selection, occurredAt)
        case .move(let selection, let location): return move(reservation, selection, to: location)
        case .replaceLines(let lines): return replaceLines(of: reservation, with: lines, command)
        case .arrive(let place, let note): return arrive(reservation, place, note)
        case .claim(let by, let seconds): return claim(reservation, by, seconds)
        case .notFound(let selection, let wholeBalance, let occurredAt):
            return notFound(reservation, selection, wholeBalance, occurredAt, command)
        case .expire:
            // Whatever is kept after its end is kept as ended.
            if reservation.allocations.contains(where: { $0.state == .held && reservation.hasExpired(at: now) }) {
                promises.keep(reservation)
            }
            return .success(promises.reservation(reservation.id) ?? reservation)
        }
    }

    private mutating func answer(_ reservation: Reservation, isReplay: Bool = false) -> ReservationOutcome {
        .success(
            ReservationAnswer(
                reservation: reservation, uncovered: uncovered(reservation), asOf: now, isReplay: isReplay))
    }

    /// Which of its allocations have no cover, and how much of them.
    mutating func uncovered(_ reservation: Reservation) -> [Int16: Int64] {
        var uncovered: [Int16: Int64] = [:]
        var seen: Set<BalanceKey> = []
        for allocation in reservation.allocations
        where reservation.open(allocation, at: now) > 0 && snapshot.balances[allocation.key] != nil
            && seen.insert(allocation.key).inserted
        {
            for promise in promisesAtRisk(of: allocation.key) ?? [] where promise.id.reservation == reservation.id {
                uncovered[promise.id.number] = promise.uncoveredQuantity
            }
        }
        return uncovered
    }

    // MARK: - What an action is about

    /// A part of an allocation, and how many units of it.
    struct Chosen {
        let index: Int
        let units: Int64
    }

    /// - Parameter target: where they move.
    /// - Returns: the allocations that the step is about, all of which allow it. Empty where it would only repeat what is so.
    func choose(
        _ selection: AllocationSelection, _ event: AllocationEvent, of reservation: Reservation,
        to target: LocationID? = nil
    ) -> Result<[Chosen], ReservationRefusal> {
        switch selection {
        case .everything:
            let takesExpired = AllocationState.expired.after(event) != nil
            var chosen = reservation.allocations.indices.filter { index in
                let state = reservation.state(of: reservation.allocations[index], at: now)
                return state.isOpen || takesExpired && state == .expired
            }
            // What is held still may be confirmed and put off beside parts that went ahead.
            let able = chosen.filter { index in
                reservation.state(of: reservation.allocations[index], at: now).after(event) != nil
            }
            if takesExpired, !able.isEmpty { chosen = able }
            let wasOpen = !chosen.isEmpty
            chosen.removeAll { reservation.isPast(event, $0, to: target, at: now) }
            for index in chosen {
                if let refusal = refusal(of: event, reservation, index) { return .failure(refusal) }
            }
            // Before anything is written, as below.
            let parts = chosen.count { reservation.allocations[$0].remaining < reservation.allocations[$0].quantity }
            guard reservation.hasRoom(forParts: parts) else { return .failure(Self.tooManyParts) }
            guard !chosen.isEmpty else {
                let repeats = reservation.allocations.indices.contains { index in
                    let allocation = reservation.allocations[index]
                    let state = reservation.state(of: allocation, at: now)
                    switch event {
                    case .move: return reservation.isPast(event, index, to: target, at: now)
                    // Of what was handed over in part, the rest was given back.
                    case .release: return state.after(event) == state || allocation.released > 0
                    default: return state.after(event) == state
                    }
                }
                return wasOpen || repeats ? .success([]) : .failure(closed(event, reservation))
            }
            return .success(chosen.map { Chosen(index: $0, units: reservation.allocations[$0].remaining) })
        case .some(let parts):
            var chosen: [Chosen] = []
            for (position, part) in parts.enumerated() {
                guard let index = index(of: part, in: reservation) else {
                    return .failure(unknown(part, position, reservation))
                }
                let allocation = reservation.allocations[index]
                if reservation.isPast(event, index, to: target, at: now),
                    part.quantity?.units ?? 0 <= allocation.quantity
                {
                    continue
                }
                if let refusal = refusal(of: event, reservation, index) { return .failure(refusal) }
                let units = part.quantity?.units ?? allocation.remaining
                guard units <= allocation.remaining else {
                    return .failure(
                        .illegalTransition(
                            "allocation \(part.id) has \(allocation.remaining) units open, not \(units)"))
                }
                if units > 0 { chosen.append(Chosen(index: index, units: units)) }
            }
            if event == .move || event == .release { chosen = wholeKits(of: chosen, event, reservation) }
            // Before anything is written: a step that fails half way would leave half of itself behind.
            let parts = chosen.count { $0.units < reservation.allocations[$0.index].quantity }
            guard reservation.hasRoom(forParts: parts) else { return .failure(Self.tooManyParts) }
            return .success(chosen)
        case .lines(let lines):
            return reservation.parts(of: lines, for: .step(event), to: target, at: now).flatMap { parts in
                choose(.some(parts), event, of: reservation, to: target)
            }
        }
    }

    func index(of part: AllocationSelection.Part, in reservation: Reservation) -> Int? {
        guard part.id.reservation == reservation.id else { return nil }
        return reservation.allocations.firstIndex { $0.number == part.id.number }
    }

    func unknown(
        _ part: AllocationSelection.Part, _ position: Int, _ reservation: Reservation
    ) -> ReservationRefusal {
        .unknownReference(
            pointer: "/allocations/\(position)/id", "reservation \(reservation.id) has no allocation '\(part.id)'")
    }

    private func refusal(
        of event: AllocationEvent, _ reservation: Reservation, _ index: Int
    ) -> ReservationRefusal? {
        let allocation = reservation.allocations[index]
        let state = reservation.state(of: allocation, at: now)
        guard state.after(event) == nil else { return nil }
        if event == .fulfil, !state.isOpen { return closed(event, reservation) }
        return .illegalTransition(
            "allocation \(reservation.id).\(allocation.number) is \(state.name), from which \(event.rawValue) is not possible"
        )
    }

    func closed(_ event: AllocationEvent, _ reservation: Reservation) -> ReservationRefusal {
        let state = reservation.state(at: now)
        if event == .fulfil {
            return .notOpen(
                "the reservation is \(state.rawValue); if the goods were handed over, report a sale with POST /v1/movements"
            )
        }
        return .illegalTransition("the reservation is \(state.rawValue), from which \(event.rawValue) is not possible")
    }

    /// What was asked for becomes an allocation of its own, where it is only a part; the rest keeps its id.
    /// - Returns: the index of the allocation that holds just these units; nil when there would be too many.
    func split(_ reservation: inout Reservation, _ chosen: Chosen) -> Int? {
        let whole = reservation.allocations[chosen.index]
        if chosen.units == whole.quantity { return chosen.index }
        guard reservation.hasRoom(forParts: 1) else { return nil }
        var part = whole
        part.number = reservation.nextNumber
        part.quantity = chosen.units
        part.released = 0
        part.fulfilledByRequest = 0
        part.fulfilledBySale = 0
        part.soldWithoutLine = 0
        part.soldAt = nil
        part.restockPending = 0
        reservation.allocationsMade += 1
        reservation.allocations[chosen.index].quantity -= chosen.units
        reservation.allocations[chosen.index].endIfDone(at: now)
        reservation.allocations.append(part)
        return reservation.allocations.count - 1
    }

    static var tooManyParts: ReservationRefusal {
        .limitExceeded("a reservation may have \(Reservation.allocationsMax) allocations, and this would make more")
    }

    // MARK: - Ledger lines of promises

    /// One line that changes promises, and units where something is posted.
    mutating func write(
        _ kind: FactKind, _ reservation: Reservation, _ allocation: Allocation, _ promise: PromiseEntry,
        _ posting: Posting? = nil, _ stamp: Stamp? = nil, reason: Reason? = nil
    ) {
        let key = allocation.key
        var open = ledger.open(key)
        let recordedAt = open.recordedAt(from: ledger.clock.instant(ofBatchPosition: batchPosition))
        var header = LineHeader(event: EventID(stored: reservation.id.description), recordedAt: recordedAt)
        header.reference = reservation.reference
        header.reason = reason
        // What moves no units happened when it was decided, whatever a clock says.
        let stamp = posting == nil ? nil : stamp
        header.claimedAt = stamp?.claimedAt
        var promise = promise
        promise.id = AllocationID(reservation: reservation.id, number: allocation.number)
        let entry = LedgerEntry(
            kind: kind, posting: posting, occurredAt: stamp?.occurredAt ?? recordedAt,
            source: .holdfast, promise: promise)
        guard ledger.write([entry], header, to: &open) != nil else {
            preconditionFailure("units of a promise are far below the bound of a bucket")
        }
        promises.note(reservation.channel, key, promised: promise.reservedDelta)
    }

    func known(_ name: Name) -> KnownName? {
        if case .known(let known)? = snapshot.names[name] { known } else { nil }
    }

    /// Far enough from a bucket's bounds for whatever one reservation can do to it.
    private func hasRoom(_ balance: Balance) -> Bool {
        let figures = balance.figures
        let room = Figures.unitsMax - 2 * Quantity.maxUnits * Int64(Reservation.allocationsMax)
        // All that is on hand may become suspect at once.
        return abs(figures.onHand) + abs(figures.suspect) < room && abs(figures.inspection) < room
    }

    /// What a hold of this state means for the instants at which holds end.
    func promise(_ delta: Int64, _ state: AllocationState, _ expiresAt: Timestamp?) -> PromiseEntry {
        guard state == .held, let expiresAt else { return PromiseEntry(reservedDelta: delta) }
        return PromiseEntry(reservedDelta: delta, expiresAt: expiresAt, heldDelta: delta)
    }
}

extension Reservation {
    func hasRoom(forParts parts: Int) -> Bool {
        allocations.count + parts <= Self.allocationsMax
            && Int(allocationsMade) + parts <= Self.allocationsEverMax
    }

    /// The number of the next allocation.
    var nextNumber: Int16 { allocationsMade + 1 }
}

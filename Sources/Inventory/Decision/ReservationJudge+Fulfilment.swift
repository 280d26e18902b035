/// Promises that are prepared, handed over, or given back.
extension BatchDecision {
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
        var chosen: [(index: Int, alreadyReported: Int64, fresh: Int64)] = []
        switch selection {
        case .everything:
            for index in reservation.allocations.indices {
                let allocation = reservation.allocations[index]
                let alreadyReported = allocation.soldUnreported
                let fresh = reservation.open(allocation, at: now)
                if fresh > 0, allocation.state.after(.fulfil) == nil {
                    return .failure(
                        .illegalTransition(
                            "allocation \(reservation.id).\(allocation.number) is \(allocation.state.name); confirm it first"
                        ))
                }
                if alreadyReported + fresh > 0 { chosen.append((index, alreadyReported, fresh)) }
            }
            if chosen.isEmpty {
                // The same again changes nothing; what ended otherwise is not handed over.
                guard reservation.state(at: now) == .fulfilled else { return .failure(closed(.fulfil, reservation)) }
                return .success(reservation)
            }
        case .some(let parts):
            for (position, part) in parts.enumerated() {
                guard let index = index(of: part, in: reservation) else {
                    return .failure(unknown(part, position, reservation))
                }
                let allocation = reservation.allocations[index]
                let open = reservation.open(allocation, at: now)
                let units = part.quantity?.units ?? (open + allocation.soldUnreported)
                // The same again changes nothing.
                if units == 0, allocation.state == .fulfilled { continue }
                let alreadyReported = min(units, allocation.soldUnreported)
                let fresh = units - alreadyReported
                if !reservation.state(at: now).isOpen, alreadyReported == 0 {
                    return .failure(closed(.fulfil, reservation))
                }
                guard fresh <= open, fresh == 0 || allocation.state.after(.fulfil) != nil else {
                    return .failure(
                        .illegalTransition(
                            "allocation \(part.id) is \(reservation.state(of: allocation, at: now).name) with \(open) units open; "
                                + "\(units) cannot be fulfilled"))
                }
                chosen.append((index, alreadyReported, fresh))
            }
        }
        var after = reservation
        let instant = ledger.clock.occurred(occurredAt, at: batchPosition)
        for (index, alreadyReported, fresh) in chosen {
            let allocation = after.allocations[index]
            after.allocations[index].fulfilledByRequest += alreadyReported + fresh
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
                    occurredAt: ledger.clock.occurred(occurredAt, at: batchPosition), reason: reason)
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
            for (position, part) in parts.enumerated() {
                guard let index = index(of: part, in: reservation) else {
                    return .failure(unknown(part, position, reservation))
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
                occurredAt: ledger.clock.occurred(occurredAt, at: batchPosition))
            after.allocations[part.index].restockPending -= part.units
        }
        return .success(after)
    }
}

extension Allocation {
    /// Units that a till sold and that no fulfilment has reported yet.
    fileprivate var soldUnreported: Int64 { max(0, fulfilledBySale - fulfilledByRequest) }
}

/// Promises that are prepared, handed over, or given back.
extension BatchDecision {
    mutating func ready(
        _ reservation: Reservation, _ selection: AllocationSelection, _ occurredAt: Timestamp?
    ) -> Step {
        switch choose(selection, .ready, of: reservation) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let chosen):
            var after = reservation
            // Nothing of it is in the ledger, which could keep a time that is not believed.
            let instant = ledger.clock.stamp(requested: occurredAt, at: batchPosition).occurredAt
            for part in chosen {
                guard let index = split(&after, part) else { return .failure(Self.tooManyParts) }
                after.allocations[index].state = .ready
                after.allocations[index].readyAt = instant
                pack(part.units, of: after.allocations[index], in: after, at: instant)
            }
            return .success(after)
        }
    }

    mutating func fulfil(
        _ reservation: Reservation, _ selection: AllocationSelection, _ occurredAt: Timestamp?
    ) -> Step {
        var after = reservation
        // What is taken for new, in the order asked.
        var taken: [(index: Int, units: Int64)] = []
        // What turns out to have been packed, or not, since a till's sale was of other units than was thought.
        var packed: [(index: Int, change: PackedUnits.Change)] = []
        switch selection {
        case .lines(let lines):
            return reservation.parts(of: lines, for: .step(.fulfil), at: now).flatMap { parts in
                fulfil(reservation, .some(parts), occurredAt)
            }
        case .everything:
            var isChanged = false
            for index in reservation.allocations.indices {
                let allocation = reservation.allocations[index]
                let fresh = reservation.open(allocation, at: now)
                if fresh > 0, allocation.state.after(.fulfil) == nil {
                    return .failure(
                        .illegalTransition(
                            "allocation \(reservation.id).\(allocation.number) is \(allocation.state.name); confirm it first"
                        ))
                }
                let units = allocation.soldUnreported + fresh
                guard units > 0 else { continue }
                isChanged = true
                after.allocations[index].fulfilledByRequest += units
                if fresh > 0 { taken.append((index, fresh)) }
            }
            if !isChanged {
                // The same again changes nothing, whatever of it was given back; what ended otherwise is not handed over.
                guard reservation.allocations.contains(where: { $0.fulfilled > 0 }) else {
                    return .failure(closed(.fulfil, reservation))
                }
                return .success(reservation)
            }
        case .some(let parts):
            for (position, part) in parts.enumerated() {
                guard let index = index(of: part, in: after) else {
                    return .failure(unknown(part, position, reservation))
                }
                let (state, open) = (
                    after.state(of: after.allocations[index], at: now), after.open(after.allocations[index], at: now)
                )
                let units = part.quantity?.units ?? (open + after.allocations[index].soldUnreported)
                // The same again changes nothing.
                if units == 0, state == .fulfilled { continue }
                var alreadyReported = min(units, after.allocations[index].soldUnreported)
                if state.after(.fulfil) != nil, state.isOpen {
                    alreadyReported += after.takeSales(units - alreadyReported, to: index, packed: &packed)
                }
                let fresh = units - alreadyReported
                if !reservation.state(at: now).isOpen, alreadyReported == 0 {
                    return .failure(closed(.fulfil, reservation))
                }
                guard fresh <= after.open(after.allocations[index], at: now), fresh == 0 || state.after(.fulfil) != nil
                else {
                    return .failure(
                        .illegalTransition(
                            "allocation \(part.id) is \(state.name) with \(open) units open; "
                                + "\(units) cannot be fulfilled"))
                }
                after.allocations[index].fulfilledByRequest += units
                if fresh > 0 { taken.append((index, fresh)) }
            }
        }
        let stamp = ledger.clock.stamp(requested: occurredAt, at: batchPosition)
        let instant = stamp.occurredAt
        for (index, fresh) in taken {
            let allocation = after.allocations[index]
            let posting = Posting(bucket: .onHand, counterAccount: .outside(.customer), units: -fresh)
            write(.sale, after, allocation, PromiseEntry(reservedDelta: -fresh), posting, stamp)
            unpack(fresh, of: allocation, in: after, at: instant)
            noteSold(fresh, .sale, at: instant, ledger.open(allocation.key))
        }
        for (index, change) in packed { pack(change.units, of: after.allocations[index], in: after, at: change.at) }
        for index in after.allocations.indices { after.allocations[index].endIfDone(at: now) }
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
            let stamp = ledger.clock.stamp(requested: occurredAt, at: batchPosition)
            let instant = stamp.occurredAt
            for part in chosen {
                let allocation = after.allocations[part.index]
                guard restock == .pending, allocation.state == .ready else {
                    drop(part.units, from: part.index, in: &after, reason: reason)
                    unpack(part.units, of: allocation, in: after, at: instant)
                    continue
                }
                // Packed goods have a way to go back to their shelf; until somebody says so they are not for sale.
                let posting = Posting(bucket: .onHand, counterAccount: .sibling(.inspection), units: -part.units)
                write(
                    .release, after, allocation, PromiseEntry(reservedDelta: -part.units), posting, stamp,
                    reason: reason)
                unpack(part.units, of: allocation, in: after, at: instant)
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
        case .lines(let lines):
            return reservation.parts(of: lines, for: .restock, at: now).flatMap { parts in
                putBack(reservation, .some(parts), occurredAt)
            }
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
                ledger.clock.stamp(requested: occurredAt, at: batchPosition))
            after.allocations[part.index].restockPending -= part.units
        }
        return .success(after)
    }
}

extension Allocation {
    /// Units that a till sold and that no fulfilment has reported yet.
    var soldUnreported: Int64 { max(0, fulfilledBySale - fulfilledByRequest) }

    /// Of those, the units that somebody may mean who hands over a line.
    fileprivate func soldUnreported(ofLine line: Int) -> Int64 {
        self.line == line ? soldUnreported : min(soldUnreported, soldWithoutLine)
    }
}

extension Reservation {
    /// A till told of goods before whoever handed them over, and took them from other allocations of the same goods than
    /// these: its sales are moved here, and what it took there is promised again. Nothing moves that a request has matched.
    /// - Parameters:
    ///   - units: handed over of the allocation at `index`, at most so many are moved.
    ///   - packed: gets what was packed after all where sales are taken from, and was not where they go.
    /// - Returns: units moved.
    fileprivate mutating func takeSales(
        _ units: Int64, to index: Int, packed: inout [(index: Int, change: PackedUnits.Change)]
    ) -> Int64 {
        var left = min(units, allocations[index].remaining)
        let wanted = left
        let (key, line) = (allocations[index].key, allocations[index].line)
        for other in allocations.indices where other != index && left > 0 && allocations[other].key == key {
            let moved = min(left, allocations[other].soldUnreported(ofLine: line))
            guard moved > 0 else { continue }
            if let soldAt = allocations[other].soldAt {
                if let readyAt = allocations[other].readyAt {
                    packed.append((other, PackedUnits.Change(at: max(soldAt, readyAt), units: moved)))
                }
                if allocations[index].state == .ready, let readyAt = allocations[index].readyAt {
                    packed.append((index, PackedUnits.Change(at: max(soldAt, readyAt), units: -moved)))
                }
                allocations[index].soldAt = max(soldAt, allocations[index].soldAt ?? soldAt)
            }
            let withoutLine = min(moved, allocations[other].soldWithoutLine)
            allocations[other].fulfilledBySale -= moved
            allocations[other].soldWithoutLine -= withoutLine
            allocations[other].reopenIfUndone()
            allocations[index].fulfilledBySale += moved
            allocations[index].soldWithoutLine += withoutLine
            left -= moved
        }
        return wanted - left
    }
}

extension Allocation {
    /// It had ended by a sale that was of others: it waits again as it did.
    fileprivate mutating func reopenIfUndone() {
        guard state == .fulfilled, remaining > 0 else { return }
        state = readyAt == nil ? .confirmed : .ready
        endedAt = nil
    }
}

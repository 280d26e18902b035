/// Sales that keep a promise.
extension BatchDecision {
    /// Splits a sale into what it takes from a promise and what it is beside.
    /// - Parameters:
    ///   - units: sold, 1 or more.
    ///   - entries: the sale's own entry, replaced by those that it becomes.
    /// - Returns: the reservation as it is then; nil where the sale keeps no promise.
    mutating func sell(
        _ units: Int64, for reference: PromiseReference, _ name: KnownName, _ entries: inout [LedgerEntry],
        _ entered: inout EnteredFact
    ) -> Reservation? {
        guard let id = ReservationID(text: reference.reservation.text), var reservation = promises.reservation(id),
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
                expiresAt: state == .held ? promises.reservation(id)?.expiresAt : nil,
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

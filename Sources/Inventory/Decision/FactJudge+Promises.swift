/// Sales that keep a promise.
extension BatchDecision {
    /// Splits a sale into what it takes from a promise and what it is beside. What was handed over before and no till has
    /// told of yet is matched first, in whichever allocation it is; then what is still promised, who is packed first. Sales that
    /// named no line are of other lines where one that names its own needs it.
    /// - Parameters:
    ///   - units: sold, 1 or more.
    ///   - reported: names the reservation.
    ///   - entries: the sale's own entry, replaced by those that it becomes.
    /// - Returns: the reservation as it is then, and what of it had been packed; nil where the sale keeps no promise.
    mutating func sell(
        _ units: Int64, _ reported: ReportedFact, for reference: PromiseReference, _ name: KnownName,
        _ entries: inout [LedgerEntry], _ entered: inout EnteredFact
    ) -> KeptPromise? {
        guard let id = ReservationID(text: reference.reservation.text), var reservation = promises.reservation(id),
            reservation.transfer == nil
        else {
            entered.warnings.append(
                "no reservation '\(reference.reservation)' is known; the sale is recorded as an ordinary one")
            return nil
        }
        let sale = entries[0]
        let here = reservation.allocations.indices.filter { reservation.allocations[$0].key == name.key }
        let own = here.filter { reported.means(reservation.allocations[$0], of: reservation) }
        // Of a kit there is one line, as a rule: its parts are no others' then.
        let namesLine = reference.line != nil || reported.promisedLines.count == 1
        // A sale that named no line may be what took the units of the one that this sale names. Then that one was of these, and
        // this is of whatever others there are.
        let others = here.filter { !own.contains($0) }
        var exchangeable = own.reduce(Int64(0)) { $0 + reservation.allocations[$1].soldWithoutLine }
        var (left, alreadyReported) = (units, Int64(0))
        var taken: [(state: AllocationState, units: Int64, number: Int16)] = []
        var unpacked: [PackedUnits.Change] = []
        for (indices, isExchange) in [(own, false), (others, true)] {
            for index in indices where left > 0 {
                let most = isExchange ? min(left, exchangeable) : left
                let matched = min(most, reservation.allocations[index].fulfilledUnsold)
                reservation.allocations[index].sell(matched, namesLine: namesLine && !isExchange)
                if isExchange { reservation.nameSales(matched, of: own, &exchangeable) }
                left -= matched
                alreadyReported += matched
            }
        }
        for (indices, isExchange) in [(own, false), (others, true)] {
            let byReadiness = indices.sorted {
                let (left, right) = (reservation.allocations[$0], reservation.allocations[$1])
                return (left.state.coverRank, left.number) < (right.state.coverRank, right.number)
            }
            for index in byReadiness where left > 0 {
                let allocation = reservation.allocations[index]
                let state = reservation.state(of: allocation, at: now)
                guard state.isOpen, state.after(.sale) != nil else { continue }
                let matched = min(isExchange ? min(left, exchangeable) : left, allocation.remaining)
                guard matched > 0 else { continue }
                reservation.allocations[index].sell(matched, namesLine: namesLine && !isExchange)
                if isExchange { reservation.nameSales(matched, of: own, &exchangeable) }
                reservation.allocations[index].soldAt = max(sale.occurredAt, allocation.soldAt ?? sale.occurredAt)
                if state == .ready {
                    let left = max(sale.occurredAt, allocation.readyAt ?? sale.occurredAt)
                    unpacked.append(PackedUnits.Change(at: left, units: -matched))
                }
                reservation.allocations[index].endIfDone(at: now)
                taken.append((state, matched, allocation.number))
                left -= matched
            }
        }
        let fresh = units - alreadyReported - left
        guard fresh + alreadyReported > 0 else {
            entered.warnings.append(
                "reservation '\(reference.reservation)' promises nothing of this here; the sale is an ordinary one")
            return nil
        }
        reservation.settleExpiry()
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
        return KeptPromise(reservation: reservation, unpacked: unpacked)
    }
}

/// What a till's sale makes of a promise.
struct KeptPromise {
    let reservation: Reservation
    /// Units that wait no longer.
    let unpacked: [PackedUnits.Change]
}

extension Reservation {
    /// Units that were sold without a line turn out to be of these allocations.
    /// - Parameter exchangeable: how many of them there are; `units` at least.
    fileprivate mutating func nameSales(_ units: Int64, of own: [Int], _ exchangeable: inout Int64) {
        exchangeable -= units
        var left = units
        for index in own {
            let named = min(left, allocations[index].soldWithoutLine)
            allocations[index].soldWithoutLine -= named
            left -= named
        }
    }
}

extension Allocation {
    /// Units handed over, as was requested, of which no till has told yet.
    fileprivate var fulfilledUnsold: Int64 { max(0, fulfilledByRequest - fulfilledBySale) }

    fileprivate mutating func sell(_ units: Int64, namesLine: Bool) {
        fulfilledBySale += units
        if !namesLine { soldWithoutLine += units }
    }
}

extension ReportedFact {
    /// Whether the promise that the fact names may be this one, as far as lines go.
    func means(_ allocation: Allocation, of reservation: Reservation) -> Bool {
        if !promisedLines.isEmpty { return promisedLines.contains(allocation.line) }
        guard let line = fact.soldFor?.line else { return true }
        return reservation.lines[allocation.line].id == line
    }
}

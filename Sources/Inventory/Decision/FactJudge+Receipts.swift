/// What receipts and returns settle beside their balance: supply that was expected, and what a reservation handed over.
extension BatchDecision {
    /// Takes what came off the supply that was expected.
    mutating func noteSupplied(_ units: Int64, _ fact: FactLine, _ name: KnownName, _ entered: inout EnteredFact) {
        guard fact.expectedSupply != nil || fact.reference != nil else { return }
        let open = snapshot.supplies[name.key] ?? []
        func remaining(_ supply: OpenSupply) -> Int64 { supply.remaining - (changes.supplied[supply.id] ?? 0) }
        var found = open.filter { $0.id.text == fact.expectedSupply?.text }
        if let asked = fact.expectedSupply, found.isEmpty {
            entered.warnings.append(
                "no expected supply '\(asked)' of this item at this location is known; the receipt is recorded anyway")
            return
        }
        if found.isEmpty, let reference = fact.reference {
            found = open.filter { $0.id.text == reference.text || $0.reference == reference }
        }
        var left = units
        // Several under one reference come one after the other; what is beyond all of them belongs to the last.
        for (index, supply) in found.enumerated() where left > 0 {
            let taken = index == found.count - 1 ? left : min(left, max(0, remaining(supply)))
            guard taken > 0 else { continue }
            changes.supplied[supply.id, default: 0] += taken
            left -= taken
        }
    }

    /// Notes what came back of a reservation. More than it handed over is taken all the same, and somebody shall look.
    mutating func noteReturned(
        _ units: Int64, _ reported: ReportedFact, _ name: KnownName, _ entered: inout EnteredFact
    ) {
        guard let reference = reported.fact.soldFor else { return }
        guard let id = ReservationID(text: reference.reservation.text), var reservation = promises.reservation(id),
            reservation.transfer == nil
        else {
            entered.warnings.append(
                "no reservation '\(reference.reservation)' is known; the return is recorded without it")
            return
        }
        var left = units
        // First what its line names. Beyond that it may be what another return is booked on that named no line: only what all
        // of them together exceed was never handed over.
        let own = reservation.allocations.indices.filter {
            reported.means(reservation.allocations[$0], of: reservation)
        }
        for index in own + reservation.allocations.indices.filter({ !own.contains($0) }) where left > 0 {
            let allocation = reservation.allocations[index]
            guard allocation.key.item == name.key.item else { continue }
            let taken = min(left, allocation.fulfilled - allocation.returned)
            guard taken > 0 else { continue }
            reservation.allocations[index].returned += taken
            left -= taken
        }
        if left < units { promises.keep(reservation) }
        guard left > 0 else { return }
        entered.warnings.append(
            "\(left) of the \(units) units exceed what reservation \(id) handed over; they are taken back all the same"
        )
        var opening = ExceptionOpening(
            .excessReturn, dedupeKey: "excessReturn:\(id):\(name.sku)", source: reported.source,
            detail:
                "more of '\(name.sku)' was returned than reservation \(id) handed over; look for a wrong reservation, a "
                + "handover that was not reported, or a return that was sent twice")
        opening.eventID = reported.fact.eventID.text
        opening.item = .sku(name.sku)
        opening.location = name.location
        changes.exceptions.append(opening)
    }
}

/// Expected supply of a balance that has not come, as far as a receipt needs to know.
package struct OpenSupply: Sendable, Hashable {
    package let id: SupplyID
    package let reference: Reference?
    /// Base units that have not come; below zero where more came.
    package let remaining: Int64

    package init(id: SupplyID, reference: Reference?, remaining: Int64) {
        self.id = id
        self.reference = reference
        self.remaining = remaining
    }
}

package import Inventory

extension World {
    /// One request about a reservation, with the names of all that it may touch.
    package mutating func request(
        _ action: ReservationAction, on id: ReservationID, key: RequestKey? = nil, limits: HoldLimits = HoldLimits()
    ) -> ReservationOutcome {
        var names = (reservations[id]?.allocations ?? []).map { Name(item: .sku($0.sku), location: $0.location) }
        switch action {
        case .create(let new):
            names += new.lines.compactMap(\.name)
            names += (new.replaces.flatMap { reservations[$0] }?.allocations ?? []).map {
                Name(item: .sku($0.sku), location: $0.location)
            }
        case .move(_, let location): names += names.map { Name(item: $0.item, location: location) }
        case .replaceLines(let lines): names += lines.compactMap(\.name)
        default: break
        }
        let command = ReservationCommand(
            id: id, key: key, action: action, limits: limits, names: names, pickupCodes: ["C\(id)", "D\(id)"])
        guard let outcome = decideAndStore([.reservation(command)])[0].reservation else {
            preconditionFailure("a request is answered as one")
        }
        return outcome
    }

    /// One request about a transfer, with the names of all that it may touch.
    package mutating func request(
        _ action: TransferAction, on id: TransferID, reservation: ReservationID? = nil, key: RequestKey? = nil
    ) -> TransferOutcome {
        var names: [Name] = []
        if case .create(let new) = action {
            let places = [new.from, new.to].compactMap { $0 }
            names = new.lines.flatMap { line in places.map { Name(item: line.item, location: $0) } }
        } else if let transfer = transfers[id] {
            let places = [transfer.from, transfer.to].compactMap { $0 }
            names = transfer.lines.flatMap(\.parts).flatMap { part in
                places.map { Name(item: .sku(part.sku), location: $0) }
            }
        }
        let command = TransferCommand(
            id: id, reservation: reservation ?? transfers[id]?.reservation, key: key, action: action, names: names)
        guard let outcome = decideAndStore([.transfer(command)])[0].transfer else {
            preconditionFailure("a request is answered as one")
        }
        return outcome
    }
}

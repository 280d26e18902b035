/// Requests about transfers. Each is checked as a whole before anything of it is written.
extension BatchDecision {
    private typealias TransferStepResult = Result<Transfer, TransferRefusal>

    mutating func judge(_ command: TransferCommand) -> TransferOutcome {
        defer { batchPosition += command.batchPositions }
        begin(as: command.actor)
        if let key = command.key, let known = changes.requests[key.text] ?? snapshot.requests[key.text] {
            guard known.fingerprint == key.fingerprint else { return .failure(.keyReused) }
            guard let transfer = transfer(TransferID(known.reservation)) else { return .failure(.outdated) }
            return .success(TransferAnswer(transfer: transfer, asOf: now, isReplay: true))
        }
        ledger.origin.transfer = command.id
        defer { ledger.origin.transfer = nil }
        let first = ledger.lines.count
        let step: TransferStepResult
        if case .create(let new) = command.action {
            step = create(new, command)
        } else {
            guard let transfer = transfer(command.id) else { return .failure(.notFound) }
            switch command.action {
            case .create: preconditionFailure("a new transfer is not there yet")
            case .close(let reason, let occurredAt): step = close(transfer, reason, occurredAt)
            case .cancel: step = cancel(transfer)
            case .expect(let expectedAt): step = expect(transfer, at: expectedAt)
            }
        }
        switch step {
        case .failure(let refusal): return .failure(refusal)
        case .success(let after):
            noteSkew(since: first, of: command.caller, about: after.id.description) { _ in after.to }
            if after != transfer(after.id) { keep(after) }
            if let key = command.key {
                changes.requests[key.text] = KnownRequest(
                    fingerprint: key.fingerprint, reservation: after.id.asRequested)
            }
            return .success(TransferAnswer(transfer: transfer(after.id) ?? after, asOf: now))
        }
    }

    private mutating func create(_ new: NewTransfer, _ command: TransferCommand) -> TransferStepResult {
        var lines: [TransferLine] = []
        var parts: [[Resolved]] = []
        var toNumber: LocationNumber?
        for (index, wanted) in new.lines.enumerated() {
            let line: TransferLine
            switch resolve(wanted, at: new.to, pointer: "/to") {
            case .failure(let refusal): return .failure(refusal)
            case .success(let found): (line, toNumber) = found
            }
            lines.append(line)
            guard let from = new.from else { continue }
            let name = Name(item: wanted.item, location: from)
            guard let resolution = snapshot.names[name] else { return .failure(.outdated) }
            if case .unknown = resolution {
                return .failure(.unknownReference(pointer: "/from", "no location '\(from)' is known"))
            }
            let asked = WantedLine(
                id: wanted.id, item: wanted.item, location: from, method: .ship, quantity: wanted.quantity,
                pointer: wanted.pointer, locationPointer: "/from")
            // The same parts at the other end; a kit that changed meanwhile is asked again.
            let names = resolution.balances
            guard names.map(\.key.item) == line.parts.map(\.item) else { return .failure(.outdated) }
            parts.append(
                zip(names, line.parts).map {
                    Resolved(line: index, wanted: asked, name: $0, units: line.quantity * $1.quantity)
                })
        }
        guard let toNumber else { return .failure(.invalid(pointer: "/lines", "must have a line")) }
        var transfer = Transfer(
            id: command.id, reference: new.reference, from: new.from, to: new.to, toNumber: toNumber,
            reservation: nil, expectedAt: new.expectedAt, lines: lines, createdAt: now)
        if new.reserves, let from = new.from, let id = command.reservation {
            if let refusal = reserve(parts, of: transfer, at: from, as: id, command.caller.client) {
                return .failure(refusal)
            }
            transfer.reservation = id
        }
        return .success(transfer)
    }

    /// A line with what one unit of it is.
    private func resolve(
        _ wanted: NewTransfer.Line, at place: LocationID, pointer: String
    ) -> Result<(TransferLine, LocationNumber?), TransferRefusal> {
        let sku: SKU
        let unitsPerCode: UnitsPerCode
        let parts: [TransferLine.Part]
        let number: LocationNumber?
        switch snapshot.names[Name(item: wanted.item, location: place)] {
        case .known(let name):
            (sku, unitsPerCode, number) = (name.sku, name.unitsPerCode, name.key.location)
            parts = [TransferLine.Part(sku: name.sku, item: name.key.item, quantity: 1)]
        case .kit(let kit):
            (sku, unitsPerCode, number) = (kit.sku, kit.unitsPerCode, kit.parts.first?.name.key.location)
            parts = kit.parts.map { .init(sku: $0.name.sku, item: $0.name.key.item, quantity: $0.quantity) }
        case .unknown(let unknown):
            guard unknown.isItemKnown else {
                let (field, text) = wanted.item.describedAsUnknown
                return .failure(.unknownReference(pointer: "\(wanted.pointer)/\(field)", text))
            }
            return .failure(.unknownReference(pointer: pointer, "no location '\(place)' is known"))
        case nil: return .failure(.outdated)
        }
        let units = wanted.quantity.units * unitsPerCode.units
        guard units <= Quantity.maxUnits, parts.allSatisfy({ units * $0.quantity <= Quantity.maxUnits }) else {
            return .failure(
                .invalid(
                    pointer: "\(wanted.pointer)/quantity",
                    "is more than \(Quantity.maxUnits) units with what its code or kit stands for"))
        }
        return .success((TransferLine(id: wanted.id, sku: sku, quantity: units, parts: parts), number))
    }

    /// Keeps the units for the transfer, or says what is short.
    private mutating func reserve(
        _ lines: [[Resolved]], of transfer: Transfer, at from: LocationID, as id: ReservationID, _ client: ClientID?
    ) -> TransferRefusal? {
        guard let place = snapshot.places[from] else {
            return .unknownReference(pointer: "/from", "no location '\(from)' is known")
        }
        // Another store's goods are no customer's: what the location offers to those does not matter.
        guard place.isActive, place.isLive else {
            return .locationUnavailable(
                from, pointer: "/from",
                "location '\(from)' \(place.isActive ? "is in shadow mode and promises nothing" : "is not active")")
        }
        guard lines.reduce(0, { $0 + $1.count }) <= Reservation.allocationsMax else { return Self.tooManyParts }
        var demand: [BalanceKey: Int64] = [:]
        for part in lines.joined() {
            ledger.foldExpired(of: part.name.key)
            demand[part.name.key, default: 0] += part.units
        }
        var available: [BalanceKey: Int64] = [:]
        for part in lines.joined() where available[part.name.key] == nil {
            available[part.name.key] = availableToSell(part.name, to: nil, by: nil)
        }
        let short = Set(demand.filter { $0.value > available[$0.key, default: 0] }.keys)
        guard short.isEmpty else {
            let asked = zip(transfer.lines, lines).map { line, parts in
                AskedGoods(
                    id: line.id, sku: line.sku, location: from, requested: line.quantity,
                    parts: zip(parts, line.parts).map { KnownKit.Part(name: $0.name, quantity: $1.quantity) })
            }
            let shortage = Shortage(demand: demand, short: short) { available[$0.key, default: 0] }
            return .insufficient(shortage.lines(of: asked))
        }
        var reservation = Reservation(
            id: id, reference: transfer.reference, owner: nil, channel: nil, method: .ship, location: from,
            lines: transfer.lines.map {
                ReservationLine(id: $0.id, sku: $0.sku, location: from, method: .ship, requested: $0.quantity)
            },
            allocations: [], createdAt: now, expiresAt: nil, dueAt: transfer.expectedAt ?? now)
        reservation.transfer = transfer.id
        reservation.client = client
        for (index, line) in transfer.lines.enumerated() where line.isKit {
            reservation.lines[index].components = line.parts.map { .init(sku: $0.sku, quantity: $0.quantity) }
        }
        for part in lines.joined() { take(part.units, of: part.name, forLine: part.line, in: &reservation, .confirmed) }
        promises.keep(reservation)
        return nil
    }

    private mutating func close(
        _ transfer: Transfer, _ reason: Reason, _ occurredAt: Timestamp?
    ) -> TransferStepResult {
        switch transfer.state {
        case .closed: return .success(transfer)
        case .cancelled: return .failure(.illegalTransition("the transfer is cancelled; there is nothing to close"))
        case .draft:
            return .failure(.illegalTransition("nothing of the transfer has moved; cancel it instead"))
        case .shipped, .received: break
        }
        var units: [BalanceKey: Int64] = [:]
        for line in transfer.lines {
            for part in line.parts {
                units[BalanceKey(item: part.item, location: transfer.toNumber), default: 0] +=
                    line.outstanding * part.quantity
            }
        }
        let moved = units.filter { $0.value != 0 }.sorted { $0.key < $1.key }
        guard moved.allSatisfy({ snapshot.balances[$0.key] != nil }) else { return .failure(.outdated) }
        for (key, units) in moved {
            guard ledger.balance(key).figures.applying(settling(-units, at: now).posting) != nil else {
                return .failure(
                    .invalid(pointer: "", "one of its balances is at its limit; correct it with a count first"))
            }
        }
        let stamp = ledger.clock.stamp(requested: occurredAt, at: batchPosition)
        for (key, units) in moved {
            var open = ledger.open(key)
            var header = LineHeader(
                event: EventID(stored: transfer.id.description),
                recordedAt: open.recordedAt(from: ledger.clock.instant(ofBatchPosition: batchPosition)))
            header.reference = transfer.reference
            header.reason = reason
            header.claimedAt = stamp.claimedAt
            guard ledger.write([settling(-units, at: stamp.occurredAt)], header, to: &open) != nil else {
                preconditionFailure("that no bucket leaves its bounds was seen before anything was written")
            }
        }
        release(transfer)
        var after = transfer
        after.closedAt = now
        after.closeReason = reason
        for index in after.lines.indices {
            after.lines[index].settled = after.lines[index].shipped - after.lines[index].received
        }
        for index in after.lines.indices { flag(after, line: index, transfer, source: .holdfast) }
        return .success(after)
    }

    private mutating func cancel(_ transfer: Transfer) -> TransferStepResult {
        guard transfer.state != .cancelled else { return .success(transfer) }
        guard transfer.state == .draft else {
            return .failure(
                .illegalTransition(
                    "units of the transfer have moved; close it instead, which puts what has not come to variance"))
        }
        release(transfer)
        var after = transfer
        after.cancelledAt = now
        return .success(after)
    }

    private func expect(_ transfer: Transfer, at expectedAt: Timestamp) -> TransferStepResult {
        guard transfer.closedAt == nil, transfer.state != .cancelled else {
            return .failure(.illegalTransition("the transfer is \(transfer.state.rawValue); nothing more is expected"))
        }
        var after = transfer
        after.expectedAt = expectedAt
        after.firstExpectedAt = transfer.firstExpectedAt ?? expectedAt
        return .success(after)
    }

    /// What was kept for it and has not left is free again.
    private mutating func release(_ transfer: Transfer) {
        guard let id = transfer.reservation, var reservation = promises.reservation(id) else { return }
        for index in reservation.allocations.indices where reservation.allocations[index].open > 0 {
            ledger.foldExpired(of: reservation.allocations[index].key)
            drop(reservation.allocations[index].open, from: index, in: &reservation)
        }
        promises.keep(reservation)
    }
}

/// New promises, and what making and dropping one takes.
extension BatchDecision {
    /// Units that a line takes of one balance.
    struct Resolved {
        /// Its index.
        let line: Int
        let wanted: WantedLine
        let name: KnownName
        let units: Int64
    }

    /// A line whose name is known, at a location.
    struct AskedLine {
        /// Its index.
        let line: Int
        let wanted: WantedLine
        let goods: Goods
        /// Of the item, or kits.
        let units: Int64

        /// What it takes when it gets so much.
        func parts(_ units: Int64) -> [Resolved] {
            goods.parts.map { Resolved(line: line, wanted: wanted, name: $0.name, units: units * $0.quantity) }
        }
    }

    mutating func create(_ new: NewReservation, _ command: ReservationCommand) -> Step {
        var replaced: Reservation?
        if let id = new.replaces {
            // Nobody takes a hold from somebody else, nor hears that it is there.
            guard let old = promises.reservation(id), old.owner == new.owner,
                command.caller.sees(old)
            else {
                return .failure(
                    .unknownReference(
                        pointer: "/replaces",
                        "this owner has no hold '\(id)'; send the owner that the hold was made for"))
            }
            // One whose time ran out was a hold to the end: the shopper who comes back too late starts it anew.
            let states = old.allocations.map { old.state(of: $0, at: now) }
            guard states.allSatisfy({ $0 == .held || !$0.isOpen }),
                states.contains(where: { $0 == .held || $0 == .expired })
            else {
                return .failure(
                    .illegalTransition("reservation \(id) is no longer held; only a hold can be replaced"))
            }
            guard old.allocations.allSatisfy({ snapshot.balances[$0.key] != nil }) else { return .failure(.outdated) }
            replaced = old
        }
        var expiresAt: Timestamp?
        if let seconds = new.holdSeconds {
            guard seconds <= command.limits.holdSeconds else {
                return .failure(
                    .limitExceeded(
                        "a hold lasts \(command.limits.holdSeconds) seconds at most; ask for less, or confirm it"))
            }
            expiresAt = now.end(ofHold: seconds)
        }
        for allocation in replaced?.allocations ?? [] { ledger.foldExpired(of: allocation.key) }
        let granted: Granted
        switch grant(new, insteadOf: replaced, command) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let found): granted = found
        }
        if expiresAt != nil, let refusal = guardHoarding(new.owner, granted.parts, replaced, command.limits) {
            return .failure(refusal)
        }
        if let old = replaced { promises.keep(giveBack(old)) }
        var reservation = Reservation(
            id: command.id, reference: new.reference, owner: new.owner, channel: new.channel, method: new.method,
            location: granted.location, lines: granted.lines, allocations: [], createdAt: now, expiresAt: expiresAt,
            dueAt: now)
        reservation.client = command.caller.client
        reservation.shipTo = new.shipTo
        reservation.sourcing = new.sourcing
        reservation.attributes = new.attributes
        for part in granted.parts where part.units > 0 {
            take(part.units, of: part.name, forLine: part.line, in: &reservation, expiresAt == nil ? .confirmed : .held)
        }
        if expiresAt != nil { promises.note(new.owner, holds: 1) }
        plan(&reservation)
        guard planPickup(&reservation, until: new.pickupBy, command.pickupCodes) else {
            preconditionFailure("codes are drawn for every order with something to fetch")
        }
        return .success(reservation)
    }

    /// What a new reservation gets.
    private struct Granted {
        var lines: [ReservationLine]
        var location: LocationID
        var parts: [Resolved]
    }

    private mutating func grant(
        _ new: NewReservation, insteadOf replaced: Reservation?, _ command: ReservationCommand
    ) -> Result<Granted, ReservationRefusal> {
        if let terms = new.sourcing {
            let sourced: Sourced
            switch source(
                new.lines, terms, for: new.channel, command, allowsPartial: new.allowsPartial, insteadOf: replaced)
            {
            case .failure(let refusal): return .failure(refusal)
            case .success(let found): sourced = found
            }
            let location = Self.mainLocation(of: sourced.parts) ?? command.sites[0].location
            let lines = new.lines.indices.map { index in
                var line = ReservationLine(
                    id: new.lines[index].id, sku: sourced.items[index].sku,
                    location: Self.mainLocation(of: sourced.parts.filter { $0.line == index }) ?? location,
                    method: new.lines[index].method, requested: sourced.items[index].units)
                line.components = sourced.items[index].components
                return line
            }
            return .success(Granted(lines: lines, location: location, parts: sourced.parts))
        }
        let lines: [AskedLine]
        switch resolve(new.lines) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let resolved): lines = resolved
        }
        if let refusal = obstacle(to: lines, new.channel, insteadOf: replaced) { return .failure(refusal) }
        for part in lines.lazy.flatMap(\.goods.parts) { ledger.foldExpired(of: part.name.key) }
        switch grant(lines, to: new.channel, insteadOf: replaced, allowsPartial: new.allowsPartial) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let units):
            let parts = zip(lines, units).flatMap { $0.parts($1) }
            guard parts.count <= Reservation.allocationsMax else { return .failure(Self.tooManyParts) }
            return .success(
                Granted(
                    lines: lines.map(\.asked), location: new.location ?? lines[0].goods.location, parts: parts))
        }
    }

    /// Where most of it comes from, of equals the first by name.
    static func mainLocation(of parts: [Resolved]) -> LocationID? {
        var units: [LocationID: Int64] = [:]
        for part in parts { units[part.name.location, default: 0] += part.units }
        return units.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
    }

    func resolve(_ wanted: [WantedLine]) -> Result<[AskedLine], ReservationRefusal> {
        var resolved: [AskedLine] = []
        for (index, line) in wanted.enumerated() {
            guard let name = line.name else {
                return .failure(
                    .invalid(
                        pointer: line.locationPointer,
                        "is required: the service chooses locations only for lines that ship"))
            }
            if let goods = goods(name) {
                guard let units = goods.units(of: line.quantity) else { return .failure(Self.tooMany(line)) }
                resolved.append(AskedLine(line: index, wanted: line, goods: goods, units: units))
                continue
            }
            switch snapshot.names[name] {
            case .unknown(let unknown):
                if !unknown.isItemKnown {
                    let (field, text) = line.item.describedAsUnknown
                    return .failure(.unknownReference(pointer: "\(line.pointer)/\(field)", text))
                }
                return .failure(
                    .unknownReference(pointer: line.locationPointer, "no location '\(name.place)' is known"))
            default: return .failure(.outdated)
            }
        }
        return .success(resolved)
    }

    private func obstacle(
        to lines: [AskedLine], _ channel: Channel?, insteadOf replaced: Reservation?
    ) -> ReservationRefusal? {
        for line in lines {
            let (location, wanted) = (line.goods.location, line.wanted)
            if let refusal = obstacle(at: location, to: wanted.method, channel, pointer: wanted.locationPointer) {
                return refusal
            }
            if let refusal = restriction(
                of: line.goods, for: channel, by: wanted.method, pointer: wanted.locationPointer)
            {
                return refusal
            }
            if wanted.method == .ship, promises.isFull(location, nil, insteadOf: replaced) {
                return promises.fullness(of: location, pointer: wanted.locationPointer)
            }
        }
        return nil
    }

    /// - Returns: why nothing can be promised there in that way; nil when it can.
    func obstacle(
        at location: LocationID, to method: FulfilmentMethod, _ channel: Channel?, pointer: String
    ) -> ReservationRefusal? {
        guard let place = snapshot.places[location] else {
            return .unknownReference(pointer: pointer, "no location '\(location)' is known")
        }
        guard let obstacle = place.obstacle(to: method, for: channel) else { return nil }
        return .locationUnavailable(location, pointer: pointer, "location '\(location)' \(obstacle)")
    }

    /// Units that come free with the hold that is replaced.
    func freed(by replaced: Reservation?) -> [BalanceKey: Int64] {
        guard let replaced else { return [:] }
        return replaced.allocations.reduce(into: [:]) { $0[$1.key, default: 0] += replaced.open($1, at: now) }
    }

    private struct AskedWay: Hashable {
        let key: BalanceKey
        let method: FulfilmentMethod
    }

    /// How much each line gets. What one item has at one place is shared by all lines that ask for it.
    /// - Parameter replaced: whose units come free first.
    private func grant(
        _ lines: [AskedLine], to channel: Channel?, insteadOf replaced: Reservation?, allowsPartial: Bool
    ) -> Result<[Int64], ReservationRefusal> {
        let free = freed(by: replaced)
        var demand: [BalanceKey: Int64] = [:]
        var available: [BalanceKey: Int64] = [:]
        var seen: Set<AskedWay> = []
        for line in lines {
            for part in line.goods.parts {
                let key = part.name.key
                demand[key, default: 0] += line.units * part.quantity
                // Of lines that get it in several ways, the way that has the least decides.
                guard seen.insert(AskedWay(key: key, method: line.wanted.method)).inserted else { continue }
                let units = availableToSell(
                    part.name, to: channel, by: line.wanted.method, afterGiving: free[key] ?? 0,
                    of: replaced?.channel)
                available[key] = min(available[key] ?? .max, units)
            }
        }
        let short = Set(demand.filter { $0.value > available[$0.key, default: 0] }.keys)
        guard !short.isEmpty || lines.contains(where: \.goods.isStopped) else { return .success(lines.map(\.units)) }
        var left = available
        let granted = lines.map { line in
            // Kits whole.
            let units = min(line.units, line.goods.available { left[$0.key, default: 0] })
            for part in line.goods.parts { left[part.name.key, default: 0] -= units * part.quantity }
            return units
        }
        if allowsPartial, granted.contains(where: { $0 > 0 }) { return .success(granted) }
        let shortage = Shortage(demand: demand, short: short) { available[$0.key, default: 0] }
        return .failure(.insufficient(shortage.lines(of: lines.map(\.askedGoods))))
    }

    func guardHoarding(
        _ owner: Owner?, _ parts: [Resolved], _ replaced: Reservation?, _ limits: HoldLimits
    ) -> ReservationRefusal? {
        guard let owner else { return nil }
        let own = replaced?.owner == owner ? replaced : nil
        let held = promises.holdings(of: owner)
        let ownHolds: Int64 = own.map { $0.state(at: now) == .held ? 1 : 0 } ?? 0
        guard held.holds - ownHolds < limits.holdsPerOwner else {
            return .limitExceeded(
                "'\(owner)' has \(limits.holdsPerOwner) open holds, the limit for one owner; confirm or release one"
            )
        }
        var units: [ItemNumber: Int64] = [:]
        for part in parts { units[part.name.key.item, default: 0] += part.units }
        for (item, more) in units {
            let back = own?.allocations.reduce(Int64(0)) { sum, allocation in
                allocation.key.item == item && allocation.state == .held
                    ? sum + (own?.open(allocation, at: now) ?? 0) : sum
            }
            guard held.units[item, default: 0] - (back ?? 0) + more <= limits.unitsPerOwnerAndItem else {
                let sku = parts.first { $0.name.key.item == item }?.name.sku.text ?? ""
                return .limitExceeded(
                    "'\(owner)' may hold \(limits.unitsPerOwnerAndItem) units of '\(sku)' unconfirmed; confirm or release some"
                )
            }
        }
        return nil
    }

    /// A new allocation, with its ledger line.
    mutating func take(
        _ units: Int64, of name: KnownName, forLine line: Int, in reservation: inout Reservation,
        _ state: AllocationState
    ) {
        let allocation = Allocation(
            number: reservation.nextNumber, line: line, key: name.key, sku: name.sku, location: name.location,
            quantity: units, state: state, createdAt: now)
        reservation.allocationsMade += 1
        reservation.allocations.append(allocation)
        write(.hold, reservation, allocation, promise(units, state, reservation.expiresAt))
        if state == .held { promises.note(reservation.owner, name.key.item, units: units) }
    }

    /// Everything that is still held comes free.
    private mutating func giveBack(_ old: Reservation) -> Reservation {
        var old = old
        if old.state(at: now) == .held { promises.note(old.owner, holds: -1) }
        for index in old.allocations.indices {
            let units = old.open(old.allocations[index], at: now)
            guard units > 0 else { continue }
            drop(units, from: index, in: &old)
        }
        old.settleExpiry()
        return old
    }

    /// Gives units back that were promised, with the ledger line.
    mutating func drop(_ units: Int64, from index: Int, in reservation: inout Reservation, reason: Reason? = nil) {
        let allocation = reservation.allocations[index]
        write(
            .release, reservation, allocation, promise(-units, allocation.state, reservation.expiresAt),
            reason: reason)
        if allocation.state == .held { promises.note(reservation.owner, allocation.key.item, units: -units) }
        reservation.allocations[index].released += units
        reservation.allocations[index].endIfDone(at: now)
    }
}

extension BatchDecision.AskedLine {
    fileprivate var askedGoods: AskedGoods {
        AskedGoods(
            id: wanted.id, sku: goods.sku, location: goods.location, requested: units, parts: goods.parts,
            isStopped: goods.isStopped)
    }

    /// As the reservation keeps it.
    var asked: ReservationLine {
        var line = ReservationLine(
            id: wanted.id, sku: goods.sku, location: goods.location, method: wanted.method, requested: units)
        line.components = goods.components
        return line
    }
}

extension Timestamp {
    /// When a hold ends that begins now: in whole seconds, and not before it lasted as long as was asked for.
    func end(ofHold seconds: Int64) -> Timestamp {
        let start = startOfSecond
        return start.advanced(byMicroseconds: (seconds + (start == self ? 0 : 1)) * 1_000_000)
    }
}

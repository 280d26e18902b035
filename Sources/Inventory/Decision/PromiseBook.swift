/// What a batch promises: reservations, what owners hold and what channels are promised, pickup codes, and shipments of a
/// day. Knows no balances: those are the `LedgerWriter`'s.
struct PromiseBook {
    /// The instant at which the batch judges holds.
    private let now: Timestamp
    /// Reservations as they were before the batch.
    private let stored: [ReservationID: Reservation]
    private let open: [BalanceKey: LoadedPromises]
    private let holdBacks: [BalanceKey: HoldBackRules]
    private let terms: [LocationID: LocationTerms]
    private let pickupCodesTaken: Set<String>
    /// Reservations as the batch has left them, only those that it changed.
    private(set) var changed: [ReservationID: Reservation] = [:]
    /// Of how many units the open promises of a balance have to be known, where they are not.
    private(set) var needed: [BalanceKey: Int64] = [:]
    private var pickupCodesGiven: Set<String> = []
    /// What owners hold, with what this batch has changed.
    private var holdings: [Owner: Holdings]
    /// By how much this batch has changed what is promised to channels.
    private var promisedToChannels: [BalanceKey: [Channel: Int64]] = [:]
    /// By how many shipments this batch has changed what counts at a location today.
    private var shipmentChanges: [LocationID: Int64] = [:]
    /// What the request at hand knows of locations that ship.
    private var sites: [LocationID: SourcingSite] = [:]

    init(_ snapshot: Snapshot, now: Timestamp) {
        self.now = now
        stored = snapshot.reservations
        open = snapshot.promises
        holdBacks = snapshot.holdBacks
        terms = snapshot.places
        pickupCodesTaken = snapshot.pickupCodesTaken
        holdings = snapshot.holdings
    }

    /// After an atomic command was undone: what its attempt lacked is still needed.
    mutating func needs(whatLacked attempt: PromiseBook) { needed = attempt.needed }

    /// What the next request knows of locations that ship.
    mutating func begin(_ sites: [SourcingSite]) {
        self.sites = Dictionary(sites.map { ($0.location, $0) }) { first, _ in first }
    }

    // MARK: - Reservations

    /// The reservation as the batch has left it so far.
    func reservation(_ id: ReservationID) -> Reservation? { changed[id] ?? stored[id] }

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
        reservation.version = (stored[reservation.id]?.version ?? 0) + 1
        changed[reservation.id] = reservation
    }

    /// An open order has this code.
    func isTaken(_ code: String) -> Bool { pickupCodesTaken.contains(code) || pickupCodesGiven.contains(code) }

    /// Orders that were not fetched in time when the batch began, and of which nobody waits for a customer any more: they were
    /// handed over or given up, or there is more time.
    var settledLatePickups: [ReservationID] {
        changed.values.compactMap { after in
            guard let before = stored[after.id], before.isLate(at: now), !after.isLate(at: now) else { return nil }
            return after.id
        }
    }

    // MARK: - Cover

    /// - Returns: the promises of a balance that have no cover at that shortfall, who is covered last first; nil where they
    ///   have to be read first.
    mutating func atRisk(of key: BalanceKey, shortfall: Int64) -> [PromiseAtRisk]? {
        guard shortfall > 0 else { return [] }
        guard let promises = openPromises(of: key, units: shortfall) else { return nil }
        return promisesAtRisk(shortfall: shortfall, promises)
    }

    /// Units that are packed and wait, of all promises but one reservation's.
    /// - Parameter reserved: all units promised of the balance.
    mutating func packedUnits(of key: BalanceKey, reserved: Int64, except id: ReservationID) -> Int64? {
        guard reserved > 0 else { return 0 }
        // Who is packed comes last in that order: of more promises than are looked at, all may be.
        if let loaded = open[key], !loaded.isAll, loaded.isLast { return reserved }
        return openPromises(of: key, units: reserved)?.reduce(0) {
            $1.rank == AllocationState.ready.coverRank && $1.id.reservation != id ? $0 + $1.units : $0
        }
    }

    /// - Parameter units: that have to be named at least, last covered first.
    private mutating func openPromises(of key: BalanceKey, units: Int64) -> [OpenPromise]? {
        // What this batch changed is known better than what was read before it.
        var unitsChanged: Int64 = 0
        for id in changed.keys {
            for allocation in stored[id]?.allocations ?? [] where allocation.key == key {
                unitsChanged += allocation.open
            }
        }
        guard let loaded = open[key] else {
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

    private mutating func need(_ units: Int64, of key: BalanceKey) { needed[key] = max(needed[key] ?? 0, units) }

    // MARK: - Owners and channels

    /// What an owner holds, with what this batch has changed.
    func holdings(of owner: Owner) -> Holdings { holdings[owner] ?? Holdings() }

    /// One hold more or less of an owner, for the requests that follow in this batch.
    mutating func note(_ owner: Owner?, holds: Int64) {
        guard let owner else { return }
        holdings[owner, default: Holdings()].holds += holds
    }

    /// Keeps count of what an owner holds, for the requests that follow in this batch.
    mutating func note(_ owner: Owner?, _ item: ItemNumber, units: Int64) {
        guard let owner else { return }
        holdings[owner, default: Holdings()].units[item, default: 0] += units
    }

    /// Promises of a channel use its ring-fences up.
    mutating func note(_ channel: Channel?, _ key: BalanceKey, promised units: Int64) {
        guard let channel, units != 0, holdBacks[key] != nil else { return }
        promisedToChannels[key, default: [:]][channel, default: 0] += units
    }

    /// - Parameter given: units promised to `giver` that come free first.
    func holdBack(
        _ name: KnownName, from channel: Channel?, by method: FulfilmentMethod?, onHand: Int64,
        afterGiving given: Int64,
        of giver: Channel?
    ) -> HoldBack {
        guard var rules = holdBacks[name.key] else {
            guard let holdBack = name.holdBack else {
                preconditionFailure("the rules of every balance that a request names are read where it has any")
            }
            return holdBack
        }
        for (channel, units) in promisedToChannels[name.key] ?? [:] { rules.reserved[channel, default: 0] += units }
        if let giver { rules.reserved[giver, default: 0] -= given }
        return rules.holdBack(from: channel, by: method, onHand: onHand)
    }

    /// Why a balance is not sold for what is asked; nil when it is.
    func restriction(of key: BalanceKey, for channel: Channel?, by method: FulfilmentMethod?) -> StockRule? {
        holdBacks[key]?.rules.restriction(for: channel, by: method)
    }

    // MARK: - What ships counts on a day of its location

    /// Whether nothing more ships from there today.
    /// - Parameters:
    ///   - before: the reservation as it was, whose shipments count already.
    ///   - replaced: a hold that comes free first, and with it its shipment if nothing of that was handed over.
    func isFull(_ location: LocationID, _ before: Reservation?, insteadOf replaced: Reservation? = nil) -> Bool {
        guard let day = terms[location]?.shippingDay, let most = day.shipmentsMax else { return false }
        if before?.shippedUnits(at: now)[location] != nil { return false }
        let isFreed =
            replaced?.givesShipmentBack(at: location, now: now) ?? false
            && replaced?.shipments.first { $0.location == location }?.day == day.day
        return day.shipments + (shipmentChanges[location] ?? 0) - (isFreed ? 1 : 0) >= most
    }

    func fullness(of location: LocationID, pointer: String) -> ReservationRefusal {
        let most = terms[location]?.shippingDay?.shipmentsMax ?? 0
        return .locationUnavailable(
            location, pointer: pointer, "location '\(location)' has reached its \(most) shipments for today")
    }

    /// Brings the shipments of a reservation in line with what it promises.
    private mutating func settleShipments(of after: inout Reservation, before: Reservation?) {
        let units = after.shippedUnits(at: now)
        guard !units.isEmpty || !after.shipments.isEmpty else { return }
        // What had ended, and is taken again, counts on the day on which that happens.
        let counted = before?.shippedUnits(at: now) ?? [:]
        let known = Dictionary(after.shipments.map { ($0.location, $0) }) { first, _ in first }
        after.shipments = units.sorted { $0.key < $1.key }.compactMap { location, units in
            let there = after.allocations.filter {
                $0.location == location && after.lines[$0.line].method == .ship
                    && (after.open($0, at: now) > 0 || $0.fulfilled > 0)
            }
            let isHeld = there.allSatisfy { $0.state == .held && $0.fulfilled == 0 }
            let expiresAt = isHeld ? after.expiresAt : nil
            if counted[location] != nil, var shipment = known[location] {
                shipment.units = units
                shipment.expiresAt = expiresAt
                return shipment
            }
            guard let number = there.first?.key.location, let day = terms[location]?.shippingDay else {
                return nil
            }
            if counted[location] == nil { shipmentChanges[location, default: 0] += 1 }
            let site = sites[location]
            return Shipment(
                location: location, number: number, day: day.day, units: units, expiresAt: expiresAt,
                distanceMetres: site?.distanceMetres ?? known[location]?.distanceMetres,
                cost: site?.cost ?? known[location]?.cost)
        }
        for location in counted.keys where units[location] == nil {
            // Only what counts on the same day makes room there.
            guard known[location]?.day == terms[location]?.shippingDay?.day else { continue }
            shipmentChanges[location, default: 0] -= 1
        }
    }
}

// What needs both balances and promises.
extension BatchDecision {
    /// The instant at which this batch judges holds.
    var now: Timestamp { ledger.now }

    /// - Returns: the promises of a balance that have no cover now, who is covered last first; nil where they have to be
    ///   read first.
    mutating func promisesAtRisk(of key: BalanceKey) -> [PromiseAtRisk]? {
        promises.atRisk(of: key, shortfall: ledger.balance(key).figures.shortfall)
    }

    /// What a new promise of a channel may take there now.
    /// - Parameters:
    ///   - method: how the goods are got; nil of transfers, which no customer gets.
    ///   - given: units promised to `giver` that come free first.
    func availableToSell(
        _ name: KnownName, to channel: Channel?, by method: FulfilmentMethod?, afterGiving given: Int64 = 0,
        of giver: Channel? = nil
    ) -> Int64 {
        let figures = ledger.balance(name.key).figures
        return AvailabilityTerms(
            onHand: figures.onHand, reserved: figures.reserved - given,
            holdBack: promises.holdBack(
                name, from: channel, by: method, onHand: figures.onHand, afterGiving: given, of: giver),
            itemStatus: name.itemStatus,
            isEligible: method == nil || promises.restriction(of: name.key, for: channel, by: method) == nil
        ).availableToSell
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

    /// It waits for a customer who should have come.
    fileprivate func isLate(at now: Timestamp) -> Bool {
        guard let pickupBy = pickup?.pickupBy, pickupBy <= now else { return false }
        return !openPickups(at: now).isEmpty
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

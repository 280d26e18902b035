/// Units of one line at one location, promised together.
package struct Allocation: Sendable, Hashable {
    package var number: Int16
    /// The index of its line.
    package var line: Int
    package var key: BalanceKey
    package var sku: SKU
    package var location: LocationID
    /// 1 or more: open, handed over and given back together.
    package var quantity: Int64
    package var released: Int64 = 0
    /// Units that the order system said were handed over, and units that tills said they sold. Both tell of the same
    /// goods, so the greater is how many have left.
    package var fulfilledByRequest: Int64 = 0
    package var fulfilledBySale: Int64 = 0
    /// Of those that tills sold, units whose till did not say which line they were of: any of the same goods may be meant.
    package var soldWithoutLine: Int64 = 0
    /// Units handed over that came back, anywhere.
    package var returned: Int64 = 0
    /// Released units that are not back on their shelf yet: they wait in inspection.
    package var restockPending: Int64 = 0
    /// As stored: a hold whose time ran out is still `held` here until somebody writes it down.
    package var state: AllocationState
    /// When a till last sold units of it, by its own clock; nil where none did.
    package var soldAt: Timestamp?
    package var createdAt: Timestamp
    /// Since when it has been packed; nil where it is not, and was not when it ended.
    package var readyAt: Timestamp?
    package var endedAt: Timestamp?

    package init(
        number: Int16, line: Int, key: BalanceKey, sku: SKU, location: LocationID, quantity: Int64,
        state: AllocationState, createdAt: Timestamp
    ) {
        self.number = number
        self.line = line
        self.key = key
        self.sku = sku
        self.location = location
        self.quantity = quantity
        self.state = state
        self.createdAt = createdAt
    }

    package var fulfilled: Int64 { max(fulfilledByRequest, fulfilledBySale) }

    /// Units still promised, where the state is an open one.
    package var remaining: Int64 { quantity - fulfilled - released }

    /// Units still promised, as stored.
    package var open: Int64 { state.isOpen ? remaining : 0 }

    /// Some units were handed over and others given back.
    fileprivate var isMixed: Bool { fulfilled > 0 && released > 0 }
}

/// What was asked for.
package struct ReservationLine: Sendable, Hashable {
    package var id: LineID
    package var sku: SKU
    package var location: LocationID
    package var method: FulfilmentMethod
    /// 1 or more; of a kit, kits.
    package var requested: Int64
    /// Of a kit, what one was made of when it was promised; empty for everything else.
    package var components: [Item.Component] = []

    package init(id: LineID, sku: SKU, location: LocationID, method: FulfilmentMethod, requested: Int64) {
        self.id = id
        self.sku = sku
        self.location = location
        self.method = method
        self.requested = requested
    }
}

/// How a customer comes for the goods.
package struct Pickup: Sendable, Hashable {
    package var code: String
    /// When the store means to have it ready; nil when it is never open.
    package var readyBy: Timestamp?
    /// Until when it is kept.
    package var pickupBy: Timestamp?
    package var arrival: Arrival?

    /// The customer waits outside (curbside).
    package struct Arrival: Sendable, Hashable {
        package var at: Timestamp
        package var place: String?
        package var note: String?

        package init(at: Timestamp, place: String?, note: String?) {
            self.at = at
            self.place = place
            self.note = note
        }
    }

    package init(code: String, readyBy: Timestamp?, pickupBy: Timestamp?, arrival: Arrival? = nil) {
        self.code = code
        self.readyBy = readyBy
        self.pickupBy = pickupBy
        self.arrival = arrival
    }
}

/// An associate works on it.
package struct Claim: Sendable, Hashable {
    package var by: String
    package var until: Timestamp

    package init(by: String, until: Timestamp) {
        self.by = by
        self.until = until
    }
}

/// A promise of units to an owner.
package struct Reservation: Sendable, Hashable {
    package var id: ReservationID
    package var reference: Reference?
    package var owner: Owner?
    package var channel: Channel?
    package var method: FulfilmentMethod
    /// Where the whole is asked for; lines may say otherwise.
    package var location: LocationID
    package var lines: [ReservationLine]
    package var allocations: [Allocation]
    package var createdAt: Timestamp
    /// Of everything held, whole seconds; nil once nothing is.
    package var expiresAt: Timestamp?
    /// Allocations that it ever had: their numbers are not used again.
    package var allocationsMade: Int16 = 0
    /// How often its end was put off.
    package var renewals: Int16 = 0
    /// By when the store has to have it ready.
    package var dueAt: Timestamp
    package var pickup: Pickup?
    package var claim: Claim?
    package var shipTo: Coordinates?
    /// How the service chose its locations; nil where they were named.
    package var sourcing: SourcingTerms?
    /// One for each location that ships something of it, in the order of locations.
    package var shipments: [Shipment] = []
    /// Whose it is: the client that made it; nil in mode `open`.
    package var client: ClientID?
    /// What its order system keeps with it.
    package var attributes = OrderAttributes()
    /// The transfer that it keeps units for, which alone decides about it.
    package var transfer: TransferID?
    /// Rises by one with every change of it.
    package var version: Int64 = 0

    package init(
        id: ReservationID, reference: Reference?, owner: Owner?, channel: Channel?, method: FulfilmentMethod,
        location: LocationID, lines: [ReservationLine], allocations: [Allocation], createdAt: Timestamp,
        expiresAt: Timestamp?, dueAt: Timestamp
    ) {
        self.id = id
        self.reference = reference
        self.owner = owner
        self.channel = channel
        self.method = method
        self.location = location
        self.lines = lines
        self.allocations = allocations
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.dueAt = dueAt
    }

    /// Lines of one reservation, and allocations, which moves and finds may add.
    package static let linesMax = 200
    package static let allocationsMax = 1_000
    /// Allocations that it may ever have had, replaced ones included.
    static let allocationsEverMax = 30_000

    /// A hold is open while `now` is before its end.
    package func hasExpired(at now: Timestamp) -> Bool { expiresAt.map { $0 <= now } ?? false }

    /// Where the allocation stands at `now`, whether or not its end was written down.
    package func state(of allocation: Allocation, at now: Timestamp) -> AllocationState {
        allocation.state == .held && hasExpired(at: now) ? .expired : allocation.state
    }

    /// Units promised at `now`.
    package func open(_ allocation: Allocation, at now: Timestamp) -> Int64 {
        state(of: allocation, at: now).isOpen ? allocation.remaining : 0
    }

    /// What a customer still has to fetch. The rest of it ships.
    package func openPickups(at now: Timestamp) -> [Allocation] {
        allocations.filter { isPickup($0) && open($0, at: now) > 0 }
    }

    package func isPickup(_ allocation: Allocation) -> Bool { lines[allocation.line].method == .pickup }

    /// Derived: while any allocation is open, the least advanced open one; then how all of them ended.
    package func state(at now: Timestamp) -> ReservationState {
        let states = allocations.map { state(of: $0, at: now) }
        if let least = states.filter(\.isOpen).min(by: { $0.advance < $1.advance }) { return ReservationState(least) }
        guard let first = states.first else { return .released }
        let areAlike = states.allSatisfy { $0 == first } && !allocations.contains(where: \.isMixed)
        return areAlike ? ReservationState(first) : .closed
    }

    /// Units of a line that were promised and not given back otherwise than by the end of it all; of a kit, whole kits.
    package func quantity(ofLine line: Int) -> Int64 {
        func units(_ sku: SKU?) -> Int64 {
            allocations.reduce(0) { sum, allocation in
                allocation.line == line && (sku == nil || allocation.sku == sku) ? sum + allocation.quantity : sum
            }
        }
        let components = lines[line].components
        guard !components.isEmpty else { return units(nil) }
        return components.map { units($0.sku) / $0.quantity }.min() ?? 0
    }
}

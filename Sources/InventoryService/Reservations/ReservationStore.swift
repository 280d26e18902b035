package import Inventory

/// What a list of reservations is narrowed to.
package struct ReservationFilter: Sendable, Hashable {
    /// Any of some states, in one order whatever the order in which they were named.
    package struct States: Sendable, Hashable {
        package let all: [ReservationState]

        package init(_ states: Set<ReservationState>) {
            all = states.sorted { $0.rawValue < $1.rawValue }
        }

        package static func one(_ state: ReservationState) -> States { States([state]) }
        /// All in which units are promised.
        package static let open = States(Set(ReservationState.allCases.filter(\.isOpen)))
    }

    /// Asked for there as a whole, or with units there.
    package var location: LocationID?
    package var states: States?
    package var owner: Owner?
    package var reference: Reference?
    package var pickupCode: String?
    package var method: FulfilmentMethod?
    package var atRisk: Bool?
    package var dueBefore: Timestamp?
    /// Whether it should be ready by now and is not.
    package var overdue: Bool?
    /// Whether the customer is there.
    package var arrived: Bool?
    /// Who works on it now.
    package var claimedBy: String?
    /// Made by that client; nil: by whomever.
    package var client: ClientID?
    /// Nowhere else but there, as `Reservation.places` has it; nil: anywhere.
    package var within: Set<LocationID>?

    package init() {}
}

/// Where a page of reservations starts: behind this one.
package struct ReservationPosition: Sendable, Hashable {
    package let dueAt: Timestamp
    package let id: ReservationID

    package init(dueAt: Timestamp, id: ReservationID) {
        self.dueAt = dueAt
        self.id = id
    }
}

/// What else can be done about what is missing.
package struct Alternative: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Another location has all that is short.
        case location
        /// Several locations have it together.
        case split
        /// Dated supply would cover it.
        case later
    }

    package struct Line: Sendable, Hashable {
        package let id: LineID
        package let sku: SKU
        /// Where a part of it is, or is expected.
        package let location: LocationID?
        /// How many of the asked units that is.
        package let quantity: Int64?
        package let availableToSell: Int64?

        package init(
            id: LineID, sku: SKU, location: LocationID? = nil, quantity: Int64? = nil, availableToSell: Int64?
        ) {
            self.id = id
            self.sku = sku
            self.location = location
            self.quantity = quantity
            self.availableToSell = availableToSell
        }
    }

    package let kind: Kind
    package let location: LocationID?
    /// From where it was asked for; nil where either has no coordinates.
    package let distanceKm: Double?
    package let lines: [Line]
    package let availableFrom: Timestamp?

    package init(
        kind: Kind = .location, location: LocationID?, distanceKm: Double?, lines: [Line],
        availableFrom: Timestamp? = nil
    ) {
        self.kind = kind
        self.location = location
        self.distanceKm = distanceKm
        self.lines = lines
        self.availableFrom = availableFrom
    }

    /// Locations that one answer names.
    package static let countMax = 5
}

/// What people who pick need to know of the items of reservations: what they are called, and where they lie.
package struct PickNotes: Sendable, Hashable {
    package struct Place: Sendable, Hashable {
        package let sku: SKU
        package let location: LocationID

        package init(sku: SKU, location: LocationID) {
            self.sku = sku
            self.location = location
        }
    }

    package var names: [SKU: String] = [:]
    package var bins: [Place: String] = [:]

    package init() {}

    /// Of answers that nobody picks by.
    package static let none = PickNotes()
}

/// What `move` takes to cover promises that have no cover.
package struct MoveProposal: Sendable, Hashable {
    package let location: LocationID
    package let parts: [Part]

    package struct Part: Sendable, Hashable {
        package let allocation: AllocationID
        package let units: Int64
    }
}

/// A reservation that somebody should have fetched.
package struct LatePickup: Sendable, Hashable {
    package let id: ReservationID
    package let policy: LocationTerms.LatePolicy

    package init(id: ReservationID, policy: LocationTerms.LatePolicy) {
        self.id = id
        self.policy = policy
    }
}

/// A late pickup that was dealt with.
package struct LateNote: Sendable, Hashable {
    package let id: ReservationID
    /// Where somebody has to look after it; nil where nobody has to.
    package let location: LocationID?

    package init(id: ReservationID, location: LocationID?) {
        self.id = id
        self.location = location
    }
}

/// Reservations as they are committed; they change only through the batches of `BatchStore`.
package protocol ReservationStore: Sendable {
    func reservation(_ id: ReservationID) async throws(StoreError) -> ReservationAnswer?

    /// Oldest due first.
    func reservations(
        _ filter: ReservationFilter, after: ReservationPosition?, limit: Int, includesTotal: Bool
    ) async throws(StoreError) -> Dated<Page<ReservationAnswer>>

    /// Other locations that have all of the lines, nearest first.
    func alternatives(
        to lines: [ShortLine], by method: FulfilmentMethod, for channel: Channel?
    ) async throws(StoreError) -> [Alternative]

    /// The names of the items of reservations, and their bins where they are promised.
    func pickNotes(of reservations: [Reservation]) async throws(StoreError) -> PickNotes

    /// Where coordinates of locations are known.
    func coordinates(of locations: [LocationID]) async throws(StoreError) -> [LocationID: Coordinates]

    /// Holds that have ended and are not written down as ended, longest ago first.
    func expired(limit: Int) async throws(StoreError) -> [ReservationID]

    /// Open pickups whose time is over and of which nobody was told, longest ago first.
    func latePickups(limit: Int) async throws(StoreError) -> [LatePickup]

    /// Looks at these no more. Opens an exception for each that is to be told of and has none.
    func noteLatePickups(_ late: [LateNote]) async throws(StoreError)
}

package import Inventory

/// What people need to know of a location that goods are promised at.
package struct LocationCard: Sendable, Hashable {
    package var id: LocationID
    package var name: String
    package var coordinates: Coordinates?
    /// An IANA name.
    package var timeZone: String
    package var place: LocationTerms

    package init(id: LocationID, name: String, coordinates: Coordinates?, timeZone: String, place: LocationTerms) {
        self.id = id
        self.name = name
        self.coordinates = coordinates
        self.timeZone = timeZone
        self.place = place
    }
}

/// Why a figure is what it is.
package struct Evidence: Sendable {
    package var view: BalanceView
    package var obstacles: [Obstacle] = []
    /// All that cover the balance, applied or not, with their versions.
    package var rules: [Stored<StockRule>] = []
    /// Units that open reservations promise to channels there; the asking owner's holds left out.
    package var reserved: [Channel: Int64] = [:]
    /// Open promises, oldest first, at most `holdsMax`.
    package var holds: [HoldEvidence] = []
    package var holdCount: Int64 = 0
    package var holdUnits: Int64 = 0
    /// Of a kit: its parts as they are there.
    package var components: [ComponentEvidence] = []
    /// The last ledger lines, newest first, at most `movementsMax`.
    package var movements: [LedgerEntry] = []

    package init(view: BalanceView) { self.view = view }

    /// What forbids a promise, whatever is there. Cases are in the order shown.
    package enum Obstacle: String, Sendable, Hashable, CaseIterable {
        case locationPaused, locationClosed, locationShadow, noPickup, noShipFrom, notInGroup, itemStopSale,
            saleRestriction
    }

    package static let holdsMax = 100
    package static let movementsMax = 10
}

/// One open promise behind `reserved`.
package struct HoldEvidence: Sendable {
    package var allocation: AllocationID
    package var state: AllocationState
    package var quantity: Int64
    package var uncoveredQuantity: Int64
    package var owner: Owner?
    package var channel: Channel?
    package var reference: Reference?
    package var method: FulfilmentMethod
    package var createdAt: Timestamp
    package var expiresAt: Timestamp?

    package init(
        allocation: AllocationID, state: AllocationState, quantity: Int64, uncoveredQuantity: Int64, owner: Owner?,
        channel: Channel?, reference: Reference?, method: FulfilmentMethod, createdAt: Timestamp, expiresAt: Timestamp?
    ) {
        self.allocation = allocation
        self.state = state
        self.quantity = quantity
        self.uncoveredQuantity = uncoveredQuantity
        self.owner = owner
        self.channel = channel
        self.reference = reference
        self.method = method
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// One part of a kit.
package struct ComponentEvidence: Sendable {
    package var sku: SKU
    /// In one kit.
    package var quantity: Int64
    package var availableToSell: Int64

    package init(sku: SKU, quantity: Int64, availableToSell: Int64) {
        self.sku = sku
        self.quantity = quantity
        self.availableToSell = availableToSell
    }
}

/// A basket that somebody wants at one place.
package struct BasketQuestion: Sendable, Hashable {
    package struct Line: Sendable, Hashable {
        package var item: ItemReference
        /// By a code, of codes.
        package var quantity: Int64

        package init(item: ItemReference, quantity: Int64) {
            self.item = item
            self.quantity = quantity
        }
    }

    package var lines: [Line]
    package var filter: NetworkFilter
    package var around: Surroundings

    package init(lines: [Line], filter: NetworkFilter, around: Surroundings) {
        self.lines = lines
        self.filter = filter
        self.around = around
    }

    package static let linesMax = 50
}

/// A basket's lines in base units, and which places have any of them.
package struct BasketStock: Sendable {
    package struct Line: Sendable, Hashable {
        package let item: ItemNumber
        package let sku: SKU
        package let quantity: Int64
        /// What one of it is made of; an item that is no kit has none.
        package let parts: [Part]

        package init(item: ItemNumber, sku: SKU, quantity: Int64, parts: [Part]) {
            self.item = item
            self.sku = sku
            self.quantity = quantity
            self.parts = parts
        }
    }

    package struct Part: Sendable, Hashable {
        package let item: ItemNumber
        /// In one kit, 1 or more.
        package let quantity: Int64

        package init(item: ItemNumber, quantity: Int64) {
            self.item = item
            self.quantity = quantity
        }
    }

    package struct Place: Sendable {
        package let location: LocationID
        package let distanceKm: Double?
        /// Of what there is any of: items of lines, and parts of them.
        package var available: [ItemNumber: (units: Int64, band: Band)] = [:]

        package init(location: LocationID, distanceKm: Double?) {
            self.location = location
            self.distanceKm = distanceKm
        }
    }

    package var lines: [Line]
    package var places: [Place]

    package init(lines: [Line], places: [Place]) {
        self.lines = lines
        self.places = places
    }
}

/// Why a basket is not answered.
package enum BasketRefusal: Error, Sendable, Hashable {
    case unknown(UnknownInBasket)
    /// Its lines of one item together, of which this is the last, want more units than who asks may ask for.
    case tooMany(line: Int, unitsMax: Int64)
}

/// Which line of a basket names nothing that is known; nil: the group.
package struct UnknownInBasket: Error, Sendable, Hashable {
    package let line: Int?

    package init(line: Int?) { self.line = line }
}

/// What can be promised of one balance by day is worked out from this, which is read at one instant: what has come in is
/// either expected or there.
package struct PromiseBasis: Sendable {
    package struct Part: Sendable {
        package let view: BalanceView
        /// Of a kit's part, how many are in each kit; else 1.
        package let quantity: Int64
        package let supplies: [ExpectedSupply]

        package init(view: BalanceView, quantity: Int64, supplies: [ExpectedSupply]) {
            self.view = view
            self.quantity = quantity
            self.supplies = supplies
        }
    }

    package let view: BalanceView
    /// The balance itself, or the parts of a kit.
    package let parts: [Part]

    package init(view: BalanceView, parts: [Part]) {
        self.view = view
        self.parts = parts
    }
}

/// Where one item is, for an associate at one location, read at one instant: a location has one figure wherever it is named.
package struct AisleBasis: Sendable {
    package let here: BalanceView
    /// Places for each method, and all there are.
    package let pickup: ItemPlaces
    package let ship: ItemPlaces
    package let anywhere: ItemPlaces
    /// By date, at most `supplyMax`, at whatever location.
    package let expected: [ExpectedSupply]
    package let asOf: Timestamp

    package init(
        here: BalanceView, pickup: ItemPlaces, ship: ItemPlaces, anywhere: ItemPlaces, expected: [ExpectedSupply],
        asOf: Timestamp
    ) {
        self.here = here
        self.pickup = pickup
        self.ship = ship
        self.anywhere = anywhere
        self.expected = expected
        self.asOf = asOf
    }
}

/// What views are made of besides plain availability.
package protocol ViewStore: Sendable {
    func promiseBasis(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<PromiseBasis>

    /// - Parameter within: locations that alone are there for who asks; nil: all.
    func aisleBasis(
        _ item: ItemReference, at here: LocationID, for channel: Channel?, within: Set<LocationID>?,
        around: Surroundings?
    ) async throws(StoreError) -> Found<AisleBasis>

    /// Of those that are known.
    func cards(_ ids: [LocationID]) async throws(StoreError) -> [LocationID: LocationCard]

    /// Everything behind one balance, read at one instant.
    func evidence(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<Evidence>

    /// Eligible places that have any of a basket, in no order.
    func basket(
        _ question: BasketQuestion
    ) async throws(StoreError) -> Result<Dated<BasketStock>, UnknownInBasket>
}

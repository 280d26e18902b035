package import Inventory

/// Which locations count for a question.
package struct NetworkFilter: Sendable, Hashable {
    package var group: GroupID?
    package var channel: Channel?
    package var method: FulfilmentMethod?
    /// Whose own holds do not count against what is available: of questions about one item.
    package var owner: Owner?
    /// Locations that alone are there for who asks; nil: all. Of questions over locations, and of none about a single one.
    package var within: Set<LocationID>?

    package init(
        group: GroupID? = nil, channel: Channel? = nil, method: FulfilmentMethod? = nil, owner: Owner? = nil,
        within: Set<LocationID>? = nil
    ) {
        self.group = group
        self.channel = channel
        self.method = method
        self.owner = owner
        self.within = within
    }
}

/// One balance as it can be shown.
package struct BalanceView: Sendable, Hashable {
    package var sku: SKU
    package var location: LocationID
    package var figures: Figures
    package var itemStatus: ItemStatus
    package var isEligible: Bool
    package var version: Int64
    package var countedAt: Timestamp?
    /// Units that the asking owner holds there unconfirmed.
    package var ownHeld: Int64 = 0
    package var holdBack = HoldBack()
    /// Of a kit, which has no stock of its own: how many its components make there.
    package var kitsAvailable: Int64?
    /// The database's clock when this was so.
    package var asOf: Timestamp

    package init(
        sku: SKU, location: LocationID, figures: Figures, itemStatus: ItemStatus, isEligible: Bool, version: Int64,
        countedAt: Timestamp?, asOf: Timestamp
    ) {
        self.sku = sku
        self.location = location
        self.figures = figures
        self.itemStatus = itemStatus
        self.isEligible = isEligible
        self.version = version
        self.countedAt = countedAt
        self.asOf = asOf
    }

    package var terms: AvailabilityTerms {
        AvailabilityTerms(
            onHand: figures.onHand, reserved: figures.reserved, ownHeld: ownHeld, holdBack: holdBack,
            itemStatus: itemStatus, isEligible: isEligible)
    }

    package var availableToSell: Int64 { kitsAvailable ?? terms.availableToSell }

    package var band: Band { Band(availableToSell: availableToSell, threshold: holdBack.threshold) }
}

/// One item's network figure.
package struct ItemAvailability: Sendable, Hashable {
    package var sku: SKU
    package var name: String
    package var availableToSell: Int64
    /// `low` up to here: by the rules for the item, the network's group or all.
    package var threshold: Int64

    package init(sku: SKU, name: String, availableToSell: Int64, threshold: Int64 = 0) {
        self.sku = sku
        self.name = name
        self.availableToSell = availableToSell
        self.threshold = threshold
    }

    package var band: Band { Band(availableToSell: availableToSell, threshold: threshold) }
}

/// A circle on the map, or all of it in the order of distance.
package struct Surroundings: Sendable, Hashable {
    package var center: Coordinates
    /// More than 0; nil: without end.
    package var radiusKm: Double?

    package init(center: Coordinates, radiusKm: Double? = nil) {
        self.center = center
        self.radiusKm = radiusKm
    }

    /// From a step to the other end of the Earth.
    package static let radiusKmRange = 0.001...20_100.0
}

/// A balance with where it is seen from.
package struct PlacedBalance: Sendable, Hashable {
    package var balance: BalanceView
    package var name: String
    package var coordinates: Coordinates?
    /// Nil without coordinates of both.
    package var distanceKm: Double?

    package init(balance: BalanceView, name: String, coordinates: Coordinates?, distanceKm: Double? = nil) {
        self.balance = balance
        self.name = name
        self.coordinates = coordinates
        self.distanceKm = distanceKm
    }
}

/// One item across locations.
package struct ItemPlaces: Sendable, Hashable {
    package var item: ItemAvailability
    package var places: [PlacedBalance]

    package init(item: ItemAvailability, places: [PlacedBalance]) {
        self.item = item
        self.places = places
    }
}

/// An answer, and the database's clock when it was so.
package struct Dated<Value: Sendable>: Sendable {
    package var value: Value
    package var asOf: Timestamp

    package init(_ value: Value, asOf: Timestamp) {
        self.value = value
        self.asOf = asOf
    }
}

/// A name in a question means nothing. Cases are in precedence order.
package enum UnknownInQuestion: Error, Sendable, Hashable {
    case group, item, location
}

package typealias Found<Value: Sendable> = Result<Value, UnknownInQuestion>

/// What a list of items or of a store's balances is narrowed to.
package struct ListFilter: Sendable, Hashable {
    package var band: Band?
    /// Looked for in sku and name, ignoring case.
    package var text: String?

    package init(band: Band? = nil, text: String? = nil) {
        self.band = band
        self.text = text
    }

    /// Characters of `text`, at most.
    package static let textLengthMax = 100
}

/// One place that a bulk query asks about.
package struct AvailabilityPair: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        case location(LocationID)
        case group(GroupID)
        /// All eligible locations of the filter.
        case network
    }

    package var item: ItemReference
    package var place: Place

    package init(item: ItemReference, place: Place) {
        self.item = item
        self.place = place
    }

    /// Pairs of one query.
    package static let countMax = 5_000
}

/// The answer for one pair.
package enum PairAnswer: Sendable, Hashable {
    case balance(BalanceView)
    case network(ItemAvailability)
    case unknown(UnknownInQuestion)
}

/// Answers with committed figures only; never from a cache.
package protocol AvailabilityStore: Sendable {
    /// A known item at a known location without a balance is zeros.
    func balance(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<BalanceView>

    /// The same for who cannot wait.
    /// - Parameter then: called once, on any thread.
    func balance(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter,
        then: @escaping @Sendable (Result<Found<BalanceView>, StoreError>) -> Void)

    /// The eligible locations that have a balance, by location id; or just `named`, whether eligible or not.
    ///
    /// With surroundings, those within, in stock before others, then by distance; places without coordinates come last, and
    /// with a radius not at all. The network figure is the sum over all that is returned.
    func item(
        _ item: ItemReference, _ filter: NetworkFilter, named: [LocationID], around: Surroundings?
    ) async throws(StoreError) -> Found<Dated<ItemPlaces>>

    /// The same as Holdfast knew it at an instant, and so showed it: promises, rules, statuses, groups and kits as they
    /// stood. A line is recorded a moment before others can see it, so an answer given within that moment may differ.
    /// - Returns: nil when the instant is in the future.
    func known(
        _ item: ItemReference, _ filter: NetworkFilter, named: [LocationID], around: Surroundings?,
        at instant: Timestamp
    ) async throws(StoreError) -> Found<Dated<ItemPlaces>>?

    /// All items in order of sku.
    func items(
        _ network: NetworkFilter, _ list: ListFilter, _ page: PageRequest
    ) async throws(StoreError) -> Found<Dated<Page<ItemAvailability>>>

    /// What a location has, in order of sku. Kits have no stock of their own and are not in it.
    func location(
        _ location: LocationID, _ network: NetworkFilter, _ list: ListFilter, _ page: PageRequest
    ) async throws(StoreError) -> Found<Dated<Page<NamedBalance>>>

    /// What was physically there at an instant, by all that is known now: of one location, or of each that ever had the
    /// item, by location id.
    /// - Returns: nil when the instant is in the future.
    func occurred(
        _ item: ItemReference, at location: LocationID?, _ instant: Timestamp?
    ) async throws(StoreError) -> Found<Dated<[OccurredBalance]>>?

    /// What sells of an item, by location id.
    /// - Parameters:
    ///   - named: empty for all locations that ever had it.
    ///   - within: locations that alone are there for who asks; nil: all.
    func rates(
        _ item: ItemReference, at named: [LocationID], within: Set<LocationID>?
    ) async throws(StoreError) -> Found<Dated<(sku: SKU, rates: [LocationRate])>>

    /// One answer per pair, same order.
    func answers(
        _ pairs: [AvailabilityPair], _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<Dated<[PairAnswer]>>
}

/// The units of one balance as they were at an instant.
package struct OccurredBalance: Sendable, Hashable {
    package var sku: SKU
    package var location: LocationID
    package var figures: Figures
    /// Of the balance now: it rises when more becomes known.
    package var version: Int64
    /// The last count until the instant.
    package var countedAt: Timestamp?
    /// It has no stock of its own, nor had any.
    package var isKit = false

    package init(sku: SKU, location: LocationID, figures: Figures, version: Int64, countedAt: Timestamp?) {
        self.sku = sku
        self.location = location
        self.figures = figures
        self.version = version
        self.countedAt = countedAt
    }
}

/// What sells at one location; nil where nothing ever did.
package struct LocationRate: Sendable, Hashable {
    package var location: LocationID
    package var sold: SoldUnits?

    package init(location: LocationID, sold: SoldUnits?) {
        self.location = location
        self.sold = sold
    }
}

/// A balance with its item's name, for lists that people read.
package struct NamedBalance: Sendable, Hashable {
    package var name: String
    package var balance: BalanceView

    package init(name: String, balance: BalanceView) {
        self.name = name
        self.balance = balance
    }
}

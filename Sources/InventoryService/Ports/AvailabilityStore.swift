package import Inventory

/// Which locations count for a question.
package struct NetworkFilter: Sendable, Hashable {
    package var group: GroupID?
    package var channel: Channel?
    package var method: FulfilmentMethod?
    /// Whose own holds do not count against what is available: of questions about one item.
    package var owner: Owner?

    package init(
        group: GroupID? = nil, channel: Channel? = nil, method: FulfilmentMethod? = nil, owner: Owner? = nil
    ) {
        self.group = group
        self.channel = channel
        self.method = method
        self.owner = owner
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
            onHand: figures.onHand, reserved: figures.reserved, ownHeld: ownHeld, itemStatus: itemStatus,
            isEligible: isEligible)
    }
}

/// One item's network figure.
package struct ItemAvailability: Sendable, Hashable {
    package var sku: SKU
    package var name: String
    package var availableToSell: Int64

    package init(sku: SKU, name: String, availableToSell: Int64) {
        self.sku = sku
        self.name = name
        self.availableToSell = availableToSell
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

    /// The eligible locations that have a balance, and whichever of `named` are not among them, by location id.
    func item(
        _ item: ItemReference, _ filter: NetworkFilter, named: [LocationID]
    ) async throws(StoreError) -> Found<Dated<(item: ItemAvailability, balances: [BalanceView])>>

    /// All items in order of sku.
    func items(
        _ network: NetworkFilter, _ list: ListFilter, _ page: PageRequest
    ) async throws(StoreError) -> Found<Dated<Page<ItemAvailability>>>

    /// What a location has, in order of sku.
    func location(
        _ location: LocationID, _ list: ListFilter, _ page: PageRequest
    ) async throws(StoreError) -> Found<Dated<Page<NamedBalance>>>

    /// What was physically there at an instant, by all that is known now: of one location, or of each that ever had the
    /// item, by location id.
    /// - Returns: nil when the instant is in the future.
    func occurred(
        _ item: ItemReference, at location: LocationID?, _ instant: Timestamp?
    ) async throws(StoreError) -> Found<Dated<[OccurredBalance]>>?

    /// What sells of an item, by location id.
    /// - Parameter named: empty for all locations that ever had it.
    func rates(
        _ item: ItemReference, at named: [LocationID]
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

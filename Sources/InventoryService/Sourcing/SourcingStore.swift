package import Inventory

/// What a plan has to know of items: where they are, and how fast they sell there.
package struct SourcingQuestion: Sendable, Hashable {
    package var items: [ItemReference]
    /// Who may take part, by what method.
    package var filter: NetworkFilter
    package var objective: SourcingObjective
    /// Units that come free by the order itself, in base units. Their locations are told of even where nothing else is for sale.
    package var freed: [BalanceKey: Int64]

    package init(
        items: [ItemReference], filter: NetworkFilter, objective: SourcingObjective, freed: [BalanceKey: Int64] = [:]
    ) {
        self.items = items
        self.filter = filter
        self.objective = objective
        self.freed = freed
    }
}

/// A location as far as plans go.
package struct SourcingPlace: Sendable, Hashable {
    package let location: LocationID
    package let coordinates: Coordinates?
    package let costPerShipment: Money?
    package let costPerKm: Money?
    package let priority: Int64?
    /// It has taken all shipments of its day.
    package var isFull: Bool
    /// It takes part, by status, mode, capability and network.
    package var isEligible = true

    package init(
        location: LocationID, coordinates: Coordinates?, costPerShipment: Money?, costPerKm: Money?, priority: Int64?,
        isFull: Bool = false
    ) {
        self.location = location
        self.coordinates = coordinates
        self.costPerShipment = costPerShipment
        self.costPerKm = costPerKm
        self.priority = priority
        self.isFull = isFull
    }
}

/// Where the asked items are: committed figures of a moment, to be taken under locks later.
package struct SourcingStock: Sendable {
    package struct Line: Sendable {
        package let item: ItemNumber
        package let sku: SKU
        package let unitsPerCode: Int64
        /// Of a kit, units of each part in one; empty for an item.
        package var parts: [(item: ItemNumber, quantity: Int64)] = []
        /// ATS where there is some.
        package var available = PlacesOfItem()
        /// Units sold a day, where some were; only for the objective that asks.
        package var dailySales: [LocationNumber: Double] = [:]
        /// Its sale is stopped, or that of one of its parts.
        package var isSaleStopped = false
        /// A sale restriction that keeps it from being shipped so from all that have it; nil where there is none.
        package var restriction: StockRuleID?

        package init(item: ItemNumber, sku: SKU, unitsPerCode: Int64) {
            self.item = item
            self.sku = sku
            self.unitsPerCode = unitsPerCode
        }
    }

    /// One for each item asked, in that order.
    package var lines: [Line]
    /// Every location that has any of them, ascending by number, each once.
    package var places: [(number: LocationNumber, place: SourcingPlace)]
    package var asOf: Timestamp

    package init(lines: [Line], places: [(number: LocationNumber, place: SourcingPlace)], asOf: Timestamp) {
        self.lines = lines
        self.places = places
        self.asOf = asOf
    }
}

/// A name in a question about sourcing means nothing.
package enum UnknownInSourcing: Error, Sendable, Hashable {
    case group
    /// The index of the item.
    case item(Int)
    /// So many units of it, by the index, that they cannot be counted.
    case tooMany(Int)
    /// More lines times locations than one plan looks at.
    case tooLarge
}

/// Dated supply of an item.
package struct ComingSupply: Sendable, Hashable {
    package let location: LocationID
    package let at: Timestamp
    package let units: Int64

    package init(location: LocationID, at: Timestamp, units: Int64) {
        self.location = location
        self.at = at
        self.units = units
    }
}

/// What shipping cost, on one local day, by one objective and in one currency.
package struct FulfilmentCost: Sendable, Hashable {
    /// Days since 1970-01-01.
    package let day: Int64
    /// Nil where locations were named.
    package let objective: SourcingObjective?
    /// Nil where no cost is known.
    package let currency: String?
    package let orders: Int64
    package let shipments: Int64
    package let units: Int64
    /// In minor units.
    package let amount: Int64
    /// Of what is known.
    package let distanceKm: Double

    package init(
        day: Int64, objective: SourcingObjective?, currency: String?, orders: Int64, shipments: Int64, units: Int64,
        amount: Int64, distanceKm: Double
    ) {
        self.day = day
        self.objective = objective
        self.currency = currency
        self.orders = orders
        self.shipments = shipments
        self.units = units
        self.amount = amount
        self.distanceKm = distanceKm
    }
}

/// What plans are made of.
package protocol SourcingStore: Sendable {
    /// One line for each item asked, in their order. What is called back is for sale nowhere, as are kits that it is part of.
    /// An asked group goes before the network of the channel.
    func stock(_ question: SourcingQuestion) async throws(StoreError) -> Result<SourcingStock, UnknownInSourcing>

    /// Those that are known.
    func places(_ ids: [LocationID]) async throws(StoreError) -> [LocationID: SourcingPlace]

    /// Of each item what is expected from now on, soonest first.
    /// - Parameter location: only there; nil: at all locations that the filter allows.
    func coming(
        _ skus: [SKU], at location: LocationID?, _ filter: NetworkFilter
    ) async throws(StoreError) -> [SKU: [ComingSupply]]
}

/// What shipping has cost: a report, which no plan asks for.
package protocol FulfilmentCostStore: Sendable {
    /// By day, objective and currency, in that order.
    /// - Parameter days: since 1970-01-01; the last is not included.
    func costs(
        _ days: Range<Int64>, _ objective: SourcingObjective?
    ) async throws(StoreError) -> Dated<[FulfilmentCost]>
}

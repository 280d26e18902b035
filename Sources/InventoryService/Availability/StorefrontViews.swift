package import Inventory

/// One item as shoppers see it. Figures are in it for "only n left"; what of them may be told is the writer's to decide.
package struct StorefrontItem: Sendable {
    package struct Place: Sendable {
        package let card: LocationCard
        package let availableToSell: Int64
        package let band: Band
        package let isEnough: Bool
        package let distanceKm: Double?
        package let readyBy: Timestamp?
        package let opening: OpenState
    }

    package let sku: SKU
    package let availableToSell: Int64
    package let band: Band
    /// Over all places together.
    package let isEnough: Bool
    package let places: [Place]
}

/// A store for a shopper's basket.
package struct StorefrontStore: Sendable {
    package let store: FoundStore
    package let readyBy: Timestamp?
    package let opening: OpenState
}

/// What product pages and carts ask.
package struct StorefrontViews: Sendable {
    package let availability: any AvailabilityStore
    private let views: AvailabilityViews
    private let cards: LocationCardCache

    /// - Parameter cardAge: how old names and hours of stores may be.
    package init(_ views: AvailabilityViews, cardAge: Duration) {
        self.views = views
        availability = views.availability
        cards = LocationCardCache(store: views.store, age: cardAge)
    }

    /// `readyBy` counts from the next full five minutes, so that a cache may keep the answer and its tag that long.
    package static let readyStepMinutes: Int64 = 5

    private static func start(_ now: Timestamp) -> Timestamp { now.roundedUp(toMinutes: readyStepMinutes) }

    /// Places that have enough, or just the named ones, enough or not.
    /// - Parameters:
    ///   - quantity: units that the shopper wants, 1 or more.
    ///   - limit: of places shown; nil: all.
    package func item(
        _ sku: SKU, _ filter: NetworkFilter, named: [LocationID], around: Surroundings?, quantity: Int64, limit: Int?
    ) async throws(StoreError) -> Found<StorefrontItem> {
        let answer: Dated<ItemPlaces>
        switch try await availability.item(.sku(sku), filter, named: named, around: around) {
        case .failure(let unknown): return .failure(unknown)
        case .success(let found): answer = found
        }
        let item = answer.value.item
        // Whoever has too little is of interest only to who asked for it.
        let shown = answer.value.places
            .filter { !named.isEmpty || $0.balance.availableToSell >= quantity }
            .prefix(limit ?? .max)
        let cards = try await cards.cards(shown.map(\.balance.location))
        return .success(
            StorefrontItem(
                sku: item.sku, availableToSell: item.availableToSell, band: item.band,
                isEnough: item.availableToSell >= quantity,
                places: shown.compactMap { place in
                    cards[place.balance.location].map { card in
                        StorefrontItem.Place(
                            card: card, availableToSell: place.balance.availableToSell, band: place.balance.band,
                            isEnough: place.balance.availableToSell >= quantity, distanceKm: place.distanceKm,
                            readyBy: card.place.pickupReadyBy(from: Self.start(answer.asOf)),
                            opening: card.place.openState(at: answer.asOf))
                    }
                }))
    }

    /// As `AvailabilityViews.findStores`, for shoppers.
    /// - Parameter unitsMax: of one item: who asks for more and more learns a figure up to here, and no further.
    package func findStores(
        for question: BasketQuestion, limit: Int, unitsMax: Int64
    ) async throws(StoreError) -> Result<[StorefrontStore], BasketRefusal> {
        try await views.findStores(for: question, limit: limit, unitsMax: unitsMax).map { found in
            found.value.map { store in
                StorefrontStore(
                    store: store, readyBy: store.card.place.pickupReadyBy(from: Self.start(found.asOf)),
                    opening: store.opening)
            }
        }
    }
}

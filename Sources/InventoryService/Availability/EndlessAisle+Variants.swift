package import Inventory

extension AisleCard {
    /// Another item of the family: another size or colour.
    package struct Variant: Sendable {
        package struct Place: Sendable {
            package let card: LocationCard
            /// Nil where either side has no coordinates.
            package let distanceKm: Double?
            package let availableToSell: Int64
            package let band: Band
        }

        package let item: Item
        package let here: BalanceView
        /// Stores with pickup that have it, nearest first, at most `nearMax`.
        package let near: [Place]
    }

    /// Others of a family that are shown, by sku.
    package static let variantsMax = BasketQuestion.linesMax
    /// Stores that are named for each.
    package static let nearMax = 3
}

extension AvailabilityViews {
    /// Other sizes and colours of an item, here and near.
    /// - Parameter center: of `here`; nil where it has no coordinates. Then the order is that of the ids.
    func variants(
        of item: Item, at here: LocationID, for channel: Channel?, within: Set<LocationID>?, center: Coordinates?
    ) async throws(StoreError) -> [AisleCard.Variant] {
        guard let family = item.family, let around = center ?? Coordinates(latitude: 0, longitude: 0) else { return [] }
        let members = try await master.items(
            ItemFilter(family: family), PageRequest(limit: AisleCard.variantsMax + 1)
        ).elements.map(\.value)
        let others = members.filter { $0.sku != item.sku }.prefix(AisleCard.variantsMax)
        guard !others.isEmpty else { return [] }
        let answers = try await availability.answers(
            others.map { AvailabilityPair(item: .sku($0.sku), place: .location(here)) }, NetworkFilter(channel: channel)
        )
        let filter = NetworkFilter(channel: channel, method: .pickup, within: within)
        let basket = try await store.basket(
            BasketQuestion(
                lines: others.map { .init(item: .sku($0.sku), quantity: 1) }, filter: filter,
                around: Surroundings(center: around)))
        guard case .success(let balances) = answers, case .success(let found) = basket else { return [] }
        let places = found.value.places.filter { $0.location != here }.sorted { left, right in
            let (first, second) = center == nil ? (nil, nil) : (left.distanceKm, right.distanceKm)
            return (first ?? .infinity, left.location) < (second ?? .infinity, right.location)
        }
        let items = found.value.lines.map(\.item)
        let near = items.map { item in
            places.filter { $0.available[item]?.units ?? 0 > 0 }.prefix(AisleCard.nearMax)
        }
        let cards = try await store.cards(Set(near.joined().map(\.location)).sorted())
        return others.indices.compactMap { index in
            guard case .balance(let balance) = balances.value[index] else { return nil }
            return AisleCard.Variant(
                item: others[index], here: balance,
                near: near[index].compactMap { place in
                    guard let card = cards[place.location], let there = place.available[items[index]] else {
                        return nil
                    }
                    return .init(
                        card: card, distanceKm: center == nil ? nil : place.distanceKm, availableToSell: there.units,
                        band: there.band)
                })
        }
    }
}

package import Inventory

/// What an associate can offer a customer: here, elsewhere, shipped, or later.
package struct AisleCard: Sendable {
    package struct Store: Sendable {
        package let card: LocationCard
        package let distanceKm: Double?
        package let readyBy: Timestamp?
        package let opening: OpenState
        package let balance: BalanceView
    }

    package struct Origin: Sendable {
        package let location: LocationID
        package let name: String
        package let distanceKm: Double?
        package let availableToSell: Int64
    }

    package enum Inbound: Sendable {
        case expected(ExpectedSupply)
        case inTransit(LocationID, units: Int64)

        package var location: LocationID {
            switch self {
            case .expected(let supply): supply.location
            case .inTransit(let location, _): location
            }
        }
    }

    package let item: Item
    package let here: BalanceView
    package let variants: [Variant]
    package let stores: [Store]
    package let shipFrom: [Origin]
    package let shipFromUnits: Int64
    package let inbound: [Inbound]
    package let asOf: Timestamp
}

extension AvailabilityViews {
    /// - Parameters:
    ///   - here: where the associate is.
    ///   - within: locations that alone are there for the associate; nil: all.
    ///   - limit: of each list.
    package func aisle(
        _ item: ItemReference, at here: LocationID, for channel: Channel?, within: Set<LocationID>?, limit: Int
    ) async throws(StoreError) -> Found<AisleCard> {
        guard within?.contains(here) ?? true else { return .failure(.location) }
        let center = try await store.cards([here])[here]?.coordinates
        let basis: AisleBasis
        // Without coordinates of our own nothing is near; then the order is that of the ids.
        let around = center.map { Surroundings(center: $0) }
        switch try await store.aisleBasis(item, at: here, for: channel, within: within, around: around) {
        case .failure(let unknown): return .failure(unknown)
        case .success(let found): basis = found
        }
        guard let master = try await master.item(basis.here.sku)?.value else { return .failure(.item) }
        let near = basis.pickup.places.filter { $0.balance.location != here && $0.balance.availableToSell > 0 }.prefix(
            limit)
        let cards = try await store.cards(near.map(\.balance.location))
        let stores = near.compactMap { place in
            cards[place.balance.location].map { card in
                AisleCard.Store(
                    card: card, distanceKm: place.distanceKm, readyBy: card.place.pickupReadyBy(from: basis.asOf),
                    opening: card.place.openState(at: basis.asOf), balance: place.balance)
            }
        }
        let origins = basis.ship.places.filter { $0.balance.availableToSell > 0 }.sorted { left, right in
            (right.balance.availableToSell, left.balance.location) < (
                left.balance.availableToSell, right.balance.location
            )
        }
        return .success(
            AisleCard(
                item: master, here: basis.here,
                variants: try await variants(of: master, at: here, for: channel, within: within, center: center),
                stores: stores,
                shipFrom: origins.prefix(limit).map {
                    AisleCard.Origin(
                        location: $0.balance.location, name: $0.name, distanceKm: $0.distanceKm,
                        availableToSell: $0.balance.availableToSell)
                },
                shipFromUnits: basis.ship.item.availableToSell,
                inbound: Array(inbound(basis, here, within).prefix(limit)), asOf: basis.asOf))
    }

    /// What is on its way: to here first, then by date; what is under way without a date comes last.
    private func inbound(
        _ basis: AisleBasis, _ here: LocationID, _ within: Set<LocationID>?
    ) -> [AisleCard.Inbound] {
        var inbound: [AisleCard.Inbound] = []
        let expected = basis.expected.filter { within?.contains($0.location) ?? true }
        // Transfers with a date are among what is expected.
        var dated: [LocationID: Int64] = [:]
        for supply in expected where supply.transfer != nil { dated[supply.location, default: 0] += supply.outstanding }
        func undated(_ view: BalanceView) -> Int64 { view.figures.inTransit - dated[view.location, default: 0] }
        inbound += expected.filter { $0.location == here }.map { .expected($0) }
        if undated(basis.here) > 0 { inbound.append(.inTransit(here, units: undated(basis.here))) }
        inbound += expected.filter { $0.location != here }.map { .expected($0) }
        for place in basis.anywhere.places where undated(place.balance) > 0 && place.balance.location != here {
            inbound.append(.inTransit(place.balance.location, units: undated(place.balance)))
        }
        return inbound
    }
}

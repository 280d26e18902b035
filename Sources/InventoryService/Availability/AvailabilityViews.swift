package import Inventory

/// Views that are put together from several questions: for associates, shoppers' baskets and planners.
package struct AvailabilityViews: Sendable {
    package let availability: any AvailabilityStore
    package let store: any ViewStore
    package let master: any CatalogStore
    package let supply: any SupplyStore

    package init(
        availability: any AvailabilityStore, store: any ViewStore, master: any CatalogStore, supply: any SupplyStore
    ) {
        self.availability = availability
        self.store = store
        self.master = master
        self.supply = supply
    }
}

/// ATP of one balance.
package struct PromisePlan: Sendable {
    package let availableToSell: Int64
    package let timeZone: String
    package let plan: SupplyPlan
    /// A kit's days have no supply of their own.
    package let isKit: Bool
    package let asOf: Timestamp
}

extension AvailabilityViews {
    /// Everything behind one balance, read at one instant.
    package func evidence(
        _ item: ItemReference, at location: LocationID, _ filter: NetworkFilter
    ) async throws(StoreError) -> Found<Evidence> {
        try await store.evidence(item, at: location, filter)
    }

    /// What can be promised by day, today first, in the location's own days.
    /// - Parameter days: 1 to `SupplyPlan.daysMax`.
    package func promise(
        _ sku: SKU, at location: LocationID, _ filter: NetworkFilter, days: Int64
    ) async throws(StoreError) -> Found<PromisePlan> {
        let view: BalanceView
        switch try await availability.balance(.sku(sku), at: location, filter) {
        case .failure(let unknown): return .failure(unknown)
        case .success(let found): view = found
        }
        guard let card = try await store.cards([location])[location] else { return .failure(.location) }
        func plan(_ part: BalanceView) async throws(StoreError) -> SupplyPlan {
            let supplies = try await supply.inbound(of: part.sku, at: location)
            let plan = SupplyPlan(
                available: part.availableToSell, supplies, days: days, from: view.asOf, in: card.place.zone)
            // Where nothing may be promised, nothing that comes may be either.
            return part.isEligible && part.itemStatus != .stopSale ? plan : plan.withoutPromises
        }
        guard view.kitsAvailable != nil else {
            return .success(
                PromisePlan(
                    availableToSell: view.availableToSell, timeZone: card.timeZone,
                    plan: try await plan(view), isKit: false, asOf: view.asOf))
        }
        var parts: [(plan: SupplyPlan, quantity: Int64)] = []
        for component in try await master.item(sku)?.value.components ?? [] {
            guard case .success(let part) = try await availability.balance(.sku(component.sku), at: location, filter)
            else { continue }
            parts.append((try await plan(part), component.quantity))
        }
        let kit = SupplyPlan(ofKit: parts, days: days, from: view.asOf, in: card.place.zone)
        return .success(
            PromisePlan(
                availableToSell: view.availableToSell, timeZone: card.timeZone,
                plan: view.isEligible && view.itemStatus != .stopSale ? kit : kit.withoutPromises, isKit: true,
                asOf: view.asOf))
    }
}

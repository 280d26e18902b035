package import Inventory

/// Views that are put together from several questions: for associates, shoppers' baskets and planners.
package struct AvailabilityViews: Sendable {
    package let availability: any AvailabilityStore
    package let store: any ViewStore
    package let master: any ItemReads
    package let supply: any SupplyStore

    package init(
        availability: any AvailabilityStore, store: any ViewStore, master: any ItemReads, supply: any SupplyStore
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
        let basis: PromiseBasis
        switch try await store.promiseBasis(.sku(sku), at: location, filter) {
        case .failure(let unknown): return .failure(unknown)
        case .success(let found): basis = found
        }
        guard let card = try await store.cards([location])[location] else { return .failure(.location) }
        let view = basis.view
        func plan(_ part: PromiseBasis.Part) -> SupplyPlan {
            let plan = SupplyPlan(
                available: part.view.availableToSell, part.supplies, days: days, from: view.asOf, in: card.place.zone)
            // Where nothing may be promised, nothing that comes may be either.
            return part.view.isSellable ? plan : plan.withoutPromises
        }
        let isKit = view.kitsAvailable != nil
        let whole =
            isKit
            ? SupplyPlan(
                ofKit: basis.parts.map { (plan($0), $0.quantity) }, days: days, from: view.asOf, in: card.place.zone)
            : plan(PromiseBasis.Part(view: view, quantity: 1, supplies: basis.parts.first?.supplies ?? []))
        return .success(
            PromisePlan(
                availableToSell: view.availableToSell, timeZone: card.timeZone,
                plan: view.isSellable ? whole : whole.withoutPromises, isKit: isKit, asOf: view.asOf))
    }
}

extension BalanceView {
    fileprivate var isSellable: Bool { isEligible && itemStatus != .stopSale }
}

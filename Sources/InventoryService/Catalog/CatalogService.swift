package import Inventory
package import Logging

/// Changes of master data, and what follows from them: lines that waited for a mapping are applied.
package struct CatalogService: Sendable {
    package private(set) var store: any CatalogStore
    private let facts: FactService
    private let logger: Logger
    /// Whether lines that waited for what is put are applied.
    private var appliesParked = true

    /// Batches of parked lines that the request which brought their mapping applies itself; the sweep does the rest.
    private static let stepsMax = 5

    package init(store: any CatalogStore, facts: FactService, logger: Logger) {
        self.store = store
        self.facts = facts
        self.logger = logger
    }

    /// The same on a store that keeps nothing of what is put.
    func trying(_ store: any CatalogStore) -> CatalogService {
        var service = self
        service.store = store
        service.appliesParked = false
        return service
    }

    package func put(
        _ item: Item, parts: [KitPart] = [], _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Item>> {
        let result = try await store.putItem(item, parts: parts, precondition, by: actor)
        // A kit that has become an item of its own is as good as a new one.
        if case .success(let stored) = result, stored.wasCreated || stored.value.components.isEmpty {
            await applyParked(.item(item.sku))
        }
        return result
    }

    package func put(
        _ location: Location, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Location>> {
        let result = try await store.putLocation(location, precondition, by: actor)
        if case .success(let stored) = result, stored.wasCreated { await applyParked(.location(location.id)) }
        return result
    }

    package func put(
        _ alias: Alias, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Alias>> {
        let result = try await store.putAlias(alias, precondition, by: actor)
        if case .success(let stored) = result, stored.wasCreated {
            await applyParked(.code(alias.codeSystem, alias.code))
        }
        return result
    }

    package func put(
        _ alias: LocationAlias, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<LocationAlias>> {
        let result = try await store.putLocationAlias(alias, precondition, by: actor)
        if case .success(let stored) = result, stored.wasCreated {
            await applyParked(.locationCode(alias.codeSystem, alias.code))
        }
        return result
    }

    private func applyParked(_ selection: ParkedSelection) async {
        guard appliesParked else { return }
        do {
            try await facts.applyParked(selection, stepsMax: Self.stepsMax)
        } catch {
            // The mapping is committed, and the sweep will apply what waits for it.
            logger.warning("parked lines not applied yet", metadata: ["error": "\(error)"])
        }
    }
}

package import Inventory
package import InventoryPostgres
package import InventoryService

// Changes by nobody in particular, for tests that are about something else than who makes them.

extension CatalogService {
    package func put(
        _ item: Item, parts: [KitPart] = [], _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<Item>> {
        try await put(item, parts: parts, precondition, by: nil)
    }

    package func put(
        _ location: Location, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<Location>> { try await put(location, precondition, by: nil) }
}

extension PostgresCatalogStore {
    package func putItem(
        _ item: Item, parts: [KitPart], _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<Item>> {
        try await putItem(item, parts: parts, precondition, by: nil)
    }

    package func putItems(_ items: [Item], by actor: ActorName? = nil) async throws(StoreError) {
        try await putItems(items.map { ListedItem($0) }, by: actor)
    }

    package func putLocation(
        _ location: Location, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<Location>> {
        try await putLocation(location, precondition, by: nil)
    }

    package func deleteLocation(
        _ id: LocationID, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Void> { try await deleteLocation(id, precondition, by: nil) }

    package func putGroup(
        _ group: LocationGroup, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<LocationGroup>> {
        try await putGroup(group, precondition, by: nil)
    }

    package func deleteGroup(
        _ id: GroupID, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Void> { try await deleteGroup(id, precondition, by: nil) }

    package func putSource(
        _ source: Source, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<Source>> { try await putSource(source, precondition, by: nil) }

    package func deleteSource(
        _ id: SourceID, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Void> { try await deleteSource(id, precondition, by: nil) }

    package func putAlias(
        _ alias: Alias, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<Alias>> { try await putAlias(alias, precondition, by: nil) }

    package func deleteAlias(
        codeSystem: CodeSystem, code: Code, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Void> {
        try await deleteAlias(codeSystem: codeSystem, code: code, precondition, by: nil)
    }

    package func putRule(
        _ rule: StockRule, about item: ItemReference?, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<StockRule>> {
        try await putRule(rule, about: item, precondition, by: nil)
    }

    package func deleteRule(
        _ kind: StockRuleKind, _ id: StockRuleID, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Void> { try await deleteRule(kind, id, precondition, by: nil) }

    package func putSupply(
        _ supply: ExpectedSupply, of item: ItemReference, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<ExpectedSupply>> {
        try await putSupply(supply, of: item, precondition, by: nil)
    }

    package func putReconciliationRule(
        _ rule: ReconciliationRule, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<ReconciliationRule>> {
        try await putReconciliationRule(rule, precondition, by: nil)
    }
}

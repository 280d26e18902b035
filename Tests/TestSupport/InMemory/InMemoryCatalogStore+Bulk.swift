package import Inventory
package import InventoryService

/// Master data as files bring it.
extension InMemoryCatalogStore: BulkCatalogStore {
    package func changed(_ items: [ListedItem]) async throws(StoreError) -> Set<SKU> {
        read { tables in
            Set(
                items.filter { listed in
                    let known = tables.items[TableKey(listed.item.sku.text)]?.value
                    return known != listed.item(over: known)
                }.map(\.item.sku))
        }
    }

    package func addLocations(
        _ locations: [Location], by actor: ActorName?
    ) async throws(StoreError) -> Set<LocationID> {
        precondition(locations.count <= itemsPerCallMax, "a call takes \(itemsPerCallMax) locations")
        var new: Set<LocationID> = []
        for location in locations {
            if case .success = try await putLocation(location, .absent, by: actor) { new.insert(location.id) }
        }
        return new
    }

    package func putAliases(_ aliases: [Alias], by actor: ActorName?) async throws(StoreError) -> [AliasOutcome] {
        precondition(aliases.count <= itemsPerCallMax, "a call takes \(itemsPerCallMax) aliases")
        func key(_ alias: Alias) -> TableKey { TableKey(alias.codeSystem.text, alias.code.text) }
        var outcomes: [TableKey: AliasOutcome] = [:]
        for (key, alias) in Dictionary(aliases.map({ (key($0), $0) }), uniquingKeysWith: { $1 }) {
            switch try await putAlias(alias, .none, by: actor) {
            case .success(let stored): outcomes[key] = stored.isUnchanged ? .unchanged : .stored
            case .failure: outcomes[key] = .unknownItem
            }
        }
        return aliases.map { outcomes[key($0)] ?? .unknownItem }
    }
}

package import Inventory
package import InventoryService
import Synchronization

/// Mappings of files in memory, by the clock of a catalog.
package final class InMemoryImportMappings: ImportMappingStore {
    private let catalog: InMemoryCatalogStore
    private let table = Mutex(InMemoryTable<ImportMapping>(keepsDeleted: false))

    package init(_ catalog: InMemoryCatalogStore) { self.catalog = catalog }

    package func putMapping(
        _ mapping: ImportMapping, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ImportMapping>> {
        let now = catalog.now
        return table.withLock { table in
            let key = TableKey(mapping.id.text)
            var mapping = mapping
            let known = table[key]?.value
            // When it was changed is no part of what is compared.
            let isSame = known.map { ($0.kind, $0.text) == (mapping.kind, mapping.text) } ?? false
            mapping.updatedAt = isSame ? known?.updatedAt ?? now : now
            return table.put(mapping, at: key, precondition)
        }
    }

    package func mapping(_ id: ImportMappingID) async throws(StoreError) -> Stored<ImportMapping>? {
        table.withLock { $0[TableKey(id.text)] }
    }

    package func mappings(_ page: PageRequest) async throws(StoreError) -> Page<Stored<ImportMapping>> {
        table.withLock { $0.page(page) }
    }

    package func deleteMapping(
        _ id: ImportMappingID, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        table.withLock { $0.delete(TableKey(id.text), precondition) }
    }
}

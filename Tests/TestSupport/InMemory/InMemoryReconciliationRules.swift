package import Inventory
package import InventoryService
import Synchronization

/// Rules of what differences are let pass, in memory.
package final class InMemoryReconciliationRules: ReconciliationRuleStore {
    private let catalog: InMemoryCatalogStore
    private let table = Mutex(InMemoryTable<ReconciliationRule>(keepsDeleted: false))

    package init(_ catalog: InMemoryCatalogStore) { self.catalog = catalog }

    var all: [ReconciliationRule] { table.withLock { $0.all.map(\.stored.value) } }

    package func putReconciliationRule(
        _ rule: ReconciliationRule, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ReconciliationRule>> {
        let (knowsSource, knowsLocation) = catalog.read { tables in
            (
                rule.source.map { tables.sources[TableKey($0.text)] != nil } ?? true,
                rule.location.map { tables.isKnown($0) } ?? true
            )
        }
        return table.withLock { table in
            let other = table.all.map(\.stored.value).first { other in
                other.id != rule.id && other.source == rule.source && other.location == rule.location
            }
            return table.put(rule, at: TableKey(rule.id.text), precondition) {
                if !knowsSource { return .unknownReference(pointer: "/source", detail: "unknown") }
                if !knowsLocation { return .unknownReference(pointer: "/location", detail: "unknown") }
                return other.map { .resourceInUse("rule '\($0.id)' has the same scope") }
            }
        }
    }

    package func reconciliationRule(
        _ id: ReconciliationRuleID
    ) async throws(StoreError) -> Stored<ReconciliationRule>? { table.withLock { $0[TableKey(id.text)] } }

    package func reconciliationRules(
        _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<ReconciliationRule>> { table.withLock { $0.page(page) } }

    package func deleteReconciliationRule(
        _ id: ReconciliationRuleID, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        table.withLock { $0.delete(TableKey(id.text), precondition) }
    }
}

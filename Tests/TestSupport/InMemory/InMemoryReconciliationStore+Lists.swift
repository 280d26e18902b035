package import Inventory
package import InventoryService

extension InMemoryReconciliationStore {
    package func unfinished(before: Timestamp, limit: Int) async throws(StoreError) -> [StoredReconciliation] {
        run { state, _ in
            let open = state.kept.values.map(\.stored).filter { !$0.isDone && $0.createdAt < before }
            return Array(open.sorted { $0.createdAt < $1.createdAt }.prefix(limit))
        }
    }

    package func reconciliation(_ id: ReconciliationID) async throws(StoreError) -> StoredReconciliation? {
        run { state, _ in state.kept[id]?.stored }
    }

    package func lines(
        _ id: ReconciliationID, _ filter: ReconciledLineFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<ReconciledLine> {
        run { state, _ in
            let lines = (state.kept[id]?.lines ?? []).map(\.shown).filter { filter.shows($0.status) }
            let after = page.after.flatMap { Int($0) } ?? -1
            let rest = lines.filter { $0.number > after }
            return Page(
                elements: Array(rest.prefix(page.limit)), hasMore: rest.count > page.limit,
                total: page.includesTotal ? Int64(lines.count) : nil)
        }
    }

    package func reconciliations(
        _ filter: ReconciliationFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<StoredReconciliation> {
        run { state, _ in
            let listed = state.kept.values.filter { kept in
                filter.source.map { $0 == kept.stored.source } ?? true
                    && filter.location.map { location in
                        kept.lines.contains { $0.key != nil && $0.shown.location == location }
                    } ?? true
            }.map(\.stored)
            func key(_ stored: StoredReconciliation) -> (Timestamp, String) {
                (stored.createdAt, stored.id.description)
            }
            var rest = listed.sorted { key($0) > key($1) }
            let parts = (page.after ?? "").split(separator: " ").map(String.init)
            if parts.count == 2, let microseconds = Int64(parts[0]) {
                let last = (Timestamp(microseconds: microseconds), parts[1])
                rest = rest.filter { key($0) < last }
            }
            return Page(
                elements: Array(rest.prefix(page.limit)), hasMore: rest.count > page.limit,
                total: page.includesTotal ? Int64(listed.count) : nil)
        }
    }

    package func now() async throws(StoreError) -> Timestamp { run { _, world in world.facts.world.now } }
}

extension ReconciledLineFilter {
    fileprivate func shows(_ status: ReconciledStatus) -> Bool {
        switch self {
        case .all: true
        case .notMatched: status != .matched
        case .only(let wanted): status == wanted
        }
    }
}

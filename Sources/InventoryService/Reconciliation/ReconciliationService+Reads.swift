package import Inventory

extension ReconciliationService {
    package func reconciliation(_ id: ReconciliationID) async throws(StoreError) -> StoredReconciliation? {
        try await store.reconciliation(id)
    }

    /// In the order of their numbers.
    package func lines(
        _ id: ReconciliationID, _ filter: ReconciledLineFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<ReconciledLine> {
        try await store.lines(id, filter, page)
    }

    /// Newest first.
    package func reconciliations(
        _ filter: ReconciliationFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<StoredReconciliation> {
        try await store.reconciliations(filter, page)
    }
}

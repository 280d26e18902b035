package import Inventory

extension CountService {
    package func count(_ id: CountID) async throws(StoreError) -> StoredCount? { try await store.count(id) }

    /// What the count found, by item, and the sum of all of it.
    package func findings(
        _ id: CountID, _ page: PageRequest
    ) async throws(StoreError) -> (page: Page<CountFinding>, summary: CountAccuracy?) {
        try await reports.findings(id, page)
    }

    package func accuracy(
        _ filter: CountFilter, _ page: PageRequest
    ) async throws(StoreError) -> Result<Page<CountAccuracy>, UnknownInCount> {
        try await reports.accuracy(filter, page)
    }
}

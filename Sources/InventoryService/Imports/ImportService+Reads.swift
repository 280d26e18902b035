package import Inventory

extension ImportService {
    package func importJob(_ id: ImportID) async throws(StoreError) -> StoredImport? { try await store.importJob(id) }

    /// The newest first. The key is the last id of the page before.
    package func imports(_ page: PageRequest) async throws(StoreError) -> Page<StoredImport> {
        try await store.imports(page)
    }

    /// Lines in the order of the file.
    package func report(
        _ id: ImportID, verdict: ImportVerdict?, after line: Int64, limit: Int
    ) async throws(StoreError) -> [ImportReportLine] {
        try await store.report(id, verdict: verdict, after: line, limit: limit)
    }

    /// Ends an import where it is, whichever process works on it: that one stops within seconds.
    package func cancel(_ id: ImportID) async throws(StoreError) -> ImportCancellation { try await store.cancel(id) }

    /// Takes back what was never received whole.
    package func discard(_ id: ImportID) async throws(StoreError) { try await store.discard(id) }

    package func put(
        _ mapping: ImportMapping, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ImportMapping>> {
        try await mappings.putMapping(mapping, precondition, by: actor)
    }

    package func mapping(_ id: ImportMappingID) async throws(StoreError) -> Stored<ImportMapping>? {
        try await mappings.mapping(id)
    }

    package func mappings(_ page: PageRequest) async throws(StoreError) -> Page<Stored<ImportMapping>> {
        try await mappings.mappings(page)
    }

    package func delete(
        mapping id: ImportMappingID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await mappings.deleteMapping(id, precondition, by: actor)
    }
}

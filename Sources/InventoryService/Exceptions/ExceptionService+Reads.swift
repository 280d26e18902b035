package import Inventory

extension ExceptionService {
    /// In order of priority, then age.
    package func exceptions(
        _ filter: ExceptionFilter, _ page: PageRequest
    ) async throws(StoreError) -> Dated<Page<ExceptionRecord>> {
        try await store.exceptions(filter, page)
    }

    /// What is not resolved, by type and age.
    package func summary(_ filter: ExceptionFilter) async throws(StoreError) -> Dated<[ExceptionSummary]> {
        try await store.summary(filter)
    }

    package func exception(_ id: Int64) async throws(StoreError) -> Dated<ExceptionRecord>? {
        try await store.exception(id)
    }

    /// - Parameter owner: nil gives it back.
    package func assign(
        _ id: Int64, to owner: String?, by actor: ActorName?
    ) async throws(StoreError) -> ExceptionRejection? {
        try await store.assign(id, to: owner, by: actor)
    }
}

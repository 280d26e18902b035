package import Inventory

/// Makes, lists and ends API keys.
package struct APIKeyService: Sendable {
    private let store: any APIKeyStore
    private let authenticator: Authenticator?

    /// How long a key that was rotated stays good, in seconds.
    package static let overlapSecondsDefault: Int64 = 24 * 3_600
    package static let overlapSecondsAllowed: ClosedRange<Int64> = 0...30 * 24 * 3_600

    /// A key that was just made. Its text is not to be had again.
    package struct Made: Sendable {
        package let key: APIKey
        package let text: String
    }

    /// - Parameter authenticator: of this process, which then obeys at once; nil where it serves nobody.
    package init(store: any APIKeyStore, authenticator: Authenticator? = nil) {
        self.store = store
        self.authenticator = authenticator
    }

    package func create(
        _ new: NewAPIKey, by actor: ActorName?
    ) async throws(StoreError) -> Result<Made, APIKeyRejection> {
        let text = APIKeyText.draw()
        return try await store.create(new, text, by: actor).map { Made(key: $0, text: text.text) }
    }

    /// - Parameter overlapSeconds: how long the old key stays good beside the new one, within `overlapSecondsAllowed`.
    package func rotate(
        _ id: APIKeyID, overlapSeconds: Int64, by actor: ActorName?
    ) async throws(StoreError) -> Result<Made, APIKeyRejection> {
        let text = APIKeyText.draw()
        let made = try await store.rotate(id, to: text, overlapSeconds: overlapSeconds, by: actor)
        if case .success = made { authenticator?.forget(id) }
        return made.map { Made(key: $0, text: text.text) }
    }

    package func revoke(
        _ id: APIKeyID, by actor: ActorName?
    ) async throws(StoreError) -> Result<APIKey, APIKeyRejection> {
        let revoked = try await store.revoke(id, by: actor)
        authenticator?.forget(id)
        return revoked
    }

    package func key(_ id: APIKeyID) async throws(StoreError) -> (key: APIKey, now: Timestamp)? {
        try await store.key(id)
    }

    package func keys(
        of client: ClientID?, _ page: PageRequest
    ) async throws(StoreError) -> (page: Page<APIKey>, now: Timestamp) {
        try await store.keys(of: client, page)
    }
}

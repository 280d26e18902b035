package import Inventory

/// Makes, lists and ends API keys.
package struct APIKeyService: Sendable {
    private let store: any APIKeyStore
    private let authenticator: Authenticator?

    /// How long a key that was rotated stays good, in seconds.
    package static let overlapSecondsDefault: Int64 = 24 * 3_600
    package static let overlapSecondsAllowed: ClosedRange<Int64> = 0...30 * 24 * 3_600

    /// A key that was made, with its text where that was just now: it is not to be had again.
    package struct Made: Sendable {
        package let key: APIKey
        /// Nil where the same request made the key before.
        package let text: String?

        fileprivate init(_ made: MadeAPIKey, _ text: APIKeyText) {
            key = made.key
            self.text = made.isReplay ? nil : text.text
        }
    }

    /// - Parameter authenticator: of this process, which then obeys at once; nil where it serves nobody.
    package init(store: any APIKeyStore, authenticator: Authenticator? = nil) {
        self.store = store
        self.authenticator = authenticator
    }

    /// - Parameter request: one that made a key before makes none again.
    package func create(
        _ new: NewAPIKey, _ request: RequestKey? = nil, by actor: ActorName?
    ) async throws(StoreError) -> Result<Made, APIKeyRejection> {
        let text = APIKeyText.draw()
        return try await store.create(new, text, request, by: actor).map { Made($0, text) }
    }

    /// - Parameters:
    ///   - overlapSeconds: how long the old key stays good beside the new one, within `overlapSecondsAllowed`.
    ///   - request: one that made a key before makes none again.
    package func rotate(
        _ id: APIKeyID, overlapSeconds: Int64, _ request: RequestKey? = nil, by actor: ActorName?
    ) async throws(StoreError) -> Result<Made, APIKeyRejection> {
        let text = APIKeyText.draw()
        let made = try await store.rotate(id, to: text, overlapSeconds: overlapSeconds, request, by: actor)
        if case .success = made { authenticator?.forget(id) }
        return made.map { Made($0, text) }
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

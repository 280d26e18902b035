package import Inventory

/// A key that is to be made.
package struct NewAPIKey: Sendable {
    package var client: ClientID
    package var name: String
    package var grant: AccessGrant
    package var certificate: Digest?
    /// Nil: until it is revoked.
    package var expiresAt: Timestamp?
    /// Whether the locations that it is bound to must be there. A key may also be made before them, by who sets a service up.
    package var requiresLocations = false

    package init(
        client: ClientID, name: String = "", grant: AccessGrant, certificate: Digest? = nil, expiresAt: Timestamp? = nil
    ) {
        self.client = client
        self.name = name
        self.grant = grant
        self.certificate = certificate
        self.expiresAt = expiresAt
    }
}

/// The "no" to a change of keys.
package enum APIKeyRejection: Error, Sendable, Hashable {
    case notFound
    /// The client has `APIKey.validPerClientMax` valid keys already.
    case tooManyValid
    /// It has ended, so there is nothing to rotate.
    case notValid
    /// The expiry lies in the past.
    case expiresInPast
    /// It requires its locations, and this one is not there.
    case unknownLocation(LocationID)
    /// Another key has this certificate.
    case certificateTaken
    /// Its `Idempotency-Key` came with another request.
    case requestKeyReused
}

/// A key that was made, now or by the same request before.
package struct MadeAPIKey: Sendable, Hashable {
    package let key: APIKey
    package let isReplay: Bool

    package init(_ key: APIKey, isReplay: Bool = false) {
        self.key = key
        self.isReplay = isReplay
    }
}

package protocol APIKeyStore: Sendable {
    /// Makes a key, and counts its client's valid ones in the same transaction.
    /// - Parameter request: one that made a key before makes none again.
    func create(
        _ new: NewAPIKey, _ text: APIKeyText, _ request: RequestKey?, by actor: ActorName?
    ) async throws(StoreError) -> Result<MadeAPIKey, APIKeyRejection>

    /// Makes a key with the client, name, grant and length of life of key `id`, which then ends after `overlapSeconds`, or when
    /// it would have anyway. A certificate goes over to the new key at once.
    /// - Parameter request: one that made a key before makes none again.
    func rotate(
        _ id: APIKeyID, to text: APIKeyText, overlapSeconds: Int64, _ request: RequestKey?, by actor: ActorName?
    ) async throws(StoreError) -> Result<MadeAPIKey, APIKeyRejection>

    /// Ends a key at once. Of one that has ended, says how it is.
    func revoke(_ id: APIKeyID, by actor: ActorName?) async throws(StoreError) -> Result<APIKey, APIKeyRejection>

    func key(_ id: APIKeyID) async throws(StoreError) -> (key: APIKey, now: Timestamp)?

    /// In the order of their ids.
    func keys(of client: ClientID?, _ page: PageRequest) async throws(StoreError) -> (
        page: Page<APIKey>, now: Timestamp
    )

    /// For who presents it: the key, and the hash of its secret.
    func presented(_ id: APIKeyID) async throws(StoreError) -> PresentedKey?

    /// For who presents a certificate.
    func presented(certificate: Digest) async throws(StoreError) -> PresentedKey?

    /// Raises when keys were last used; nothing goes back.
    func noteUses(_ uses: [APIKeyID: Timestamp]) async throws(StoreError)
}

extension APIKeyStore {
    /// Of a request that is not sent again.
    package func create(
        _ new: NewAPIKey, _ text: APIKeyText, by actor: ActorName?
    ) async throws(StoreError) -> Result<APIKey, APIKeyRejection> {
        try await create(new, text, nil, by: actor).map(\.key)
    }

    /// The same.
    package func rotate(
        _ id: APIKeyID, to text: APIKeyText, overlapSeconds: Int64, by actor: ActorName?
    ) async throws(StoreError) -> Result<APIKey, APIKeyRejection> {
        try await rotate(id, to: text, overlapSeconds: overlapSeconds, nil, by: actor).map(\.key)
    }
}

/// A key that somebody presents, as it is by the database's clock.
package struct PresentedKey: Sendable {
    package let key: APIKey
    package let hash: Digest
    package let now: Timestamp

    package init(key: APIKey, hash: Digest, now: Timestamp) {
        self.key = key
        self.hash = hash
        self.now = now
    }
}

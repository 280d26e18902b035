package enum APIKeyKind: IdentifierKind {
    package static var name: String { "id" }
    package static var lengthMax: Int { 16 }
}
/// What names a key in lists and logs: the part of it that is no secret.
package typealias APIKeyID = Identifier<APIKeyKind>

/// What a key lets its client do.
package struct AccessGrant: Sendable, Hashable {
    package var roles: [Role]
    /// Beside those of the roles.
    package var scopes: Scopes
    package var binding: AccessBinding

    package init(roles: [Role] = [], scopes: Scopes = [], binding: AccessBinding = .none) {
        self.roles = roles
        self.scopes = scopes
        self.binding = binding
    }

    /// Those of the roles too.
    package var allScopes: Scopes { roles.reduce(scopes) { $0.union($1.scopes) } }
}

/// An API key as it is kept: without its secret, of which the store has only a hash.
package struct APIKey: Sendable, Hashable {
    package let id: APIKeyID
    package let client: ClientID
    /// What people call it; up to `nameLengthMax` characters.
    package let name: String
    package let grant: AccessGrant
    /// SHA-256 of the client certificate (DER) that may stand for the key; nil for none.
    package let certificate: Digest?
    package let createdAt: Timestamp
    package let createdBy: ActorName?
    /// Nil: valid until it is revoked.
    package var expiresAt: Timestamp?
    package var revokedAt: Timestamp?
    /// Up to a minute old.
    package var lastUsedAt: Timestamp?

    package static let nameLengthMax = 200
    /// Keys of one client that are valid at one time: the one in use, and the one that takes over.
    package static let validPerClientMax = 2

    package init(
        id: APIKeyID, client: ClientID, name: String, grant: AccessGrant, certificate: Digest?, createdAt: Timestamp,
        createdBy: ActorName?, expiresAt: Timestamp?, revokedAt: Timestamp? = nil, lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.client = client
        self.name = name
        self.grant = grant
        self.certificate = certificate
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.lastUsedAt = lastUsedAt
    }

    package enum State: String, Sendable, Hashable, CaseIterable {
        case valid, expired, revoked
    }

    package func state(at now: Timestamp) -> State {
        if revokedAt != nil { return .revoked }
        if let expiresAt, expiresAt <= now { return .expired }
        return .valid
    }

    package var caller: Caller { Caller(client: client, scopes: grant.allScopes, binding: grant.binding) }
}

import Inventory
import InventoryService
import LibPQ

/// The columns of an API key, its secret's hash left out.
enum APIKeyColumn: Int32, SelectedColumn {
    case id, client, name, roles, scopes, locations, sources, certificate, createdAt, createdBy, expiresAt, revokedAt
    case lastUsedAt

    var selected: String {
        switch self {
        case .id: "key_id"
        case .client: "client"
        case .name: "name"
        case .roles: "roles"
        case .scopes: "scopes"
        case .locations: "locations"
        case .sources: "sources"
        case .certificate: "certificate"
        case .createdAt: "created_at"
        case .createdBy: "created_by"
        case .expiresAt: "expires_at"
        case .revokedAt: "revoked_at"
        case .lastUsedAt: "last_used_at"
        }
    }
}

extension APIKey {
    init(_ row: Row) {
        let row = ColumnReader<APIKeyColumn>(row)
        // A role or a scope that this version does not know gives nothing.
        let grant = AccessGrant(
            roles: row.texts(.roles).compactMap(Role.init(rawValue:)),
            scopes: Scopes(row.texts(.scopes).compactMap(Scope.init(rawValue:))),
            binding: AccessBinding(
                locations: row.isNull(.locations) ? nil : Set(row.texts(.locations).map(LocationID.init(stored:))),
                sources: row.isNull(.sources) ? nil : Set(row.texts(.sources).map(SourceID.init(stored:)))))
        self.init(
            id: APIKeyID(stored: row.text(.id)), client: ClientID(stored: row.text(.client)), name: row.text(.name),
            grant: grant, certificate: row.byteaIfPresent(.certificate).map(Digest.init(stored:)),
            createdAt: row.requiredTimestamp(.createdAt),
            createdBy: row.textIfPresent(.createdBy).map(ActorName.init(stored:)),
            expiresAt: row.timestamp(.expiresAt), revokedAt: row.timestamp(.revokedAt),
            lastUsedAt: row.timestamp(.lastUsedAt))
    }
}

/// What authentication reads besides the key.
enum PresentedColumn: Int32, SelectedColumn {
    case hash, now

    var selected: String {
        switch self {
        case .hash: "secret_hash"
        case .now: "clock_timestamp()"
        }
    }
}

extension PresentedKey {
    /// Its columns stand behind those of the key.
    init(_ row: Row) {
        let more = ColumnReader<PresentedColumn>(row, from: APIKeyColumn.count)
        self.init(
            key: APIKey(row), hash: Digest(stored: more.bytea(.hash)), now: more.requiredTimestamp(.now))
    }
}

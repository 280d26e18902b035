package import Inventory
package import InventoryService
import LibPQ

/// API keys on PostgreSQL.
package struct PostgresAPIKeyStore: APIKeyStore {
    private let change: ConnectionPool
    private let read: ConnectionPool
    private let report: ConnectionPool

    private static let timeout: Duration = .seconds(5)

    package init(pools: PostgresPools) {
        change = pools.change
        read = pools.read
        report = pools.report
    }

    package func create(
        _ new: NewAPIKey, _ text: APIKeyText, _ request: RequestKey?, by actor: ActorName?
    ) async throws(StoreError) -> Result<MadeAPIKey, APIKeyRejection> {
        try await changing(new.client, request, by: actor) { session throws(PQError) in
            if let made = try Self.made(text, request, on: session) { return made.map { ($0, []) } }
            return try Self.append(new, text, request, by: actor, on: session).map {
                (MadeAPIKey($0), [Self.change(text.id, .created)])
            }
        }
    }

    package func rotate(
        _ id: APIKeyID, to text: APIKeyText, overlapSeconds: Int64, _ request: RequestKey?, by actor: ActorName?
    ) async throws(StoreError) -> Result<MadeAPIKey, APIKeyRejection> {
        guard let before = try await key(id)?.key else { return .failure(.notFound) }
        return try await changing(before.client, request, by: actor) { session throws(PQError) in
            if let made = try Self.made(text, request, on: session) { return made.map { ($0, []) } }
            guard
                let row = try session.query(
                    .apiKeyEnd,
                    {
                        $0.text(id.text)
                        $0.int8(overlapSeconds)
                    }
                ).first
            else { return .failure(.notValid) }
            let old = APIKey(row)
            let new = NewAPIKey(
                client: old.client, name: old.name, grant: old.grant, certificate: before.certificate)
            // As long as the old one was made for, from now on.
            let life = before.expiresAt.map { $0.microseconds - before.createdAt.microseconds }
            return try Self.append(new, text, request, by: actor, on: session, lifeMicroseconds: life)
                .map { (MadeAPIKey($0), [Self.change(id, .changed), Self.change(text.id, .created)]) }
        }
    }

    package func revoke(
        _ id: APIKeyID, by actor: ActorName?
    ) async throws(StoreError) -> Result<APIKey, APIKeyRejection> {
        guard let before = try await key(id)?.key else { return .failure(.notFound) }
        return try await changing(before.client, by: actor) { session throws(PQError) in
            guard let known = try Self.read(id, on: session) else { return .failure(.notFound) }
            guard known.revokedAt == nil else { return .success((known, [])) }
            let row = try session.query(.apiKeyRevoke) { $0.text(id.text) }[0]
            return .success((APIKey(row), [Self.change(id, .changed)]))
        }
    }

    package func key(_ id: APIKeyID) async throws(StoreError) -> (key: APIKey, now: Timestamp)? {
        try await presented(id).map { ($0.key, $0.now) }
    }

    package func keys(
        of client: ClientID?, _ page: PageRequest
    ) async throws(StoreError) -> (page: Page<APIKey>, now: Timestamp) {
        try await report.perform(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange.ofList(counted: page.includesTotal)
            let listed = exchange.add(.apiKeyList) {
                $0.text(client?.text)
                $0.text(page.after ?? "")
                $0.int8(Int64(page.limit + 1))
            }
            let counted = page.includesTotal ? exchange.add(.apiKeyCount) { $0.text(client?.text) } : nil
            let clock = exchange.add(.apiKeyClock)
            exchange.endList()
            let results = try session.run(exchange)
            let rows = results[listed]
            let found = Page(
                elements: rows.prefix(page.limit).map(APIKey.init), hasMore: rows.count > page.limit,
                total: counted.map { results[$0][0].only.int8 })
            return (found, results[clock][0].only.timestamp)
        }
    }

    package func presented(_ id: APIKeyID) async throws(StoreError) -> PresentedKey? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.apiKeyPresented) { $0.text(id.text) }.first.map(PresentedKey.init)
        }
    }

    package func presented(certificate: Digest) async throws(StoreError) -> PresentedKey? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.apiKeyCertified) { $0.bytea(certificate.bytes) }.first.map(PresentedKey.init)
        }
    }

    package func noteUses(_ uses: [APIKeyID: Timestamp]) async throws(StoreError) {
        let uses = uses.sorted { $0.key < $1.key }
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            _ = try session.query(.apiKeyUsed) {
                $0.texts(uses) { $0.key.text }
                $0.timestamptzs(uses) { $0.value.microseconds }
            }
        }
    }

    // MARK: - Changes

    private static func read(_ id: APIKeyID, on session: Session) throws(PQError) -> APIKey? {
        try session.query(.apiKeyRead) { $0.text(id.text) }.first.map(APIKey.init)
    }

    /// What is there already: by a transaction whose answer was lost, or by a request that was sent before.
    private static func made(
        _ text: APIKeyText, _ request: RequestKey?, on session: Session
    ) throws(PQError) -> Result<MadeAPIKey, APIKeyRejection>? {
        if let made = try read(text.id, on: session) { return .success(MadeAPIKey(made)) }
        guard let request, let row = try session.query(.apiKeyOfRequest, { $0.text(request.text.text) }).first else {
            return nil
        }
        guard row.bytea(APIKeyColumn.count) == request.fingerprint.bytes else { return .failure(.requestKeyReused) }
        return .success(MadeAPIKey(APIKey(row), isReplay: true))
    }

    private static func change(_ id: APIKeyID, _ action: AuditAction) -> MasterChange {
        MasterChange(Change(.apiKey, id.text), action)
    }

    /// One change of a client's keys at a time, and one transaction; a rejection rolls it back.
    private func changing<Value: Sendable>(
        _ client: ClientID, _ request: RequestKey? = nil, by actor: ActorName?,
        _ body: @escaping @Sendable (Session) throws(PQError) -> Result<(Value, [MasterChange]), APIKeyRejection>
    ) async throws(StoreError) -> Result<Value, APIKeyRejection> {
        try await change.performRepeating(timeout: Self.timeout) { session throws(PQError) in
            var exchange = Exchange()
            exchange.add(.begin)
            if let request { exchange.add(.apiKeyRequestLock) { $0.text(request.text.text) } }
            exchange.add(.apiKeyClientLock) { $0.text(client.text) }
            _ = try session.run(exchange)
            let result = try body(session)
            guard case .success(let (_, changes)) = result else {
                _ = try session.query(.rollback)
                return result.map(\.0)
            }
            exchange = Exchange()
            ChangeLog.add(changes.map(\.change), to: &exchange)
            AuditLog.add(changes, by: actor, to: &exchange)
            exchange.add(.commit)
            _ = try session.run(exchange)
            return result.map(\.0)
        }
    }

    /// - Parameter lifeMicroseconds: from now until it expires; nil for what `new` says.
    private static func append(
        _ new: NewAPIKey, _ text: APIKeyText, _ request: RequestKey?, by actor: ActorName?, on session: Session,
        lifeMicroseconds: Int64? = nil
    ) throws(PQError) -> Result<APIKey, APIKeyRejection> {
        let state = ColumnReader<APIKeyRoomColumn>(
            try session.query(.apiKeyRoom) {
                $0.text(new.client.text)
                $0.bytea(new.certificate?.bytes)
            }[0])
        let now = state.requiredTimestamp(.now)
        let expiresAt = lifeMicroseconds.map { now.advanced(byMicroseconds: $0) } ?? new.expiresAt
        if let expiresAt, expiresAt <= now { return .failure(.expiresInPast) }
        guard state.int8(.valid) < Int64(APIKey.validPerClientMax) else { return .failure(.tooManyValid) }
        if state.bool(.isCertificateTaken) { return .failure(.certificateTaken) }
        if new.requiresLocations, let locations = new.grant.binding.locations,
            let unknown = try session.query(.apiKeyUnknownLocation, { $0.texts(locations.sorted()) { $0.text } }).first
        {
            return .failure(.unknownLocation(LocationID(stored: unknown.text(0))))
        }
        let row = try session.query(.apiKeyAppend) {
            $0.text(text.id.text)
            $0.text(new.client.text)
            $0.text(new.name)
            $0.texts(new.grant.roles.map { $0.rawValue })
            $0.texts(new.grant.scopes.list.map { $0.rawValue })
            $0.texts(orNull: new.grant.binding.locations?.map(\.text).sorted())
            $0.texts(orNull: new.grant.binding.sources?.map(\.text).sorted())
            $0.bytea(text.hash.bytes)
            $0.bytea(new.certificate?.bytes)
            $0.text(actor?.text)
            $0.timestamptz(expiresAt?.microseconds)
            $0.text(request?.text.text)
            $0.bytea(request?.fingerprint.bytes)
        }[0]
        return .success(APIKey(row))
    }
}

extension ParameterWriter {
    fileprivate mutating func texts(orNull values: [String]?) {
        guard let values else { return null(.textArray) }
        texts(values.map { $0 })
    }
}

/// Whether a client may have another key.
private enum APIKeyRoomColumn: Int32, SelectedColumn {
    case valid, isCertificateTaken, now

    var selected: String {
        switch self {
        case .valid: "count(*) filter (where client = $1 and \(Statement.apiKeyIsValid))"
        case .isCertificateTaken: "coalesce(bool_or(certificate = $2 and revoked_at is null), false)"
        case .now: "clock_timestamp()"
        }
    }
}

extension Statement {
    fileprivate static let apiKeyIsValid =
        "revoked_at is null and (expires_at is null or expires_at > clock_timestamp())"

    fileprivate static let apiKeyClientLock = Statement(
        "api_key_client_lock", [.text], sql: "select \(AdvisoryLock.catalogObject.exclude("'api key of ' || $1"))")

    fileprivate static let apiKeyRequestLock = Statement(
        "api_key_request_lock", [.text],
        sql: "select \(AdvisoryLock.catalogObject.exclude("'request for a key ' || $1"))")

    /// The fingerprint stands behind the columns of the key.
    fileprivate static let apiKeyOfRequest = Statement(
        "api_key_of_request", [.text],
        sql: "select \(APIKeyColumn.selectList), request_fingerprint from api_key where request = $1")

    fileprivate static let apiKeyRoom = Statement(
        "api_key_room", [.text, .bytea],
        sql: "select \(APIKeyRoomColumn.selectList) from api_key where client = $1 or certificate = $2")

    /// The first of some ids that no location has.
    fileprivate static let apiKeyUnknownLocation = Statement(
        "api_key_unknown_location", [.textArray],
        sql: """
            select asked.id from unnest($1) with ordinality as asked(id, ord)
            where not exists (select from location l where l.id = asked.id and l.deleted_at is null)
            order by asked.ord limit 1
            """)

    fileprivate static let apiKeyAppend = Statement(
        "api_key_append",
        [
            .text, .text, .text, .textArray, .textArray, .textArray, .textArray, .bytea, .bytea, .text, .timestamptz,
            .text, .bytea,
        ],
        sql: """
            insert into api_key (
                key_id, client, name, roles, scopes, locations, sources, secret_hash, certificate, created_by, expires_at,
                request, request_fingerprint)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            returning \(APIKeyColumn.selectList)
            """)

    /// The certificate goes over to the key that follows.
    fileprivate static let apiKeyEnd = Statement(
        "api_key_end", [.text, .int8],
        sql: """
            update api_key
            set expires_at = least(expires_at, clock_timestamp() + make_interval(secs => $2)), certificate = null
            where key_id = $1 and \(apiKeyIsValid)
            returning \(APIKeyColumn.selectList)
            """)

    fileprivate static let apiKeyRevoke = Statement(
        "api_key_revoke", [.text],
        sql: """
            update api_key set revoked_at = clock_timestamp() where key_id = $1
            returning \(APIKeyColumn.selectList)
            """)

    fileprivate static let apiKeyUsed = Statement(
        "api_key_used", [.textArray, .timestamptzArray],
        sql: """
            update api_key set last_used_at = greatest(last_used_at, used.at)
            from unnest($1, $2) used (id, at) where key_id = used.id
            """)

    fileprivate static let apiKeyRead = Statement(
        "api_key_read", [.text], sql: "select \(APIKeyColumn.selectList) from api_key where key_id = $1")

    private static let presentedList = "\(APIKeyColumn.selectList), \(PresentedColumn.selectList)"

    fileprivate static let apiKeyPresented = Statement(
        "api_key_presented", [.text], sql: "select \(presentedList) from api_key where key_id = $1")

    fileprivate static let apiKeyCertified = Statement(
        "api_key_certified", [.bytea],
        sql: "select \(presentedList) from api_key where certificate = $1 and revoked_at is null")

    fileprivate static let apiKeyList = Statement(
        "api_key_list", [.text, .text, .int8],
        sql: """
            select \(APIKeyColumn.selectList) from api_key
            where ($1::text is null or client = $1) and key_id > $2 order by key_id limit $3
            """)

    fileprivate static let apiKeyCount = Statement(
        "api_key_count", [.text], sql: "select count(*) from api_key where $1::text is null or client = $1")

    fileprivate static let apiKeyClock = Statement("api_key_clock", sql: "select clock_timestamp()")
}

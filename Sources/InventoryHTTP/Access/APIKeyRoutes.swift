import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// API keys, for admins. A request that is sent again, with the same `Idempotency-Key`, makes no second key, and is answered
/// with the first without its text: that is shown once and not kept. Rotating the key gives another.
struct APIKeyRoutes {
    let keys: APIKeyService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.get("api-keys", use: list)
        router.post("api-keys", use: create)
        router.get("api-keys/{id}", use: get)
        router.post("api-keys/{id}/rotate", use: rotate)
        router.post("api-keys/{id}/revoke", use: revoke)
    }

    /// operationId: listAPIKeys
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let client = query.identifier("client", ClientKind.self)
        let cursor = CursorCodec("api-keys", client?.text ?? "")
        let page = query.page(cursor)
        try query.finish()
        let (found, now) = try await keys.keys(of: client, page)
        return .json { writer in
            writer.object {
                found.write(to: &$0, "apiKeys", cursor: cursor, key: { $0.id.text }) { $0.apiKey($1, at: now) }
            }
        }
    }

    /// operationId: createAPIKey
    @Sendable func create(_ request: Request, context: AppContext) async throws -> Response {
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let request = try request.idempotencyKey(for: body, isRequired: false, of: context.caller.client)
        let new = try readBody(body) { NewAPIKey(from: &$0) }
        let result = try await keys.create(new, request, by: context.caller.actor)
        if case .failure(.unknownLocation(let id)) = result {
            let named = body.members?.first { $0.name.string == "locations" }?.value.elements
            let place = named?.firstIndex { $0.string == id.text } ?? 0
            throw Problem.unknown(pointer: "/locations/\(place)", "no location has this id; create it first")
        }
        return try await made(result)
    }

    /// operationId: getAPIKey
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try Self.id(context)
        var query = Query(request)
        try query.finish()
        guard let (key, now) = try await keys.key(id) else { throw Problem(APIKeyRejection.notFound) }
        return .json { $0.apiKey(key, at: now) }
    }

    /// operationId: rotateAPIKey
    @Sendable func rotate(_ request: Request, context: AppContext) async throws -> Response {
        let id = try Self.id(context)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context, orEmpty: true)
        let request = try request.idempotencyKey(for: body, isRequired: false, of: context.caller.client)
        let overlap = try readBody(body) { reader -> Int64? in
            let asked = reader.integer("overlapSeconds", in: APIKeyService.overlapSecondsAllowed)
            return asked ?? APIKeyService.overlapSecondsDefault
        }
        return try await made(keys.rotate(id, overlapSeconds: overlap, request, by: context.caller.actor))
    }

    /// operationId: revokeAPIKey
    @Sendable func revoke(_ request: Request, context: AppContext) async throws -> Response {
        let id = try Self.id(context)
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context, orEmpty: true)
        _ = try readBody(body) { _ in true }
        switch try await keys.revoke(id, by: context.caller.actor) {
        case .success(let key): return .json { $0.apiKey(key, at: key.revokedAt ?? key.createdAt) }
        case .failure(let rejection): throw Problem(rejection)
        }
    }

    private func made(_ result: Result<APIKeyService.Made, APIKeyRejection>) async throws -> Response {
        switch result {
        case .success(let made):
            // One that was made before is shown as it is now.
            let shown =
                if made.text == nil, let found = try await keys.key(made.key.id) { found } else {
                    (key: made.key, now: made.key.createdAt)
                }
            let headers: HTTPFields = [.location: "/v1/api-keys/\(made.key.id)", .cacheControl: "no-store"]
            return .json(.created, headers: headers) { writer in
                writer.object {
                    $0.name("apiKey")
                    $0.apiKey(shown.key, at: shown.now)
                    $0.field("key", made.text)
                }
            }
        case .failure(let rejection): throw Problem(rejection)
        }
    }

    /// What no key is named by is not found, however it looks.
    private static func id(_ context: AppContext) throws -> APIKeyID {
        guard let id = try? context.identifier("id", APIKeyKind.self) else { throw Problem(APIKeyRejection.notFound) }
        return id
    }
}

extension JSONWriter {
    fileprivate mutating func apiKey(_ key: APIKey, at now: Timestamp) {
        object {
            $0.field("id", key.id.text)
            $0.field("client", key.client.text)
            $0.field("name", key.name)
            $0.name("roles")
            $0.array(key.grant.roles) { $0.value($1.rawValue) }
            $0.name("scopes")
            $0.array(key.grant.scopes.list) { $0.value($1.rawValue) }
            $0.name("locations")
            $0.optional(key.grant.binding.locations) { $0.array($1.map(\.text).sorted()) { $0.value($1) } }
            $0.name("sources")
            $0.optional(key.grant.binding.sources) { $0.array($1.map(\.text).sorted()) { $0.value($1) } }
            $0.field("certificate", key.certificate?.hexadecimal)
            $0.field("state", key.state(at: now).rawValue)
            $0.field("createdAt", key.createdAt)
            $0.field("createdBy", key.createdBy?.text)
            $0.field("expiresAt", key.expiresAt)
            $0.field("revokedAt", key.revokedAt)
            $0.field("lastUsedAt", key.lastUsedAt)
        }
    }
}

extension Digest {
    fileprivate var hexadecimal: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension Problem {
    fileprivate init(_ rejection: APIKeyRejection) {
        switch rejection {
        case .notFound: self = .notFound("API key has this id")
        case .tooManyValid:
            self.init(
                .resourceInUse,
                "the client has \(APIKey.validPerClientMax) valid keys already; revoke the one that is not used any more"
            )
        case .notValid:
            self.init(.illegalTransition, "the key has expired or was revoked; create a new one for its client")
        case .unknownLocation(let id):
            self = .unknown(pointer: "/locations", "no location has the id '\(id)'; create it first")
        case .expiresInPast:
            self = .invalid([.init(pointer: "/expiresAt", detail: "is in the past")])
        case .requestKeyReused: self = .requestKeyReused
        case .certificateTaken:
            self.init(
                .resourceInUse, "another key has this certificate; revoke that key first",
                errors: [.init(pointer: "/certificate", detail: "another key has it")])
        }
    }
}

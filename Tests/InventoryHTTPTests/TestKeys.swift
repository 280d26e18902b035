import Foundation
import Hummingbird
import Inventory
import InventoryHTTP
import InventoryPostgres
import InventoryService
import TestSupport

/// A service that asks for keys, as `HOLDFAST_AUTH_MODE=token` does.
extension TestServer {
    static func runAsking(
        clientLimits: ClientLimits = .none, tail: EventTail? = nil, corsOrigins: Set<String> = [],
        pages: PageSettings? = nil, hasFastLane: Bool = true,
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await run(
            clientLimits: clientLimits, tail: tail, corsOrigins: corsOrigins, pages: pages,
            hasFastLane: hasFastLane,
            access: { shop in
                Authenticator(keys: shop.apiKeys, tokens: nil, uses: APIKeyUses())
            }, body)
    }

    /// - Returns: the text of a new key for a client of its own.
    func key(
        _ client: String, _ roles: [Role] = [], _ scopes: [Scope] = [], locations: [String]? = nil,
        sources: [String]? = nil
    ) async throws -> String {
        let grant = AccessGrant(
            roles: roles, scopes: Scopes(scopes),
            binding: AccessBinding(
                locations: locations.map { Set($0.map(LocationID.init(stored:))) },
                sources: sources.map { Set($0.map(SourceID.init(stored:))) }))
        let text = APIKeyText.draw()
        _ = try await shop.apiKeys.create(NewAPIKey(client: ClientID(stored: client), grant: grant), text, by: nil)
            .get()
        return text.text
    }

    /// The same server, called with a key.
    func with(_ key: String) -> TestServer {
        var server = self
        server.caller = [.authorization: "Bearer \(key)"]
        return server
    }
}

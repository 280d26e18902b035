import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct LocationGroupRoutes {
    let master: CatalogService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.put("location-groups/{id}", use: put)
        router.get("location-groups/{id}", use: get)
        router.delete("location-groups/{id}", use: delete)
        router.get("location-groups", use: list)
    }

    /// operationId: putLocationGroup
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", GroupKind.self)
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let group = try readBody(body) { LocationGroup(from: &$0, id: id) }
        let result = try await master.put(group, precondition, by: context.caller.actor)
        return try putResponse(result) { $0.group($1) }
    }

    /// operationId: getLocationGroup
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", GroupKind.self)
        let stored = try await master.group(id)
        return try getResponse(request, stored, "location group has the id '\(id)'") { $0.group($1) }
    }

    /// operationId: deleteLocationGroup
    @Sendable func delete(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", GroupKind.self)
        let precondition = try request.precondition
        return try await deleteResponse(master.delete(group: id, precondition, by: context.caller.actor))
    }

    /// operationId: listLocationGroups
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        let cursor = CursorCodec("location-groups")
        var query = Query(request)
        let page = query.page(cursor)
        try query.finish()
        let groups = try await master.groups(page)
        return .json { writer in
            writer.object {
                groups.write(to: &$0, "locationGroups", cursor: cursor, key: { $0.value.id.text }) { $0.group($1) }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func group(_ stored: Stored<LocationGroup>) {
        object {
            $0.field("id", stored.value.id.text)
            $0.field("name", stored.value.name)
            $0.field("channel", stored.value.channel?.text)
            $0.name("locations")
            $0.array(stored.value.locations) { $0.value($1.text) }
            $0.field("version", stored.version)
        }
    }
}

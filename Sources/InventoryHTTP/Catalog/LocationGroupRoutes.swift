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
        router.patch("location-groups/{id}", use: patch)
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

    /// operationId: patchLocationGroup
    @Sendable func patch(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", GroupKind.self)
        let patch = try await MergePatch(request, upTo: limits.bodyBytesMax, in: context)
        let result = try await patch.apply(or: "location group has the id '\(id)'") {
            try await master.group(id)
        } body: {
            $0.fields(of: $1)
        } put: { body, precondition in
            let group = try readBody(body) { LocationGroup(from: &$0, id: id) }
            return try await master.put(group, precondition, by: context.caller.actor)
        }
        return try putResponse(result) { $0.group($1) }
    }

    /// operationId: getLocationGroup
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", GroupKind.self)
        let stored = try await master.group(id).flatMap { $0.within(context.caller.binding) }
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
        let binding = context.caller.binding
        let groups = try await master.groups(within: binding.locations, page)
        return .json { writer in
            writer.object {
                groups.write(to: &$0, "locationGroups", cursor: cursor, key: { $0.value.id.text }) {
                    $0.group($1.within(binding) ?? $1)
                }
            }
        }
    }
}

extension Stored<LocationGroup> {
    /// With the locations that a client may see; nil where it sees none of them.
    fileprivate func within(_ binding: AccessBinding) -> Self? {
        guard binding.locations != nil else { return self }
        var seen = value
        seen.locations.removeAll { !binding.allows($0) }
        return seen.locations.isEmpty ? nil : Stored(value: seen, wasCreated: wasCreated, version: version)
    }
}

extension JSONWriter {
    fileprivate mutating func group(_ stored: Stored<LocationGroup>) {
        object {
            $0.field("id", stored.value.id.text)
            $0.fields(of: stored.value)
            $0.field("version", stored.version)
        }
    }

    /// The members that a body sets.
    fileprivate mutating func fields(of group: LocationGroup) {
        field("name", group.name)
        field("channel", group.channel?.text)
        name("locations")
        array(group.locations) { $0.value($1.text) }
    }
}

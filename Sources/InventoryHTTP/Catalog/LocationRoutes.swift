import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct LocationRoutes {
    let master: CatalogService
    let heard: LastSeenTracker
    let lastSeenStore: any LastSeenStore
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.put("locations/{id}", use: put)
        router.patch("locations/{id}", use: patch)
        router.get("locations/{id}", use: get)
        router.delete("locations/{id}", use: delete)
        router.get("locations", use: list)
    }

    /// operationId: putLocation
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", LocationKind.self)
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let location = try readBody(body) { Location(from: &$0, id: id) }
        let result = try await master.put(location, precondition, by: context.caller.actor)
        let hearing = try await hearing(of: [id])
        let open = try await master.openPromises(at: id)
        return try putResponse(result) { $0.location($1, hearing, openPromises: open) }
    }

    /// operationId: patchLocation
    @Sendable func patch(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", LocationKind.self)
        let patch = try await MergePatch(request, upTo: limits.bodyBytesMax, in: context)
        let result = try await patch.apply(or: "location has the id '\(id)'") {
            try await master.location(id)
        } body: {
            $0.fields(of: $1)
        } put: { body, precondition in
            let location = try readBody(body) { Location(from: &$0, id: id) }
            return try await master.put(location, precondition, by: context.caller.actor)
        }
        let hearing = try await hearing(of: [id])
        let open = try await master.openPromises(at: id)
        return try putResponse(result) { $0.location($1, hearing, openPromises: open) }
    }

    /// operationId: getLocation
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.location("id")
        let stored = try await master.location(id)
        guard let stored else { throw Problem.notFound("location has the id '\(id)'") }
        let hearing = try await hearing(of: [id])
        let open = try await master.openPromises(at: id)
        // Always in full: whether it is heard, and what is open there, changes without its version.
        return .json(headers: [.eTag: stored.tag]) { $0.location(stored, hearing, openPromises: open) }
    }

    /// operationId: deleteLocation
    @Sendable func delete(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", LocationKind.self)
        let precondition = try request.precondition
        return try await deleteResponse(master.delete(location: id, precondition, by: context.caller.actor))
    }

    /// operationId: listLocations
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        var filter = LocationFilter()
        filter.silent = query.optionalBoolean("silent")
        filter.status = query.choice("status")
        filter.mode = query.choice("mode")
        filter.within = context.caller.binding.locations
        let order: LocationOrder = query.choice("order") ?? .id
        let asked = [
            filter.silent.map { " silent=\($0)" }, filter.status.map { " status=\($0)" },
            filter.mode.map { " mode=\($0)" }, order == .id ? nil : " order=\(order)",
        ]
        let cursor = CursorCodec("locations\(asked.compactMap(\.self).joined())")
        let page = query.page(cursor)
        try query.finish()
        let locations = try await master.locations(filter, in: order, page)
        let hearing = try await hearing(of: locations.elements.map(\.stored.value.id))
        return .json { writer in
            writer.object {
                locations.write(to: &$0, "locations", cursor: cursor, key: { $0.key(in: order) }) {
                    $0.location($1.stored, hearing, openPromises: $1.openPromises)
                }
            }
        }
    }

    private func hearing(of ids: [LocationID]) async throws -> Hearing {
        let silent = try await lastSeenStore.silent(among: ids)
        return Hearing(silentSince: silent, lastHeard: heard.lastHeard)
    }
}

/// When locations were heard last, and which of them are silent since when.
private struct Hearing {
    let silentSince: [LocationID: Timestamp]
    let lastHeard: [LocationID: Timestamp]
}

extension JSONWriter {
    fileprivate mutating func location(_ stored: Stored<Location>, _ hearing: Hearing, openPromises: Int64) {
        let location = stored.value
        object {
            $0.field("id", location.id.text)
            $0.fields(of: location)
            let silentSince = hearing.silentSince[location.id]
            $0.field("silent", silentSince != nil)
            $0.field("silentSince", silentSince)
            $0.field("lastHeardAt", hearing.lastHeard[location.id])
            $0.field("openPromises", openPromises)
            $0.field("version", stored.version)
        }
    }
}

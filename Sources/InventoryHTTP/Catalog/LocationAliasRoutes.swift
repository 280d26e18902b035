import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct LocationAliasRoutes {
    let master: CatalogService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.put("location-aliases", use: put)
        router.get("location-aliases", use: list)
        router.delete("location-aliases", use: delete)
    }

    /// operationId: putLocationAlias
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let alias = try readBody(body) { LocationAlias(from: &$0) }
        let result = try await master.put(alias, precondition, by: context.caller.actor)
        return try putResponse(result) { $0.locationAlias($1) }
    }

    /// operationId: listLocationAliases
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        var filter = LocationAliasFilter(
            codeSystem: query.identifier("codeSystem"), code: query.identifier("code"),
            location: query.identifier("location"))
        let cursor = CursorCodec(
            "location-aliases", filter.codeSystem?.text ?? "", filter.code?.text ?? "", filter.location?.text ?? "")
        let page = query.page(cursor)
        try query.finish()
        filter.within = context.caller.binding.locations
        let aliases = try await master.locationAliases(filter, page)
        return .json { writer in
            writer.object {
                aliases.write(
                    to: &$0, "locationAliases", cursor: cursor, key: { "\($0.value.codeSystem)\n\($0.value.code)" }
                ) { $0.locationAlias($1) }
            }
        }
    }

    /// operationId: deleteLocationAlias
    @Sendable func delete(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let system = query.identifier("codeSystem", CodeSystemKind.self)
        let code = query.identifier("code", CodeKind.self)
        if system == nil { query.report("codeSystem", "is required") }
        if code == nil { query.report("code", "is required") }
        try query.finish()
        let precondition = try request.precondition
        guard let system, let code else { throw Problem.notFound("such location alias") }
        return try await deleteResponse(
            master.deleteLocationAlias(codeSystem: system, code: code, precondition, by: context.caller.actor))
    }
}

extension JSONWriter {
    fileprivate mutating func locationAlias(_ stored: Stored<LocationAlias>) {
        object {
            $0.field("codeSystem", stored.value.codeSystem.text)
            $0.field("code", stored.value.code.text)
            $0.field("location", stored.value.location.text)
            $0.field("version", stored.version)
        }
    }
}

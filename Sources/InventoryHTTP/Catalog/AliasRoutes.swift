import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct AliasRoutes {
    let master: CatalogService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.put("aliases", use: put)
        router.get("aliases", use: list)
        router.delete("aliases", use: delete)
    }

    /// operationId: putAlias
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let alias = try readBody(body) { Alias(from: &$0) }
        let result = try await master.put(alias, precondition, by: context.caller.actor)
        return try putResponse(result) { $0.alias($1) }
    }

    /// operationId: listAliases
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let filter = AliasFilter(
            codeSystem: query.identifier("codeSystem"), code: query.identifier("code"), sku: query.identifier("sku"))
        let cursor = CursorCodec(
            "aliases", filter.codeSystem?.text ?? "", filter.code?.text ?? "", filter.sku?.text ?? "")
        let page = query.page(cursor)
        try query.finish()
        let aliases = try await master.aliases(filter, page)
        return .json { writer in
            writer.object {
                aliases.write(
                    to: &$0, "aliases", cursor: cursor, key: { "\($0.value.codeSystem)\n\($0.value.code)" }
                ) { $0.alias($1) }
            }
        }
    }

    /// operationId: deleteAlias
    @Sendable func delete(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let system = query.identifier("codeSystem", CodeSystemKind.self)
        let code = query.identifier("code", CodeKind.self)
        if system == nil { query.report("codeSystem", "is required") }
        if code == nil { query.report("code", "is required") }
        try query.finish()
        let precondition = try request.precondition
        guard let system, let code else { throw Problem.notFound("such alias") }
        return try await deleteResponse(
            master.deleteAlias(codeSystem: system, code: code, precondition, by: context.caller.actor))
    }
}

extension JSONWriter {
    fileprivate mutating func alias(_ stored: Stored<Alias>) {
        object {
            $0.field("codeSystem", stored.value.codeSystem.text)
            $0.field("code", stored.value.code.text)
            $0.field("sku", stored.value.sku.text)
            $0.field("unitsPerCode", stored.value.unitsPerCode.units)
            $0.field("version", stored.version)
        }
    }
}

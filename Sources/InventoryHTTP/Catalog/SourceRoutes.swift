import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct SourceRoutes {
    let master: CatalogService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.put("sources/{id}", use: put)
        router.get("sources/{id}", use: get)
        router.delete("sources/{id}", use: delete)
        router.get("sources", use: list)
    }

    /// operationId: putSource
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", SourceKind.self)
        guard id != .holdfast else {
            throw Problem.invalid(parameter: "id", "'holdfast' is reserved for the service's own lines")
        }
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let source = try readBody(body) { Source(from: &$0, id: id) }
        let result = try await master.put(source, precondition, by: context.caller.actor)
        return try putResponse(result) { $0.source($1) }
    }

    /// operationId: getSource
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.source("id")
        let stored = try await master.source(id)
        return try getResponse(request, stored, "source has the id '\(id)'") { $0.source($1) }
    }

    /// operationId: deleteSource
    @Sendable func delete(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", SourceKind.self)
        let precondition = try request.precondition
        return try await deleteResponse(master.delete(source: id, precondition, by: context.caller.actor))
    }

    /// operationId: listSources
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        let cursor = CursorCodec("sources")
        var query = Query(request)
        let page = query.page(cursor)
        try query.finish()
        let sources = try await master.sources(page)
        return .json { writer in
            writer.object {
                sources.write(to: &$0, "sources", cursor: cursor, key: { $0.value.id.text }) { $0.source($1) }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func source(_ stored: Stored<Source>) {
        object {
            $0.field("id", stored.value.id.text)
            $0.field("name", stored.value.name)
            $0.field("codeSystem", stored.value.codeSystem?.text)
            $0.name("locations")
            $0.array(stored.value.locations) { $0.value($1.text) }
            $0.field("authority", stored.value.authority.rawValue)
            $0.name("labels")
            $0.array(stored.value.labels) { $0.labelRule($1) }
            $0.field("version", stored.version)
        }
    }
    private mutating func labelRule(_ rule: LabelRule) {
        object {
            $0.name("prefixes")
            $0.array(rule.prefixes) { $0.value($1) }
            $0.field("articleFrom", Int64(rule.article.lowerBound))
            $0.field("articleTo", Int64(rule.article.upperBound))
            $0.field("valueFrom", Int64(rule.value.lowerBound))
            $0.field("valueTo", Int64(rule.value.upperBound))
            $0.field("kind", rule.kind.rawValue)
            $0.field("decimals", Int64(rule.decimals))
        }
    }
}

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
        router.patch("sources/{id}", use: patch)
        router.get("sources/{id}", use: get)
        router.delete("sources/{id}", use: delete)
        router.get("sources", use: list)
    }

    /// operationId: putSource
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let id = try changeable(context)
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let source = try readBody(body) { Source(from: &$0, id: id) }
        let result = try await master.put(source, precondition, by: context.caller.actor)
        return try putResponse(result) { $0.source($1) }
    }

    /// operationId: patchSource
    @Sendable func patch(_ request: Request, context: AppContext) async throws -> Response {
        let id = try changeable(context)
        let patch = try await MergePatch(request, upTo: limits.bodyBytesMax, in: context)
        let result = try await patch.apply(or: "source has the id '\(id)'") {
            try await master.source(id)
        } body: {
            $0.fields(of: $1)
        } put: { body, precondition in
            let source = try readBody(body) { Source(from: &$0, id: id) }
            return try await master.put(source, precondition, by: context.caller.actor)
        }
        return try putResponse(result) { $0.source($1) }
    }

    private func changeable(_ context: AppContext) throws -> SourceID {
        let id = try context.identifier("id", SourceKind.self)
        guard id != .holdfast else {
            throw Problem.invalid(parameter: "id", "'holdfast' is reserved for the service's own lines")
        }
        return id
    }

    /// operationId: getSource
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.source("id")
        let stored = try await master.source(id).flatMap { $0.within(context.caller.binding) }
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
        let binding = context.caller.binding
        let sources = try await master.sources(within: binding, page)
        return .json { writer in
            writer.object {
                sources.write(to: &$0, "sources", cursor: cursor, key: { $0.value.id.text }) {
                    $0.source($1.within(binding) ?? $1)
                }
            }
        }
    }
}

extension Stored<Source> {
    /// With the locations that a client may see; nil where it reports for others only.
    fileprivate func within(_ binding: AccessBinding) -> Self? {
        guard binding.locations != nil, !value.locations.isEmpty else { return self }
        var seen = value
        seen.locations.removeAll { !binding.allows($0) }
        return seen.locations.isEmpty ? nil : Stored(value: seen, wasCreated: wasCreated, version: version)
    }
}

extension JSONWriter {
    fileprivate mutating func source(_ stored: Stored<Source>) {
        object {
            $0.field("id", stored.value.id.text)
            $0.fields(of: stored.value)
            $0.field("version", stored.version)
        }
    }

    /// The members that a body sets.
    fileprivate mutating func fields(of source: Source) {
        field("name", source.name)
        field("codeSystem", source.codeSystem?.text)
        name("locations")
        array(source.locations) { $0.value($1.text) }
        field("authority", source.authority.rawValue)
        name("labels")
        array(source.labels) { $0.labelRule($1) }
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

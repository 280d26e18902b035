import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import NIOCore
import StrictJSON

struct ImportMappingRoutes {
    let imports: ImportService?
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.put("import-mappings/{id}", use: put)
        router.get("import-mappings/{id}", use: get)
        router.delete("import-mappings/{id}", use: delete)
        router.get("import-mappings", use: list)
    }

    private func service() throws -> ImportService {
        guard let imports else { throw Problem(.overloaded, "this process does not take imports; use another one") }
        return imports
    }

    /// operationId: putImportMapping
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let imports = try service()
        let id = try context.identifier("id", ImportNameKind.self)
        let precondition = try request.precondition
        let text = try await yaml(request, context)
        let kind: ImportKind
        do throws(ImportProblem) {
            kind = try imports.reader.kind(ofMapping: text)
        } catch {
            throw Problem(.invalidRequest, error.detail, errors: [.init(pointer: "", detail: error.detail)])
        }
        let mapping = ImportMapping(id: id, kind: kind, text: text, updatedAt: Timestamp(microseconds: 0))
        let result = try await imports.put(mapping, precondition, by: context.caller.actor)
        return try putResponse(result) { $0.mapping($1) }
    }

    private func yaml(_ request: Request, _ context: AppContext) async throws -> String {
        let type = (request.headers[fields: .contentType].first?.value ?? "")
            .prefix(while: { $0 != ";" && $0 != " " }).lowercased()
        let accepted = [
            "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain",
            "application/octet-stream",
        ]
        guard accepted.contains(type) else {
            throw Problem(.unsupportedMediaType, "send the mapping as YAML, with Content-Type: application/yaml")
        }
        let bytes = try await request.wholeBody(upTo: ImportMapping.bytesMax, in: context)
        guard let text = String(validating: bytes, as: UTF8.self), !text.contains("\0") else {
            throw Problem(.invalidRequest, "the mapping is not UTF-8 text")
        }
        return text
    }

    /// operationId: getImportMapping
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let imports = try service()
        let id = try context.identifier("id", ImportNameKind.self)
        let stored = try await imports.mapping(id)
        return try getResponse(request, stored, "import mapping has the id '\(id)'") { $0.mapping($1) }
    }

    /// operationId: deleteImportMapping
    @Sendable func delete(_ request: Request, context: AppContext) async throws -> Response {
        let imports = try service()
        let id = try context.identifier("id", ImportNameKind.self)
        let precondition = try request.precondition
        return try await deleteResponse(imports.delete(mapping: id, precondition, by: context.caller.actor))
    }

    /// operationId: listImportMappings
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        let imports = try service()
        let cursor = CursorCodec("import-mappings")
        var query = Query(request)
        let page = query.page(cursor)
        try query.finish()
        let found = try await imports.mappings(page)
        return .json { writer in
            writer.object {
                found.write(to: &$0, "importMappings", cursor: cursor, key: { $0.value.id.text }) { $0.mapping($1) }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func mapping(_ stored: Stored<ImportMapping>) {
        object {
            $0.field("id", stored.value.id.text)
            $0.field("kind", stored.value.kind.rawValue)
            $0.field("text", stored.value.text)
            $0.field("version", stored.version)
            $0.field("updatedAt", stored.value.updatedAt)
        }
    }
}

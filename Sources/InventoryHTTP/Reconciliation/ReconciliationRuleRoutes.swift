import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct ReconciliationRuleRoutes {
    let store: any ReconciliationRuleStore
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.put("reconciliation-rules/{id}", use: put)
        router.get("reconciliation-rules/{id}", use: get)
        router.delete("reconciliation-rules/{id}", use: delete)
        router.get("reconciliation-rules", use: list)
    }

    /// operationId: putReconciliationRule
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", ReconciliationRuleKind.self)
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let rule = try readBody(body) { ReconciliationRule(from: &$0, id: id) }
        let result = try await store.putReconciliationRule(rule, precondition, by: context.caller.actor)
        return try putResponse(result) { $0.rule($1) }
    }

    /// operationId: getReconciliationRule
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", ReconciliationRuleKind.self)
        let stored = try await store.reconciliationRule(id)
        return try getResponse(request, stored, "reconciliation rule has the id '\(id)'") { $0.rule($1) }
    }

    /// operationId: deleteReconciliationRule
    @Sendable func delete(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", ReconciliationRuleKind.self)
        let precondition = try request.precondition
        return try await deleteResponse(store.deleteReconciliationRule(id, precondition, by: context.caller.actor))
    }

    /// operationId: listReconciliationRules
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        let cursor = CursorCodec("reconciliation-rules")
        var query = Query(request)
        let page = query.page(cursor)
        try query.finish()
        let rules = try await store.reconciliationRules(page)
        return .json { writer in
            writer.object {
                rules.write(to: &$0, "reconciliationRules", cursor: cursor, key: { $0.value.id.text }) { $0.rule($1) }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func rule(_ stored: Stored<ReconciliationRule>) {
        object {
            $0.field("id", stored.value.id.text)
            $0.field("source", stored.value.source?.text)
            $0.field("location", stored.value.location?.text)
            $0.field("toleranceUnits", stored.value.limits.toleranceUnits)
            $0.field("tolerancePercent", stored.value.limits.tolerancePercent)
            $0.field("autoCorrectUnits", stored.value.limits.autoCorrectUnits)
            $0.field("version", stored.version)
        }
    }
}

import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// Safety stock, thresholds, ring-fences and sale restrictions: four resources of one shape.
struct StockRuleRoutes {
    let store: any StockRuleStore
    let limits: HTTPLimits

    /// operationId: putSafetyStockRule, patchSafetyStockRule, getSafetyStockRule, deleteSafetyStockRule,
    /// listSafetyStockRules, putThreshold, patchThreshold, getThreshold, deleteThreshold, listThresholds, putRingFence,
    /// patchRingFence, getRingFence, deleteRingFence, listRingFences, putSaleRestriction, patchSaleRestriction,
    /// getSaleRestriction, deleteSaleRestriction, listSaleRestrictions
    func add(to router: RouterGroup<AppContext>) {
        add(.safetyStock, "safety-stock-rules", "safetyStockRules", to: router)
        add(.threshold, "thresholds", "thresholds", to: router)
        add(.ringFence, "ring-fences", "ringFences", to: router)
        add(.saleRestriction, "sale-restrictions", "saleRestrictions", to: router)
    }

    private func add(
        _ kind: StockRuleKind, _ path: String, _ plural: StaticString, to router: RouterGroup<AppContext>
    ) {
        let one = RouterPath("\(path)/{id}")
        router.put(one) { request, context in try await put(kind, request, context) }
        router.patch(one) { request, context in try await patch(kind, request, context) }
        router.get(one) { request, context in try await get(kind, request, context) }
        router.delete(one) { request, context in try await delete(kind, request, context) }
        router.get(RouterPath(path)) { request, _ in try await list(kind, plural, request) }
    }

    private func put(_ kind: StockRuleKind, _ request: Request, _ context: AppContext) async throws -> Response {
        let id = try context.identifier("id", StockRuleKindName.self)
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let asked = try readBody(body) { StockRuleBody(from: &$0, kind, id) }
        let result = try await store.putRule(asked.rule, about: asked.item, precondition, by: context.caller.actor)
        return try putResponse(result) { $0.stockRule($1.value, version: $1.version) }
    }

    private func patch(_ kind: StockRuleKind, _ request: Request, _ context: AppContext) async throws -> Response {
        let id = try context.identifier("id", StockRuleKindName.self)
        let patch = try await MergePatch(request, upTo: limits.bodyBytesMax, in: context)
        let result = try await patch.apply(or: "\(kind.noun) has the id '\(id)'") {
            try await store.rule(kind, id)
        } body: {
            $0.fields(of: $1)
        } put: { body, precondition in
            let asked = try readBody(body) { StockRuleBody(from: &$0, kind, id) }
            return try await store.putRule(asked.rule, about: asked.item, precondition, by: context.caller.actor)
        }
        return try putResponse(result) { $0.stockRule($1.value, version: $1.version) }
    }

    private func get(_ kind: StockRuleKind, _ request: Request, _ context: AppContext) async throws -> Response {
        let id = try context.identifier("id", StockRuleKindName.self)
        let stored = try await store.rule(kind, id)
        return try getResponse(request, stored, "\(kind.noun) has the id '\(id)'") {
            $0.stockRule($1.value, version: $1.version)
        }
    }

    private func delete(_ kind: StockRuleKind, _ request: Request, _ context: AppContext) async throws -> Response {
        let id = try context.identifier("id", StockRuleKindName.self)
        let precondition = try request.precondition
        return try await deleteResponse(store.deleteRule(kind, id, precondition, by: context.caller.actor))
    }

    private func list(_ kind: StockRuleKind, _ plural: StaticString, _ request: Request) async throws -> Response {
        var query = Query(request)
        let filter = StockRuleFilter(
            sku: query.identifier("sku"), location: query.identifier("location"), group: query.identifier("group"),
            channel: query.identifier("channel"), method: query.choice("method"))
        let cursor = CursorCodec(
            plural.description, filter.sku?.text ?? "", filter.location?.text ?? "", filter.group?.text ?? "",
            filter.channel?.text ?? "", filter.method?.rawValue ?? "")
        let page = query.page(cursor)
        try query.finish()
        let rules = try await store.rules(kind, filter, page)
        return .json { writer in
            writer.object {
                rules.write(to: &$0, plural, cursor: cursor, key: { $0.value.id.text }) {
                    $0.stockRule($1.value, version: $1.version)
                }
            }
        }
    }
}

extension StockRuleKind {
    fileprivate var noun: String {
        switch self {
        case .safetyStock: "safety-stock rule"
        case .threshold: "threshold"
        case .ringFence: "ring-fence"
        case .saleRestriction: "sale restriction"
        }
    }
}

extension JSONWriter {
    mutating func stockRule(_ rule: StockRule, version: Int64) {
        object {
            $0.field("id", rule.id.text)
            $0.fields(of: rule)
            $0.field("version", version)
        }
    }

    /// The members that a body sets.
    fileprivate mutating func fields(of rule: StockRule) {
        name("scope")
        scope(rule.scope)
        if rule.kind != .saleRestriction { field("quantity", rule.quantity) }
        if rule.kind == .safetyStock { field("percent", rule.percent) }
        if rule.kind == .ringFence { field("priority", rule.priority) }
        field("validFrom", rule.validity.from)
        field("validTo", rule.validity.to)
    }

    mutating func scope(_ scope: StockRuleScope) {
        object {
            $0.field("sku", scope.sku?.text)
            $0.field("location", scope.location?.text)
            $0.field("group", scope.group?.text)
            $0.field("channel", scope.channel?.text)
            $0.field("method", scope.method?.rawValue)
        }
    }
}

import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct SupplyRoutes {
    let store: any SupplyStore
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.put("expected-supply/{id}", use: put)
        router.get("expected-supply/{id}", use: get)
        router.delete("expected-supply/{id}", use: delete)
        router.get("expected-supply", use: list)
    }

    /// operationId: putExpectedSupply
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", SupplyKind.self)
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let asked = try readBody(body) { SupplyBody(from: &$0, id) }
        try context.requireOwn([(pointer: "/location", location: asked.supply.location)])
        // Ids are everybody's: one that is taken elsewhere cannot be taken here.
        if context.caller.binding.locations != nil, let taken = try await store.supply(id) {
            try context.requireOwn([(pointer: "", location: taken.value.location)])
        }
        let result = try await store.putSupply(asked.supply, of: asked.item, precondition, by: context.caller.actor)
        return try putResponse(result) { $0.supply($1.value) }
    }

    /// operationId: getExpectedSupply
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", SupplyKind.self)
        let stored = try await store.supply(id).flatMap { context.sees([$0.value.location]) ? $0 : nil }
        return try getResponse(request, stored, "expected supply has the id '\(id)'") { $0.supply($1.value) }
    }

    /// operationId: deleteExpectedSupply
    @Sendable func delete(_ request: Request, context: AppContext) async throws -> Response {
        let id = try context.identifier("id", SupplyKind.self)
        let precondition = try request.precondition
        try await requireSeen(id, context)
        return try await deleteResponse(store.deleteSupply(id, precondition, by: context.caller.actor))
    }

    /// Another location's supply is not there for a client that is bound to some.
    private func requireSeen(_ id: SupplyID, _ context: AppContext) async throws {
        guard context.caller.binding.locations != nil, let stored = try await store.supply(id) else { return }
        // As of one that is not there at all.
        guard context.sees([stored.value.location]) else { throw Problem(MasterRejection.notFound) }
    }

    /// operationId: listExpectedSupply
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let sku = query.identifier("sku", SKUKind.self)
        let location = query.identifier("location", LocationKind.self)
        try context.requireOwn(location: location)
        let cursor = CursorCodec("expected-supply", sku?.text ?? "", location?.text ?? "")
        let page = query.page(cursor)
        try query.finish()
        let found = try await store.supplies(of: sku, at: location, page)
        return .json { writer in
            writer.object {
                found.write(to: &$0, "expectedSupply", cursor: cursor, key: { $0.value.id.text }) {
                    $0.supply($1.value)
                }
            }
        }
    }
}

extension JSONWriter {
    mutating func supply(_ supply: ExpectedSupply) {
        object {
            $0.field("id", supply.id.text)
            $0.field("sku", supply.sku.text)
            $0.field("location", supply.location.text)
            $0.field("quantity", supply.quantity)
            $0.field("received", supply.received)
            $0.field("outstanding", supply.outstanding)
            $0.field("expectedAt", supply.expectedAt)
            $0.field("firstExpectedAt", supply.firstExpectedAt)
            $0.field("isOverdue", supply.isOverdue)
            $0.field("settledAt", supply.settledAt)
            $0.field("transfer", supply.transfer?.description)
            $0.field("reference", supply.reference?.text)
            $0.field("version", supply.version)
        }
    }
}

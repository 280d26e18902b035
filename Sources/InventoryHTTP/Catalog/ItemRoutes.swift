import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

struct ItemRoutes {
    let master: CatalogService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.put("items/{sku}", use: put)
        router.patch("items/{sku}", use: patch)
        router.get("items/{sku}", use: get)
        router.get("items", use: list)
    }

    /// operationId: putItem
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let sku = try context.identifier("sku", SKUKind.self)
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let asked = try readBody(body) { ItemBody(from: &$0, sku: sku) }
        let result = try await master.put(asked.item, parts: asked.parts, precondition, by: context.caller.actor)
        return try putResponse(result) { $0.item($1) }
    }

    /// operationId: patchItem
    @Sendable func patch(_ request: Request, context: AppContext) async throws -> Response {
        let sku = try context.identifier("sku", SKUKind.self)
        let patch = try await MergePatch(request, upTo: limits.bodyBytesMax, in: context)
        let result = try await patch.apply(or: "item has the sku '\(sku)'") {
            try await master.item(sku)
        } body: {
            $0.fields(of: $1)
        } put: { body, precondition in
            let asked = try readBody(body) { ItemBody(from: &$0, sku: sku) }
            return try await master.put(asked.item, parts: asked.parts, precondition, by: context.caller.actor)
        }
        return try putResponse(result) { $0.item($1) }
    }

    /// operationId: getItem
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let sku = try context.identifier("sku", SKUKind.self)
        let stored = try await master.item(sku)
        return try getResponse(request, stored, "item has the sku '\(sku)'") { $0.item($1) }
    }

    /// operationId: listItems
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let skus = query.identifiers("sku", countMax: ItemFilter.skusMax, SKUKind.self)
        let filter = ItemFilter(skus: skus.isEmpty ? nil : skus, family: query.identifier("family"))
        let named = skus.map { $0.text }.sorted().joined(separator: "\n")
        let cursor = CursorCodec("items", named, filter.family?.text ?? "")
        let page = query.page(cursor)
        try query.finish()
        let items = try await master.items(filter, page)
        return .json { writer in
            writer.object {
                items.write(to: &$0, "items", cursor: cursor, key: { $0.value.sku.text }) { $0.item($1) }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func item(_ stored: Stored<Item>) {
        object {
            $0.field("sku", stored.value.sku.text)
            $0.fields(of: stored.value)
            $0.field("version", stored.version)
        }
    }

    /// The members that a body sets.
    fileprivate mutating func fields(of item: Item) {
        field("name", item.name)
        field("unit", item.unit.rawValue)
        field("status", item.status.rawValue)
        name("components")
        array(item.components) { writer, component in
            writer.object {
                $0.field("sku", component.sku.text)
                $0.field("quantity", component.quantity)
            }
        }
        field("family", item.family?.text)
        name("attributes")
        attributes(item.attributes)
    }
}

extension JSONWriter {
    /// What tells an item from others of its family.
    mutating func attributes(_ attributes: [Item.Attribute]) {
        object { for attribute in attributes { $0.field(named: attribute.name, attribute.value) } }
    }
}

import Hummingbird
import Inventory
import InventoryService
import InventoryWire
import StrictJSON

/// Where an item lies at a location.
struct ItemBinRoutes {
    let master: CatalogService
    let limits: HTTPLimits

    func add(to router: RouterGroup<AppContext>) {
        router.put("items/{sku}/bins/{location}", use: put)
        router.get("items/{sku}/bins/{location}", use: get)
        router.delete("items/{sku}/bins/{location}", use: delete)
        router.get("locations/{id}/bins", use: list)
    }

    /// operationId: putItemBin
    @Sendable func put(_ request: Request, context: AppContext) async throws -> Response {
        let (sku, location) = try balance(context)
        let precondition = try request.precondition
        let body = try await request.json(upTo: limits.bodyBytesMax, in: context)
        let bin = try readBody(body) { ItemBin(from: &$0, sku: sku, location: location) }
        let result = try await master.put(bin, precondition, by: context.caller.actor)
        if case .failure(.notFound) = result {
            throw Problem.notFound("item has the sku '\(sku)', or no location the id '\(location)'")
        }
        return try putResponse(result) { $0.bin($1) }
    }

    /// operationId: getItemBin
    @Sendable func get(_ request: Request, context: AppContext) async throws -> Response {
        let (sku, location) = try balance(context)
        let stored = try await master.bin(of: sku, at: location)
        return try getResponse(request, stored, "bin of '\(sku)' is known at '\(location)'") { $0.bin($1) }
    }

    /// operationId: deleteItemBin
    @Sendable func delete(_ request: Request, context: AppContext) async throws -> Response {
        let (sku, location) = try balance(context)
        let precondition = try request.precondition
        return try await deleteResponse(
            master.deleteBin(of: sku, at: location, precondition, by: context.caller.actor))
    }

    /// operationId: listItemBins
    @Sendable func list(_ request: Request, context: AppContext) async throws -> Response {
        let location = try context.location("id")
        let cursor = CursorCodec("bins", location.text)
        var query = Query(request)
        let page = query.page(cursor)
        try query.finish()
        guard try await master.location(location) != nil else {
            throw Problem.notFound("location has the id '\(location)'")
        }
        let bins = try await master.bins(at: location, page)
        return .json { writer in
            writer.object {
                bins.write(to: &$0, "bins", cursor: cursor, key: { $0.value.sku.text }) { $0.bin($1) }
            }
        }
    }

    private func balance(_ context: AppContext) throws -> (SKU, LocationID) {
        (try context.identifier("sku", SKUKind.self), try context.location("location"))
    }
}

extension JSONWriter {
    fileprivate mutating func bin(_ stored: Stored<ItemBin>) {
        object {
            $0.field("sku", stored.value.sku.text)
            $0.field("location", stored.value.location.text)
            $0.field("bin", stored.value.text)
            $0.field("version", stored.version)
        }
    }
}

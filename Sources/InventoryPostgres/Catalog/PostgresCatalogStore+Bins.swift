package import Inventory
package import InventoryService
import LibPQ

/// Where items lie. Nothing is decided by it, so that its changes wait for no grant and raise no epoch.
extension PostgresCatalogStore {
    package func putBin(
        _ bin: ItemBin, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ItemBin>> {
        try await change(
            by: actor, of: "bin \(bin.sku) \(bin.location)",
            changes: { .put($0, .itemBin(bin.sku, bin.location)) }
        ) { session throws(PQError) in
            // A location that is deleted meanwhile waits for this, or this for that.
            _ = try session.query(.placesShare)
            let known = try session.query(.binRead) { $0.bin(bin.sku, bin.location) }.first.map(Stored<ItemBin>.init)
            guard precondition.allows(known?.version) else {
                return .failure(.preconditionFailed(current: known?.version))
            }
            if let known, known.value == bin { return .success(known.unchanged) }
            let stored = try session.query(.binUpsert) {
                $0.bin(bin.sku, bin.location)
                $0.text(bin.text)
            }
            guard let row = stored.first else { return .failure(.notFound) }
            return .success(Stored(value: bin, wasCreated: known == nil, version: row.only.int8))
        }
    }

    package func bin(of sku: SKU, at location: LocationID) async throws(StoreError) -> Stored<ItemBin>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.binRead) { $0.bin(sku, location) }.first.map(Stored<ItemBin>.init)
        }
    }

    package func bins(
        at location: LocationID, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<ItemBin>> {
        try await self.page(
            page, list: .binList, count: .binCount, filter: { $0.text(location.text) },
            after: { $0.text(page.after ?? "") }, Stored<ItemBin>.init)
    }

    package func deleteBin(
        of sku: SKU, at location: LocationID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await change(
            by: actor, of: "bin \(sku) \(location)", changes: { _ in [.deleted(.itemBin(sku, location))] }
        ) { session throws(PQError) in
            let known = try session.query(.binRead) { $0.bin(sku, location) }.first.map(Stored<ItemBin>.init)
            guard let known else { return .failure(.notFound) }
            guard precondition.allows(known.version) else {
                return .failure(.preconditionFailed(current: known.version))
            }
            _ = try session.query(.binDelete) { $0.bin(sku, location) }
            return .success(())
        }
    }
}

/// Of bin `b`, item `i` and location `l`.
private enum BinColumn: Int32, SelectedColumn {
    case sku, location, bin, version

    var selected: String {
        switch self {
        case .sku: "i.sku"
        case .location: "l.id"
        case .bin: "b.bin"
        case .version: "b.version"
        }
    }
}

extension Stored<ItemBin> {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<BinColumn>(row)
        self.init(
            value: ItemBin(
                sku: SKU(stored: row.text(.sku)), location: LocationID(stored: row.text(.location)),
                text: row.text(.bin)),
            wasCreated: false, version: row.int8(.version))
    }
}

extension ParameterWriter {
    fileprivate mutating func bin(_ sku: SKU, _ location: LocationID) {
        text(sku.text)
        text(location.text)
    }
}

extension Change {
    fileprivate static func itemBin(_ sku: SKU, _ location: LocationID) -> Change {
        Change(.itemBin, ChangeKey.text(sku.text, location.text))
    }
}

extension Statement {
    private static let ofBalance = """
        b.item_id = (select i.item_id from item i where i.sku = $1)
        and b.location_id = (select l.location_id from location l where l.id = $2 and l.deleted_at is null)
        """

    fileprivate static let binRead = Statement(
        "bin_read", [.text, .text],
        sql: """
            select \(BinColumn.selectList)
            from item_bin b join item i using (item_id) join location l using (location_id)
            where \(ofBalance)
            """)

    /// No row where the item or the location is unknown.
    fileprivate static let binUpsert = Statement(
        "bin_upsert", [.text, .text, .text],
        sql: """
            insert into item_bin as b (item_id, location_id, bin)
            select i.item_id, l.location_id, $3 from item i, location l
            where i.sku = $1 and l.id = $2 and l.deleted_at is null
            on conflict (location_id, item_id) do update
            set bin = excluded.bin, version = b.version + 1, updated_at = clock_timestamp()
            returning version
            """)

    fileprivate static let binList = Statement(
        "bin_list", [.text, .text, .int8],
        sql: """
            select \(BinColumn.selectList)
            from location l join item_bin b using (location_id) join item i using (item_id)
            where l.id = $1 and l.deleted_at is null and i.sku > $2
            order by i.sku limit $3
            """)

    fileprivate static let binCount = Statement(
        "bin_count", [.text],
        sql: """
            select count(*) from location l join item_bin b using (location_id)
            where l.id = $1 and l.deleted_at is null
            """)

    fileprivate static let binDelete = Statement(
        "bin_delete", [.text, .text], sql: "delete from item_bin b where \(ofBalance)")

    /// Those of a location that is deleted: its id may come back as another shop.
    static let binsForget = Statement("bins_forget", [.int4], sql: "delete from item_bin where location_id = $1")
}

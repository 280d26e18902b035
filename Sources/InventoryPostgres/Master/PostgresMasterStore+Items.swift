package import Inventory
package import InventoryService
import LibPQ

extension PostgresMasterStore {
    package func putItem(
        _ item: Item, _ precondition: Precondition
    ) async throws(StoreError) -> MasterResult<Stored<Item>> {
        try await change(of: "item \(item.sku)") { session throws(PQError) in
            let current = try session.query(.itemLock) { $0.text(item.sku.text) }.first?.int8(0)
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            let row = try session.query(.itemUpsert) { $0.items([item]) }[0]
            if current != nil { try raiseEpoch(on: session) }
            _ = try session.query(.exceptionSettle) { $0.texts([MissingThing.sku(item.sku).dedupeKey]) }
            return .success(Stored(value: item, wasCreated: current == nil, version: row.int8(0)))
        }
    }

    package func putItems(_ items: [Item]) async throws(StoreError) {
        precondition(items.count <= itemsPerCallMax, "a call takes \(itemsPerCallMax) items")
        // One statement cannot write one row twice; the last of equal skus counts.
        let distinct = Dictionary(items.map { ($0.sku, $0) }) { $1 }.values.sorted { $0.sku < $1.sku }
        let result: MasterResult<Void> = try await change(of: "items") { session throws(PQError) in
            _ = try session.query(.itemUpsert) { $0.items(distinct) }
            try raiseEpoch(on: session)
            _ = try session.query(.exceptionSettle) {
                $0.texts(distinct.map { MissingThing.sku($0.sku).dedupeKey })
            }
            return .success(())
        }
        guard case .success = result else { preconditionFailure("a bulk load of items has no precondition") }
    }

    package func item(_ sku: SKU) async throws(StoreError) -> Stored<Item>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.itemRead) { $0.text(sku.text) }.first.map(Stored<Item>.init)
        }
    }

    package func items(_ page: PageRequest) async throws(StoreError) -> Page<Stored<Item>> {
        try await self.page(
            page, list: .itemList, count: .itemCount, after: { $0.text(page.after ?? "") }, Stored<Item>.init)
    }
}

extension ParameterWriter {
    fileprivate mutating func items(_ items: [Item]) {
        texts(items.map { $0.sku.text })
        texts(items.map { $0.name })
        texts(items.map { $0.unit.rawValue })
        texts(items.map { $0.status.rawValue })
    }
}

extension Stored<Item> {
    fileprivate init(_ row: Row) {
        self.init(
            value: Item(
                sku: SKU(stored: row.text(0)), name: row.text(1), unit: .init(stored: row.text(2)),
                status: .init(stored: row.text(3))),
            wasCreated: false, version: row.int8(4))
    }
}

extension Statement {
    fileprivate static let itemLock = Statement(
        "item_lock", [.text], sql: "select version from item where sku = $1 for update")

    /// An item that is put again as it is keeps its version and gets no history.
    fileprivate static let itemUpsert = Statement(
        "item_upsert", [.textArray, .textArray, .textArray, .textArray],
        sql: """
            with stored as (
                insert into item as i (sku, name, unit, status)
                select * from unnest($1, $2, $3, $4) as new(sku, name, unit, status)
                order by new.sku
                on conflict (sku) do update
                set name = excluded.name, unit = excluded.unit, status = excluded.status,
                    version = i.version
                        + ((i.name, i.unit, i.status) is distinct from (excluded.name, excluded.unit, excluded.status))::int,
                    updated_at = clock_timestamp()
                returning item_id, version, name, status, updated_at
            ), noted as (
                insert into item_history (item_id, version, recorded_at, name, status)
                select item_id, version, updated_at, name, status from stored
                on conflict do nothing
            )
            select version from stored
            """)

    fileprivate static let itemRead = Statement(
        "item_read", [.text], sql: "select sku, name, unit, status, version from item where sku = $1")

    fileprivate static let itemList = Statement(
        "item_list", [.text, .int8],
        sql: "select sku, name, unit, status, version from item where sku > $1 order by sku limit $2")

    fileprivate static let itemCount = Statement("item_count", sql: "select count(*) from item")
}

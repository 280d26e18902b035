package import Inventory
package import InventoryService
import Synchronization

/// Master data in memory, which the facts of an `InMemoryStore` obey (`CatalogStoreContractTests` holds it to what PostgreSQL
/// does). It knows no rules, expected supply and feeds, which keep what they name from being deleted; nobody is silent in it,
/// and nobody was heard. An item's status stops no sale.
package final class InMemoryCatalogStore: CatalogStore {
    struct Tables: Sendable {
        var items = InMemoryTable<Item>(keepsDeleted: true)
        var bins = InMemoryTable<ItemBin>(keepsDeleted: false)
        var locations = InMemoryTable<Location>(keepsDeleted: true)
        var groups = InMemoryTable<LocationGroup>(keepsDeleted: true)
        var sources = InMemoryTable<Source>(keepsDeleted: true)
        var aliases = InMemoryTable<Alias>(keepsDeleted: false)
        var locationAliases = InMemoryTable<LocationAlias>(keepsDeleted: false)
        /// Of locations that were deleted, to come back under.
        var numbers: [LocationID: LocationNumber] = [:]
    }

    private let facts: InMemoryStore
    private let tables = Mutex(Tables())

    package init(_ facts: InMemoryStore) { self.facts = facts }

    /// That of the facts.
    package var now: Timestamp { facts.world.now }

    /// Runs `body` as one transaction over master data and facts.
    func change<Result: Sendable>(_ body: (inout Tables, inout InMemoryStore.State) -> Result) -> Result {
        tables.withLock { tables in facts.state.withLock { state in body(&tables, &state) } }
    }

    func read<Result: Sendable>(_ body: (Tables) -> Result) -> Result { tables.withLock { body($0) } }

    // MARK: Items

    package func putItem(
        _ item: Item, parts: [KitPart], _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Item>> {
        change { tables, state in
            let key = TableKey(item.sku.text)
            let known = tables.items[key]
            guard precondition.allows(known?.version) else {
                return .failure(.preconditionFailed(current: known?.version))
            }
            var item = item
            switch tables.components(parts, of: item.sku, known, in: state.world) {
            case .failure(let rejection): return .failure(rejection)
            case .success(let components): item.components = components
            }
            state.world.keep(item)
            return tables.items.put(item, at: key, .none)
        }
    }

    package func putItems(_ items: [ListedItem], by _: ActorName?) async throws(StoreError) {
        precondition(items.count <= itemsPerCallMax, "a call takes \(itemsPerCallMax) items")
        change { tables, state in
            // The last of equal skus counts, and those before it leave nothing.
            for (sku, listed) in Dictionary(items.map({ ($0.item.sku, $0) }), uniquingKeysWith: { $1 }) {
                let key = TableKey(sku.text)
                let item = listed.item(over: tables.items[key]?.value)
                state.world.keep(item)
                _ = tables.items.put(item, at: key, .none)
            }
        }
    }

    package func item(_ sku: SKU) async throws(StoreError) -> Stored<Item>? { read { $0.items[TableKey(sku.text)] } }

    package func items(_ filter: ItemFilter, _ page: PageRequest) async throws(StoreError) -> Page<Stored<Item>> {
        read { tables in
            tables.items.page(page) { item in
                filter.skus?.contains(item.sku) ?? true && filter.family.map { $0 == item.family } ?? true
            }
        }
    }

    // MARK: Bins

    package func putBin(
        _ bin: ItemBin, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ItemBin>> {
        change { tables, _ in
            let isKnown = tables.items[TableKey(bin.sku.text)] != nil && tables.isKnown(bin.location)
            return tables.bins.put(bin, at: TableKey(bin.sku.text, bin.location.text), precondition) {
                isKnown ? nil : .notFound
            }
        }
    }

    package func bin(of sku: SKU, at location: LocationID) async throws(StoreError) -> Stored<ItemBin>? {
        read { $0.bins[TableKey(sku.text, location.text)] }
    }

    package func bins(
        at location: LocationID, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<ItemBin>> {
        read { tables in
            let rows = tables.bins.all.filter { $0.stored.value.location == location }
            return Page(of: rows, page, key: { TableKey($0.stored.value.sku.text) }, element: { $0.stored })
        }
    }

    package func deleteBin(
        of sku: SKU, at location: LocationID, _ precondition: Precondition, by _: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        change { tables, _ in tables.bins.delete(TableKey(sku.text, location.text), precondition) }
    }
}

extension ItemReference {
    fileprivate var isCode: Bool { if case .code = self { true } else { false } }
}

extension ListedItem {
    /// The item as it is stored over what was there.
    func item(over known: Item?) -> Item {
        var item = item
        if !namesUnit { item.unit = known?.unit ?? .each }
        if !namesStatus { item.status = known?.status ?? .active }
        item.components = known?.components ?? []
        item.family = item.family ?? known?.family
        if item.attributes.isEmpty { item.attributes = known?.attributes ?? [] }
        return item
    }
}

extension World {
    fileprivate mutating func keep(_ item: Item) {
        if items[item.sku] == nil { add(item: item.sku.text) }
        kits[item.sku] = item.components.isEmpty ? nil : item.components
    }
}

extension InMemoryCatalogStore.Tables {
    func isKnown(_ location: LocationID) -> Bool { locations[TableKey(location.text)] != nil }

    /// What a kit is made of, in items.
    fileprivate func components(
        _ parts: [KitPart], of sku: SKU, _ known: Stored<Item>?, in world: World
    ) -> MasterResult<[Item.Component]> {
        guard !parts.isEmpty else { return .success([]) }
        if let known, known.value.components.isEmpty {
            if world.hasStock(sku) { return .failure(.resourceInUse("stock")) }
            let isPart = items.all.contains { $0.stored.value.components.contains { $0.sku == sku } }
            if isPart { return .failure(.resourceInUse("part")) }
        }
        var components: [Item.Component] = []
        for (index, part) in parts.enumerated() {
            let pointer = "/components/\(index)/\(part.item.isCode ? "code" : "sku")"
            guard let named = named(part.item), let item = items[TableKey(named.sku.text)]?.value else {
                return .failure(.unknownReference(pointer: pointer, detail: "unknown"))
            }
            guard item.components.isEmpty else { return .failure(.resourceInUse("kit")) }
            let quantity = part.quantity * named.units
            guard quantity <= Item.Component.quantityMax else {
                return .failure(.invalid(pointer: "/components/\(index)/quantity", detail: "too many"))
            }
            guard named.sku != sku, !components.contains(where: { $0.sku == named.sku }) else {
                return .failure(.invalid(pointer: pointer, detail: "itself, or twice"))
            }
            components.append(Item.Component(sku: named.sku, quantity: quantity))
        }
        return .success(components)
    }
}

extension World {
    fileprivate func hasStock(_ sku: SKU) -> Bool {
        guard let number = items[sku] else { return false }
        return balances.contains { $0.key.item == number && $0.value.version > 0 }
    }
}

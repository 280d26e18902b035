package import Inventory
package import InventoryService
import LibPQ

extension PostgresCatalogStore {
    package func putItem(
        _ item: Item, parts: [KitPart], _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Item>> {
        try await change(
            by: actor, of: "item \(item.sku)", among: "items", changes: { .put($0, .item(item.sku)) },
            settled: { _ in [.sku(item.sku)] }
        ) { session throws(PQError) in
            // Before its row, as all changes that grants obey take it. A new item is no such change: none can name it yet.
            if try !session.query(.itemIsKnown, { $0.text(item.sku.text) }).isEmpty || !parts.isEmpty {
                _ = try session.query(.placesExclude)
            }
            var current = try session.query(.itemLock) { $0.text(item.sku.text) }.first.map(RowCursor.init)
            let version = current?.int8()
            let wasKit = current?.bool() ?? false
            guard precondition.allows(version) else { return .failure(.preconditionFailed(current: version)) }
            var item = item
            switch try components(parts, of: item.sku, isNewKit: version != nil && !wasKit, on: session) {
            case .failure(let rejection): return .failure(rejection)
            case .success(let components): item.components = components
            }
            let known = try session.query(.itemRead) { $0.text(item.sku.text) }.first.map(Stored<Item>.init)
            if let known, known.value == item { return .success(known.unchanged) }
            var row = RowCursor(try session.query(.itemUpsert) { ItemColumn.write([ListedItem(item)], to: &$0) }[0])
            var stored = row.int8()
            if wasKit || !parts.isEmpty {
                stored = try session.query(.kitReplace) {
                    $0.text(item.sku.text)
                    $0.texts(item.components.map { $0.sku.text })
                    $0.int8s(item.components) { $0.quantity }
                    $0.int8(version)
                }[0].only.int8
            }
            if item.family != known?.value.family || item.attributes != known?.value.attributes ?? [] {
                stored = try session.query(.itemDescribe) {
                    $0.text(item.sku.text)
                    $0.text(item.family?.text)
                    $0.texts(item.attributes.flatMap { [$0.name, $0.value] })
                    $0.int8(version)
                }[0].only.int8
            }
            if version != nil || !parts.isEmpty { try raiseEpoch(on: session) }
            return .success(Stored(value: item, wasCreated: version == nil, version: stored))
        }
    }

    /// What a kit is made of, in items. A kit has no stock of its own, and is no part of another.
    private func components(
        _ parts: [KitPart], of sku: SKU, isNewKit: Bool, on session: Session
    ) throws(PQError) -> MasterResult<[Item.Component]> {
        guard !parts.isEmpty else { return .success([]) }
        if isNewKit {
            // Batches under way may write its first line: they end first, and later ones wait.
            _ = try session.query(.balanceQuiet)
            let uses = ColumnReader<ItemUse>(try session.query(.itemUses) { $0.text(sku.text) }[0])
            if let use = ItemUse.allCases.first(where: uses.bool) { return .failure(.resourceInUse(use.detail)) }
        }
        let rows = try session.query(.kitPartsRead) {
            $0.texts(parts) { $0.item.system?.text }
            $0.texts(parts) { $0.item.text }
        }
        var components: [Item.Component] = []
        for (index, (part, row)) in zip(parts, rows).enumerated() {
            let (field, missing) = part.item.asMissing
            let pointer = "/components/\(index)/\(field)"
            var row = RowCursor(row)
            guard let named = row.textIfPresent().map(SKU.init(stored:)) else {
                return .failure(.unknownReference(pointer: pointer, detail: missing))
            }
            if row.bool() { return .failure(.resourceInUse("'\(named)' is a kit, and kits are no parts")) }
            let quantity = part.quantity * row.int8()
            guard quantity <= Item.Component.quantityMax else {
                return .failure(
                    .invalid(
                        pointer: "/components/\(index)/quantity",
                        detail: "times the units of its code is more than \(Item.Component.quantityMax)"))
            }
            guard named != sku, !components.contains(where: { $0.sku == named }) else {
                return .failure(.invalid(pointer: pointer, detail: "is the kit itself, or stands twice"))
            }
            components.append(Item.Component(sku: named, quantity: quantity))
        }
        return .success(components)
    }

    package func putItems(_ items: [ListedItem], by actor: ActorName?) async throws(StoreError) {
        precondition(items.count <= itemsPerCallMax, "a call takes \(itemsPerCallMax) items")
        // One statement cannot write one row twice; the last of equal skus counts.
        let listed = Dictionary(items.map { ($0.item.sku, $0) }) { $1 }.values.sorted { $0.item.sku < $1.item.sku }
        let distinct = listed.map(\.item)
        let result: MasterResult<[MasterChange]> = try await change(
            by: actor, of: "items", obeyed: true, changes: { $0 },
            settled: { _ in distinct.map { .sku($0.sku) } }
        ) { session throws(PQError) in
            var changed = try session.query(.itemUpsert) { ItemColumn.write(listed, to: &$0) }
                .compactMap { row -> MasterChange? in
                    var row = RowCursor(row)
                    let (version, sku) = (row.int8(), SKU(stored: row.text()))
                    return row.bool() ? MasterChange(.item(sku), version == 1 ? .created : .changed) : nil
                }
            // What names no family and no attributes says nothing of them.
            let described = distinct.filter { $0.family != nil || !$0.attributes.isEmpty }
            if !described.isEmpty {
                let rows = try session.query(.itemsDescribe) {
                    $0.texts(described) { $0.sku.text }
                    ItemDescription.write(described, to: &$0)
                    $0.texts(changed) { $0.change.key }
                }
                let known = Set(changed.map(\.change))
                changed += rows.map { Change.item(SKU(stored: $0.only.text)) }.filter { !known.contains($0) }
                    .map { MasterChange($0, .changed) }
            }
            if !changed.isEmpty { try raiseEpoch(on: session) }
            return .success(changed)
        }
        guard case .success = result else { preconditionFailure("a bulk load of items has no precondition") }
    }

    package func item(_ sku: SKU) async throws(StoreError) -> Stored<Item>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.itemRead) { $0.text(sku.text) }.first.map(Stored<Item>.init)
        }
    }

    package func items(_ filter: ItemFilter, _ page: PageRequest) async throws(StoreError) -> Page<Stored<Item>> {
        let (list, count): (Statement, Statement) =
            if filter.skus != nil {
                (.itemListNamed, .itemCountNamed)
            } else if filter.family != nil {
                (.itemListOfFamily, .itemCountOfFamily)
            } else {
                (.itemList, .itemCount)
            }
        return try await self.page(
            page, list: list, count: count,
            filter: {
                if let skus = filter.skus { $0.texts(skus) { $0.text } }
                if filter.skus != nil || filter.family != nil { $0.text(filter.family?.text) }
            },
            after: { $0.text(page.after ?? "") }, Stored<Item>.init)
    }
}

/// What is read of an item behind `ItemColumn`.
private enum StoredItemColumn: Int32, SelectedColumn {
    case version, componentSKUs, componentQuantities, family, attributes

    var selected: String {
        switch self {
        case .version: "i.version"
        case .family: "i.family"
        case .attributes: "i.attributes"
        case .componentSKUs:
            """
            case when i.rules & \(ItemRules.kit) <> 0 then array(
                select p.sku from kit_component c join item p on p.item_id = c.component_id
                where c.kit_id = i.item_id and c.valid_until is null order by c.position) end
            """
        case .componentQuantities:
            """
            case when i.rules & \(ItemRules.kit) <> 0 then array(
                select c.quantity from kit_component c
                where c.kit_id = i.item_id and c.valid_until is null order by c.position) end
            """
        }
    }
}

extension Stored<Item> {
    fileprivate init(_ row: Row) {
        let set = ColumnReader<ItemColumn>(row)
        let stored = ColumnReader<StoredItemColumn>(row, from: ItemColumn.count)
        var item = Item(
            sku: SKU(stored: set.text(.sku)), name: set.text(.name), unit: .init(stored: set.text(.unit)),
            status: .init(stored: set.text(.status)))
        item.components = zip(stored.texts(.componentSKUs), stored.int8s(.componentQuantities)).map { sku, quantity in
            Item.Component(sku: SKU(stored: sku), quantity: quantity)
        }
        item.family = stored.textIfPresent(.family).map(Family.init(stored:))
        let texts = stored.texts(.attributes)
        item.attributes = stride(from: 0, to: texts.count - 1, by: 2).map {
            Item.Attribute(name: texts[$0], value: texts[$0 + 1])
        }
        self.init(value: item, wasCreated: false, version: stored.int8(.version))
    }
}

/// What an item that becomes a kit must not be in use for, of item `i`.
private enum ItemUse: Int32, SelectedColumn {
    case stock, part, supply

    var selected: String {
        switch self {
        case .stock: "exists (select from balance b where b.item_id = i.item_id and b.version > 0)"
        case .part: "exists (select from kit_component c where c.component_id = i.item_id and c.valid_until is null)"
        case .supply: "exists (select from expected_supply e where e.item_id = i.item_id)"
        }
    }

    var detail: String {
        switch self {
        case .stock: "the item has stock or history of its own; make the kit a new item"
        case .part: "the item is part of a kit, and kits are no parts"
        case .supply: "supply of the item is expected; delete that first"
        }
    }
}

extension Statement {
    fileprivate static let itemIsKnown = Statement(
        "item_is_known", [.text], sql: "select true from item where sku = $1")

    fileprivate static let itemLock = Statement(
        "item_lock", [.text], sql: "select version, rules & \(ItemRules.kit) <> 0 from item where sku = $1 for update")

    /// The version and sku of each, and whether it was changed or made. An item that is put again as it is keeps its version
    /// and gets no history; only a new one takes a number.
    fileprivate static let itemUpsert = Statement(
        "item_upsert", .init(of: ItemColumn.allCases),
        sql: """
            with new as materialized (
                select * from unnest(\(ItemColumn.allCases.parameterList(from: 1))) as new(\(ItemColumn.allCases.nameList))
            ), known as materialized (
                select \(ItemColumn.allCases.map { "\($0.written(over: "i")) as \($0.name)" }.joined(separator: ", ")),
                       i.item_id, i.version, \(ItemColumn.differs) as is_changed
                from new
                cross join lateral (select * from item i where i.sku = new.sku offset 0) i
            ), changed as (
                update item i
                set \(ItemColumn.allCases.filter { $0 != .sku }.map { "\($0.name) = known.\($0.name)" }.joined(separator: ", ")),
                    version = i.version + 1, updated_at = clock_timestamp()
                from known where i.item_id = known.item_id and known.is_changed
                returning i.item_id, i.version, i.name, i.status, i.updated_at, i.sku
            ), made as (
                insert into item as i (\(ItemColumn.allCases.nameList))
                select \(ItemColumn.allCases.map(\.writtenFirst).joined(separator: ", "))
                from new where new.sku not in (select known.sku from known)
                order by new.sku
                on conflict (sku) do update -- somebody else made it meanwhile
                set \(ItemColumn.allCases.filter { $0 != .sku }.updateList),
                    version = i.version + 1, updated_at = clock_timestamp()
                returning item_id, version, name, status, updated_at, sku
            ), stored as (
                select * from changed union all select * from made
            ), noted as (
                insert into item_history (item_id, version, recorded_at, name, status)
                select item_id, version, updated_at, name, status from stored
                on conflict do nothing
            )
            select version, sku, true from stored
            union all select version, sku, false from known where not is_changed
            """)

    fileprivate static let itemUses = Statement(
        "item_uses", [.text], sql: "select \(ItemUse.selectList) from item i where i.sku = $1")

    /// One row a part: its sku, whether it is a kit, and how many units its code stands for.
    fileprivate static let kitPartsRead = Statement(
        "kit_parts_read", [.textArray, .textArray],
        sql: """
            select i.sku, i.rules & \(ItemRules.kit) <> 0, coalesce(a.units_per_code, 1)
            from unnest($1, $2) with ordinality as asked(code_system, code, ord)
            left join lateral (\(AvailabilitySQL.item(system: "asked.code_system", code: "asked.code"))) i on true
            left join alias a on a.code_system = asked.code_system and a.code = asked.code
            order by asked.ord
            """)

    /// What the item is made of from now on. A change of that alone raises its version too.
    /// - `$4`: the version before the change.
    fileprivate static let kitReplace = Statement(
        "kit_replace", [.text, .textArray, .int8Array, .int8],
        sql: """
            select kit_replace($1, $2, $3, $4)
            """)

    /// Its family, and its attributes by name and value in turn. A change of them alone raises its version too.
    /// - `$4`: the version before the change.
    fileprivate static let itemDescribe = Statement(
        "item_describe", [.text, .text, .textArray, .int8],
        sql: """
            with described as (
                update item i
                set family = $2, attributes = $3, updated_at = clock_timestamp(),
                    version = i.version + case when i.version = $4 then 1 else 0 end
                where i.sku = $1
                returning i.item_id, i.version, i.name, i.status, i.updated_at
            ), noted as (
                insert into item_history (item_id, version, recorded_at, name, status)
                select item_id, version, updated_at, name, status from described where version > $4
                on conflict do nothing
            )
            select version from described
            """)

    /// The same of many, of which each names a family or attributes; what it does not name stays.
    /// - `$4`: items whose version this transaction has raised already.
    /// One row for each that was changed.
    fileprivate static let itemsDescribe = Statement(
        "items_describe", [.textArray, .textArray, .textArray, .textArray],
        sql: """
            with described as (
                update item i
                set family = coalesce(given.family, i.family),
                    attributes = coalesce(\(ItemDescription.attributes(of: "given")), i.attributes),
                    updated_at = clock_timestamp(), version = i.version + case when i.sku = any ($4) then 0 else 1 end
                from unnest($1, $2, $3) as given(sku, family, attributes)
                where i.sku = given.sku and (\(ItemDescription.differs(new: "given", old: "i")))
                returning i.sku, i.item_id, i.version, i.name, i.status, i.updated_at
            ), noted as (
                insert into item_history (item_id, version, recorded_at, name, status)
                select item_id, version, updated_at, name, status from described
                on conflict do nothing
            )
            select sku from described
            """)

    private static let columns = "\(ItemColumn.selectList), \(StoredItemColumn.selectList)"

    fileprivate static let itemRead = Statement(
        "item_read", [.text], sql: "select \(columns) from item i where i.sku = $1")

    fileprivate static let itemList = Statement(
        "item_list", [.text, .int8], sql: "select \(columns) from item i where i.sku > $1 order by i.sku limit $2")

    static let itemCount = Statement("item_count", sql: "select count(*) from item")

    private static let isNamed = "i.sku = any ($1) and ($2::text is null or i.family = $2)"

    fileprivate static let itemListNamed = Statement(
        "item_list_named", [.textArray, .text, .text, .int8],
        sql: "select \(columns) from item i where \(isNamed) and i.sku > $3 order by i.sku limit $4")

    fileprivate static let itemCountNamed = Statement(
        "item_count_named", [.textArray, .text], sql: "select count(*) from item i where \(isNamed)")

    fileprivate static let itemListOfFamily = Statement(
        "item_list_of_family", [.text, .text, .int8],
        sql: "select \(columns) from item i where i.family = $1 and i.sku > $2 order by i.sku limit $3")

    fileprivate static let itemCountOfFamily = Statement(
        "item_count_of_family", [.text], sql: "select count(*) from item i where i.family = $1")
}

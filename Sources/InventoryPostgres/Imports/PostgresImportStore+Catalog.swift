package import Inventory
package import InventoryService
import LibPQ

/// Master data in bulk.
extension PostgresImportStore {
    package func changed(_ items: [ListedItem]) async throws(StoreError) -> Set<SKU> {
        let changed = try await change.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.importItemsChanged) {
                ItemColumn.write(items, to: &$0)
                ItemDescription.write(items.map(\.item), to: &$0)
            }.map { SKU(stored: $0.text(0)) }
        }
        return Set(changed)
    }

    package func addLocations(
        _ locations: [Location], by actor: ActorName?
    ) async throws(StoreError) -> Set<LocationID> {
        precondition(locations.count <= itemsPerCallMax, "a call takes \(itemsPerCallMax) locations")
        return try await master.addLocations(locations, by: actor)
    }

    package func putAliases(
        _ aliases: [Alias], by actor: ActorName?
    ) async throws(StoreError) -> [AliasOutcome] {
        precondition(aliases.count <= itemsPerCallMax, "a call takes \(itemsPerCallMax) aliases")
        // One statement cannot write one row twice; the last of equal codes counts.
        var last: [[String]: Int] = [:]
        for (index, alias) in aliases.enumerated() { last[[alias.codeSystem.text, alias.code.text]] = index }
        let distinct = last.values.sorted().map { aliases[$0] }
        let result: MasterResult<StoredAliases> = try await master.change(
            by: actor, of: "aliases", changes: \.changes, settled: \.mapped
        ) { session throws(PQError) in
            let rows = try session.query(.importAliasesPut) {
                $0.texts(distinct) { $0.codeSystem.text }
                $0.texts(distinct) { $0.code.text }
                $0.texts(distinct) { $0.sku.text }
                $0.int8s(distinct) { $0.unitsPerCode.units }
            }
            var stored = StoredAliases()
            for row in rows {
                let row = ColumnReader<StoredAliasColumn>(row)
                let (system, code) = (row.text(.codeSystem), row.text(.code))
                let version = row.int8IfPresent(.version)
                let isChanged = version != nil
                stored.outcomes[[system, code]] =
                    row.bool(.isItemUnknown) ? .unknownItem : isChanged ? .stored : .unchanged
                // What names a kit waits until it is none.
                guard isChanged else { continue }
                let (codeSystem, named) = (CodeSystem(stored: system), Code(stored: code))
                stored.changes.append(MasterChange(.alias(codeSystem, named), version == 1 ? .created : .changed))
                if !row.bool(.namesKit) { stored.mapped.append(.code(codeSystem, named)) }
            }
            if !stored.changes.isEmpty { try master.raiseEpoch(on: session) }
            return .success(stored)
        }
        guard case .success(let stored) = result else { preconditionFailure("a bulk load has no precondition") }
        return aliases.map { stored.outcomes[[$0.codeSystem.text, $0.code.text]] ?? .unknownItem }
    }
}

/// What a bulk load of aliases came to.
private struct StoredAliases: Sendable {
    /// By code system and code.
    var outcomes: [[String]: AliasOutcome] = [:]
    var changes: [MasterChange] = []
    /// Codes that name items now.
    var mapped: [MissingThing] = []
}

/// What became of an alias, of parts `new` and `stored`.
private enum StoredAliasColumn: Int32, SelectedColumn {
    case codeSystem, code, isItemUnknown
    /// NULL where it was not changed.
    case version
    case namesKit

    var selected: String {
        switch self {
        case .codeSystem: "new.code_system"
        case .code: "new.code"
        case .isItemUnknown: "new.item_id is null"
        case .version: "stored.version"
        case .namesKit: "new.is_kit"
        }
    }
}

extension Statement {
    /// Those that are new or different.
    fileprivate static let importItemsChanged = Statement(
        "import_items_changed", .init(of: ItemColumn.allCases) + [.textArray, .textArray],
        sql: """
            select new.sku
            from unnest(
                \(ItemColumn.allCases.parameterList(from: 1)), $\(ItemColumn.allCases.count + 1),
                $\(ItemColumn.allCases.count + 2)) as new(\(ItemColumn.allCases.nameList), family, attributes)
            left join lateral (
                select i.name, i.unit, i.status, i.family, i.attributes from item i where i.sku = new.sku
            ) i on true
            where \(ItemColumn.differs) or \(ItemDescription.differs(new: "new", old: "i"))
            """)

    /// One row for each.
    fileprivate static let importAliasesPut = Statement(
        "import_aliases_put", [.textArray, .textArray, .textArray, .int8Array],
        sql: """
            with new as (
                select given.code_system, given.code, given.units, i.item_id, coalesce(i.rules & \(ItemRules.kit) <> 0, false) as is_kit
                from unnest($1, $2, $3, $4) as given(code_system, code, sku, units)
                left join lateral (select item.item_id, item.rules from item where item.sku = given.sku) i on true
            ), stored as (
                insert into alias as a (code_system, code, item_id, units_per_code)
                select new.code_system, new.code, new.item_id, new.units from new where new.item_id is not null
                order by new.code_system, new.code
                on conflict (code_system, code) do update
                set item_id = excluded.item_id, units_per_code = excluded.units_per_code, version = a.version + 1,
                    updated_at = clock_timestamp()
                where (a.item_id, a.units_per_code) is distinct from (excluded.item_id, excluded.units_per_code)
                returning a.code_system, a.code, a.version
            )
            select \(StoredAliasColumn.selectList)
            from new left join stored using (code_system, code)
            """)
}

package import Inventory
package import InventoryService
import LibPQ

/// Master data in bulk.
extension PostgresImportStore: BulkCatalogStore {
    package func changed(_ items: [ListedItem]) async throws(StoreError) -> Set<SKU> {
        let changed = try await change.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.importItemsChanged) {
                ItemColumn.write(items, to: &$0)
                ItemDescription.write(items.map(\.item), to: &$0)
            }.map { SKU(stored: $0.only.text) }
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

/// What files name.
extension PostgresImportStore {
    package func things(named names: [FileNames]) async throws(StoreError) -> [NamedThings] {
        precondition(names.count <= FileNames.perCallMax, "a call takes \(FileNames.perCallMax) names")
        return try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.importThingsNamed) {
                $0.texts(names) { $0.source?.text }
                $0.texts(names) { if case .sku(let sku)? = $0.item { sku.text } else { nil } }
                $0.texts(names) { if case .code(let system, _)? = $0.item { system?.text } else { nil } }
                $0.texts(names) { if case .code(_, let code)? = $0.item { code.text } else { nil } }
                $0.texts(names) { $0.place?.id?.text }
                $0.texts(names) { $0.place?.codeSystem?.text }
                $0.texts(names) { if case .code(_, let code)? = $0.place { code.text } else { nil } }
            }.map { row in
                var row = RowCursor(row)
                return NamedThings(
                    sku: row.textIfPresent().map(SKU.init(stored:)),
                    location: row.textIfPresent().map(LocationID.init(stored:)),
                    codeSystem: row.textIfPresent().map(CodeSystem.init(stored:)))
            }
        }
    }

    package var trial: any TrialStore { master.trial }
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
    /// One row for each, in their order: the sku, the location's id and the source's code system, where they are known.
    fileprivate static let importThingsNamed = Statement(
        "import_things_named", Array(repeating: .textArray, count: 7),
        sql: """
            select found.sku, place.id, s.code_system
            from unnest($1, $2, $3, $4, $5, $6, $7) with ordinality as n(
                source, sku, code_system, code, location, location_system, location_code, ord)
            left join source s on s.id = n.source
            left join lateral (
                select i.sku from item i where n.code is null and i.sku = n.sku
                union all
                select i.sku from alias a join item i on i.item_id = a.item_id
                where n.code is not null and a.code_system = coalesce(n.code_system, s.code_system)
                  and a.code = canonical_code(a.code_system, n.code)
            ) found on true
            left join lateral (
                select l.id from location l
                where n.location_code is null and l.id = n.location and l.deleted_at is null
                union all
                select l.id from location_alias a join location l on l.location_id = a.location_id
                where n.location_code is not null and a.code_system = coalesce(n.location_system, s.code_system)
                  and a.code = canonical_code(a.code_system, n.location_code) and l.deleted_at is null
            ) place on true
            order by n.ord
            """)

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

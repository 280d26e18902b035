package import Inventory
package import InventoryService
import LibPQ

/// Master data in bulk.
extension PostgresImportStore {
    package func changed(_ items: [Item]) async throws(StoreError) -> Set<SKU> {
        let changed = try await write.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.importItemsChanged) {
                $0.texts(items) { $0.sku.text }
                $0.texts(items) { $0.name }
                $0.texts(items) { $0.unit.rawValue }
                $0.texts(items) { $0.status.rawValue }
            }.map { SKU(stored: $0.text(0)) }
        }
        return Set(changed)
    }

    package func putAliases(_ aliases: [Alias]) async throws(StoreError) -> [AliasOutcome] {
        precondition(aliases.count <= itemsPerCallMax, "a call takes \(itemsPerCallMax) aliases")
        // One statement cannot write one row twice; the last of equal codes counts.
        var last: [[String]: Int] = [:]
        for (index, alias) in aliases.enumerated() { last[[alias.codeSystem.text, alias.code.text]] = index }
        let distinct = last.values.sorted().map { aliases[$0] }
        let result: MasterResult<StoredAliases> = try await master.change(
            of: "aliases", changes: \.changes, settled: \.mapped
        ) { session throws(PQError) in
            let rows = try session.query(.importAliasesPut) {
                $0.texts(distinct) { $0.codeSystem.text }
                $0.texts(distinct) { $0.code.text }
                $0.texts(distinct) { $0.sku.text }
                $0.int8s(distinct) { $0.unitsPerCode.units }
            }
            var stored = StoredAliases()
            for row in rows {
                let (system, code) = (row.text(0), row.text(1))
                stored.outcomes[[system, code]] = row.bool(2) ? .unknownItem : row.bool(3) ? .stored : .unchanged
                // What names a kit waits until it is none.
                guard row.bool(3) else { continue }
                let (codeSystem, named) = (CodeSystem(stored: system), Code(stored: code))
                stored.changes.append(.alias(codeSystem, named))
                if !row.bool(4) { stored.mapped.append(.code(codeSystem, named)) }
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
    var changes: [Change] = []
    /// Codes that name items now.
    var mapped: [MissingThing] = []
}

extension Statement {
    /// Those that are new or different.
    fileprivate static let importItemsChanged = Statement(
        "import_items_changed", [.textArray, .textArray, .textArray, .textArray],
        sql: """
            select new.sku
            from unnest($1, $2, $3, $4) as new(sku, name, unit, status)
            left join lateral (select i.name, i.unit, i.status from item i where i.sku = new.sku) old on true
            where (old.name, old.unit, old.status) is distinct from (new.name, new.unit, new.status)
            """)

    /// One row for each: its code, whether its item is unknown, whether something changed, whether it names a kit.
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
                returning a.code_system, a.code
            )
            select new.code_system, new.code, new.item_id is null, stored.code is not null, new.is_kit
            from new left join stored using (code_system, code)
            """)
}

package import Inventory
package import InventoryService
import LibPQ

extension PostgresCatalogStore {
    package func putAlias(
        _ alias: Alias, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Alias>> {
        try await change(
            by: actor, of: "alias \(alias.codeSystem) \(alias.code)", among: "aliases",
            changes: { .put($0, .alias(alias.codeSystem, alias.code)) },
            settled: { _ in [.code(alias.codeSystem, alias.code)] }
        ) { session throws(PQError) in
            let current = try session.query(.aliasLock) {
                $0.text(alias.codeSystem.text)
                $0.text(alias.code.text)
            }.first?.only.int8
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            let known = try session.query(.aliasRead) {
                $0.text(alias.codeSystem.text)
                $0.text(alias.code.text)
            }.first.map(Stored<Alias>.init)
            if let known, known.value == alias { return .success(known.unchanged) }
            let stored = try session.query(.aliasUpsert) {
                $0.text(alias.codeSystem.text)
                $0.text(alias.code.text)
                $0.text(alias.sku.text)
                $0.int8(alias.unitsPerCode.units)
            }
            guard let row = stored.first else {
                return .failure(
                    .unknownReference(pointer: "/sku", detail: "no item has this sku; create it first"))
            }
            try raiseEpoch(on: session)
            return .success(Stored(value: alias, wasCreated: current == nil, version: row.only.int8))
        }
    }

    package func aliases(_ filter: AliasFilter, _ page: PageRequest) async throws(StoreError) -> Page<Stored<Alias>> {
        // The last key of the page before: code system and code with a line break between, which neither may hold.
        let after = page.after?.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false) ?? []
        return try await self.page(
            page, list: .aliasList, count: .aliasCount,
            filter: {
                $0.text(filter.codeSystem?.text)
                $0.text(filter.code?.text)
                $0.text(filter.sku?.text)
            },
            after: {
                $0.text(after.first.map(String.init) ?? "")
                $0.text(after.count > 1 ? String(after[1]) : "")
            }, Stored<Alias>.init)
    }

    package func deleteAlias(
        codeSystem: CodeSystem, code: Code, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        let canonical = code.canonical(in: codeSystem)
        return try await change(
            by: actor, of: "alias \(codeSystem) \(canonical)", among: "aliases",
            changes: { _ in [.deleted(.alias(codeSystem, canonical))] }
        ) { session throws(PQError) in
            let current = try session.query(.aliasLock) {
                $0.text(codeSystem.text)
                $0.text(canonical.text)
            }.first?.only.int8
            guard let current else { return .failure(.notFound) }
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            _ = try session.query(.aliasDelete) {
                $0.text(codeSystem.text)
                $0.text(canonical.text)
            }
            try raiseEpoch(on: session)
            return .success(())
        }
    }
}

private enum AliasColumn: Int32, SelectedColumn {
    case codeSystem, code, sku, unitsPerCode, version

    var selected: String {
        switch self {
        case .codeSystem: "a.code_system"
        case .code: "a.code"
        case .sku: "i.sku"
        case .unitsPerCode: "a.units_per_code"
        case .version: "a.version"
        }
    }
}

extension Stored<Alias> {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<AliasColumn>(row)
        self.init(
            value: Alias(
                codeSystem: CodeSystem(stored: row.text(.codeSystem)), code: Code(stored: row.text(.code)),
                sku: SKU(stored: row.text(.sku)), unitsPerCode: UnitsPerCode(units: row.int8(.unitsPerCode)) ?? .one),
            wasCreated: false, version: row.int8(.version))
    }
}

extension Statement {
    fileprivate static let aliasLock = Statement(
        "alias_lock", [.text, .text],
        sql: "select version from alias where code_system = $1 and code = $2 for update")

    fileprivate static let aliasRead = Statement(
        "alias_read", [.text, .text],
        sql: """
            select \(AliasColumn.selectList)
            from alias a join item i using (item_id) where a.code_system = $1 and a.code = $2
            """)

    /// No row when the sku is unknown.
    fileprivate static let aliasUpsert = Statement(
        "alias_upsert", [.text, .text, .text, .int8],
        sql: """
            insert into alias as a (code_system, code, item_id, units_per_code)
            select $1, $2, i.item_id, $4 from item i where i.sku = $3
            on conflict (code_system, code) do update
            set item_id = excluded.item_id, units_per_code = excluded.units_per_code, version = a.version + 1,
                updated_at = clock_timestamp()
            returning version
            """)

    private static let filter = """
        ($1::text is null or a.code_system = $1) and ($2::text is null or a.code = canonical_code(a.code_system, $2))
        and ($3::text is null or a.item_id = (select i.item_id from item i where i.sku = $3))
        """

    fileprivate static let aliasList = Statement(
        "alias_list", [.text, .text, .text, .text, .text, .int8],
        sql: """
            select \(AliasColumn.selectList)
            from alias a join item i using (item_id)
            where \(filter) and (a.code_system, a.code) > ($4, $5)
            order by a.code_system, a.code limit $6
            """)

    fileprivate static let aliasCount = Statement(
        "alias_count", [.text, .text, .text], sql: "select count(*) from alias a where \(filter)")

    fileprivate static let aliasDelete = Statement(
        "alias_delete", [.text, .text], sql: "delete from alias where code_system = $1 and code = $2")
}

package import Inventory
package import InventoryService
import LibPQ

extension PostgresCatalogStore {
    package func putLocationAlias(
        _ alias: LocationAlias, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<LocationAlias>> {
        try await change(
            // A location that is deleted meanwhile waits for this, or this for that.
            by: actor, of: "location alias \(alias.codeSystem) \(alias.code)", obeyed: true,
            changes: { .put($0, .locationAlias(alias.codeSystem, alias.code)) },
            settled: { _ in [.locationCode(alias.codeSystem, alias.code)] }
        ) { session throws(PQError) in
            func named(_ writer: inout ParameterWriter) {
                writer.text(alias.codeSystem.text)
                writer.text(alias.code.text)
            }
            let current = try session.query(.locationAliasLock, named).first?.only.int8
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            let known = try session.query(.locationAliasRead, named).first.map(Stored<LocationAlias>.init)
            if let known, known.value == alias { return .success(known.unchanged) }
            let stored = try session.query(.locationAliasUpsert) {
                named(&$0)
                $0.text(alias.location.text)
            }
            guard let row = stored.first else {
                return .failure(
                    .unknownReference(pointer: "/location", detail: "no location has this id; create it first"))
            }
            try raiseEpoch(on: session)
            return .success(Stored(value: alias, wasCreated: current == nil, version: row.only.int8))
        }
    }

    package func locationAliases(
        _ filter: LocationAliasFilter, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<LocationAlias>> {
        // The last key of the page before: code system and code with a line break between, which neither may hold.
        let after = page.after?.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false) ?? []
        return try await self.page(
            page, list: .locationAliasList, count: .locationAliasCount,
            filter: {
                $0.text(filter.codeSystem?.text)
                $0.text(filter.code?.text)
                $0.text(filter.location?.text)
                $0.within(filter.within)
            },
            after: {
                $0.text(after.first.map(String.init) ?? "")
                $0.text(after.count > 1 ? String(after[1]) : "")
            }, Stored<LocationAlias>.init)
    }

    package func deleteLocationAlias(
        codeSystem: CodeSystem, code: Code, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        let canonical = code.canonical(in: codeSystem)
        return try await change(
            by: actor, of: "location alias \(codeSystem) \(canonical)",
            changes: { _ in [.deleted(.locationAlias(codeSystem, canonical))] }
        ) { session throws(PQError) in
            func named(_ writer: inout ParameterWriter) {
                writer.text(codeSystem.text)
                writer.text(canonical.text)
            }
            guard let current = try session.query(.locationAliasLock, named).first?.only.int8 else {
                return .failure(.notFound)
            }
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            _ = try session.query(.locationAliasDelete, named)
            try raiseEpoch(on: session)
            return .success(())
        }
    }
}

private enum LocationAliasColumn: Int32, SelectedColumn {
    case codeSystem, code, location, version

    var selected: String {
        switch self {
        case .codeSystem: "a.code_system"
        case .code: "a.code"
        case .location: "l.id"
        case .version: "a.version"
        }
    }
}

extension Stored<LocationAlias> {
    fileprivate init(_ row: Row) {
        let row = ColumnReader<LocationAliasColumn>(row)
        self.init(
            value: LocationAlias(
                codeSystem: CodeSystem(stored: row.text(.codeSystem)), code: Code(stored: row.text(.code)),
                location: LocationID(stored: row.text(.location))),
            wasCreated: false, version: row.int8(.version))
    }
}

extension Statement {
    fileprivate static let locationAliasLock = Statement(
        "location_alias_lock", [.text, .text],
        sql: "select version from location_alias where code_system = $1 and code = $2 for update")

    fileprivate static let locationAliasRead = Statement(
        "location_alias_read", [.text, .text],
        sql: """
            select \(LocationAliasColumn.selectList)
            from location_alias a join location l using (location_id) where a.code_system = $1 and a.code = $2
            """)

    /// No row when the location is unknown.
    fileprivate static let locationAliasUpsert = Statement(
        "location_alias_upsert", [.text, .text, .text],
        sql: """
            insert into location_alias as a (code_system, code, location_id)
            select $1, $2, l.location_id from location l where l.id = $3 and l.deleted_at is null
            on conflict (code_system, code) do update
            set location_id = excluded.location_id, version = a.version + 1, updated_at = clock_timestamp()
            returning version
            """)

    private static let filter = """
        ($1::text is null or a.code_system = $1) and ($2::text is null or a.code = canonical_code(a.code_system, $2))
        and ($3::text is null or a.location_id = (
            select l.location_id from location l where l.id = $3 and l.deleted_at is null))
        and ($4::text[] is null or a.location_id in (select l.location_id from location l where l.id = any($4)))
        """

    fileprivate static let locationAliasList = Statement(
        "location_alias_list", [.text, .text, .text, .textArray, .text, .text, .int8],
        sql: """
            select \(LocationAliasColumn.selectList)
            from location_alias a join location l using (location_id)
            where \(filter) and (a.code_system, a.code) > ($5, $6)
            order by a.code_system, a.code limit $7
            """)

    fileprivate static let locationAliasCount = Statement(
        "location_alias_count", [.text, .text, .text, .textArray],
        sql: "select count(*) from location_alias a where \(filter)")

    fileprivate static let locationAliasDelete = Statement(
        "location_alias_delete", [.text, .text],
        sql: "delete from location_alias where code_system = $1 and code = $2")

    /// Those of a location that is deleted: its id may come back as another shop.
    static let locationAliasesForget = Statement(
        "location_aliases_forget", [.int4], sql: "delete from location_alias where location_id = $1")
}

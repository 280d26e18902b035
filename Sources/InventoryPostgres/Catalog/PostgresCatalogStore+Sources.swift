package import Inventory
package import InventoryService
import LibPQ

extension PostgresCatalogStore {
    package func putSource(
        _ source: Source, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<Source>> {
        try await change(
            by: actor, of: "source \(source.id)", changes: { .put($0, Change(.source, source.id.text)) }
        ) { session throws(PQError) in
            let current = try session.query(.sourceLock) { $0.text(source.id.text) }.first.map {
                VersionedRow($0).version
            }
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            let known = try session.query(.sourceRead) { $0.text(source.id.text) }.first.map(Stored<Source>.init)
            if let known, known.value == source { return .success(known.unchanged) }
            if let missing = try session.query(.locationFirstUnknown, { $0.texts(source.locations.map { $0.text }) })
                .first
            {
                return .failure(
                    .unknownReference(
                        pointer: "/locations/\(missing.only.int8 - 1)",
                        detail: "no location has this id; create it first"))
            }
            let version = try session.query(.sourceUpsert) {
                for column in SourceColumn.allCases { column.write(source, to: &$0) }
            }[0].only.int8
            try raiseEpoch(on: session)
            return .success(Stored(value: source, wasCreated: current == nil, version: version))
        }
    }

    package func source(_ id: SourceID) async throws(StoreError) -> Stored<Source>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.sourceRead) { $0.text(id.text) }.first.map(Stored<Source>.init)
        }
    }

    package func sources(
        within binding: AccessBinding, _ page: PageRequest
    ) async throws(StoreError) -> Page<Stored<Source>> {
        try await self.page(
            page, list: .sourceList, count: .sourceCount,
            filter: {
                $0.within(binding.locations)
                if let sources = binding.sources { $0.texts(sources.sorted()) { $0.text } } else { $0.null(.textArray) }
            },
            after: { $0.text(page.after ?? "") },
            Stored<Source>.init)
    }

    package func deleteSource(
        _ id: SourceID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await change(
            by: actor, of: "source \(id)", changes: { _ in [.deleted(Change(.source, id.text))] }
        ) { session throws(PQError) in
            guard let row = try session.query(.sourceLock, { $0.text(id.text) }).first.map(VersionedRow.init) else {
                return .failure(.notFound)
            }
            guard precondition.allows(row.version) else {
                return .failure(.preconditionFailed(current: row.version))
            }
            if try session.query(.sourceUses, { $0.int4(row.number) })[0].only.bool {
                return .failure(.resourceInUse("the source has reported facts or figures, which are kept for ever"))
            }
            if try session.query(.sourceRules, { $0.int4(row.number) })[0].only.bool {
                return .failure(
                    .resourceInUse("a reconciliation rule names the source; change or delete that rule first"))
            }
            _ = try session.query(.sourceDelete) { $0.int4(row.number) }
            try raiseEpoch(on: session)
            return .success(())
        }
    }
}

/// The columns of a source that clients set.
private enum SourceColumn: Int32, SelectedColumn, WrittenColumn {
    case id, name, codeSystem, locations, authority, labels

    var name: String { definition.name }
    var type: PQType { definition.type }
    var selected: String { name }

    private var definition: (name: String, type: PQType) {
        switch self {
        case .id: ("id", .text)
        case .name: ("name", .text)
        case .codeSystem: ("code_system", .text)
        case .locations: ("locations", .textArray)
        case .authority: ("authority", .text)
        case .labels: ("labels", .textArray)
        }
    }

    func write(_ source: Source, to writer: inout ParameterWriter) {
        switch self {
        case .id: writer.text(source.id.text)
        case .name: writer.text(source.name)
        case .codeSystem: writer.text(source.codeSystem?.text)
        case .locations: writer.texts(source.locations.map { $0.text })
        case .authority: writer.text(source.authority.rawValue)
        case .labels: writer.texts(source.labels.map(\.stored))
        }
    }
}

extension Stored<Source> {
    /// The version stands behind the columns of the source.
    fileprivate init(_ row: Row) {
        let version = row.int8(SourceColumn.count)
        let row = ColumnReader<SourceColumn>(row)
        self.init(
            value: Source(
                id: SourceID(stored: row.text(.id)), name: row.textIfPresent(.name),
                codeSystem: row.textIfPresent(.codeSystem).map(CodeSystem.init(stored:)),
                locations: row.texts(.locations).map(LocationID.init(stored:)),
                authority: .init(stored: row.text(.authority)),
                labels: row.texts(.labels).compactMap(LabelRule.init(stored:))),
            wasCreated: false, version: version)
    }
}

extension Statement {
    fileprivate static let sourceLock = Statement(
        "source_lock", [.text],
        sql: """
            select version, source_id from source
            where id = $1 and deleted_at is null and source_id <> \(SourceNumber.holdfast.rawValue)
            for update
            """)

    fileprivate static let sourceUpsert = Statement(
        "source_upsert", .init(of: SourceColumn.allCases),
        sql: """
            with changed as (
                update source
                set \(SourceColumn.allCases.filter { $0 != .id }.parameterUpdateList),
                    version = version + 1, updated_at = clock_timestamp(), deleted_at = null
                where id = $1
                returning version
            ), made as (
                insert into source as s (\(SourceColumn.allCases.nameList))
                select \(SourceColumn.allCases.parameterList(from: 1)) where not exists (select from changed)
                on conflict (id) do update -- a batch made it on first use, meanwhile
                set \(SourceColumn.allCases.filter { $0 != .id }.updateList),
                    version = s.version + 1, updated_at = clock_timestamp(), deleted_at = null
                returning version
            )
            select version from changed union all select version from made
            """)

    fileprivate static let sourceRead = Statement(
        "source_read", [.text],
        sql: """
            select \(SourceColumn.selectList), version from source
            where id = $1 and deleted_at is null
            """)

    fileprivate static let sourceList = Statement(
        "source_list", [.textArray, .textArray, .text, .int8],
        sql: """
            select \(SourceColumn.selectList), version from source
            where id > $3 and \(isListed) order by id limit $4
            """)

    fileprivate static let sourceCount = Statement(
        "source_count", [.textArray, .textArray], sql: "select count(*) from source where \(isListed)")

    /// `$1` are the locations and `$2` the sources that are there for who asks.
    private static let isListed = """
        deleted_at is null and source_id <> \(SourceNumber.holdfast.rawValue)
        and ($1::text[] is null or locations = '{}' or locations && $1) and ($2::text[] is null or id = any($2))
        """

    fileprivate static let sourceUses = Statement(
        "source_uses", [.int4],
        sql: """
            select exists (select from event_key where source_id = $1)
                   or exists (select from reconciliation where source_id = $1)
            """)

    fileprivate static let sourceRules = Statement(
        "source_rules", [.int4], sql: "select exists (select from reconciliation_rule where source_id = $1)")

    fileprivate static let sourceDelete = Statement(
        "source_delete", [.int4],
        sql: """
            update source
            set deleted_at = clock_timestamp(), version = version + 1, updated_at = clock_timestamp()
            where source_id = $1
            """)
}

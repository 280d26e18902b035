package import Inventory
package import InventoryService
import LibPQ

/// What people see of imports, and the mappings that they keep.
extension PostgresImportStore {
    package func importJob(_ id: ImportID) async throws(StoreError) -> StoredImport? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.importRead) { $0.text(id.text) }.first.map(StoredImport.init)
        }
    }

    package func imports(_ page: PageRequest) async throws(StoreError) -> Page<StoredImport> {
        try await master.page(
            page, list: .importList, count: .importCount, after: { $0.text(page.after) }, StoredImport.init)
    }

    package func report(
        _ id: ImportID, verdict: ImportVerdict?, after line: Int64, limit: Int
    ) async throws(StoreError) -> [ImportReportLine] {
        try await report.perform(timeout: Self.listTimeout) { session throws(PQError) in
            try session.query(.importReportList) {
                $0.text(id.text)
                $0.text(verdict?.rawValue)
                $0.int8(line)
                $0.int8(Int64(limit))
            }.map(ImportReportLine.init)
        }
    }

    package func putMapping(
        _ mapping: ImportMapping, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Stored<ImportMapping>> {
        try await master.change(
            by: actor, of: "import mapping \(mapping.id)",
            changes: { .put($0, Change(.importMapping, mapping.id.text)) }
        ) { session throws(PQError) in
            let known = try session.query(.importMappingRead) { $0.text(mapping.id.text) }.first
                .map(Stored<ImportMapping>.init)
            let current = known?.version
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            if let known, known.value.kind == mapping.kind, known.value.text == mapping.text {
                return .success(known.unchanged)
            }
            let row = try session.query(.importMappingUpsert) {
                $0.text(mapping.id.text)
                $0.text(mapping.kind.rawValue)
                $0.text(mapping.text)
            }[0]
            var stored = Stored<ImportMapping>(row)
            stored = Stored(value: stored.value, wasCreated: current == nil, version: stored.version)
            return .success(stored)
        }
    }

    package func mapping(_ id: ImportMappingID) async throws(StoreError) -> Stored<ImportMapping>? {
        try await read.perform(timeout: Self.timeout) { session throws(PQError) in
            try session.query(.importMappingRead) { $0.text(id.text) }.first.map(Stored<ImportMapping>.init)
        }
    }

    package func mappings(_ page: PageRequest) async throws(StoreError) -> Page<Stored<ImportMapping>> {
        try await master.page(
            page, list: .importMappingList, count: .importMappingCount, after: { $0.text(page.after ?? "") },
            Stored<ImportMapping>.init)
    }

    package func deleteMapping(
        _ id: ImportMappingID, _ precondition: Precondition, by actor: ActorName?
    ) async throws(StoreError) -> MasterResult<Void> {
        try await master.change(
            by: actor, of: "import mapping \(id)", changes: { _ in [.deleted(Change(.importMapping, id.text))] }
        ) { session throws(PQError) in
            guard let row = try session.query(.importMappingRead, { $0.text(id.text) }).first else {
                return .failure(.notFound)
            }
            let current = Stored<ImportMapping>(row).version
            guard precondition.allows(current) else { return .failure(.preconditionFailed(current: current)) }
            _ = try session.query(.importMappingDelete) { $0.text(id.text) }
            return .success(())
        }
    }
}

extension Statement {
    static let importRead = Statement(
        "import_read", [.text], sql: "select \(ImportColumn.selectList) from import i where i.id = $1")

    /// The newest first; those created at one instant by their ids.
    fileprivate static let importList = Statement(
        "import_list", [.text, .int8],
        sql: """
            select \(ImportColumn.selectList) from import i
            where $1::text is null
               or (i.created_at, i.id) < (select last.created_at, last.id from import last where last.id = $1)
            order by i.created_at desc, i.id desc limit $2
            """)

    fileprivate static let importCount = Statement("import_count", sql: "select count(*) from import")

    fileprivate static let importReportList = Statement(
        "import_report_list", [.text, .text, .int8, .int8],
        sql: """
            select \(ImportReportColumn.selectList) from import_report
            where import_id = $1 and ($2::text is null or verdict = $2) and line > $3
            order by line limit $4
            """)

    fileprivate static let importMappingRead = Statement(
        "import_mapping_read", [.text],
        sql: "select \(ImportMappingColumn.selectList) from import_mapping where id = $1")

    fileprivate static let importMappingList = Statement(
        "import_mapping_list", [.text, .int8],
        sql: "select \(ImportMappingColumn.selectList) from import_mapping where id > $1 order by id limit $2")

    fileprivate static let importMappingCount = Statement(
        "import_mapping_count", sql: "select count(*) from import_mapping")

    fileprivate static let importMappingUpsert = Statement(
        "import_mapping_upsert", [.text, .text, .text],
        sql: """
            insert into import_mapping as m (id, kind, body) values ($1, $2, $3)
            on conflict (id) do update
            set kind = excluded.kind, body = excluded.body, version = m.version + 1,
                updated_at = clock_timestamp()
            returning \(ImportMappingColumn.selectList)
            """)

    fileprivate static let importMappingDelete = Statement(
        "import_mapping_delete", [.text], sql: "delete from import_mapping where id = $1")
}

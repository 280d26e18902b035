import Foundation
import Testing

/// Reads the sources, since a statement that nobody thought of is what this is about.
@Suite("Every writing statement passes the seam")
struct ChangeSeamTests {
    /// Not observable: nobody who follows changes would see these change, or sees it by something else that is named.
    private static let notObservable: [String: String] = [
        "actor": "a number for a name; what was done names it",
        "balance": "follows from ledger lines, which have the commit's number in their sequence",
        "movement": "a ledger line: its sequence begins with the commit's number",
        "event_key": "says which event ids are taken; the line is in the ledger",
        "request_key": "says which request keys are taken; the reservation is named",
        "hold_expiry": "follows from ledger lines of reservations",
        "allocation": "a part of its reservation, which is named",
        "packed_change": "follows from reservations, which are named",
        "shipment": "a part of its reservation, which is named",
        "transfer_inbound": "a part of its transfer, which is named",
        "count_line": "a part of its count",
        "pending_alarm": "alarms that are not told to anybody yet; they become exceptions",
        "location_heard": "once a second for every source; locations that fall silent are named",
        "location_history": "a copy of the location, for questions about the past",
        "location_lag_history": "follows from silence, for questions about the past",
        "location_group_history": "a copy of the group, for questions about the past",
        "location_group_member": "a part of its group, which is named",
        "item_history": "a copy of the item, for questions about the past",
        "config_epoch": "tells caches to read again",
        "import_reading": "when a file was received first; the import is shown by its own endpoint",
        "webhook_secret": "shown to nobody; its webhook is named",
        "webhook_state": "how far deliveries are; the exception that a pause opens is named",
        "webhook_set_aside": "deliveries that are still to be made",
        "webhook_delivery": "a log of what was sent to others",
        "kafka_topic": "how far deliveries are",
        "kafka_dead_letter": "what Kafka did not take",
        "schema_migration": "of the schema",
        "commit_log": "the log itself",
        "feed_position": "the feed itself, as all below",
        "feed_progress": "how far it is",
        "feed_change": "what it found",
        "feed_scan": "where it looks",
        "availability_told": "what it told",
        "band_told": "what it told",
        "cover_told": "what it told",
        "import": "work in progress; what it brings in is named by itself",
        "import_chunk": "work in progress",
        "import_report": "work in progress",
        "import_figure": "work in progress",
        "location_silence": "follows from silence, for figures of days",
        "repeated_event": "a log of what changed nothing",
        "proof_run": "what a proof came to; what it found wrong is named as proof.failed",
        "exception_turn": "who is carrying out a decision; the decision itself is named by its exception",
        "export_day": "what is known of an exported day; the day itself does not change",
        "reconciliation_place": "a part of its reconciliation, which is named",
    ]

    /// Of tables that are observable, what is not.
    private static let partsNotObservable: Set<String> = ["api_key_used", "stock_rules_settle"]

    /// Written by batches, and named in their own commit row. Parked lines are named by the exceptions that they open.
    private static let inBatches: Set<String> = [
        "exception_open", "exception_open_of_line", "exception_open_of_record", "exception_settle", "exception_close",
        "pending_alarm_settle",
        "reservation_store", "transfer_store", "supply_received", "stock_count_append", "count_task_settle",
        "count_task_request", "parked_line_append", "parked_line_remove", "source_revive",
    ]

    /// Called in a transaction that ends in `ChangeLog.add`, alone or by `PostgresCatalogStore.change`.
    private static let inLoggedTransactions: Set<String> = [
        "item_upsert", "alias_upsert", "alias_delete", "import_aliases_put",
        "location_alias_upsert", "location_alias_delete", "location_aliases_forget", "location_upsert",
        "location_delete", "location_stop_note", "item_describe", "items_describe", "bin_upsert", "bin_delete",
        "bins_forget",
        "lag_end", "group_upsert", "group_delete", "source_upsert", "source_delete", "stock_rule_append",
        "stock_rule_end", "supply_upsert", "supply_delete", "reconciliation_rule_upsert",
        "reconciliation_rule_delete", "import_mapping_upsert", "import_mapping_delete", "reconciliation_append",
        "reconciliation_lines_append", "reconciliation_unlisted_append", "reconciliation_finish",
        "reconciliation_exceptions_open", "reconciliation_exceptions_close", "count_append", "count_finish",
        "count_leave_alone", "covered_delete", "api_key_append", "api_key_end", "api_key_revoke", "product_feed_upsert",
        "product_feed_delete", "webhook_insert", "webhook_update", "webhook_delete",
    ]

    @Test("and every statement listed writes")
    func writers() throws {
        var seen: Set<String> = []
        for (file, text) in try Self.sources() {
            for (statement, sql) in Self.statements(in: text) {
                let tables = Self.tablesWritten(by: sql).filter { Self.notObservable[$0] == nil }
                guard !tables.isEmpty else { continue }
                seen.insert(statement)
                let passes =
                    sql.contains("ChangeLog.logged") || Self.partsNotObservable.contains(statement)
                    || Self.inBatches.contains(statement)
                    || Self.inLoggedTransactions.contains(statement)
                #expect(passes, "\(statement) in \(file) writes \(tables.sorted()) and goes round ChangeLog")
            }
        }
        let listed = Self.inBatches.union(Self.inLoggedTransactions).union(Self.partsNotObservable)
        #expect(listed.subtracting(seen) == [], "listed, but writes nothing observable any more")
        #expect(seen.count > 40)
    }

    @Test("those beside batches end their transaction in it")
    func transactions() throws {
        // Whoever begins a transaction of several statements also appends to the log, but for batches and what changes
        // nothing observable.
        let others: Set<String> = [
            "LockedBatch.swift", "SnapshotReader.swift", "Migrator.swift", "PostgresImportStore.swift",
            "PostgresProofStore.swift",
            // What it writes follows from rules that are told of by their time.
            "PostgresCatalogStore+RuleTimes.swift",
            // It takes back all that it has written.
            "PostgresReconciliationStore+Look.swift",
            // They follow the log.
            "PostgresEventStore.swift", "FeedRetention.swift",
        ]
        for (file, text) in try Self.sources() where text.contains(".add(.begin)") || text.contains("query(.begin)") {
            guard !others.contains(file) else { continue }
            #expect(text.contains("ChangeLog."), "\(file) begins transactions and appends nothing to the log")
        }
    }

    /// Master data, rules and what people decide: who changes them is kept in the audit.
    private static let audited: Set<String> = [
        "item", "location", "location_group", "source", "alias", "location_alias", "stock_rule", "expected_supply",
        "reconciliation_rule",
        "import_mapping", "kit_component", "product_feed", "webhook",
    ]

    /// Nobody does these: data brings them about, and the ledger says whose.
    private static let byData: [String: String] = [
        "source_ensure": "a source that reports for the first time",
        "source_revive": "a source that reports again",
        "supply_received": "a receipt of what was expected",
        "stock_rules_settle": "a rule begins or ends, as was said when it was put",
        "silence_store": "a location that was not heard, or was heard again",
        "lag_end": "what is held back for silence ends with the setting, which is in the audit",
    ]

    @Test("whoever changes master data is in the audit")
    func audit() throws {
        var seen: Set<String> = []
        let files = Dictionary(try Self.sources()) { first, _ in first }
        for (file, text) in files {
            for (statement, sql) in Self.statements(in: text) where Self.byData[statement] == nil {
                let tables = Self.tablesWritten(by: sql).intersection(Self.audited)
                guard !tables.isEmpty else { continue }
                seen.insert(statement)
                // Its callers give a name to `PostgresCatalogStore.change`, and begin no transaction of their own.
                #expect(
                    text.contains("change(\n            by: actor, of: "),
                    "\(statement) in \(file) goes round the audit")
                #expect(!text.contains("query(.begin)") || file == "PostgresCatalogStore.swift", "\(file)")
            }
        }
        #expect(seen.count >= 15, "\(seen.sorted())")
        let seam = try #require(files["PostgresCatalogStore.swift"])
        #expect(seam.contains("ChangeLog.add(logged") && seam.contains("AuditLog.add(changed, by: actor"))
        let exceptions = try #require(files["PostgresExceptionStore.swift"])
        #expect(exceptions.contains("AuditLog.add(action, .exception"))
        for name in ["ExceptionSQL.assign", "ExceptionSQL.resolve"] {
            let users = files.filter { $0.value.contains(name + "\n") || $0.value.contains(name + ")") }.map(\.key)
            #expect(users == ["PostgresExceptionStore.swift"], "\(name) is used by \(users)")
        }
    }

    @Test("only the audit appends to its table, and nobody changes it")
    func auditTable() throws {
        for (file, text) in try Self.sources() {
            #expect(
                file == "AuditLog.swift" || !text.contains("audit_append("), "\(file) appends to the audit by itself")
            for change in ["into audit_", "update audit_", "delete from audit_"] {
                #expect(!text.contains(change), "\(file) writes the audit")
            }
        }
    }

    @Test("exceptions are written in one place")
    func exceptions() throws {
        let writes = try Regex(#"(insert into exception|update exception)\b"#)
        for (file, text) in try Self.sources() where file != "ExceptionSQL.swift" {
            #expect(text.firstMatch(of: writes) == nil, "\(file) writes exceptions by itself")
        }
    }

    @Test("only the log writes its table")
    func log() throws {
        for (file, text) in try Self.sources() where file != "ChangeLog.swift" {
            #expect(!text.contains("insert into commit_log"), "\(file) appends to the log by itself")
        }
    }

    // MARK: - Reading sources

    private static func sources() throws -> [(file: String, text: String)] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/InventoryPostgres").standardizedFileURL
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
    }

    /// Each statement's name, and its text up to the next declaration.
    private static func statements(in text: String) -> [(name: String, sql: String)] {
        let starts = text.matches(of: /(?:Statement|optimistic)\(\s*"([a-z_]+)/)
        return starts.indices.map { index in
            let start = starts[index].range.lowerBound
            let end = text[start...].firstRange(of: " static ")?.lowerBound ?? text.endIndex
            return (String(starts[index].output.1), String(text[start..<end]))
        }
    }

    private static func tablesWritten(by sql: String) -> Set<String> {
        var tables = Set(
            sql.matches(
                of:
                    /(?:insert into|delete from|update)\s+([a-z_]+)(?:\s+(?:as\s+)?[a-z]+)?\s*(?:\(|set|using|where|\\|")/
            )
            .map { String($0.output.1) })
        if sql.contains("ExceptionSQL.") || sql.contains("openOrUpdate(") {
            tables.insert("exception")
        }
        return tables.subtracting(["set", "of"])
    }
}

/// One forward-only step of the schema. Applied files never change: the migrator keeps their checksums.
package struct Migration: Sendable, Hashable {
    package let number: Int32
    /// The file's name without number and ending.
    package let name: String
    package let sql: String

    /// The file says so when it cannot run inside a transaction, as `create index concurrently` cannot.
    package var runsInTransaction: Bool { !sql.contains("-- migrate: no-transaction\n") }

    /// Every step in order. A test holds this list and the folder's files together.
    package static let all: [Migration] = [
        Migration(1, "create_master_data", PackageResources._001_create_master_data_sql),
        Migration(2, "create_ledger", PackageResources._002_create_ledger_sql),
        Migration(3, "create_exceptions", PackageResources._003_create_exceptions_sql),
        Migration(4, "create_availability_function", PackageResources._004_create_availability_function_sql),
        Migration(5, "create_batch_refusal", PackageResources._005_create_batch_refusal_sql),
        Migration(6, "create_counts", PackageResources._006_create_counts_sql),
        Migration(7, "create_reservations", PackageResources._007_create_reservations_sql),
        Migration(8, "create_stock_rules", PackageResources._008_create_stock_rules_sql),
        Migration(9, "note_what_commits_touched", PackageResources._009_note_what_commits_touched_sql),
        Migration(10, "create_shipments", PackageResources._010_create_shipments_sql),
        Migration(11, "create_transfers", PackageResources._011_create_transfers_sql),
        Migration(12, "create_imports", PackageResources._012_create_imports_sql),
        Migration(13, "create_reconciliations", PackageResources._013_create_reconciliations_sql),
        Migration(14, "note_silence", PackageResources._014_note_silence_sql),
        Migration(15, "let_variances_wait", PackageResources._015_let_variances_wait_sql),
    ]

    package init(number: Int32, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    private init(_ number: Int32, _ name: String, _ bytes: [UInt8]) {
        self.init(number: number, name: name, sql: String(decoding: bytes, as: UTF8.self))
    }
}

internal import CEmbeddedFiles

/// One forward-only step of the schema. Applied files never change: the migrator keeps their checksums.
package struct Migration: Sendable, Hashable {
    package let number: Int32
    /// The file's name without number and ending.
    package let name: String
    package let sql: String

    /// The file says so when it cannot run inside a transaction, as `create index concurrently` cannot.
    package var runsInTransaction: Bool { !sql.contains("-- migrate: no-transaction\n") }

    /// Every step in order. A test holds this list and the folder's files together.
    package static let all: [Migration] = UnsafeBufferPointer(
        start: holdfast_migrations, count: holdfast_migration_count
    ).map(Migration.init)

    package init(number: Int32, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// Files are named `0001_create_catalog.sql`; another name is a mistake of whoever built the program.
    private init(_ file: holdfast_file) {
        let parts = String(cString: file.name).dropLast(".sql".count).split(separator: "_", maxSplits: 1)
        guard parts.count == 2, let number = Int32(parts[0]) else {
            preconditionFailure("a migration's file is not named number_verb_noun.sql")
        }
        let bytes = UnsafeBufferPointer(start: file.bytes, count: file.size)
        self.init(number: number, name: String(parts[1]), sql: String(decoding: bytes, as: UTF8.self))
    }
}

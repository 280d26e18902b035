import InventoryService
import LibPQ

/// What the server is, and whether it keeps what it acknowledges.
package struct ServerCheck: Sendable {
    package enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
        case tooOld(version: Int32)
        case weakDurability(setting: String, value: String)

        package var description: String {
            switch self {
            case .tooOld(let version):
                "PostgreSQL \(version / 10_000) is too old; Holdfast needs 15 or newer"
            case .weakDurability(let setting, let value):
                "\(setting) is \(value): acknowledged facts could be lost. Remove the setting from the server, the "
                    + "role or the database"
            }
        }
    }

    private let pool: ConnectionPool

    package init(pools: PostgresPools) { pool = pools.write }

    /// Reads the settings as the writing sessions have them, since a role or a database can lower them.
    package func run() async throws {
        let row = try await pool.perform(timeout: .seconds(5)) { session throws(PQError) in
            var row = RowCursor(try session.query(.serverSettings)[0])
            return (version: row.int4(), commit: row.text(), fsync: row.text(), pages: row.text())
        }
        if row.version < 150_000 { throw Failure.tooOld(version: row.version) }
        if !["on", "remote_apply", "remote_write"].contains(row.commit) {
            throw Failure.weakDurability(setting: "synchronous_commit", value: row.commit)
        }
        if row.fsync != "on" { throw Failure.weakDurability(setting: "fsync", value: row.fsync) }
        if row.pages != "on" { throw Failure.weakDurability(setting: "full_page_writes", value: row.pages) }
    }
}

extension Statement {
    fileprivate static let serverSettings = Statement(
        "server_settings",
        sql: """
            select current_setting('server_version_num')::int4, current_setting('synchronous_commit'),
                   current_setting('fsync'), current_setting('full_page_writes')
            """)
}

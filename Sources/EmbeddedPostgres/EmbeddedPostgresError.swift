/// Why the embedded database is not running, and what to do about it.
package enum EmbeddedPostgresError: Error, Sendable, Hashable, CustomStringConvertible {
    case notInstalled(lookedIn: String?)
    /// Started as root, and there is no other user to run PostgreSQL as.
    case noPostgresUser
    case notTraversable(folder: String)
    case inUse(folder: String)
    /// The folder has no database, and whoever asked is not the one to make it.
    case nothing(folder: String)
    case unusable(folder: String, why: String)
    case failed(program: String, lastLines: String)
    /// It died again and again, and is not started any more.
    case keepsDying(starts: Int, lastLines: String)

    package var description: String {
        switch self {
        case .notInstalled(let folder):
            "PostgreSQL's server programs are not installed" + (folder.map { " in \($0)" } ?? "")
                + ": install them (apt-get install postgresql), set HOLDFAST_POSTGRES_BINDIR to their folder, or set "
                + "HOLDFAST_DATABASE_URL to a server that runs already"
        case .noPostgresUser:
            "PostgreSQL refuses to run as root and there is no user 'postgres' to run it as: create one, start "
                + "holdfast as another user, or set HOLDFAST_DATABASE_URL"
        case .notTraversable(let folder):
            "the user 'postgres' cannot enter \(folder), because a folder above it is closed to others: set "
                + "HOLDFAST_DATA_DIR to a folder that it can enter (such as /var/lib/holdfast), or open the way with chmod o+x"
        case .inUse(let folder):
            "another holdfast uses \(folder) already: stop it, or give this one a HOLDFAST_DATA_DIR of its own"
        case .nothing(let folder):
            "there is no database in \(folder): name the right folder with HOLDFAST_DATA_DIR (--data-dir) or a server with "
                + "HOLDFAST_DATABASE_URL (--database-url), or run 'holdfast serve' once, which makes one"
        case .unusable(let folder, let why): "\(folder) cannot be used: \(why)"
        case .failed(let program, let lastLines): "\(program) failed:\n\(lastLines)"
        case .keepsDying(let starts, let lastLines):
            "PostgreSQL died and could not be kept running in \(starts) starts; its last words:\n\(lastLines)"
        }
    }
}

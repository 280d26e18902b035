import Foundation
package import Logging

// The names of the program's own target that `TestCluster` uses, over a server that Scripts/test-tsan.sh has started: to
// run one from here would take Subprocess, whose locks the sanitizer cannot see.

package struct EmbeddedPostgres: Sendable {
    package enum Durability: Sendable { case none }

    package init(folder: String, binaries: PostgresBinaries, durability: Durability, logger: Logger) throws {}

    package func start() async throws -> RunningPostgres {
        guard let url = ProcessInfo.processInfo.environment["HOLDFAST_TSAN_DATABASE_URL"] else {
            preconditionFailure("HOLDFAST_TSAN_DATABASE_URL names no server; run Scripts/test-tsan.sh")
        }
        return RunningPostgres(url: url)
    }
}

package struct RunningPostgres: Sendable {
    /// A libpq URL of its database.
    package let url: String

    /// The script ends the server.
    package func abandon() {}
}

package struct PostgresBinaries: Sendable {
    package static func find(folder: String?) async throws -> PostgresBinaries { PostgresBinaries() }
}

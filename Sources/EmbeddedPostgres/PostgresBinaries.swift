import Subprocess

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where PostgreSQL's server programs are.
package struct PostgresBinaries: Sendable {
    let folder: String

    /// - Parameter folder: from a setting; nil asks `pg_config --bindir`.
    /// - Throws: `.notInstalled` when the programs are not there.
    package static func find(folder: String?) async throws(EmbeddedPostgresError) -> PostgresBinaries {
        let candidate: String
        if let folder {
            candidate = folder
        } else {
            candidate = await askPGConfig() ?? ""
        }
        for program in ["initdb", "pg_ctl", "postgres", "psql"] where access("\(candidate)/\(program)", X_OK) != 0 {
            throw .notInstalled(lookedIn: candidate.isEmpty ? nil : candidate)
        }
        return PostgresBinaries(folder: candidate)
    }

    private static func askPGConfig() async -> String? {
        let result = try? await run(
            .name("pg_config"), arguments: ["--bindir"], output: .string(limit: 4_096), error: .discarded)
        guard let result, result.terminationStatus.isSuccess else { return nil }
        return result.standardOutput.split(separator: "\n").first.map(String.init)
    }

    func path(_ program: String) -> String { "\(folder)/\(program)" }
}

import Foundation
package import Logging
import Subprocess
import SystemPackage

/// A PostgreSQL of our own in a folder: initialised on first use, started, adopted when it still runs, and
/// reachable by a socket only.
package struct EmbeddedPostgres: Sendable {
    /// What a crash may cost.
    package enum Durability: Sendable {
        /// Nothing that was acknowledged.
        case full
        /// Everything: for tests of logic, whose database is thrown away.
        case none
    }

    private let folder: String
    private let binaries: PostgresBinaries
    private let durability: Durability
    private let user: ServerUser
    private let logger: Logger

    package static let databaseName = "holdfast"
    static let userName = "holdfast"
    /// For a start with recovery after a crash.
    private static let startSeconds = 120

    /// - Parameter folder: kept between runs; made when missing.
    package init(
        folder: String, binaries: PostgresBinaries, durability: Durability = .full, logger: Logger
    ) throws(EmbeddedPostgresError) {
        self.folder = URL(filePath: folder).standardizedFileURL.path(percentEncoded: false)
            .replacing(/\/+$/, with: "")
        self.binaries = binaries
        self.durability = durability
        self.logger = logger
        user = try ServerUser()
    }

    private var dataFolder: String { "\(folder)/postgres" }
    private var isInitialised: Bool { FileManager.default.fileExists(atPath: "\(dataFolder)/PG_VERSION") }
    private var logFile: String { "\(dataFolder)/server.log" }

    /// Starts the server, or takes over one that a killed process left running.
    /// - Parameter makesMissing: false to refuse a folder without a database, and leave it as it is.
    /// - Throws: `.inUse` when a live process holds the folder; `.nothing` where there is no database and none is made.
    package func start(makesMissing: Bool = true) async throws(EmbeddedPostgresError) -> RunningPostgres {
        guard makesMissing || isInitialised else { throw .nothing(folder: folder) }
        try prepareFolder()
        guard let lock = try FolderLock(file: "\(folder)/lock") else { throw .inUse(folder: folder) }
        try await initialise()
        let process: pid_t
        if let running = await runningProcess() {
            logger.info("PostgreSQL runs already and is taken over", metadata: ["folder": "\(dataFolder)"])
            process = running
        } else {
            process = try await startServer()
        }
        let socketFolder = try socketFolder()
        try await createDatabase(socketFolder: socketFolder)
        return RunningPostgres(
            self, process: process, url: Self.url(socketFolder: socketFolder), lock: lock, logger: logger)
    }

    /// Starts the server in its folder, which is there, and waits until it takes connections.
    func startServer() async throws(EmbeddedPostgresError) -> pid_t {
        try writeSettings(socketFolder: try socketFolder(), compressesWAL: await compressesWAL())
        logger.info("starting PostgreSQL", metadata: ["folder": "\(dataFolder)"])
        try await call(
            "pg_ctl", ["start", "-D", dataFolder, "-w", "-t", "\(Self.startSeconds)", "-l", logFile, "-s"])
        guard let process = await runningProcess() else {
            throw .failed(program: "postgres", lastLines: lastLogLines())
        }
        return process
    }

    /// The URL of a server that another process of this folder runs; nil when none does.
    package func urlIfRunning() async -> String? {
        guard await runningProcess() != nil, let socketFolder = try? socketFolder() else { return nil }
        return Self.url(socketFolder: socketFolder)
    }

    private static func url(socketFolder: String) -> String {
        let host = socketFolder.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? socketFolder
        return "postgresql://\(userName)@/\(databaseName)?host=\(host)"
    }

    // MARK: - The folder

    private func prepareFolder() throws(EmbeddedPostgresError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .unusable(folder: folder, why: error.localizedDescription)
        }
    }

    /// An interrupted initialisation leaves a folder beside the real one, which is thrown away.
    private func initialise() async throws(EmbeddedPostgresError) {
        if !isInitialised {
            let draft = "\(folder)/postgres.new"
            try? FileManager.default.removeItem(atPath: draft)
            try user.makeFolder(draft)
            guard await user.canUse(draft) else { throw .notTraversable(folder: folder) }
            logger.info("initialising PostgreSQL", metadata: ["folder": "\(dataFolder)"])
            let syncing = durability == .full ? [] : ["--no-sync"]
            try await call(
                "initdb",
                [
                    "-D", draft, "--username=\(Self.userName)", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
                    "--data-checksums",
                ] + syncing, in: draft)
            try? FileManager.default.removeItem(atPath: dataFolder)
            guard rename(draft, dataFolder) == 0 else {
                throw .unusable(folder: dataFolder, why: String(cString: strerror(errno)))
            }
        }
        guard await user.canUse(dataFolder) else { throw .notTraversable(folder: folder) }
    }

    /// A socket's path may have 107 bytes, so a deep data folder needs another place for it, remembered in a file.
    private func socketFolder() throws(EmbeddedPostgresError) -> String {
        let near = "\(folder)/socket"
        if "\(near)/.s.PGSQL.5432.lock".utf8.count <= 100 {
            try user.makeFolder(near)
            return near
        }
        let note = "\(folder)/socket-folder"
        if let remembered = try? String(contentsOfFile: note, encoding: .utf8),
            FileManager.default.fileExists(atPath: remembered)
        {
            return remembered
        }
        var template = Array("/tmp/holdfast-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw .unusable(folder: "/tmp", why: String(cString: strerror(errno)))
        }
        let path = String(cString: made)
        try user.makeFolder(path)
        do {
            try path.write(toFile: note, atomically: true, encoding: .utf8)
        } catch {
            throw .unusable(folder: folder, why: error.localizedDescription)
        }
        return path
    }

    /// Whether this PostgreSQL was built with LZ4: others refuse to start with the setting. It makes of three bytes that have to
    /// be on disk before a commit is done one, for less time than writing them takes.
    private func compressesWAL() async -> Bool {
        let asked = ["-D", dataFolder, "-C", "wal_compression", "-c", "wal_compression=lz4"]
        return (try? await call("postgres", asked)) == "lz4"
    }

    private func writeSettings(socketFolder: String, compressesWAL: Bool) throws(EmbeddedPostgresError) {
        let safety =
            switch durability {
            case .full:
                """
                max_connections = 100
                fsync = on
                synchronous_commit = on
                full_page_writes = on
                wal_compression = \(compressesWAL ? "lz4" : "off")
                """
            case .none:
                // A run of tests is many programs at one time.
                "max_connections = 400\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum_naptime = 5s"
            }
        // Read after initdb's own file, so these win.
        let text = """
            listen_addresses = ''
            unix_socket_directories = '\(socketFolder.replacing("'", with: "''"))'
            unix_socket_permissions = 0700
            shared_buffers = 256MB
            max_wal_size = 4GB
            min_wal_size = 256MB
            checkpoint_timeout = 15min
            random_page_cost = 1.1
            jit = off
            log_line_prefix = '%m [%p] %a '
            log_min_messages = warning
            \(safety)

            """
        do {
            try text.write(toFile: "\(dataFolder)/postgresql.auto.holdfast.conf", atomically: true, encoding: .utf8)
            let main = "\(dataFolder)/postgresql.conf"
            let include = "include = 'postgresql.auto.holdfast.conf'"
            let existing = try String(contentsOfFile: main, encoding: .utf8)
            if !existing.contains(include) {
                try (existing + "\n\(include)\n").write(toFile: main, atomically: true, encoding: .utf8)
            }
        } catch {
            throw .unusable(folder: dataFolder, why: error.localizedDescription)
        }
        try user.give("\(dataFolder)/postgresql.auto.holdfast.conf")
        try user.give("\(dataFolder)/postgresql.conf")
    }

    // MARK: - The server

    /// What the server's own file says of its process; nil when it has stopped in order.
    var processInFile: pid_t? { ServerProcess.named(inFile: "\(dataFolder)/postmaster.pid") }

    /// The server's process, if it runs.
    private func runningProcess() async -> pid_t? {
        guard let process = processInFile, ServerProcess.isAlive(process) else { return nil }
        // The number may belong to somebody else by now; pg_ctl looks closer.
        let command = user.command(binaries.path("pg_ctl"), ["status", "-D", dataFolder])
        let result = try? await run(
            command.executable, arguments: command.arguments, workingDirectory: "/", output: .discarded,
            error: .discarded)
        return result?.terminationStatus.isSuccess == true ? process : nil
    }

    private func createDatabase(socketFolder: String) async throws(EmbeddedPostgresError) {
        let connection = ["-h", socketFolder, "-U", Self.userName, "-X", "-A", "-t", "-q", "-d", "postgres", "-c"]
        let found = try await call(
            "psql", connection + ["select 1 from pg_database where datname = '\(Self.databaseName)'"])
        guard found.isEmpty else { return }
        try await call("psql", connection + ["create database \(Self.databaseName)"])
    }

    @discardableResult
    private func call(
        _ program: String, _ arguments: [String], in folder: String = "/"
    ) async throws(EmbeddedPostgresError) -> String {
        let command = user.command(binaries.path(program), arguments)
        do {
            // pg_ctl's child keeps pipes open for as long as the server runs, so its output is not waited for.
            if program == "pg_ctl" {
                let result = try await run(
                    command.executable, arguments: command.arguments, environment: environment,
                    workingDirectory: FilePath(folder), output: .discarded, error: .discarded)
                guard result.terminationStatus.isSuccess else {
                    throw EmbeddedPostgresError.failed(program: program, lastLines: lastLogLines())
                }
                return ""
            }
            let result = try await run(
                command.executable, arguments: command.arguments, environment: environment,
                workingDirectory: FilePath(folder), output: .string(limit: 65_536), error: .string(limit: 65_536))
            guard result.terminationStatus.isSuccess else {
                throw EmbeddedPostgresError.failed(program: program, lastLines: result.standardError)
            }
            return result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
        } catch let error as EmbeddedPostgresError {
            throw error
        } catch {
            throw .failed(program: program, lastLines: "it could not be run")
        }
    }

    /// Messages in English and nothing of the caller's own PostgreSQL settings.
    private var environment: Environment {
        .inherit.updating([
            "LC_ALL": "C.UTF-8", "PGHOST": nil, "PGPORT": nil, "PGUSER": nil, "PGDATABASE": nil, "PGPASSWORD": nil,
            "PGSERVICE": nil, "PGDATA": nil, "PGOPTIONS": nil,
        ])
    }

    func lastLogLines() -> String {
        let text = (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "its log, \(logFile), is missing"
        return text.split(separator: "\n").suffix(5).joined(separator: "\n")
    }
}

extension ServerUser {
    /// Makes a file the server's own.
    fileprivate func give(_ path: String) throws(EmbeddedPostgresError) {
        guard let owner = ownerIfOther else { return }
        guard chown(path, owner.user, owner.group) == 0 else {
            throw .unusable(folder: path, why: String(cString: strerror(errno)))
        }
    }
}

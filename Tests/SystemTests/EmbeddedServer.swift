import EmbeddedPostgres
import Foundation
import Logging

/// A durable server that a test can crash and start again in the same place.
struct EmbeddedServer: Sendable {
    let url: String
    private let folder: String
    private let running: RunningPostgres

    static func start(in folder: String) async throws -> EmbeddedServer {
        let postgres = try EmbeddedPostgres(
            folder: "\(folder)/pg", binaries: try await PostgresBinaries.find(folder: nil),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = try await postgres.start()
        return EmbeddedServer(url: running.url, folder: folder, running: running)
    }

    /// PostgreSQL's immediate shutdown: no checkpoint, and recovery at the next start.
    func crash() async throws {
        running.abandon()
        running.release()
        while FileManager.default.fileExists(atPath: "\(folder)/pg/postgres/postmaster.pid") {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// The server's own process, and those that it has started.
    var processes: [Int32] {
        get throws {
            let file = try String(contentsOfFile: "\(folder)/pg/postgres/postmaster.pid", encoding: .utf8)
            guard let own = file.split(separator: "\n").first.flatMap({ Int32($0) }) else { return [] }
            let children = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter
            {
                // The parent's number is the second behind the name, which stands in parentheses.
                let stat = try? String(contentsOfFile: "/proc/\($0)/stat", encoding: .utf8)
                return stat?.split(separator: ")").last?.split(separator: " ").dropFirst().first == "\(own)"[...]
            }
            return [own] + children
        }
    }

    /// In order; another may start in the same place.
    func stop() async {
        await running.stop()
        running.release()
    }
}

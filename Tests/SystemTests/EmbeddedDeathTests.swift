import EmbeddedPostgres
import Foundation
import StrictJSON
import Testing

/// The embedded PostgreSQL is killed under a program that serves.
@Suite struct EmbeddedDeathTests {
    private func serve(in folder: String) throws -> Program {
        try Program(["serve"], ["DATA_DIR": "\(folder)/data", "HTTP_PORT": "0", "LOG_LEVEL": "error"])
    }

    /// The server's main process; nil while there is none, or its file is being written.
    private func postgres(in folder: String) -> pid_t? {
        let text = try? String(contentsOfFile: "\(folder)/data/postgres/postmaster.pid", encoding: .utf8)
        return text?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    @Test(arguments: [SIGKILL, SIGQUIT, SIGINT])
    func `a PostgreSQL that was ended is started again, with everything that was acknowledged`(signal: Int32)
        async throws
    {
        try await withFolder { folder in
            let program = try serve(in: folder)
            let client = try await program.ready()
            _ = try await client.send("PUT", "/v1/items/A", "{\"name\":\"A\"}")
            _ = try await client.send("PUT", "/v1/locations/L", "{\"name\":\"L\"}")
            let sale =
                "{\"source\":\"t\",\"lines\":[{\"eventId\":\"1\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}]}"
            #expect(try await client.send("POST", "/v1/movements", sale).status == 200)
            let first = try #require(postgres(in: folder))
            kill(first, signal)
            try await program.wait("another PostgreSQL") {
                postgres(in: folder).map { $0 != first } ?? false
            }
            try await program.wait("readiness") { try await client.status("/health/ready") == 200 }
            #expect(try await client.send("GET", "/v1/availability/A/L").json?["onHand"]?.integer == -1)
            #expect(
                try await client.send("POST", "/v1/movements", sale).json?["summary"]?["duplicate"]?.integer == 1)
            #expect(try await client.status("/health/live") == 200)
            program.signal(SIGTERM)
            #expect(try await program.exitStatus() == 0)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/data/postgres/postmaster.pid"))
        }
    }

    @Test func `with a PostgreSQL that cannot live the program ends and says why`() async throws {
        try await withFolder { folder in
            let program = try serve(in: folder)
            _ = try await program.ready()
            let first = try #require(postgres(in: folder))
            // What a server cannot start without.
            try FileManager.default.moveItem(
                atPath: "\(folder)/data/postgres/global", toPath: "\(folder)/data/postgres/gone")
            kill(first, SIGKILL)
            #expect(try await program.exitStatus(within: 120) != 0)
            #expect(program.text.contains("could not be kept running"), "\(program.text)")
        }
    }

    @Test func `pauses between starts double up to a bound, and starts in a row are bounded`() {
        var restarts = Restarts()
        var pauses: [Duration] = []
        while let pause = restarts.pause(afterRunning: .seconds(1)) { pauses.append(pause) }
        #expect(pauses.count == Restarts.attemptsMax)
        #expect(pauses.first == Restarts.firstPause)
        #expect(pauses.last == Restarts.longestPause)
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $1 == min($0 * 2, Restarts.longestPause) })
        // One that ran steadily since has all its starts again.
        #expect(restarts.pause(afterRunning: Restarts.steadyAfter) == Restarts.firstPause)
    }
}

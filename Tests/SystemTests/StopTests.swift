import Foundation
import Testing

/// How long a stop takes when the database is away. In order, since they measure it.
@Suite(.serialized) struct StopTests {
    /// What docs/bounds.md says, and what ending all else takes.
    private static let bound: Duration = .seconds(14)

    private func stop(_ program: Program) async throws -> Duration {
        let started = ContinuousClock.now
        program.signal(SIGTERM)
        #expect(try await program.exitStatus() == 0, "\(program.text.suffix(2_000))")
        return started.duration(to: .now)
    }

    private func serve(_ url: String) async throws -> (program: Program, client: Client) {
        let program = try Program(["serve"], ["DATABASE_URL": url, "HTTP_PORT": "0"])
        let client = try await program.ready()
        // Something for each kind of background work to look at.
        for (path, body) in [
            ("items/A", #"{"name":"A"}"#), ("locations/L", #"{"name":"L"}"#),
            ("webhooks/hook", #"{"url":"https://receiver.example/hook"}"#),
        ] {
            _ = try await client.send("PUT", "/v1/\(path)", body)
        }
        return (program, client)
    }

    @Test func `a process stops in time when its database has gone`() async throws {
        try await withFolder { folder in
            let postgres = try await EmbeddedServer.start(in: folder)
            let (program, client) = try await serve(postgres.url)
            try await postgres.crash()
            // A call that waits for it is answered before the end.
            async let told = client.send(
                "POST", "/v1/movements",
                #"{"source":"t","lines":[{"eventId":"1","type":"receipt","sku":"A","location":"L","quantity":1}]}"#)
            try await Task.sleep(for: .seconds(3))
            let took = try await stop(program)
            #expect(took < Self.bound, "it took \(took)")
            _ = try? await told
        }
    }

    @Test func `a process stops in time when its database answers nothing any more`() async throws {
        try await withFolder { folder in
            let postgres = try await EmbeddedServer.start(in: folder)
            let (program, _) = try await serve(postgres.url)
            let frozen = try postgres.processes
            #expect(frozen.count > 3)
            for process in frozen { kill(process, SIGSTOP) }
            defer { for process in frozen { kill(process, SIGCONT) } }
            // Everything that looks at the database now and then waits for it by now.
            try await Task.sleep(for: .seconds(3))
            let took = try await stop(program)
            #expect(took < Self.bound, "it took \(took)")
            for process in frozen { kill(process, SIGCONT) }
            await postgres.stop()
        }
    }

    @Test func `a process that never reached its database stops at once`() async throws {
        let program = try Program(
            ["serve"], ["DATABASE_URL": "postgresql://holdfast@192.0.2.1:5432/holdfast", "HTTP_PORT": "0"])
        _ = try await program.address()
        try await Task.sleep(for: .seconds(1))
        let took = try await stop(program)
        #expect(took < Self.bound, "it took \(took)")
    }
}

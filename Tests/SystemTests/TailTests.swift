import EmbeddedPostgres
import Foundation
import StrictJSON
import TestSupport
import Testing

/// `holdfast tail` beside services that die.
@Suite struct TailTests {
    private static let itemsCount = 5

    private func serve(_ url: String, port: Int) throws -> Program {
        try Program(["serve"], ["DATABASE_URL": url, "HTTP_PORT": "\(port)", "LOG_LEVEL": "error"])
    }

    /// Receipts of one unit, each with a request of its own, over a few items.
    private func report(_ numbers: Range<Int>, to client: Client) async throws {
        for number in numbers {
            let line =
                "{\"eventId\":\"e\(number)\",\"type\":\"receipt\",\"sku\":\"S\(number % Self.itemsCount)\",\"location\":\"L\","
                + "\"quantity\":1,\"occurredAt\":\"2026-01-15T10:00:00Z\"}"
            let answer = try await client.send("POST", "/v1/movements", "{\"source\":\"pos\",\"lines\":[\(line)]}")
            #expect(answer.status == 200, "\(answer.text)")
        }
    }

    /// The event ids of the facts that were printed, in order.
    private func printed(_ program: Program) -> [String] {
        program.text.split(separator: "\n").compactMap { line in
            try? JSONDocument(parsing: Array(line.utf8)).root["data"]?["eventId"]?.string
        }
    }

    @Test func `what tail prints has no gap and no repeat, through a killed service and a restart of its own`()
        async throws
    {
        try await withFolder { folder in
            try await withDurablePostgres(in: folder) { postgres in
                let first = try serve(postgres.url, port: 0)
                let client = try await first.ready()
                let port = try #require(URL(string: client.base)?.port)
                for number in 0..<Self.itemsCount {
                    _ = try await client.send("PUT", "/v1/items/S\(number)", "{\"name\":\"x\"}")
                }
                _ = try await client.send("PUT", "/v1/locations/L", "{\"name\":\"x\"}")
                let file = "\(folder)/place"
                func tail() throws -> Program {
                    try Program(
                        [
                            "tail", "--json", "--url", client.base, "--state", file, "--types",
                            "inventory.movement.recorded",
                        ], [:])
                }
                let before = try tail()
                // Once it knows where it is, it follows.
                try await before.wait("its place") { FileManager.default.fileExists(atPath: file) }
                try await report(0..<10, to: client)
                first.signal(SIGKILL)
                _ = try await first.exitStatus()
                let second = try serve(postgres.url, port: port)
                _ = try await second.ready()
                try await report(10..<20, to: client)
                try await before.wait("all that was reported") { printed(before).count >= 20 }
                before.signal(SIGTERM)
                #expect(try await before.exitStatus() == 0, "\(before.text)")
                try await report(20..<30, to: client)
                let after = try tail()
                try await after.wait("the rest") { printed(after).count >= 10 }
                try await report(30..<31, to: client)
                try await after.wait("the last one") { printed(after).contains("e30") }
                // They came one after the other, so that is their order too.
                #expect(printed(before) + printed(after) == (0..<31).map { "e\($0)" })
                #expect(before.text.contains("connected again"), "\(before.text)")
                after.signal(SIGINT)
                #expect(try await after.exitStatus() == 0)
            }
        }
    }

    @Test func `tail says in words what happens, and why it cannot go on`() async throws {
        try await withFolder { folder in
            try await withDurablePostgres(in: folder) { postgres in
                let server = try serve(postgres.url, port: 0)
                let client = try await server.ready()
                _ = try await client.send("PUT", "/v1/items/S0", "{\"name\":\"x\"}")
                _ = try await client.send("PUT", "/v1/locations/L", "{\"name\":\"x\"}")
                try await report(0..<1, to: client)
                let words = try Program(
                    ["tail", "--url", client.base, "--after", "0", "--types", "inventory.movement.recorded"], [:])
                try await words.wait("a line") { words.text.contains("S0 @ L") }
                let line = words.text.split(separator: "\n").last.map(String.init) ?? ""
                #expect(
                    line.wholeMatch(of: /\d\d:\d\d:\d\d\.\d\d\d  receipt +S0 @ L +\+1 onHand, 1 on hand/) != nil,
                    "\(line)")
                words.signal(SIGTERM)
                #expect(try await words.exitStatus() == 0)
                for (flags, why) in [
                    (["--group", "nowhere"], "422"), (["--after", "999999"], "400"), (["--types", "sales"], "400"),
                ] {
                    let refused = try Program(["tail", "--url", client.base] + flags, [:])
                    #expect(try await refused.exitStatus() != 0)
                    #expect(refused.text.contains("the service answered \(why): "), "\(refused.text)")
                }
            }
        }
    }
}

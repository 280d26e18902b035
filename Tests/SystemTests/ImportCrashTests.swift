import EmbeddedPostgres
import Foundation
import LibPQ
import StrictJSON
import Testing

/// Imports by whole programs on a durable database, killed in the middle. The full size is `make verify-full`.
@Suite struct ImportCrashTests {
    private static let items = 300
    private static let locations = 120

    /// What a snapshot says of an item at a location; repeatable, and different everywhere.
    private static func quantity(_ item: Int, _ location: Int) -> Int { (item * 31 + location * 17) % 97 }

    /// Each batch takes so long at least, so that an import is killed on the way, however slow this test is. Less than others
    /// wait for its row.
    private static let slow = """
        create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.5); return new; end $$;
        create trigger slow before update of records_done on import for each row
            when (new.records_done > old.records_done) execute function slow();
        """
    private static let fast = "drop trigger slow on import"

    private func serve(_ url: String) throws -> Program {
        try Program(["serve"], ["DATABASE_URL": url, "HTTP_PORT": "0", "LOG_LEVEL": "error"])
    }

    private func names(_ column: String, _ letter: String, _ count: Int) -> String {
        "\(column),name\n" + (0..<count).map { "\(letter)\($0),\(letter) \($0)\n" }.joined()
    }

    private var snapshot: String {
        var text = "sku,location,quantity,asOf\n"
        for location in 0..<Self.locations {
            for item in 0..<Self.items {
                text += "S\(item),L\(location),\(Self.quantity(item, location)),2026-01-10T20:00:00Z\n"
            }
        }
        return text
    }

    private func send(_ text: String, _ query: String, to client: Client) async throws -> String {
        let answer = try await client.send(
            "POST", "/v1/imports?\(query)", text, key: "one \(query)", type: "text/csv")
        #expect(answer.status == 202, "\(answer.text)")
        return answer.json?["id"]?.string ?? "?"
    }

    private func job(_ id: String, _ client: Client) async throws -> JSONValue? {
        try? await client.send("GET", "/v1/imports/\(id)").json
    }

    /// Lets a program work in short turns until the import of snapshots has come further, and kills it between two: so it is
    /// not at its end, unless a turn lasts for as long as all batches do.
    /// - Returns: the records that were done.
    private func kill(_ program: Program, _ url: String, beyond before: Int64) async throws -> Int64 {
        var done: Int64 = 0
        try await program.wait("some progress") {
            program.signal(SIGSTOP)
            let found = try await rows(
                url, "select coalesce(max(records_done), 0)::text from import where kind = 'snapshots'")
            done = found.first.flatMap { Int64($0) } ?? 0
            guard done <= before else { return true }
            program.signal(SIGCONT)
            return false
        }
        program.signal(SIGKILL)
        #expect(try await program.exitStatus() == SIGKILL)
        return done
    }

    @Test func `a snapshot whose import is killed twice ends as the file says, each line once`() async throws {
        try await withFolder { folder in
            try await withDurablePostgres(in: folder) { postgres in
                var server = try serve(postgres.url)
                var client = try await server.ready()
                for (kind, text) in [
                    ("items", names("sku", "S", Self.items)), ("locations", names("id", "L", Self.locations)),
                ] {
                    let id = try await send(text, "kind=\(kind)", to: client)
                    try await server.wait("the \(kind)") { try await job(id, client)?["state"]?.string == "done" }
                }
                try await script(Self.slow, postgres.url)
                let id = try await send(snapshot, "kind=snapshots&source=wms", to: client)
                var killedAt: [Int64] = []
                for _ in 0..<2 {
                    killedAt.append(try await kill(server, postgres.url, beyond: killedAt.last ?? 0))
                    server = try serve(postgres.url)
                    client = try await server.ready()
                }
                try await script(Self.fast, postgres.url)
                let total = Int64(Self.items * Self.locations)
                #expect(killedAt.allSatisfy { $0 < total }, "killed on the way: \(killedAt)")
                let (program, asked) = (server, client)
                try await program.wait("the end", 120) { try await job(id, asked)?["state"]?.string == "done" }
                let done = try #require(try await job(id, client))
                #expect(done["recordsDone"]?.integer == total && done["reportedLines"]?.integer == 0)
                let counts = done["counts"]
                #expect((counts?["applied"]?.integer ?? 0) + (counts?["duplicate"]?.integer ?? 0) == total)

                let found = Set(
                    try await rows(
                        postgres.url,
                        """
                        select i.sku || ' ' || l.id || ' ' || b.on_hand
                        from balance b join item i using (item_id) join location l using (location_id)
                        """))
                var expected: Set<String> = []
                for location in 0..<Self.locations {
                    for item in 0..<Self.items {
                        expected.insert("S\(item) L\(location) \(Self.quantity(item, location))")
                    }
                }
                #expect(found == expected)
                #expect(
                    try await rows(postgres.url, "select count(*) || ' ' || count(distinct event_id) from movement")
                        == ["\(total) \(total)"])
                #expect(try await rows(postgres.url, "select count(*)::text from import_chunk") == ["0"])
                server.signal(SIGTERM)
                #expect(try await server.exitStatus() == 0)
                let proof = try Program(["proof", "--full"], ["DATABASE_URL": postgres.url, "LOG_LEVEL": "error"])
                #expect(try await proof.exitStatus() == 0, "\(proof.text)")
            }
        }
    }

    @Test func `the command line goes on where it was killed`() async throws {
        try await withFolder { folder in
            try await withDurablePostgres(in: folder) { postgres in
                let settings = ["DATABASE_URL": postgres.url, "LOG_LEVEL": "error"]
                func load(_ kind: String, _ text: String, _ more: [String] = []) async throws -> Program {
                    let file = "\(folder)/\(kind).csv"
                    try text.write(toFile: file, atomically: true, encoding: .utf8)
                    return try Program(["import", kind, file] + more, settings)
                }
                // An import makes no schema.
                #expect(try await Program(["migrate"], settings).exitStatus() == 0)
                #expect(try await load("items", names("sku", "S", Self.items)).exitStatus() == 0)
                #expect(try await load("locations", names("id", "L", Self.locations)).exitStatus() == 0)
                let total = Self.items * Self.locations
                try await script(Self.slow, postgres.url)
                let first = try await load("snapshots", snapshot, ["--source", "wms"])
                #expect(try await kill(first, postgres.url, beyond: 0) < Int64(total))
                let second = try await load("snapshots", snapshot, ["--source", "wms"])
                try await script(Self.fast, postgres.url)
                #expect(try await second.exitStatus(within: 120) == 0, "\(second.text)")
                #expect(second.text.contains("waiting for another process") && second.text.contains("peak memory"))
                #expect(
                    try await rows(
                        postgres.url, "select records_done || ' ' || state from import where kind = 'snapshots'")
                        == ["\(total) done"])
                #expect(
                    try await rows(postgres.url, "select count(*) || ' ' || count(distinct event_id) from movement")
                        == ["\(total) \(total)"])
                let broken = try await load("items", "sku,name\nA,\"x\n")
                #expect(try await broken.exitStatus() != 0)
                #expect(broken.text.contains("not closed"), "\(broken.text)")
            }
        }
    }
}

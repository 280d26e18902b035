import Foundation
import Hummingbird
import InventoryPostgres
import LibPQ
import TestSupport
import Testing

/// What the change log says of requests that write no ledger line: it is what an event feed hears them by.
@Suite struct ChangeLogTests {
    @Test("a parked line, its first source and the exception are named")
    func parked() async throws {
        try await withStock { server in
            let before = try await server.lastCommit()
            let answer = try await server.facts(receipt("in/X/L", "X", "L", 1), source: "newcomer")
            #expect(answer.verdicts == ["parked"])
            let changes = try await server.changes(after: before)
            #expect(changes.contains("source newcomer"))
            #expect(changes.contains { $0.hasPrefix("exception ") && $0.contains("X") })
        }
    }

    @Test("a source that was deleted and reports again is named")
    func revived() async throws {
        try await withStock { server in
            // Nothing of it is kept, so it can be deleted.
            _ = try await server.facts(#"{"eventId":"in/1"}"#, source: "till-9")
            #expect(try await server.send(.delete, "/v1/sources/till-9", nil, headers: [:]).status == 204)
            let before = try await server.lastCommit()
            #expect(try await server.facts(receipt("in/2", "A", "L", 1), source: "till-9").verdicts == ["applied"])
            #expect(try await server.changes(after: before).contains("source till-9"))
        }
    }

    @Test("a step of a pickup that moves nothing is named")
    func step() async throws {
        try await withStock { server in
            let id = try await server.reserve(lines: [("A", 1)]).id
            #expect(try await server.act("confirm", id).status == 200)
            let before = try await server.lastCommit()
            #expect(try await server.act("ready", id).status == 200)
            #expect(try await server.changes(after: before) == ["reservation \(id)"])
        }
    }

    @Test("a repeat and a refusal leave nothing to follow")
    func unchanged() async throws {
        try await withStock { server in
            let before = try await server.lastCommit()
            #expect(try await server.facts(receipt("in/A/L", "A", "L", 5)).verdicts == ["duplicate"])
            #expect(try await server.reserve(lines: [("A", 500)]).status == 409)
            #expect(try await server.changes(after: before) == [])
            #expect(try await server.lastCommit() == before)
        }
    }

    @Test("each step of a reconciliation is named")
    func reconciliation() async throws {
        try await withStock { server in
            let before = try await server.lastCommit()
            let answer = try await server.send(
                .post, "/v1/reconciliations",
                """
                {"source":"erp","eventId":"night/1","asOf":"2026-01-01T00:00:00Z",
                 "lines":[{"sku":"A","location":"L","quantity":7}]}
                """, headers: [:])
            #expect((200...202).contains(answer.status), "\(answer.body)")
            let id = try answer.id
            let named = try await server.changes(after: before).filter { $0 == "reconciliation \(id)" }
            // Opened, compared and finished.
            #expect(named.count >= 2)
        }
    }
}

extension TestServer {
    fileprivate func lastCommit() async throws -> Int64 {
        try await shop.pools.report.run(timeout: .seconds(30)) { session throws(PQError) in
            try session.query(Statement("test_last_commit", sql: "select coalesce(max(commit_id), 0) from commit_log"))[
                0
            ]
            .int8(0)
        }
    }

    /// Kind and key of all that commits after that one named.
    fileprivate func changes(after commit: Int64) async throws -> [String] {
        var names = [5: "source", 10: "exception", 12: "reservation", 16: "reconciliation"]
        // What happened to a reservation has a kind for each event.
        for kind in 20...29 { names[kind] = "reservation" }
        let kinds = names
        return try await shop.pools.report.run(timeout: .seconds(30)) { session throws(PQError) in
            let rows = try session.query(
                Statement(
                    "test_changes", [.int8],
                    sql: """
                        select change.kind, change.key
                        from commit_log c, unnest(c.change_kinds, c.change_keys) change(kind, key)
                        where c.commit_id > $1 order by c.commit_id
                        """)
            ) { $0.int8(commit) }
            return rows.map { "\(kinds[Int($0.int2(0))] ?? "\($0.int2(0))") \($0.text(1))" }
        }
    }
}

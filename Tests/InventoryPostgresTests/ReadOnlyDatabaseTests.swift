import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import TestSupport
import Testing

/// A primary that is demoted, or a database that is set to read-only, is away for writers and nothing worse.
@Suite struct ReadOnlyDatabaseTests {
    @Test func `writes are unavailable while the database is read-only, and pass again afterwards`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            try await shop.send([.receipt("before", "A", at: "L", 5)])
            // Sessions that are open keep their setting, as those on a demoted primary notice nothing by themselves.
            try await shop.setReadOnly(true)
            try await shop.endWriters()
            await #expect(throws: StoreError.unavailable) { try await shop.addItem("B") }
            await #expect(throws: StoreError.unavailable) {
                try await shop.factStore.sourceNumber(SourceID(stored: "new"))
            }
            #expect(try await shop.onHand("A", "L") == 5)
            // The writers' sessions are read-only still: nobody ends them but they themselves.
            try await shop.setReadOnly(false)
            let answer = try await shop.send([.receipt("after", "A", at: "L", 2)])
            #expect(answer.lines.map(\.verdict) == [.applied])
            try await shop.addItem("B")
            #expect(try await shop.onHand("A", "L") == 7)
        }
    }

    @Test func `facts sent meanwhile wait and are applied once it can be written again`() async throws {
        try await withShop { shop async throws in
            try await shop.addItem("A")
            try await shop.addLocation("L")
            // Its source is known from then on: making one is not waited for.
            try await shop.send([.receipt("before", "A", at: "L", 1)])
            try await shop.setReadOnly(true)
            try await shop.endWriters()
            async let waiting = shop.send([.receipt("meanwhile", "A", at: "L", 3)])
            try await Task.sleep(for: .milliseconds(300))
            try await shop.setReadOnly(false)
            #expect(try await waiting.lines.map(\.verdict) == [.applied])
            #expect(try await shop.onHand("A", "L") == 4)
        }
    }
}

extension TestShop {
    fileprivate func setReadOnly(_ isReadOnly: Bool) async throws {
        let set = Statement(
            "test_read_only_\(isReadOnly)",
            sql: """
                do $$ begin
                    execute format(
                        'alter database %I set default_transaction_read_only = \(isReadOnly ? "on" : "off")',
                        current_database());
                end $$
                """)
        try await pools.report.run(timeout: .seconds(60)) { session throws(PQError) in _ = try session.query(set) }
    }

    /// Their next sessions have the database's new default.
    fileprivate func endWriters() async throws {
        let end = Statement(
            "test_end_writers",
            sql: """
                select count(pg_terminate_backend(pid, 30000)) from pg_stat_activity
                where datname = current_database() and application_name in ('holdfast write', 'holdfast aside', 'holdfast change')
                """)
        try await pools.report.run(timeout: .seconds(60)) { session throws(PQError) in _ = try session.query(end) }
    }
}

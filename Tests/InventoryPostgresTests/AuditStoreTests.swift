import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import TestSupport
import Testing

@Suite struct AuditStoreTests {
    private static let ida = ActorName(stored: "ida via backoffice")

    private static func put(_ shop: TestShop, _ sku: String, name: String = "Item", by actor: ActorName? = ida)
        async throws
    {
        _ = try await shop.masterStore.putItem(Item(sku: SKU(stored: sku), name: name), parts: [], .none, by: actor)
            .get()
    }

    @Test func `the program and the database come to the same chain, whatever the texts hold`() async throws {
        try await withShop { shop async throws in
            try await Self.put(shop, "A", name: "Größe 42 \u{1F600} \"quoted\" 3:x")
            try await Self.put(shop, "B", by: nil)
            try await shop.masterStore.putItems(
                (0..<50).map { Item(sku: SKU(stored: "ü\($0)"), name: "-") }, by: ActorName(stored: "7:löader"))
            let report = try await shop.proveAudit()
            #expect(report.isProved && report.entries == 3, "\(report.summary)")
            #expect(try await shop.audit.head().sequence == 3)
        }
    }

    @Test func `two processes append one chain without a gap, and a change that is refused leaves no entry`()
        async throws
    {
        try await withDatabase { database in
            try await withShop(on: database) { one async throws in
                try await withShop(on: database) { two async throws in
                    try await withThrowingTaskGroup(of: Void.self) { tasks in
                        for number in 0..<40 {
                            let shop = number.isMultiple(of: 2) ? one : two
                            tasks.addTask {
                                try await Self.put(shop, "S\(number % 20)", name: "N\(number)")
                                let id = LocationID(stored: "nowhere-\(number)")
                                _ = try await shop.masterStore.deleteLocation(id, .none, by: Self.ida)
                            }
                        }
                        try await tasks.waitForAll()
                    }
                    let report = try await two.proveAudit()
                    #expect(report.isProved && report.entries == 40, "\(report.summary)")
                }
            }
        }
    }

    @Test(arguments: ["update audit_entry set actor = 'eve'", "delete from audit_entry", "truncate audit_entry"])
    func `an entry is not changed or taken away`(change: String) async throws {
        try await withShop { shop async throws in
            try await Self.put(shop, "A")
            await #expect(throws: (any Error).self) { try await shop.runSQL(change) }
            let report = try await shop.proveAudit()
            #expect(report.isProved && report.entries == 1, "\(report.summary)")
        }
    }

    /// What somebody does who owns the tables and takes the trigger away.
    @Test(arguments: [
        "update audit_entry set actor = 'eve' where sequence = 2",
        "update audit_entry set at = at - interval '1 hour' where sequence = 2",
        "update audit_entry set keys = array['X'] where sequence = 2",
        "update audit_entry set object = null where sequence = 2",
        "delete from audit_entry where sequence = 2", "delete from audit_entry where sequence = 3",
        "delete from audit_entry",
        "delete from audit_entry where sequence = 3; update audit_head set sequence = 2",
    ])
    func `whoever tampers with it is found out`(change: String) async throws {
        try await withShop { shop async throws in
            for sku in ["A", "B", "C"] { try await Self.put(shop, sku) }
            #expect(try await shop.proveAudit().isProved)
            try await shop.runSQL("alter table audit_entry disable trigger user; \(change)")
            let report = try await shop.proveAudit()
            #expect(!report.isProved, "\(report.summary)")
        }
    }

    @Test func `a change whose transaction fails has no entry, and an entry no change without it`() async throws {
        try await withShop { shop async throws in
            try await shop.runSQL("alter table audit_head add constraint full_up check (sequence < 1)")
            await #expect(throws: StoreError.self) { try await Self.put(shop, "A") }
            #expect(try await shop.masterStore.item(SKU(stored: "A")) == nil)
            #expect(try await shop.count("audit_entry") == 0)
        }
    }
}

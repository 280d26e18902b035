import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// What is put on a location just as it is deleted.
@Suite struct LocationDeletionTests {
    /// As a deletion does it that is about to commit.
    private static let deletion = """
        select pg_advisory_xact_lock(hashtextextended(current_schema(), 7021004));
        update location set deleted_at = clock_timestamp() where id = 'L';
        """

    private static func whileDeleted<T: Sendable>(
        _ body: @escaping @Sendable (TestShop) async throws -> T
    ) async throws -> T {
        try await withDatabase { database in
            try await withShop(on: database, lockWaits: .patient) { shop in
                try await shop.addItem("A")
                try await shop.addLocation("L")
                return try await whileHeld(deletion, on: database) { try await body(shop) }
            }
        }
    }

    @Test func `a code waits for it, and is refused`() async throws {
        let alias = LocationAlias(
            codeSystem: CodeSystem(stored: "erp"), code: Code(stored: "7"), location: LocationID(stored: "L"))
        let put = try await Self.whileDeleted { try await $0.masterStore.putLocationAlias(alias, .none, by: nil) }
        guard case .failure(.unknownReference) = put else {
            Issue.record("\(put)")
            return
        }
    }

    @Test func `a bin waits for it, and is refused`() async throws {
        let bin = ItemBin(sku: SKU(stored: "A"), location: LocationID(stored: "L"), text: "3-B")
        let put = try await Self.whileDeleted { try await $0.masterStore.putBin(bin, .none, by: nil) }
        guard case .failure(.notFound) = put else {
            Issue.record("\(put)")
            return
        }
    }
}

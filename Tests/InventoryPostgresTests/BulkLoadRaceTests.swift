import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// What is put one by one just as a file is loaded that has it too.
@Suite struct BulkLoadRaceTests {
    /// Runs a load that waits, behind its own lock, for what every change of what may be promised waits for; then `body`, which is
    /// to wait for the load.
    private static func whileLoading<T: Sendable>(
        _ load: @escaping @Sendable (TestShop) async throws -> Void,
        _ body: @escaping @Sendable (TestShop) async throws -> T
    ) async throws -> T {
        let places = "select pg_advisory_xact_lock(hashtextextended(current_schema(), 7021004));"
        return try await withDatabase { database in
            try await withShop(on: database, lockWaits: .patient) { shop in
                try await shop.addItem("A")
                return try await whileHeld(places, on: database, untilWaiting: 2) {
                    async let loading: Void = load(shop)
                    try await shop.awaitWaiting(1)
                    let result = try await body(shop)
                    try await loading
                    return result
                }
            }
        }
    }

    @Test func `an item that is to be new is none any more once the load has made it`() async throws {
        let item = Item(sku: SKU(stored: "B"), name: "of the load")
        let put = try await Self.whileLoading {
            try await $0.masterStore.putItems([ListedItem(item)], by: nil)
        } _: {
            try await $0.masterStore.putItem(Item(sku: SKU(stored: "B"), name: "new"), parts: [], .absent, by: nil)
        }
        #expect(put.rejection == .preconditionFailed(current: 1))
    }

    @Test func `a code that is to be new is none any more once the load has mapped it`() async throws {
        @Sendable func alias(_ units: Int64) -> Alias {
            Alias(
                codeSystem: CodeSystem(stored: "ean"), code: Code(stored: "1"), sku: SKU(stored: "A"),
                unitsPerCode: UnitsPerCode(units: units) ?? .one)
        }
        let put = try await Self.whileLoading {
            _ = try await $0.importStore.putAliases([alias(6)], by: nil)
        } _: {
            try await $0.masterStore.putAlias(alias(12), .absent, by: nil)
        }
        #expect(put.rejection == .preconditionFailed(current: 1))
    }
}

import InventoryImport
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// One import that cannot be read now is no reason to put the others off.
@Suite struct ImportFailureTests {
    @Test func `an import that the store fails is given back alone`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            let lines = (1...8_000).map { "e\($0),receipt,A,L,1\n" }.joined()
            let long = try await server.sendFile(
                Array("eventId,type,sku,location,quantity\n\(lines)".utf8), "kind=movements&source=till")
            let broken = try await server.sendFile(Array("sku,name\nB,x\n".utf8), "kind=items")
            let (longID, brokenID) = (try long.id, try broken.id)
            let store = FailingImportStore(
                base: server.shop.importStore, failing: ImportID(stored: brokenID))
            let imports = ImportService(
                store: store, mappings: server.shop.importStore, reader: FileImportReader(),
                targets: server.shop.importTargets, logger: quiet)
            #expect(try await imports.runAll() == 1)
            // As often as there was time for.
            #expect(Set(store.releases.all.map(\.text)) == [brokenID])
            #expect(try await server.get("/v1/imports/\(longID)").json?["state"]?.string == "done")
            #expect(try await server.get("/v1/imports/\(brokenID)").json?["state"]?.string == "waiting")
            #expect(try await server.shop.onHand("A", "L") == 8_000)
            // Left to itself it is what the sweep fails for.
            try await server.shop.runSQL("update import set lease_until = null where state = 'waiting'")
            await #expect(throws: StoreError.unavailable) { try await imports.runAll() }
        }
    }
}

import Inventory
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// What an operator hears of the last proof.
@Suite struct ProofRouteTests {
    private func prove(_ server: TestServer) async throws {
        let (ledger, audit) = (try await server.shop.prove(), try await server.shop.proveAudit())
        try await server.shop.proof.keep(ledger, audit, took: .milliseconds(1_500))
    }

    @Test func `the last proof is shown, and none is none`() async throws {
        try await TestServer.run { server async throws in
            let none = try await server.get("/v1/proof")
            #expect(none.json?["proved"]?.isNull == true && none.json?["finishedAt"]?.isNull == true)
            #expect(none.json?["failures"]?.elements?.isEmpty == true)
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.facts(receipt("1", "A", "L", 5), sale("2", "A", at: "L"))
            try await prove(server)
            let proof = try await server.get("/v1/proof").json
            #expect(proof?["proved"]?.boolean == true && proof?["lines"]?.integer == 2)
            #expect(proof?["balances"]?.integer == 1 && proof?["sumOfAccounts"]?.integer == 0)
            let times = try ["startedAt", "finishedAt"].map {
                try #require(proof?[$0]?.string.flatMap { Timestamp(rfc3339: $0) })
            }
            #expect(times[1].microseconds - times[0].microseconds == 1_500_000)
            // Somebody changes a figure behind the service's back.
            try await server.shop.runSQL("update balance set on_hand = on_hand + 1")
            try await prove(server)
            let broken = try await server.get("/v1/proof").json
            #expect(broken?["proved"]?.boolean == false && broken?["defects"]?.integer == 1)
            #expect(
                broken?["failures"]?[0]?["sku"]?.string == "A" && broken?["failures"]?[0]?["location"]?.string == "L")
            #expect(try await server.get("/v1/proof?x=1").parameters == ["x"])
        }
    }

    @Test func `only so many proofs are kept`() async throws {
        try await withShop { shop in
            let (ledger, audit) = (try await shop.prove(), try await shop.proveAudit())
            for _ in 0..<ProofRun.keptMax + 5 { try await shop.proof.keep(ledger, audit, took: .zero) }
            #expect(try await shop.count("proof_run") == Int64(ProofRun.keptMax))
        }
    }
}

import Foundation
import Hummingbird
import Inventory
import InventoryPostgres
import InventoryService
import TestSupport
import Testing

/// Who is refused leaves nothing behind: a table that grows with every question about nothing grows for ever.
@Suite struct EmptyBalanceTests {
    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `requests that are refused leave no balance`(path: PostgresBatchStore.WritePath) async throws {
        try await TestServer.run(path: path) { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            #expect(try await server.reserve(lines: [("A", 1), ("B", 1)]).status == 409)
            let order = """
                {"method":"ship","shipTo":{"latitude":1,"longitude":1},"lines":[{"sku":"A","quantity":1}]}
                """
            #expect(try await server.reserve(order).status == 409)
            let transfer = try await server.send(
                .post, "/v1/transfers",
                #"{"from":"L","to":"M","reserve":true,"lines":[{"id":"1","sku":"A","quantity":4}]}"#,
                headers: keyed("t"))
            #expect(transfer.status == 409, "\(transfer.body)")
            let rejected = try await server.facts(
                #"{"eventId":"e","type":"adjustment","sku":"A","location":"L","delta":1,"reason":"x","expectedVersion":7}"#
            )
            #expect(rejected.verdicts == ["rejected"])
            let batch = try await server.facts(
                sale("s/1"), sale("s/2", "A", at: "L", "0"), more: ",\"atomic\":true")
            #expect(batch.status == 409)
            #expect(try await server.shop.count("balance") == 0)
            // And what is granted or happened begins one, for those that it is about.
            #expect(try await server.facts(receipt("r", "A", "L", 5)).verdicts == ["applied"])
            #expect(try await server.reserve(lines: [("A", 1), ("B", 1)]).status == 409)
            #expect(try await server.reserve(lines: [("A", 1)]).status == 201)
            #expect(try await server.shop.count("balance") == 1)
            #expect(try await server.shop.prove().isProved)
        }
    }

    /// A balance that one makes to be refused is the one that another waits for to begin.
    @Test func `first comers of two processes meet, refused or not`() async throws {
        try await withDatabase { database in
            try await withShop(on: database) { one in
                try await withShop(on: database) { other in
                    for number in 0..<8 { try await one.addItem("S\(number)") }
                    try await one.addLocation("L")
                    for round in 0..<8 {
                        try await withThrowingTaskGroup(of: Void.self) { tasks in
                            for (place, shop) in [one, other].enumerated() {
                                for turn in 0..<6 {
                                    tasks.addTask {
                                        let answer = try await shop.send(
                                            [.receipt("\(round)/\(place)/\(turn)", "S\(round)", 1)])
                                        #expect(answer.lines.map(\.verdict) == [.applied])
                                    }
                                    tasks.addTask {
                                        let doubted = FactLine(
                                            eventID: EventID(stored: "x\(round)/\(place)/\(turn)"),
                                            item: .sku(SKU(stored: "S\(round)")), location: LocationID(stored: "L"),
                                            change: .adjustment(.onHand, .of(1), Reason(stored: "found")),
                                            expectedVersion: 1_000)
                                        let answer = try await shop.send([doubted])
                                        #expect(answer.lines.map(\.verdict) == [.rejected])
                                    }
                                }
                            }
                            try await tasks.waitForAll()
                        }
                        #expect(try await one.onHand("S\(round)", "L") == 12)
                    }
                    #expect(try await one.count("balance") == 8)
                    let proof = try await other.prove()
                    #expect(proof.isProved, "\(proof)")
                }
            }
        }
    }
}

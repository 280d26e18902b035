import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Promises that lost their cover.
@Suite struct CoverTests {
    @Test func `at risk: cover goes to ready, then confirmed, then held, each oldest first`() async throws {
        try await withStock(4) { server async throws in
            let held = try await server.reserve(lines: [("A", 1)]).id
            let first = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            let second = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            let ready = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            _ = try await server.act("ready", ready)
            var order: [String] = []
            for number in 1...4 {
                let sold = try await server.facts(sale("s\(number)"))
                #expect(sold.verdicts == ["appliedUncovered"])
                #expect(sold.json?["results"]?[0]?["atRiskCount"]?.integer == Int64(number))
                let named =
                    sold.json?["results"]?[0]?["atRisk"]?.elements?.compactMap { $0["reservation"]?.string } ?? []
                order.append(contentsOf: named.filter { !order.contains($0) })
            }
            #expect(order == [held, second, first, ready])
            let list = try await server.get("/v1/reservations?atRisk=true&location=L&includeTotal=true")
            #expect(list.json?["total"]?.integer == 4)
            // A receipt covers again by the same order.
            _ = try await server.facts(receipt("back", "A", "L", 2))
            let left = try await server.get("/v1/reservations?atRisk=true").json?["reservations"]?.elements ?? []
            #expect(Set(left.compactMap { $0["id"]?.string }) == [held, second])
            #expect(try await server.get("/v1/reservations?atRisk=false").json?["reservations"]?.elements?.count == 2)
        }
    }

    @Test func `any fact that raises the shortfall answers appliedUncovered, and what ends covers others again`()
        async throws
    {
        try await withStock { server async throws in
            let id = try await server.reserve(lines: [("A", 5)], more: ",\"confirm\":true").id
            let facts = [
                "{\"eventId\":\"adj\",\"type\":\"adjustment\",\"sku\":\"A\",\"location\":\"L\",\"delta\":-1,\"reason\":\"x\"}",
                "{\"eventId\":\"state\",\"type\":\"stateChange\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,"
                    + "\"fromBucket\":\"onHand\",\"toBucket\":\"damaged\"}",
                "{\"eventId\":\"count\",\"type\":\"count\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":2}",
            ]
            for fact in facts { #expect(try await server.facts(fact).verdicts == ["appliedUncovered"], "\(fact)") }
            let shown = try await server.get("/v1/reservations/\(id)")
            #expect(shown.lines[0]["allocations"]?[0]?["uncoveredQuantity"]?.integer == 3)
            #expect(try await server.get("/v1/availability/A/L").json?["shortfall"]?.integer == 3)
            let allocation = try shown.allocation
            _ = try await server.act(
                "release", id, "{\"allocations\":[{\"id\":\"\(allocation)\",\"quantity\":3}]}", key: "r")
            #expect(try await server.get("/v1/reservations/\(id)").json?["atRisk"]?.boolean == false)
        }
    }
}

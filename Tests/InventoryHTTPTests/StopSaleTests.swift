import Foundation
import Hummingbird
import Inventory
import StrictJSON
import TestSupport
import Testing

/// A request for what is called back says so: waiting for more, or asking elsewhere, does not help.
@Suite struct StopSaleTests {
    private func stop(_ server: TestServer, _ sku: String) async throws {
        let put = try await server.put("/v1/items/\(sku)", "{\"name\":\"\(sku)\",\"status\":\"stopSale\"}")
        #expect(put.status == 200, "\(put.body)")
    }

    private func expectStopped(_ answer: TestServer.Answer, _ sku: String, line: Int = 0) {
        #expect(answer.status == 409 && answer.code == "insufficientAvailability", "\(answer.body)")
        #expect(answer.json?["lines"]?[line]?["reason"]?.string == "stopSale", "\(answer.body)")
        #expect(answer.json?["detail"]?.string?.contains("the sale of '\(sku)' is stopped") == true, "\(answer.body)")
    }

    @Test func `a hold on a stopSale item says that its sale is stopped`() async throws {
        try await withStock { server async throws in
            let held = try await server.reserve(lines: [("A", 1)]).id
            try await server.shop.addItem("SHORT")
            _ = try await server.send(
                .put, "/v1/expected-supply/s1",
                "{\"sku\":\"A\",\"location\":\"L\",\"quantity\":50,\"expectedAt\":\"2099-01-01T00:00:00Z\"}")
            try await stop(server, "A")
            let pickup = try await server.reserve(lines: [("A", 1)])
            expectStopped(pickup, "A")
            #expect(pickup.json?["alternatives"]?.elements?.isEmpty == true, "\(pickup.body)")
            let ship = try await server.reserve("{\"method\":\"ship\",\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}")
            expectStopped(ship, "A")
            #expect(ship.json?["alternatives"]?.elements?.isEmpty == true, "\(ship.body)")
            expectStopped(try await server.act("move", held, "{\"location\":\"M\"}"), "A")
            let more = "{\"lines\":[{\"id\":\"1\",\"sku\":\"A\",\"quantity\":2}]}"
            expectStopped(try await server.put("/v1/reservations/\(held)/lines", more), "A")
            // What is merely short says that.
            let short = try await server.reserve(lines: [("SHORT", 1), ("A", 1)])
            #expect(short.json?["lines"]?[0]?["reason"]?.string == "short", "\(short.body)")
            expectStopped(short, "A", line: 1)
        }
    }

    @Test func `so does a kit, whether it or one of its parts is stopped`() async throws {
        try await withStock { server async throws in
            let parts = "\"components\":[{\"sku\":\"A\",\"quantity\":1},{\"sku\":\"B\",\"quantity\":1}]"
            for sku in ["SET", "BOX"] {
                _ = try await server.put("/v1/items/\(sku)", "{\"name\":\"\(sku)\",\(parts)}")
            }
            _ = try await server.put("/v1/items/BOX", "{\"name\":\"BOX\",\"status\":\"stopSale\",\(parts)}")
            expectStopped(try await server.reserve(lines: [("BOX", 1)]), "BOX")
            #expect(try await server.reserve(lines: [("SET", 1)]).status == 201)
            try await stop(server, "B")
            expectStopped(try await server.reserve(lines: [("SET", 1)]), "SET")
            let ship = "{\"method\":\"ship\",\"lines\":[{\"sku\":\"SET\",\"quantity\":1}]}"
            expectStopped(try await server.reserve(ship), "SET")
        }
    }

    @Test func `an ended hold of it is not confirmed, and says why`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let id = try await server.reserve(lines: [("A", 1)], more: ",\"expiresInSeconds\":60").id
            try await stop(server, "A")
            try await server.passExpiry(of: id)
            expectStopped(try await server.act("confirm", id), "A")
        }
    }
}

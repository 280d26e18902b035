import Foundation
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Whoever begins with a snapshot and follows the feed knows what the service knows: after anything that can happen, in two
/// processes at once.
@Suite struct FeedRebuildTests {
    private static let skus = ["A", "B", "C"]
    private static let locations = ["L", "M", "N"]
    private static let steps = 60

    @Test(arguments: seeds.prefix(4))
    func `a snapshot and the feed make the same figures, bands and reservations`(seed: UInt64) async throws {
        try await withDatabase(clock: .settable) { database in
            try await withShop(on: database) { one in
                try await withShop(on: database) { other in
                    try await TestServer.serve(one) { first async throws in
                        try await TestServer.serve(other) { second async throws in
                            try await Self.check([first, second], seed)
                        }
                    }
                }
            }
        }
    }

    private static func check(_ servers: [TestServer], _ seed: UInt64) async throws {
        for sku in skus { try await servers[0].shop.addItem(sku) }
        for location in locations { try await servers[0].shop.addLocation(location) }
        _ = try await servers[0].put(
            "/v1/items/SET",
            "{\"name\":\"s\",\"components\":[{\"sku\":\"A\",\"quantity\":1},{\"sku\":\"B\",\"quantity\":2}]}")
        for (index, server) in servers.enumerated() {
            var generator = SeededGenerator(seed: seed &+ UInt64(index) &* 1_000)
            for step in 0..<10 { try await act(server, "\(index)/before/\(step)", &generator) }
        }
        var consumer = try await FeedConsumer(snapshotOf: servers[0])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (index, server) in servers.enumerated() {
                tasks.addTask {
                    var generator = SeededGenerator(seed: seed &+ UInt64(index) &* 77)
                    for step in 0..<steps { try await act(server, "\(index)/\(step)", &generator) }
                }
            }
            // It follows while things happen, through either process.
            for round in 0..<12 { try await consumer.follow(servers[round % 2], pageSize: [3, 50, 1_000][round % 3]) }
            try await tasks.waitForAll()
        }
        // What time alone ends is over by then.
        try await servers[0].shop.advanceClock(bySeconds: 3_600)
        _ = try await ReservationSweep(reservations: servers[0].shop.reservations).pass()
        try await consumer.follow(servers[1], pageSize: 100)

        let truth = try await FeedConsumer(snapshotOf: servers[1])
        #expect(consumer.balances == truth.balances, "seed \(seed)")
        #expect(consumer.networkBands == truth.networkBands, "seed \(seed)")
        #expect(consumer.reservations == truth.reservations, "seed \(seed)")
        #expect(Set(consumer.received).count == consumer.received.count, "an event came twice, seed \(seed)")
        #expect(consumer.received.count > steps)
        // The snapshot itself says what every other answer says.
        for (key, figures) in truth.balances {
            let parts = key.split(separator: "/")
            let answer = try await servers[0].get("/v1/availability/\(parts[0])/\(parts[1])").json
            #expect(figures[9] == answer?["availableToSell"]?.integer.map { "\($0)" }, "\(key), seed \(seed)")
            #expect(figures[11] == answer?["band"]?.string, "\(key), seed \(seed)")
        }
        for sku in skus + ["SET"] {
            let band = try await servers[0].get("/v1/availability/\(sku)").json?["band"]?.string
            #expect(truth.networkBands["\(sku) *"] ?? "out" == band, "\(sku), seed \(seed)")
        }
        for id in truth.reservations.keys {
            let answer = try await servers[0].get("/v1/reservations/\(id)").json
            #expect(truth.reservations[id]?[0] == answer?["state"]?.string)
        }
    }

    /// Something that changes what can be sold somewhere, or is refused.
    private static func act(_ server: TestServer, _ name: String, _ generator: inout SeededGenerator) async throws {
        let (sku, location) = (generator.pick(skus), generator.pick(locations))
        let units = Int.random(in: 1...8, using: &generator)
        switch Int.random(in: 0..<16, using: &generator) {
        case 0...3: _ = try await server.facts(receipt(name, sku, location, units), source: "s")
        case 4...6: _ = try await server.facts(sale(name, sku, at: location, "\(units)"), source: "s")
        case 7:
            _ = try await server.facts(
                """
                {"eventId":"\(name)","type":"count","sku":"\(sku)","location":"\(location)","quantity":\(units)}
                """, source: "s")
        case 8...10:
            let hold =
                generator.isOne(in: 2)
                ? "\"confirm\":true" : "\"expiresInSeconds\":\(Int.random(in: 1...600, using: &generator))"
            let asked = generator.isOne(in: 4) ? "SET" : sku
            let made = try await server.reserve(
                "{\"method\":\"pickup\",\"location\":\"\(location)\",\(hold),\"owner\":\"\(name.replacing("/", with: "-"))\","
                    + "\"lines\":[{\"sku\":\"\(asked)\",\"quantity\":\(min(units, 2))}]}")
            guard made.status == 201 else { return }
            let step = generator.pick(["confirm", "ready", "release", "fulfil", "", ""])
            if !step.isEmpty { _ = try await server.act(step, made.id, "{}") }
        case 11:
            _ = try await server.put(
                "/v1/safety-stock-rules/\(generator.pick(["one", "two"]))",
                generator.isOne(in: 2)
                    ? "{\"scope\":{\"sku\":\"\(sku)\"},\"quantity\":\(units % 4)}"
                    : "{\"scope\":{\"location\":\"\(location)\"},\"quantity\":\(units % 4)}")
        case 12:
            _ = try await server.put(
                "/v1/thresholds/low", "{\"scope\":{\"sku\":\"\(sku)\"},\"quantity\":\(units)}")
        case 13:
            _ = try await server.put(
                "/v1/location-groups/web",
                "{\"name\":\"w\",\"channel\":\"web\",\"locations\":[\"\(location)\"]}")
        case 14:
            _ = try await server.put(
                "/v1/locations/\(location)",
                "{\"name\":\"x\",\"status\":\"\(generator.pick(["active", "active", "paused"]))\"}")
        default: try await server.shop.advanceClock(bySeconds: Int64.random(in: 1...200, using: &generator))
        }
    }
}

import Foundation
import Hummingbird
import Inventory
import InventoryPostgres
import InventoryService
import LibPQ
import StrictJSON
import Synchronization
import TestSupport
import Testing

/// An answer that several statements make is of one instant: that which it names.
@Suite struct OneInstantTests {
    /// Asks, keeps the answer waiting in the middle until a hold has ended, and lets it go on.
    /// - Returns: the answer, and when the hold ended.
    private func answerAcrossTheEndOfAHold(
        _ server: TestServer, _ ask: @escaping @Sendable () async throws -> TestServer.Answer
    ) async throws -> (answer: TestServer.Answer, ended: Timestamp) {
        let held = try await server.reserve(
            "{\"method\":\"pickup\",\"location\":\"L\",\"expiresInSeconds\":2,"
                + "\"lines\":[{\"sku\":\"A\",\"quantity\":1}]}")
        let ended = try #require(
            held.json?["expiresAt"]?.string.flatMap { Timestamp(rfc3339: $0) }, "\(held.body)")
        let isLocked = Mutex(false)
        let mayEnd = Mutex(false)
        async let lock: Void = server.shop.pools.write.run(timeout: .seconds(20)) { session throws(PQError) in
            try session.script("begin; lock table location in access exclusive mode", name: "lock")
            isLocked.withLock { $0 = true }
            for _ in 0..<1_500 where !mayEnd.withLock({ $0 }) { usleep(10_000) }
            try session.script("commit", name: "commit")
        }
        #expect(await eventually { isLocked.withLock { $0 } })
        async let asked = ask()
        while Timestamp.now() < ended.advanced(byMicroseconds: 100_000) { try await Task.sleep(for: .milliseconds(20)) }
        mayEnd.withLock { $0 = true }
        try await lock
        return (try await asked, ended)
    }

    private func withStock(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            for id in ["L", "M"] { try await server.shop.addLocation(id) }
            _ = try await server.facts(
                receipt("1", "A", "L", 10), receipt("2", "A", "M", 10), receipt("3", "B", "L", 1))
            try await body(server)
        }
    }

    @Test func `figures of many pairs are of the instant that the answer names`() async throws {
        try await withStock { server async throws in
            let (answer, ended) = try await answerAcrossTheEndOfAHold(server) {
                try await server.post(
                    "/v1/availability-queries",
                    "{\"pairs\":[{\"sku\":\"A\",\"location\":\"L\"},{\"sku\":\"A\",\"location\":\"M\"},{\"sku\":\"A\"}]}"
                )
            }
            let results = try #require(answer.json?["results"]?.elements, "\(answer.body)")
            let figure = results[0]["availability"]
            let asOf = try #require(figure?["asOf"]?.string.flatMap { Timestamp(rfc3339: $0) })
            #expect(figure?["reserved"]?.integer == (asOf < ended ? 1 : 0), "\(answer.body)")
            let singles = results.prefix(2).compactMap { $0["availableToSell"]?.integer }
            #expect(results[2]["availableToSell"]?.integer == singles.reduce(0, +), "\(answer.body)")
        }
    }

    @Test func `a location's list is of the instant that it names`() async throws {
        try await withStock { server async throws in
            let (answer, ended) = try await answerAcrossTheEndOfAHold(server) {
                try await server.get("/v1/locations/L/availability")
            }
            let asOf = try #require(answer.json?["asOf"]?.string.flatMap { Timestamp(rfc3339: $0) }, "\(answer.body)")
            let row = answer.json?["availability"]?.elements?.first { $0["sku"]?.string == "A" }
            #expect(row?["reserved"]?.integer == (asOf < ended ? 1 : 0), "\(answer.body)")
        }
    }

    private final class Flag: Sendable {
        let isOver = Mutex(false)
    }

    /// Moves units while it is asked, over and over.
    private func asking(
        _ server: TestServer, _ move: @escaping @Sendable (_ number: Int) -> String,
        _ ask: @escaping @Sendable () async throws -> Void
    ) async throws {
        let flag = Flag()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for worker in 0..<3 {
                tasks.addTask {
                    var number = worker
                    while !flag.isOver.withLock({ $0 }), !Task.isCancelled {
                        _ = try await server.facts(move(number))
                        number += 3
                    }
                }
            }
            for _ in 0..<150 { try await ask() }
            flag.isOver.withLock { $0 = true }
            try await tasks.waitForAll()
        }
    }

    @Test func `units that arrive are either expected or there, on a card and for a promise`() async throws {
        try await withStock { server async throws in
            let units: Int64 = 100_000
            _ = try await server.put("/v1/items/K", "{\"name\":\"K\",\"components\":[{\"sku\":\"A\",\"quantity\":1}]}")
            let day = Timestamp.now().advanced(byMicroseconds: 86_400_000_000)
            _ = try await server.put(
                "/v1/expected-supply/s",
                "{\"sku\":\"A\",\"location\":\"L\",\"quantity\":\(units),\"expectedAt\":\"\(day)\"}")
            try await asking(server) { number in
                "{\"eventId\":\"in/\(number)\",\"type\":\"receipt\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,"
                    + "\"expectedSupply\":\"s\"}"
            } _: {
                let card = try await server.get("/v1/endless-aisle?sku=A&at=L")
                let here = try #require(card.json?["here"]?["availableToSell"]?.integer, "\(card.body)")
                let shipped = card.json?["shipFrom"]?.elements?.first { $0["location"]?.string == "L" }
                #expect(shipped?["availableToSell"]?.integer == here, "\(card.body)")
                #expect(card.json?["here"]?["asOf"]?.string == card.json?["asOf"]?.string)
                let inbound = card.json?["inbound"]?.elements?.reduce(Int64(0)) { $0 + ($1["quantity"]?.integer ?? 0) }
                #expect(here + (inbound ?? 0) == units + 10, "\(card.body)")
                for sku in ["A", "K"] {
                    let promise = try await server.get("/v1/availability/\(sku)/L/promise?days=3")
                    #expect(
                        promise.json?["days"]?[2]?["availableToPromise"]?.integer == units + 10, "\(promise.body)")
                }
            }
        }
    }

    @Test func `the total of a list is the number of its rows`() async throws {
        try await withStock { server async throws in
            try await asking(server) { number in
                let type = number / 3 % 2 == 0 ? "receipt" : "sale"
                let sku = number % 3 == 0 ? "A" : "B"
                return
                    "{\"eventId\":\"e/\(number)\",\"type\":\"\(type)\",\"sku\":\"\(sku)\",\"location\":\"L\",\"quantity\":12}"
            } _: {
                for (path, list) in [("/v1/availability", "items"), ("/v1/locations/L/availability", "availability")] {
                    let answer = try await server.get("\(path)?band=inStock&includeTotal=true&limit=100")
                    let rows = try #require(answer.json?[list]?.elements?.count, "\(answer.body)")
                    #expect(answer.json?["total"]?.integer == Int64(rows), "\(answer.body)")
                }
            }
        }
    }
}

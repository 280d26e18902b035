import Foundation
import Hummingbird
import Inventory
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Every ledger line says who did it.
@Suite("The ledger says who did it") struct ActorTests {
    /// Of each line, oldest first: its type and who did it.
    private func actors(_ server: TestServer, _ query: String = "sku=A&location=L") async throws -> [String] {
        let answer = try await server.get("/v1/movements?limit=1000&\(query)")
        let lines = try #require(answer.json?["movements"]?.elements, "\(answer.body)")
        return lines.map { "\($0["type"]?.string ?? "?") \($0["actor"]?.string ?? "nobody")" }
    }

    private func run(
        _ path: PostgresBatchStore.WritePath = TestShop.usualPath, clock: TestClock = .running,
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run(path: path, clock: clock) { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            try await body(server)
            let proof = try await server.shop.prove()
            #expect(proof.isProved, "\(proof.summary)")
        }
    }

    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `facts name the client, or the person behind it, and a repeat is a repeat`(
        path: PostgresBatchStore.WritePath
    ) async throws {
        try await run(path) { server async throws in
            _ = try await server.called(by: "wms").facts(receipt("in", "A", "L", 9), source: "wms")
            _ = try await server.called(by: "till-app", for: "maria").facts(sale("s1"))
            _ = try await server.facts(sale("s2"))
            _ = try await server.called(by: "till-app").facts(sale("s3"))
            // What Maria sent stays hers, whoever sends it again.
            let again = try await server.called(by: "other").facts(sale("s1"), sale("s3"))
            #expect(again.verdicts == ["duplicate", "duplicate"])
            #expect(
                try await actors(server)
                    == ["receipt wms", "sale maria via till-app", "sale nobody", "sale till-app"])
            #expect(try await server.shop.count("actor where name = 'other'") == 1)
            #expect(try await server.shop.count("actor") == 4)
        }
    }

    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `a batch of several callers keeps them apart`(path: PostgresBatchStore.WritePath) async throws {
        try await run(path) { server async throws in
            _ = try await server.facts(receipt("in", "A", "L", 99))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for number in 0..<40 {
                    tasks.addTask {
                        let caller = number % 4 == 0 ? server : server.called(by: "till-\(number % 4)")
                        _ = try await caller.facts(sale("by-\(number % 4)-\(number)"), source: "till-\(number)")
                    }
                }
                try await tasks.waitForAll()
            }
            let answer = try await server.get("/v1/movements?limit=1000&sku=A&location=L")
            for line in try #require(answer.json?["movements"]?.elements).dropFirst() {
                let number = line["eventId"]?.string?.split(separator: "-")[1] ?? "?"
                #expect(line["actor"]?.string == (number == "0" ? nil : "till-\(number)"), "\(line)")
            }
        }
    }

    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `a parked line belongs to who sent it first`(path: PostgresBatchStore.WritePath) async throws {
        try await run(path) { server async throws in
            let sent = try await server.called(by: "till-app").facts(sale("p1", "N"), sale("p2", "N"))
            #expect(sent.verdicts == ["parked", "parked"])
            _ = try await server.called(by: "other").facts(sale("p1", "N"), sale("p3", "N"))
            _ = try await server.facts(sale("p4", "N"))
            _ = try await server.called(by: "integrator").put(
                "/v1/items/N", "{\"name\":\"New\",\"status\":\"active\"}")
            let found = try await actors(server, "sku=N&location=L").sorted()
            #expect(found == ["sale nobody", "sale other", "sale till-app", "sale till-app"])
            #expect(try await actors(server, "source=till&eventId=p1") == ["sale till-app"])
        }
    }

    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `a reservation's lines name who acted, and those of time nobody`(
        path: PostgresBatchStore.WritePath
    ) async throws {
        try await run(path, clock: .settable) { server async throws in
            _ = try await server.called(by: "wms").facts(receipt("in", "A", "L", 9))
            let shop = server.called(by: "shop", for: "ann", .reservationsWrite)
            let held = try await shop.reserve(lines: [("A", 2)], more: ",\"expiresInSeconds\":60")
            try await server.passExpiry(of: held.id)
            let order = try await shop.reserve(lines: [("A", 1)], more: ",\"confirm\":true")
            #expect(try await server.called(by: "till-app", .reservationsRead).act("fulfil", order.id).status == 200)
            let lines = try await actors(server)
            let names = lines.map { String($0.split(separator: " ", maxSplits: 1)[1]) }
            #expect(names == ["wms", "ann via shop", "nobody", "ann via shop", "till-app"], "\(lines)")
            #expect(lines[2] == "expiry nobody")
        }
    }

    @Test func `counts, transfers, inspections and imports name who sent them`() async throws {
        try await run { server async throws in
            let counted = try await server.called(by: "counter").post(
                "/v1/counts",
                "{\"source\":\"pda\",\"eventId\":\"c\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":7}]}")
            #expect(counted.verdicts == ["applied"], "\(counted.body)")
            // The same count from another client is the same count.
            let again = try await server.called(by: "other").post(
                "/v1/counts",
                "{\"source\":\"pda\",\"eventId\":\"c\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":7}]}")
            #expect(again.verdicts == ["duplicate"])
            let transfer = try await server.called(by: "planner").send(
                .post, "/v1/transfers",
                "{\"from\":\"L\",\"to\":\"M\",\"reserve\":true,\"lines\":[{\"id\":\"a\",\"sku\":\"A\",\"quantity\":3}]}",
                headers: keyed("t"))
            let id = try transfer.id
            let line = "\"lines\":[{\"id\":\"a\",\"quantity\":2}]}"
            _ = try await server.called(by: "loader").post(
                "/v1/transfers/\(id)/ship", "{\"source\":\"wms\",\"eventId\":\"x1\",\(line)")
            _ = try await server.called(by: "unloader").post(
                "/v1/transfers/\(id)/receive", "{\"source\":\"wms\",\"eventId\":\"x2\",\(line)")
            let closed = try await server.called(by: "boss").post("/v1/transfers/\(id)/close", "{\"reason\":\"lost\"}")
            #expect(closed.status == 200, "\(closed.body)")
            let there = try await actors(server)
            #expect(there.first?.hasSuffix(" counter") == true && there.last?.hasSuffix(" boss") == true, "\(there)")
            #expect(there.contains { $0.hasSuffix(" planner") } && there.contains { $0.hasSuffix(" loader") })
            #expect(Set(try await actors(server, "sku=A&location=M")).contains { $0.hasSuffix(" unloader") })

            _ = try await server.called(by: "desk").facts(
                """
                {"eventId":"r","type":"return","sku":"B","location":"M","quantity":1,"disposition":"inspection"}
                """)
            let release = try await server.called(by: "inspector").post(
                "/v1/inspection-releases",
                """
                {"source":"desk","lines":[{"eventId":"i","sku":"B","location":"M","quantity":1,"to":"onHand"}]}
                """)
            #expect(release.verdicts == ["applied"], "\(release.body)")
            #expect(try await actors(server, "sku=B&location=M").last?.hasSuffix(" inspector") == true)

            let file = "eventId,type,sku,location,quantity\nf1,receipt,B,L,4\n"
            let job = try await server.called(by: "loader-job", for: "ida", .movementsWrite).importFile(
                file, "kind=movements&source=erp")
            #expect(job["state"]?.string == "done", "\(job)")
            #expect(try await actors(server, "sku=B&location=L") == ["receipt ida via loader-job"])
        }
    }

    @Test func `a count that was cut off is finished in the name of who sent it`() async throws {
        try await run { server async throws in
            let shop = server.shop
            let count = PostedCount(
                source: SourceID(stored: "pda"), event: EventID(stored: "c"), location: LocationID(stored: "L"),
                countedAt: nil, isComplete: false, excludesReady: false,
                lines: [
                    FactLine(
                        eventID: EventID(stored: "c").line("1"), item: .sku(SKU(stored: "A")),
                        location: LocationID(stored: "L"),
                        change: .count(
                            CountStatement(quantity: CountedQuantity(units: 4) ?? .none, excludesReady: false))
                    ).submitted
                ], fingerprint: Fingerprint(sha256(Array("c".utf8))), raw: [])
            let number = try await shop.factStore.sourceNumber(count.source)
            _ = try await shop.countStore.open(count, from: number, by: ActorName(stored: "counter"))
            let later = try await shop.countStore.now().advanced(byMicroseconds: 60_000_000)
            #expect(try await shop.counts.finishOpen(before: later, limit: 10) == 1)
            #expect(try await actors(server).allSatisfy { $0.hasSuffix(" counter") })
            #expect(try await actors(server).count == 1)
        }
    }
}

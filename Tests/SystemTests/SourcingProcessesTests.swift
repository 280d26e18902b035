import EmbeddedPostgres
import Foundation
import StrictJSON
import TestSupport
import Testing

/// Two programs on one durable database source the same orders' goods.
@Suite struct SourcingProcessesTests {
    private static let clients = 64
    private static let orders = 8
    private static let items = ["A", "B", "C"]
    private static let stores = (0..<6).map { "S\($0)" }
    private static let capacity = 20
    private static let objectives = ["nearest", "fewestSplits", "cheapest", "balanced", "priority"]

    @Test func `two processes and 64 clients never take what is not there, nor more than a day takes`() async throws {
        try await withFolder { folder in
            try await withDurablePostgres(in: folder) { postgres in
                let settings = ["DATABASE_URL": postgres.url, "HTTP_PORT": "0", "LOG_LEVEL": "error"]
                let programs = [try Program(["serve"], settings), try Program(["serve"], settings)]
                let servers = [try await programs[0].ready(), try await programs[1].ready()]
                try await prepare(servers[0])
                let granted = try await withThrowingTaskGroup(of: Int.self) { group in
                    for client in 0..<Self.clients {
                        group.addTask { try await order(client, servers[client % 2]) }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(granted > 50, "\(granted)")
                #expect(
                    try await rows(
                        postgres.url,
                        """
                        select i.sku || ' at ' || l.id || ': ' || b.reserved || ' of ' || b.on_hand
                        from balance b join item i using (item_id) join location l using (location_id)
                        where b.reserved > b.on_hand
                        """) == [])
                let shipped = try await rows(
                    postgres.url,
                    """
                    select l.id || ' ' || count(distinct a.reservation_id)
                    from allocation a join location l using (location_id)
                    where a.open_units > 0 and l.daily_capacity is not null
                    group by l.id having count(distinct a.reservation_id) > \(Self.capacity)
                    """)
                #expect(shipped == [], "more than a day takes")
                // The capacity was the limit somewhere, and stock was elsewhere.
                let full = try await rows(
                    postgres.url,
                    """
                    select l.id from allocation a join location l using (location_id)
                    where a.open_units > 0 and l.daily_capacity is not null
                    group by l.id having count(distinct a.reservation_id) = \(Self.capacity)
                    """)
                #expect(!full.isEmpty)
                for program in programs {
                    program.signal(SIGTERM)
                    #expect(try await program.exitStatus() == 0)
                }
            }
        }
    }

    private func prepare(_ client: Client) async throws {
        for item in Self.items { _ = try await client.send("PUT", "/v1/items/\(item)", "{\"name\":\"x\"}") }
        // No day of theirs ends meanwhile: the next one would take as many again.
        for (number, store) in Self.stores.enumerated() {
            let capacity = number < 3 ? ",\"dailyCapacity\":\(Self.capacity)" : ""
            let body = """
                {"name":"x","priority":\(number),"timeZone":"\(noonZone)",\
                "coordinates":{"latitude":\(48 + number),"longitude":9},\
                "costPerShipment":{"amount":\(300 + number),"currency":"EUR"}\(capacity)}
                """
            #expect(try await client.send("PUT", "/v1/locations/\(store)", body).status == 201)
        }
        let lines = Self.items.flatMap { item in
            Self.stores.map {
                "{\"eventId\":\"\(item)/\($0)\",\"type\":\"receipt\",\"sku\":\"\(item)\",\"location\":\"\($0)\",\"quantity\":40}"
            }
        }
        let body = "{\"source\":\"wms\",\"lines\":[\(lines.joined(separator: ","))]}"
        #expect(try await client.send("POST", "/v1/movements", body).status == 200)
    }

    /// - Returns: orders that were granted.
    private func order(_ client: Int, _ server: Client) async throws -> Int {
        var random = SeededGenerator(seed: UInt64(client))
        var granted = 0
        for number in 0..<Self.orders {
            let lines = Self.items.prefix(Int.random(in: 1...3, using: &random)).map {
                "{\"sku\":\"\($0)\",\"quantity\":\(Int.random(in: 1...2, using: &random))}"
            }
            let body = """
                {"method":"ship","confirm":true,"objective":"\(random.pick(Self.objectives))",\
                "shipTo":{"latitude":\(Int.random(in: 47...54, using: &random)),"longitude":9},\
                "lines":[\(lines.joined(separator: ","))]}
                """
            for _ in 0..<200 {
                let answer = try await server.send("POST", "/v1/reservations", body, key: "\(client)/\(number)")
                if answer.status == 201 { granted += 1 }
                #expect([201, 409, 503].contains(answer.status), "\(answer.text)")
                guard answer.status == 503 else { break }
                try await Task.sleep(for: .milliseconds(25))
            }
        }
        return granted
    }
}

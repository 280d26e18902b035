import EmbeddedPostgres
import Foundation
import StrictJSON
import TestSupport
import Testing

/// Whole programs on a durable database, killed in the middle.
@Suite struct CrashTests {
    private static let clients = 64
    private static let skus = (0..<20).map { "S\($0)" }
    private static let stores = ["L0", "L1", "L2"]

    /// Lines of one history: receipts and sales over few balances, a fixed order decided by a seed.
    private func history(lines count: Int, seed: UInt64) -> [(source: String, line: String)] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            let store = generator.pick(Self.stores)
            let type = generator.isOne(in: 3) ? "receipt" : "sale"
            let quantity = Int.random(in: 1...5, using: &generator)
            return (
                "pos-\(store)",
                "{\"eventId\":\"e\(number)\",\"type\":\"\(type)\",\"sku\":\"\(generator.pick(Self.skus))\",\"location\":\"\(store)\",\"quantity\":\(quantity),\"occurredAt\":\"2026-01-15T10:00:00Z\"}"
            )
        }
    }

    private func prepare(_ client: Client) async throws {
        for sku in Self.skus { _ = try await client.send("PUT", "/v1/items/\(sku)", "{\"name\":\"x\"}") }
        for store in Self.stores { _ = try await client.send("PUT", "/v1/locations/\(store)", "{\"name\":\"x\"}") }
    }

    private func serve(_ url: String) throws -> Program {
        try Program(["serve"], ["DATABASE_URL": url, "HTTP_PORT": "0", "LOG_LEVEL": "error"])
    }

    /// Sends until somebody answers 200; a process that is gone is somebody else's turn.
    private func deliver(_ body: String, to servers: [Client]) async throws {
        for attempt in 0..<400 {
            let answer = try? await servers[attempt % servers.count].send("POST", "/v1/movements", body)
            if answer?.status == 200 { return }
            #expect(answer == nil || answer?.status == 503, "\(answer?.text ?? "")")
            try await Task.sleep(for: .milliseconds(25))
        }
        Issue.record("a request was never answered")
    }

    /// Everything that must not depend on order, repetition or a crash.
    private func state(_ url: String) async throws -> [String] {
        try await rows(
            url,
            """
            select 'balance ' || i.sku || ' ' || l.id || ' ' || b.on_hand || ' ' || b.version
            from balance b join item i using (item_id) join location l using (location_id) where b.version > 0
            union all
            select 'line ' || s.id || ' ' || m.event_id || ' ' || i.sku || ' ' || l.id || ' ' || m.kind || ' ' || m.units
            from movement m join item i using (item_id) join location l using (location_id) join source s using (source_id)
            order by 1
            """)
    }

    @Test func `two processes, everything half sent twice, one killed in the middle: as one clean run`() async throws {
        let lines = history(lines: 6_000, seed: 42)
        let clean = try await withFolder { folder in
            try await withDurablePostgres(in: folder) { postgres in
                let server = try serve(postgres.url)
                let client = try await server.ready()
                try await prepare(client)
                for (source, group) in Dictionary(grouping: lines, by: \.source) {
                    let text = group.map(\.line).joined(separator: ",")
                    try await deliver("{\"source\":\"\(source)\",\"lines\":[\(text)]}", to: [client])
                }
                server.signal(SIGTERM)
                #expect(try await server.exitStatus() == 0)
                return try await state(postgres.url)
            }
        }
        #expect(clean.count > 6_000)

        try await withFolder { folder in
            try await withDurablePostgres(in: folder) { postgres in
                let first = try serve(postgres.url)
                let second = try serve(postgres.url)
                let servers = [try await first.ready(), try await second.ready()]
                try await prepare(servers[0])
                var generator = SeededGenerator(seed: 7)
                // Half of all lines are sent a second time; then everything is shuffled.
                let deliveries = (lines + lines.shuffled(using: &generator).prefix(lines.count / 2))
                    .shuffled(using: &generator)
                let victim = Task {
                    try await Task.sleep(for: .milliseconds(400))
                    second.signal(SIGKILL)
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in 0..<Self.clients {
                        let own = deliveries.enumerated().filter { $0.offset % Self.clients == client }.map(\.element)
                        group.addTask {
                            var position = 0
                            while position < own.count {
                                // Runs of one source, up to four lines a request.
                                let run = own[position...].prefix(4).prefix { $0.source == own[position].source }
                                let text = run.map(\.line).joined(separator: ",")
                                let order = client.isMultiple(of: 2) ? servers : Array(servers.reversed())
                                try await deliver(
                                    "{\"source\":\"\(run[position].source)\",\"lines\":[\(text)]}", to: order)
                                position += run.count
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await victim.value
                #expect(try await second.exitStatus() == SIGKILL, "the second process was killed in the middle")
                #expect(try await state(postgres.url) == clean)
                let proof = try Program(["proof", "--full"], ["DATABASE_URL": postgres.url, "LOG_LEVEL": "error"])
                #expect(try await proof.exitStatus() == 0, "\(proof.text)")
                #expect(proof.text.contains("PROVED"))
                first.signal(SIGTERM)
                #expect(try await first.exitStatus() == 0)
            }
        }
    }

    /// Sends under one key until it is granted, to whoever is there.
    private func granted(_ path: String, _ body: String, key: String, by servers: [Client]) async throws
        -> Client.Answer
    {
        for attempt in 0..<400 {
            let answer = try? await servers[attempt % servers.count].send("POST", path, body, key: key)
            if let answer, answer.status == 200 || answer.status == 201 { return answer }
            #expect(answer == nil || answer?.status == 503, "\(path): \(answer?.text ?? "")")
            try await Task.sleep(for: .milliseconds(25))
        }
        struct NeverGranted: Error {}
        throw NeverGranted()
    }

    @Test func `a process killed in the middle of orders leaves each of them whole, and handed over once`() async throws
    {
        let (clients, orders) = (32, 12)
        try await withFolder { folder in
            try await withDurablePostgres(in: folder) { postgres in
                let first = try serve(postgres.url)
                let second = try serve(postgres.url)
                let servers = [try await first.ready(), try await second.ready()]
                try await prepare(servers[0])
                let stock = Self.stores.map {
                    "{\"eventId\":\"in/\($0)\",\"type\":\"receipt\",\"sku\":\"S0\",\"location\":\"\($0)\",\"quantity\":100000}"
                }
                try await deliver("{\"source\":\"wms\",\"lines\":[\(stock.joined(separator: ","))]}", to: servers)
                let victim = Task {
                    try await Task.sleep(for: .milliseconds(400))
                    second.signal(SIGKILL)
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in 0..<clients {
                        let order = client.isMultiple(of: 2) ? servers : Array(servers.reversed())
                        group.addTask {
                            for number in 0..<orders {
                                let name = "\(client)/\(number)"
                                let (here, there) = (Self.stores[number % 3], Self.stores[(number + 1) % 3])
                                let created = try await granted(
                                    "/v1/reservations",
                                    "{\"method\":\"pickup\",\"location\":\"\(here)\",\"reference\":\"\(name)\",\"lines\":["
                                        + "{\"sku\":\"S0\",\"quantity\":2},{\"sku\":\"S0\",\"quantity\":1,\"location\":\"\(there)\"}]}",
                                    key: "create \(name)", by: order)
                                let id = created.json?["id"]?.string ?? "?"
                                for step in ["confirm", "ready", "fulfil"] {
                                    _ = try await granted(
                                        "/v1/reservations/\(id)/\(step)", "{}", key: "\(step) \(name)", by: order)
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await victim.value
                #expect(try await second.exitStatus() == SIGKILL, "the second process was killed in the middle")
                let made = clients * orders
                #expect(
                    try await rows(
                        postgres.url,
                        "select count(*) || ' ' || count(distinct reference) || ' ' || min(state) || ' ' || max(state) from reservation"
                    )
                        == ["\(made) \(made) fulfilled fulfilled"])
                #expect(
                    try await rows(
                        postgres.url, "select sum(on_hand) || ' ' || sum(reserved) from balance")
                        == ["\(300_000 - 3 * made) 0"])
                #expect(
                    try await rows(
                        postgres.url,
                        "select count(*)::text from movement where kind = 3 and reservation_id is not null")
                        == ["\(2 * made)"])
                #expect(
                    try await rows(
                        postgres.url, "select (count(*) filter (where units <> 0))::text from hold_expiry") == ["0"])
                let proof = try Program(["proof", "--full"], ["DATABASE_URL": postgres.url, "LOG_LEVEL": "error"])
                #expect(try await proof.exitStatus() == 0, "\(proof.text)")
                first.signal(SIGTERM)
                #expect(try await first.exitStatus() == 0)
            }
        }
    }

    @Test func `a database that goes away in mid-flight loses no acknowledged line and doubles none`() async throws {
        let lines = history(lines: 1_500, seed: 11)
        try await withFolder { folder in
            let postgres = try await EmbeddedServer.start(in: folder)
            let server = try serve(postgres.url)
            let client = try await server.ready()
            try await prepare(client)
            let crash = Task {
                try await Task.sleep(for: .milliseconds(150))
                try await postgres.crash()
                try await Task.sleep(for: .milliseconds(300))
                return try await EmbeddedServer.start(in: folder)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for part in 0..<16 {
                    group.addTask {
                        for (source, line) in lines.enumerated().filter({ $0.offset % 16 == part }).map(\.element) {
                            try await deliver("{\"source\":\"\(source)\",\"lines\":[\(line)]}", to: [client])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let restarted = try await crash.value
            let kept = try await rows(
                postgres.url, "select count(*)::text || ' ' || count(distinct event_id) from movement")
            #expect(kept == ["1500 1500"])
            let proof = try Program(["proof", "--full"], ["DATABASE_URL": postgres.url, "LOG_LEVEL": "error"])
            #expect(try await proof.exitStatus() == 0, "\(proof.text)")
            server.signal(SIGTERM)
            #expect(try await server.exitStatus() == 0)
            await restarted.stop()
        }
    }
}

import StrictJSON
import TestSupport
import Testing

/// Of several decisions about one exception, one is carried out.
@Suite struct ExceptionTurnTests {
    private static func correct(_ event: String, _ quantity: Int) -> String {
        "{\"action\":\"correct\",\"line\":\(sale(event, "A", at: "L", "\(quantity)"))}"
    }

    /// A service, its database, and the path of an exception about a rejected line.
    private static func withRejectedLine(
        _ body: @escaping @Sendable (TestServer, TestDatabase, _ path: String) async throws -> Void
    ) async throws {
        try await withDatabase(clock: .settable) { database in
            try await withShop(on: database, lockWaits: .patient) { shop in
                try await TestServer.serve(shop) { server async throws in
                    try await shop.addItem("A")
                    try await shop.addLocation("L")
                    _ = try await server.facts(sale("1", "A", at: "L", "0"))
                    let list = try await server.get("/v1/exceptions").json?["exceptions"]?.elements ?? []
                    let id = try #require(list.first?["id"]?.string)
                    try await body(server, database, "/v1/exceptions/\(id)/resolve")
                }
            }
        }
    }

    @Test func `while one decision is carried out another is refused`() async throws {
        try await Self.withRejectedLine { server, database, path async throws in
            let held = "update exception set detail = detail;"
            // Until the body is over: the other does not wait.
            let (first, other) = try await whileHeld(held, on: database, untilWaiting: 2) {
                let first = Task {
                    try await server.onOwnConnection { try await $0.post(path, Self.correct("meant", 3)) }
                }
                try await server.shop.awaitWaiting(1)
                return (first, try await server.post(path, Self.correct("also meant", 5)))
            }
            #expect(other.code == "illegalTransition", "\(other.body)")
            let done = try await first.value
            #expect(done.status == 200 && done.json?["status"]?.string == "resolved", "\(done.body)")
            #expect(try await server.shop.onHand("A", "L") == -3)
            #expect(try await server.post(path, Self.correct("meant", 3)).status == 200)
            #expect(try await server.post(path, Self.correct("also meant", 5)).code == "illegalTransition")
            #expect(try await server.shop.onHand("A", "L") == -3)
            #expect(try await server.shop.count("exception_turn") == 0)
        }
    }

    @Test func `a decision that is refused makes room for another at once`() async throws {
        try await Self.withRejectedLine { server, _, path async throws in
            #expect(try await server.post(path, Self.correct("meant", 0)).code == "batchRefused")
            #expect(try await server.shop.count("exception_turn") == 0)
            #expect(try await server.post(path, Self.correct("meant", 2)).status == 200)
            #expect(try await server.shop.onHand("A", "L") == -2)
        }
    }

    @Test func `who dies over a decision leaves it to be sent again, and others after two minutes`() async throws {
        for waits in [false, true] {
            try await Self.withRejectedLine { server, _, path async throws in
                // As the process leaves it that has carried it out and not come to say so.
                let decided = try await server.post(path, Self.correct("meant", 3))
                #expect(decided.status == 200)
                try await server.shop.runSQL(
                    """
                    insert into exception_turn select exception_id, decision, clock_timestamp() + interval '120 seconds'
                    from exception;
                    update exception set status = 'open', decision = null, resolved_at = null, resolution = null
                    """)
                #expect(try await server.post(path, Self.correct("also meant", 5)).code == "illegalTransition")
                if waits {
                    try await server.shop.advanceClock(bySeconds: 121)
                    #expect(try await server.post(path, #"{"action":"dismiss","reason":"seen to"}"#).status == 200)
                } else {
                    #expect(try await server.post(path, Self.correct("meant", 3)).status == 200)
                }
                #expect(try await server.shop.onHand("A", "L") == -3)
            }
        }
    }

    @Test func `a code that somebody maps meanwhile stays as it was mapped`() async throws {
        try await withDatabase { database in
            try await withShop(on: database, lockWaits: .patient) { shop in
                try await TestServer.serve(shop) { server async throws in
                    for sku in ["A", "B"] { try await shop.addItem(sku) }
                    try await shop.addLocation("L")
                    _ = try await server.facts(
                        #"{"eventId":"1","type":"sale","codeSystem":"x","code":"c","location":"L","quantity":1}"#)
                    let list = try await server.get("/v1/exceptions").json?["exceptions"]?.elements ?? []
                    let id = try #require(list.first?["id"]?.string)
                    // As one who maps it, and commits once the decision waits for that.
                    let mapped = """
                        select pg_advisory_xact_lock(hashtextextended(current_schema() || '/' || 'alias x c', 7021002));
                        insert into alias (code_system, code, item_id, units_per_code)
                        select 'x', 'c', item_id, 1 from item where sku = 'B';
                        update exception set status = 'resolved', resolution = 'mapped', resolved_at = clock_timestamp();
                        """
                    let decided = try await whileHeld(mapped, on: database) {
                        try await server.post("/v1/exceptions/\(id)/resolve", #"{"action":"mapCode","sku":"A"}"#)
                    }
                    #expect(decided.code == "illegalTransition", "\(decided.body)")
                    let alias = try await server.get("/v1/aliases?codeSystem=x&code=c").json?["aliases"]?[0]
                    #expect(alias?["sku"]?.string == "B")
                }
            }
        }
    }
}

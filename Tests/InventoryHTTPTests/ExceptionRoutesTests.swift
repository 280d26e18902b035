import InventoryService
import StrictJSON
import TestSupport
import Testing

@Suite struct ExceptionRoutesTests {
    private func exceptions(_ server: TestServer, _ query: String = "") async throws -> [JSONValue] {
        try await server.get("/v1/exceptions\(query)").json?["exceptions"]?.elements ?? []
    }

    private func resolve(_ server: TestServer, _ id: String, _ body: String) async throws -> TestServer.Answer {
        try await server.post("/v1/exceptions/\(id)/resolve", body)
    }

    private func scan(_ event: String, _ code: String) -> String {
        "{\"eventId\":\"\(event)\",\"type\":\"sale\",\"codeSystem\":\"x\",\"code\":\"\(code)\",\"location\":\"L\",\"quantity\":1}"
    }

    @Test func `the queue is in order of urgency and age, can be narrowed, and is paged`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.facts(
                "{\"eventId\":\"f\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,"
                    + "\"occurredAt\":\"2999-01-01T00:00:00Z\"}")
            _ = try await server.facts(scan("1", "c1"), scan("2", "c1"), scan("3", "c2"), sale("4", "Q"))
            #expect(
                try await exceptions(server).map { $0["type"]?.string }
                    == ["unknownCode", "unknownCode", "unknownSku", "clockSkew"])
            #expect(try await exceptions(server)[0]["linesWaiting"]?.integer == 2)
            #expect(try await exceptions(server, "?type=unknownCode").count == 2)
            #expect(try await exceptions(server, "?priority=low").count == 1)
            #expect(try await exceptions(server, "?source=other").isEmpty)
            #expect(try await server.get("/v1/exceptions?owner=%00").parameters == ["owner"])
            var seen: [String] = []
            var cursor = ""
            repeat {
                let page = try await server.get("/v1/exceptions?limit=1&includeTotal=true\(cursor)").json
                #expect(page?["total"]?.integer == 4)
                seen += page?["exceptions"]?.elements?.compactMap { $0["id"]?.string } ?? []
                cursor = page?["nextCursor"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(seen == (try await exceptions(server)).compactMap { $0["id"]?.string })
            let id = try #require(seen.first)
            let assigned = try await server.post("/v1/exceptions/\(id)/assign", "{\"owner\":\"Kim\"}")
            #expect(assigned.json?["status"]?.string == "assigned")
            #expect(try await exceptions(server, "?owner=Kim").count == 1)
            #expect(
                try await server.post("/v1/exceptions/\(id)/assign", "{\"owner\":null}").json?["status"]?.string
                    == "open")
            #expect(try await server.post("/v1/exceptions/\(id)/assign", "{}").pointers == ["/owner"])
            #expect(try await server.post("/v1/exceptions/999/assign", "{\"owner\":\"Kim\"}").status == 404)
        }
    }

    @Test func `mapping a code applies what waits and settles the exception`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.facts(scan("1", "c"), scan("2", "c"))
            let id = try #require(try await exceptions(server).first?["id"]?.string)
            #expect(
                try await resolve(server, id, "{\"action\":\"mapCode\",\"sku\":\"Z\"}").code == "unknownReference")
            #expect(try await resolve(server, id, "{\"action\":\"recount\"}").code == "illegalTransition")
            #expect(try await resolve(server, id, "{\"action\":\"mapCode\"}").pointers == ["/sku"])
            let body = "{\"action\":\"mapCode\",\"sku\":\"A\",\"unitsPerCode\":3,\"resolvedBy\":\"Kim\"}"
            let answer = try await resolve(server, id, body)
            #expect(answer.json?["status"]?.string == "resolved", "\(answer.body)")
            #expect(answer.json?["action"]?.string == "mapCode")
            #expect(answer.json?["resolvedBy"]?.string == "Kim")
            #expect(try await server.shop.onHand("A", "L") == -6)
            // The answer was lost, and the same is sent again; another decision comes too late.
            #expect(try await resolve(server, id, body).status == 200)
            #expect(
                try await resolve(server, id, "{\"action\":\"dismiss\",\"reason\":\"x\"}").code == "illegalTransition")
            #expect(try await exceptions(server).isEmpty)
            #expect(try await exceptions(server, "?status=resolved").count == 1)
        }
    }

    @Test func `another decision of the same action comes too late as well`() async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            try await server.shop.addLocation("L")
            _ = try await server.facts(
                scan("1", "c"), sale("2", "A", at: "L", "0"), sale("3", "A", at: "L", "0"), scan("4", "d"))
            var ids: [String: String] = [:]
            for found in try await exceptions(server) {
                ids[found["eventId"]?.string ?? found["code"]?.string ?? ""] = found["id"]?.string
            }
            let decisions = [
                (
                    "c", #"{"action":"mapCode","sku":"A","unitsPerCode":3}"#,
                    #"{"action":"mapCode","sku":"B","unitsPerCode":3}"#
                ),
                ("d", #"{"action":"acceptAsNew","name":"D"}"#, #"{"action":"acceptAsNew","name":"E"}"#),
                (
                    "2", "{\"action\":\"correct\",\"line\":\(sale("2", "A", at: "L", "3"))}",
                    "{\"action\":\"correct\",\"line\":\(sale("2", "A", at: "L", "30"))}"
                ),
                ("3", #"{"action":"dismiss","reason":"training"}"#, #"{"action":"dismiss","reason":"theft"}"#),
            ]
            for (name, decision, other) in decisions {
                let id = try #require(ids[name], "\(ids)")
                #expect(try await resolve(server, id, decision).status == 200)
                let figure = try await server.shop.onHand("A", "L")
                #expect(try await resolve(server, id, decision).status == 200)
                #expect(try await resolve(server, id, other).code == "illegalTransition", "\(other)")
                func many(_ decision: String) async throws -> JSONValue? {
                    let one = "{\"id\":\"\(id)\",\(decision.dropFirst())"
                    return try await server.post("/v1/exception-resolutions", "{\"resolutions\":[\(one)]}")
                        .json?["results"]?[0]
                }
                #expect(try await many(decision)?["resolved"]?.boolean == true)
                let refused = try await many(other)
                #expect(refused?["resolved"]?.boolean == false, "\(other)")
                #expect(refused?["problem"]?["code"]?.string == "illegalTransition")
                #expect(try await server.shop.onHand("A", "L") == figure)
            }
        }
    }

    @Test func `what is unknown can be accepted as new`() async throws {
        try await TestServer.run { server async throws in
            _ = try await server.facts(scan("1", "c/1"), sale("2", "Q"))
            for _ in 0..<3 {
                for exception in try await exceptions(server) {
                    let sku = exception["type"]?.string == "unknownCode" ? ",\"sku\":\"N\"" : ""
                    let answer = try await resolve(
                        server, exception["id"]?.string ?? "", "{\"action\":\"acceptAsNew\",\"name\":\"New\"\(sku)}")
                    #expect(answer.status == 200, "\(answer.body)")
                }
            }
            #expect(try await exceptions(server).isEmpty)
            #expect(try await server.shop.onHand("Q", "L") == -1)
            #expect(try await server.shop.onHand("N", "L") == -1)
        }
    }

    @Test func `a rejected line is corrected or dismissed, and nothing is made worse`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.facts(sale("1", "A", at: "L", "-4"), sale("2", "A", at: "L", "0"))
            let found = try await exceptions(server)
            #expect(found.count == 2)
            // What a person mends is the line as it was sent.
            let negative = try #require(found.first { $0["line"]?.string == sale("1", "A", at: "L", "-4") })
            let zero = try #require(found.first { $0["line"]?.string == sale("2", "A", at: "L", "0") })
            let first = negative["id"]?.string ?? "", second = zero["id"]?.string ?? ""
            let wrong = try await resolve(
                server, first, "{\"action\":\"correct\",\"line\":\(sale("1", "Z", at: "L", "4"))}")
            #expect(wrong.code == "batchRefused")
            #expect(try await exceptions(server).count == 2)
            let odd = try await resolve(server, first, "{\"action\":\"correct\",\"delta\":1,\"reason\":\"x\"}")
            #expect(odd.pointers == ["/delta"])
            let right = try await resolve(
                server, first, "{\"action\":\"correct\",\"line\":\(sale("1", "A", at: "L", "4"))}")
            #expect(right.json?["status"]?.string == "resolved", "\(right.body)")
            #expect(try await server.shop.onHand("A", "L") == -4)
            #expect(
                try await resolve(server, second, "{\"action\":\"dismiss\",\"reason\":\"training mode\"}").json?[
                    "resolution"]?.string == "dismissed: training mode")
        }
    }

    @Test func `a negative balance and a variance wait for data on its way, open once, and close by themselves`()
        async throws
    {
        try await TestServer.run { server async throws in
            let shop = server.shop
            try await shop.addItem("A")
            try await shop.addLocation("L")
            func line(_ event: String, _ type: String, _ quantity: Int, _ hour: Int) -> String {
                "{\"eventId\":\"\(event)\",\"type\":\"\(type)\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":\(quantity),"
                    + "\"occurredAt\":\"2026-01-10T\(hour < 10 ? "0" : "")\(hour):00:00Z\"}"
            }
            func sweep(waiting: Duration = .seconds(3600)) async throws -> Int {
                let flush = LastSeenWriter(board: shop.heard, store: shop.lastSeenStore, logger: quiet)
                await flush.flush()
                return try await shop.exceptions.store.openPendingAlarms(wait: waiting, toleranceUnits: 0, limit: 100)
            }
            try await shop.runSQL(
                "alter table pending_alarm alter column noted_at set default clock_timestamp() - interval '3 s'")
            _ = try await server.facts(line("s1", "sale", 4, 10), source: "till")
            // The till has told nothing later than this sale, so more may be on its way.
            #expect(try await sweep() == 0)
            _ = try await server.facts(line("s2", "sale", 1, 11), source: "till")
            #expect(try await sweep() == 1)
            #expect(try await sweep() == 0)
            var open = try await exceptions(server)
            #expect(open.map { $0["type"]?.string } == ["negativeBalance"])
            #expect(open[0]["units"]?.integer == -5)
            #expect(open[0]["priority"]?.string == "high")
            #expect(open[0]["links"]?[0]?["href"]?.string == "/v1/movements?sku=A&location=L")
            #expect(open[0]["sequence"]?.integer != nil)
            // The receipt that was missing comes.
            _ = try await server.facts(line("r", "receipt", 12, 9), source: "wms")
            #expect(try await exceptions(server).isEmpty)
            #expect(
                try await exceptions(server, "?status=resolved").first?["resolution"]?.string
                    == "closed by itself: its cause is gone")
            // A count finds 4 where 7 are believed. The till has not told of the hours before it.
            _ = try await server.facts(line("c", "count", 4, 12), source: "scanner")
            #expect(try await sweep() == 0)
            #expect(try await sweep(waiting: .seconds(1)) == 1)
            open = try await exceptions(server)
            #expect(open.map { $0["type"]?.string } == ["countVariance"])
            #expect(open[0]["units"]?.integer == -3)
            #expect(open[0]["count"]?.string != nil)
            // The count was right all along.
            let late = try await server.facts(line("s3", "sale", 3, 11), line("s4", "sale", 1, 13), source: "till")
            #expect(
                late.json?["results"]?.elements?.map { $0["verdict"]?.string } == ["recordedBeforeCount", "applied"])
            #expect(try await exceptions(server).isEmpty)
            #expect(try await shop.onHand("A", "L") == 3)
            #expect(try await shop.prove().isProved)
        }
    }

    @Test func `a balance that is wrong is counted again or adjusted`() async throws {
        try await TestServer.run { server async throws in
            let shop = server.shop
            for sku in ["A", "B"] { try await shop.addItem(sku) }
            try await shop.addLocation("L")
            try await shop.runSQL(
                "alter table pending_alarm alter column noted_at set default clock_timestamp() - interval '3 s'")
            _ = try await server.facts(sale("1", "A", at: "L", "2"), sale("2", "B", at: "L", "3"))
            #expect(try await shop.exceptions.store.openPendingAlarms(wait: .zero, toleranceUnits: 0, limit: 100) == 2)
            let found = try await exceptions(server, "?type=negativeBalance")
            #expect(found.count == 2)
            let ids = found.reduce(into: [String: String]()) { $0[$1["sku"]?.string ?? ""] = $1["id"]?.string }
            _ = try await resolve(server, ids["A"] ?? "", "{\"action\":\"recount\"}")
            let first = try await server.get("/v1/locations/L/count-list").json?["items"]?[0]
            #expect(first?["sku"]?.string == "A")
            #expect(first?["reason"]?.string?.hasPrefix("asked for: the balance is -2") == true)
            _ = try await server.post(
                "/v1/counts",
                "{\"source\":\"s\",\"eventId\":\"1\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":0}]}")
            let after = try await server.get("/v1/locations/L/count-list").json?["items"]?.elements
            #expect(after?.allSatisfy { $0["reason"]?.string?.hasPrefix("asked for") == false } == true)
            #expect(
                try await resolve(server, ids["B"] ?? "", "{\"action\":\"correct\",\"delta\":0,\"reason\":\"x\"}")
                    .status == 400)
            let adjusted = try await resolve(
                server, ids["B"] ?? "", "{\"action\":\"correct\",\"delta\":3,\"reason\":\"found\"}")
            #expect(adjusted.json?["status"]?.string == "resolved", "\(adjusted.body)")
            #expect(adjusted.json?["action"]?.string == "correct")
            #expect(try await shop.onHand("B", "L") == 0)
        }
    }
}

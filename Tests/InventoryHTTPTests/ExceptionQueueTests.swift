import Hummingbird
import Inventory
import StrictJSON
import TestSupport
import Testing

/// The queue as a whole, and many of it at one time.
@Suite struct ExceptionQueueTests {
    /// Two unknown skus, one of them assigned, and a rejected line.
    private static func run(_ body: @escaping @Sendable (TestServer, _ ids: [String]) async throws -> Void) async throws
    {
        try await withStock { server async throws in
            _ = try await server.facts(sale("1", "X"), sale("2", "Y"), sale("3", "A", at: "L", "0"))
            let open = try await server.get("/v1/exceptions").json?["exceptions"]?.elements ?? []
            let ids = ["X", "Y"].compactMap { sku in
                open.first { $0["sku"]?.string == sku }.flatMap { $0["id"]?.string }
            }
            let rejected = open.first { $0["type"]?.string == "rejectedLine" }.flatMap { $0["id"]?.string }
            try #require(ids.count == 2 && rejected != nil)
            try await body(server, ids + [rejected ?? ""])
        }
    }

    @Test func `the summary counts what is not resolved by type and age`() async throws {
        try await Self.run { server, ids async throws in
            _ = try await server.post("/v1/exceptions/\(ids[0])/assign", #"{"owner":"Ada"}"#)
            try await server.shop.runSQL(
                """
                update exception set opened_at = opened_at - interval '3 hours' where exception_id = \(ids[0]);
                update exception set opened_at = opened_at - interval '30 days' where exception_id = \(ids[2]);
                """)
            let summary = try await server.get("/v1/exceptions/summary").json
            #expect(summary?["total"]?.integer == 3)
            let types = summary?["types"]?.elements ?? []
            #expect(types.compactMap { $0["type"]?.string } == ["rejectedLine", "unknownSku"])
            let unknown = types.last
            #expect(unknown?["open"]?.integer == 1)
            #expect(unknown?["assigned"]?.integer == 1)
            #expect(unknown?["withinHour"]?.integer == 1)
            #expect(unknown?["withinDay"]?.integer == 1)
            #expect(unknown?["withinWeek"]?.integer == 0)
            #expect(unknown?["older"]?.integer == 0)
            let age = try #require(unknown?["oldestAgeSeconds"]?.integer)
            #expect((3 * 3_600..<3 * 3_600 + 60).contains(age))
            #expect(types.first?["older"]?.integer == 1)
            let elsewhere = try await server.get("/v1/exceptions/summary?location=M").json
            #expect(elsewhere?["total"]?.integer == 0)
            #expect(elsewhere?["types"]?.elements?.isEmpty == true)
        }
    }

    @Test func `many exceptions are resolved at once, with a result for each`() async throws {
        try await Self.run { server, ids async throws in
            let body = """
                {"resolvedBy":"Ada","resolutions":[{"id":"\(ids[0])","action":"acceptAsNew","name":"New"},\
                {"id":"999999","action":"dismiss","reason":"gone"},{"id":"\(ids[1])","action":"recount"},\
                {"id":"\(ids[2])","action":"dismiss","reason":"a test"},{"id":"x","action":"dismiss","reason":"y"}]}
                """
            let answer = try await server.post("/v1/exception-resolutions", body)
            #expect(answer.status == 200)
            let results = answer.json?["results"]?.elements ?? []
            #expect(results.map { $0["resolved"]?.boolean } == [true, false, false, true, false])
            #expect(
                results.map { $0["problem"]?["code"]?.string }
                    == [nil, "notFound", "illegalTransition", nil, "notFound"])
            #expect(results[0]["resolution"]?.string?.contains("item 'X' created") == true)
            #expect(results[2]["problem"]?["pointer"]?.string == "/action")
            // What waited for the item is applied, and the one that was refused is open.
            #expect(try await server.get("/v1/items/X").status == 200)
            let open = try await server.get("/v1/exceptions").json?["exceptions"]?.elements
            #expect(open?.compactMap { $0["id"]?.string } == [ids[1]])
            let settled = try await server.get("/v1/exceptions/\(ids[2])").json
            #expect(settled?["resolvedBy"]?.string == "Ada")
            // The same once more changes nothing.
            let again = try await server.post("/v1/exception-resolutions", body)
            #expect(again.body == answer.body)
        }
    }

    @Test func `the queue is narrowed by when exceptions opened`() async throws {
        try await Self.run { server, ids async throws in
            try await server.shop.runSQL(
                """
                update exception set opened_at = '2026-03-01 12:00:00+00' where exception_id = \(ids[0]);
                update exception set opened_at = '2026-03-02 12:00:00+00' where exception_id = \(ids[1]);
                update exception set opened_at = '2026-03-03 12:00:00+00' where exception_id = \(ids[2]);
                """)
            for (query, places) in [
                ("openedAfter=2026-03-02T12:00:00Z", [1, 2]), ("openedBefore=2026-03-02T12:00:00Z", [0]),
                ("openedAfter=2026-03-01T13:00:00+01:00&openedBefore=2026-03-03T12:00:00Z", [0, 1]),
                ("openedAfter=2026-03-04T00:00:00Z", []), ("openedBefore=2026-03-03T13:00:00Z&type=rejectedLine", [2]),
            ] as [(String, [Int])] {
                var (found, cursor): (Set<String>, String?) = ([], nil)
                repeat {
                    let next = cursor.map { "&cursor=\($0)" } ?? ""
                    let page = try await server.get("/v1/exceptions?\(query)&limit=1&includeTotal=true\(next)").json
                    #expect(page?["total"]?.integer == Int64(places.count), "\(query)")
                    found.formUnion((page?["exceptions"]?.elements ?? []).compactMap { $0["id"]?.string })
                    cursor = page?["nextCursor"]?.string
                } while cursor != nil
                #expect(found == Set(places.map { ids[$0] }), "\(query)")
            }
            #expect(try await server.get("/v1/exceptions?openedAfter=yesterday").parameters == ["openedAfter"])
        }
    }

    @Test func `many exceptions are assigned at once, with a result for each`() async throws {
        try await Self.run { server, ids async throws in
            _ = try await server.post("/v1/exceptions/\(ids[2])/resolve", #"{"action":"dismiss","reason":"x"}"#)
            _ = try await server.post("/v1/exceptions/\(ids[1])/assign", #"{"owner":"Ben"}"#)
            let body = """
                {"assignments":[{"id":"\(ids[0])","owner":"Ada"},{"id":"\(ids[1])","owner":null},\
                {"id":"\(ids[2])","owner":"Ada"},{"id":"999999","owner":"Ada"},{"id":"x","owner":"Ada"}]}
                """
            let answer = try await server.post("/v1/exception-assignments", body)
            #expect(answer.status == 200, "\(answer.body)")
            let results = answer.json?["results"]?.elements ?? []
            #expect(results.map { $0["assigned"]?.boolean } == [true, true, false, false, false])
            #expect(results.map { $0["owner"]?.string } == ["Ada", nil, nil, nil, nil])
            #expect(
                results.map { $0["problem"]?["code"]?.string }
                    == [nil, nil, "illegalTransition", "notFound", "notFound"])
            let taken = try await server.get("/v1/exceptions/\(ids[0])").json
            #expect(taken?["status"]?.string == "assigned" && taken?["owner"]?.string == "Ada")
            #expect(try await server.get("/v1/exceptions/\(ids[1])").json?["status"]?.string == "open")
            #expect(try await server.post("/v1/exception-assignments", body).body == answer.body)
            let one = "{\"id\":\"\(ids[1])\",\"owner\":\"Eve\"}"
            for (body, pointer) in [
                ("{\"assignments\":[\(one),{\"id\":\"1\"}]}", "/assignments/1/owner"),
                ("{\"assignments\":[\(one),{\"owner\":\"Eve\"}]}", "/assignments/1/id"),
                ("{\"assignments\":[\(one),{\"id\":\"1\",\"owner\":\"Eve\",\"to\":1}]}", "/assignments/1/to"),
                ("{\"assignments\":[]}", "/assignments"),
                ("{\"assignments\":[\(Array(repeating: one, count: 101).joined(separator: ","))]}", "/assignments"),
            ] {
                #expect(try await server.post("/v1/exception-assignments", body).pointers == [pointer])
            }
            #expect(try await server.get("/v1/exceptions/\(ids[1])").json?["owner"]?.string == nil)
        }
    }

    @Test func `a body that cannot be read resolves nothing`() async throws {
        try await Self.run { server, ids async throws in
            let one = "{\"id\":\"\(ids[0])\",\"action\":\"dismiss\",\"reason\":\"x\"}"
            for (body, pointer) in [
                ("{\"resolutions\":[\(one),{\"id\":\"\(ids[1])\"}]}", "/resolutions/1/action"),
                ("{\"resolutions\":[\(one),{\"action\":\"recount\"}]}", "/resolutions/1/id"),
                ("{\"resolutions\":[]}", "/resolutions"),
                ("{\"resolutions\":[\(Array(repeating: one, count: 101).joined(separator: ","))]}", "/resolutions"),
            ] {
                #expect(try await server.post("/v1/exception-resolutions", body).pointers == [pointer])
            }
            #expect(try await server.get("/v1/exceptions?includeTotal=true").json?["total"]?.integer == 3)
        }
    }
}

extension ExceptionQueueTests {
    @Test func `who calls has resolved it where nobody else is named, and sees its own locations only`() async throws {
        try await TestServer.runAsking { server async throws in
            let all = server.with(try await server.key("boss", [.operator]))
            for location in ["L", "M"] {
                _ = try await all.put("/v1/locations/\(location)", #"{"name":"Store","silenceLimitSeconds":60}"#)
                try await server.shop.fallSilent(location, since: Timestamp(microseconds: 1_700_000_000_000_000))
            }
            let open = try await all.get("/v1/exceptions").json?["exceptions"]?.elements ?? []
            func id(_ location: String) throws -> String {
                try #require(open.first { $0["location"]?.string == location }?["id"]?.string)
            }
            let bound = server.with(try await server.key("shop-m", [.storeAssociate], locations: ["M"]))
            let body = """
                {"resolutions":[{"id":"\(try id("L"))","action":"dismiss","reason":"x"},\
                {"id":"\(try id("M"))","action":"dismiss","reason":"x"}]}
                """
            let answer = try await bound.post("/v1/exception-resolutions", body)
            #expect(answer.json?["results"]?.elements?.map { $0["resolved"]?.boolean } == [false, true])
            #expect(answer.json?["results"]?[0]?["problem"]?["code"]?.string == "notFound")
            #expect(try await all.get("/v1/exceptions/\(try id("M"))").json?["resolvedBy"]?.string == "shop-m")
            let taken = try await bound.post(
                "/v1/exception-assignments", "{\"assignments\":[{\"id\":\"\(try id("L"))\",\"owner\":\"Ada\"}]}")
            #expect(taken.json?["results"]?[0]?["problem"]?["code"]?.string == "notFound")
            #expect(try await bound.get("/v1/exceptions/summary").status == 403)
            #expect(try await bound.get("/v1/exceptions/summary?location=M").json?["total"]?.integer == 0)
            #expect(try await all.get("/v1/exceptions/summary").json?["total"]?.integer == 1)
        }
    }
}

import Hummingbird
import Inventory
import StrictJSON
import TestSupport
import Testing

@Suite struct LocationListTests {
    private static func ids(_ answer: TestServer.Answer) -> [String] {
        (answer.json?["locations"]?.elements ?? []).compactMap { $0["id"]?.string }
    }

    @Test func `locations come by who was heard longest ago, page by page`() async throws {
        try await TestServer.run { server async throws in
            for id in ["A", "B", "C", "D", "E"] { try await server.shop.addLocation(id) }
            _ = try await server.put("/v1/items/S", "{\"name\":\"S\"}")
            // D, then B; A, C and E were never heard.
            for id in ["D", "B"] {
                _ = try await server.facts(receipt(id, "S", id, 1))
                await server.shop.flushHeard()
            }
            let all = ["A", "C", "E", "D", "B"]
            #expect(Self.ids(try await server.get("/v1/locations?order=lastHeardAt")) == all)
            #expect(Self.ids(try await server.get("/v1/locations?order=id")) == ["A", "B", "C", "D", "E"])
            for limit in 1...5 {
                var seen: [String] = []
                var next: String? = ""
                while let cursor = next {
                    let page = try await server.get(
                        "/v1/locations?order=lastHeardAt&limit=\(limit)\(cursor.isEmpty ? "" : "&cursor=\(cursor)")")
                    seen += Self.ids(page)
                    next = page.json?["nextCursor"]?.string
                }
                #expect(seen == all, "\(limit)")
            }
            let page = try await server.get("/v1/locations?order=lastHeardAt&limit=1")
            let cursor = try #require(page.json?["nextCursor"]?.string)
            #expect(try await server.get("/v1/locations?cursor=\(cursor)").parameters == ["cursor"])
            #expect(try await server.get("/v1/locations?order=name").parameters == ["order"])
        }
    }

    @Test func `status and mode narrow the list and its total`() async throws {
        try await TestServer.run { server async throws in
            for (id, more) in [("A", ""), ("B", ",\"status\":\"paused\""), ("C", ",\"mode\":\"shadow\"")] {
                #expect(try await server.put("/v1/locations/\(id)", "{\"name\":\"\(id)\"\(more)}").status == 201)
            }
            for (query, found) in [
                ("status=paused", ["B"]), ("status=active", ["A", "C"]), ("mode=shadow", ["C"]),
                ("status=active&mode=live", ["A"]), ("status=closed", []),
            ] {
                for order in ["id", "lastHeardAt"] {
                    let answer = try await server.get("/v1/locations?\(query)&order=\(order)&includeTotal=true")
                    #expect(Self.ids(answer) == found, "\(query)")
                    #expect(answer.json?["total"]?.integer == Int64(found.count), "\(query)")
                }
            }
            #expect(try await server.get("/v1/locations?status=open").parameters == ["status"])
        }
    }

    @Test func `each row says how many promises are open there, as the location alone does`() async throws {
        try await TestServer.run { server async throws in
            for id in ["A", "B", "C"] { try await server.shop.addLocation(id) }
            for sku in ["S", "T"] { _ = try await server.put("/v1/items/\(sku)", "{\"name\":\"\(sku)\"}") }
            _ = try await server.facts(receipt("1", "S", "A", 10), receipt("2", "T", "B", 10))
            func hold(_ key: String, _ body: String) async throws {
                let answer = try await server.send(.post, "/v1/reservations", body, headers: keyed(key))
                #expect(answer.status == 201, "\(answer.body)")
            }
            for key in ["1", "2"] {
                try await hold(
                    key,
                    """
                    {"owner":"o\(key)","method":"pickup","location":"A","lines":[{"id":"1","sku":"S","quantity":1}]}
                    """)
            }
            // One order that two stores ship together.
            try await hold(
                "3",
                """
                {"owner":"o3","method":"ship","confirm":true,\
                "lines":[{"id":"1","sku":"S","quantity":1},{"id":"2","sku":"T","quantity":2}]}
                """)
            let listed = try await server.get("/v1/locations").json?["locations"]?.elements ?? []
            #expect(listed.map { $0["openPromises"]?.integer } == [3, 1, 0])
            for row in listed {
                let alone = try await server.get("/v1/locations/\(row["id"]?.string ?? "")")
                #expect(alone.json?["openPromises"]?.integer == row["openPromises"]?.integer)
            }
        }
    }
}

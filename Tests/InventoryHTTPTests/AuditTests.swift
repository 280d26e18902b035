import Foundation
import Hummingbird
import Inventory
import InventoryHTTP
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Who changed what, in the order in which it was done.
@Suite("The audit says who changed what") struct AuditTests {
    private func entries(_ server: TestServer, _ query: String = "") async throws -> [JSONValue] {
        let answer = try await server.get("/v1/audit?limit=1000&\(query)")
        return try #require(answer.json?["auditEntries"]?.elements, "\(answer.body)")
    }

    /// Of each entry, oldest first: who, what, and of what.
    private func told(_ server: TestServer, _ query: String = "") async throws -> [String] {
        try await entries(server, query).reversed().map { entry in
            let keys = entry["keys"]?.elements?.compactMap(\.string).joined(separator: ",") ?? "?"
            return
                "\(entry["actor"]?.string ?? "nobody") \(entry["action"]?.string ?? "?") \(entry["kind"]?.string ?? "?") \(keys)"
        }
    }

    /// Every operation that changes what people keep account of.
    private static let changes: [(method: HTTPRequest.Method, path: String, body: String?, entries: [String])] = [
        (.put, "items/A", "{\"name\":\"Jacket\"}", ["created item A"]),
        (.put, "items/A", "{\"name\":\"Jacket\"}", []),
        (.put, "items/A", "{\"name\":\"Blue jacket\"}", ["changed item A"]),
        (.put, "items/K", "{\"name\":\"Set\",\"components\":[{\"sku\":\"A\",\"quantity\":2}]}", ["created item K"]),
        (.put, "locations/L", "{\"name\":\"Store\"}", ["created location L"]),
        (.put, "locations/M", "{\"name\":\"Old store\"}", ["created location M"]),
        (.delete, "locations/M", nil, ["deleted location M"]),
        (.delete, "locations/M", nil, []),
        (.put, "locations/M", "{\"name\":\"New store\"}", ["created location M"]),
        (.put, "location-groups/north", "{\"name\":\"North\",\"locations\":[\"L\"]}", ["created locationGroup north"]),
        (.put, "sources/pos", "{\"name\":\"Tills\"}", ["created source pos"]),
        (
            .put, "aliases", "{\"codeSystem\":\"erp\",\"code\":\"7/11\",\"sku\":\"A\",\"unitsPerCode\":12}",
            ["created alias erp/7/11"]
        ),
        (
            .put, "safety-stock-rules/s", "{\"scope\":{\"group\":\"north\"},\"quantity\":2}",
            ["created stockRule safetyStock/s"]
        ),
        (
            .put, "safety-stock-rules/s", "{\"scope\":{\"group\":\"north\"},\"quantity\":3}",
            ["changed stockRule safetyStock/s"]
        ),
        (.put, "thresholds/t", "{\"scope\":{},\"quantity\":3}", ["created stockRule threshold/t"]),
        (.put, "ring-fences/r", "{\"scope\":{\"channel\":\"web\"},\"quantity\":1}", ["created stockRule ringFence/r"]),
        (.delete, "ring-fences/r", nil, ["deleted stockRule ringFence/r"]),
        (
            .put, "expected-supply/asn",
            "{\"sku\":\"A\",\"location\":\"L\",\"quantity\":5,\"expectedAt\":\"2099-01-01T00:00:00Z\"}",
            ["created expectedSupply asn"]
        ),
        (.delete, "expected-supply/asn", nil, ["deleted expectedSupply asn"]),
        (.put, "reconciliation-rules/rr", "{\"toleranceUnits\":2}", ["created reconciliationRule rr"]),
        (.delete, "reconciliation-rules/rr", nil, ["deleted reconciliationRule rr"]),
        (.delete, "aliases?codeSystem=erp&code=7/11", nil, ["deleted alias erp/7/11"]),
        (.delete, "safety-stock-rules/s", nil, ["deleted stockRule safetyStock/s"]),
        (.delete, "location-groups/north", nil, ["deleted locationGroup north"]),
        (.delete, "sources/pos", nil, ["deleted source pos"]),
        // What is refused is no change.
        (.put, "location-groups/x", "{\"name\":\"X\",\"locations\":[\"nowhere\"]}", []),
        (.delete, "sources/nobody", nil, []),
    ]

    @Test func `every change of master data and rules has its entry, and what changes nothing has none`() async throws {
        try await TestServer.run { server async throws in
            let ida = server.called(by: "backoffice", for: "ida", .catalogWrite, .rulesWrite)
            var expected: [String] = []
            for (method, path, body, entries) in Self.changes {
                let answer = try await ida.send(method, "/v1/\(path)", body)
                #expect((answer.status < 300) == !entries.isEmpty || answer.status == 200, "\(path): \(answer.body)")
                expected += entries.map { "ida via backoffice \($0)" }
                #expect(try await told(server) == expected, "\(method) \(path)")
            }
            let yaml = "kind: items\nfields: {sku: \"{a}\", name: \"{a}\"}"
            let mapping = try await ida.putMapping("m", yaml)
            #expect(mapping.status == 201, "\(mapping.body)")
            _ = try await ida.putMapping("m", yaml)
            _ = try await ida.send(.delete, "/v1/import-mappings/m")
            let mappings = try await told(server, "kind=importMapping")
            #expect(mappings == ["created", "deleted"].map { "ida via backoffice \($0) importMapping m" })
            // Each says what it made, and nothing of the database's own numbers.
            let rule = try #require(try await entries(server, "key=safetyStock/s").dropFirst().first)
            #expect(rule["object"]?["quantity"]?.integer == 3 && rule["object"]?["group"]?.string == "north", "\(rule)")
            let item = try #require(try await entries(server, "key=K").first)
            #expect(item["object"]?["components"]?[0]?["quantity"]?.integer == 2, "\(item)")
            for entry in try await entries(server) {
                let isGone = entry["action"]?.string == "deleted"
                #expect((entry["object"]?.isNull == true) == isGone, "\(entry)")
                let members = entry["object"]?.members?.compactMap { $0.name.string } ?? []
                #expect(!members.contains { $0.hasSuffix("Id") || $0.contains("_") }, "\(members)")
            }
            #expect(try await server.shop.proveAudit().isProved)
        }
    }

    @Test func `what people decide about exceptions has its entry, and so has what it creates`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addLocation("L")
            _ = try await server.facts(sale("p", "NEW"))
            let open = try await server.get("/v1/exceptions")
            let id = try #require(open.json?["exceptions"]?[0]?["id"]?.string, "\(open.body)")
            let ida = server.called(by: "backoffice", for: "ida", .exceptionsWrite)
            #expect(try await ida.post("/v1/exceptions/\(id)/assign", "{\"owner\":\"Ben\"}").status == 200)
            let decision = "{\"action\":\"acceptAsNew\",\"name\":\"New\"}"
            #expect(try await ida.post("/v1/exceptions/\(id)/resolve", decision).status == 200)
            // Said twice, it is done once.
            #expect(try await ida.post("/v1/exceptions/\(id)/resolve", decision).status == 200)
            #expect(try await ida.post("/v1/exceptions/\(id)/assign", "{\"owner\":\"Eve\"}").status == 409)
            #expect(
                try await told(server, "actor=ida%20via%20backoffice") == [
                    "ida via backoffice assigned exception \(id)", "ida via backoffice created item NEW",
                    "ida via backoffice resolved exception \(id)",
                ])
            let resolved = try #require(try await entries(server, "kind=exception&key=\(id)").first)
            #expect(resolved["object"]?["action"]?.string == "acceptAsNew", "\(resolved)")
        }
    }

    @Test func `a load has one entry for what it created and one for what it changed`() async throws {
        try await TestServer.run { server async throws in
            let first = "sku,name,status\n" + (0..<30).map { "I\($0),Item \($0),active" }.joined(separator: "\n")
            let loader = server.called(by: "loader", .catalogWrite)
            #expect(try await loader.importFile(first, "kind=items")["state"]?.string == "done")
            let second =
                first.replacing("Item 7,", with: "Item seven,").replacing("Item 8,", with: "Item eight,")
                + "\nNEW,New,active"
            #expect(try await loader.importFile(second, "kind=items")["state"]?.string == "done")
            let codes = "codeSystem,code,sku\nerp,1,I1\nerp,2,I2"
            #expect(try await loader.importFile(codes, "kind=aliases")["state"]?.string == "done")
            let told = try await told(server)
            #expect(told.count == 4, "\(told)")
            #expect(told[0].hasPrefix("loader created item I0,I1,I10,"))
            #expect(Set(told[1...2]) == ["loader changed item I7,I8", "loader created item NEW"])
            #expect(told[3] == "loader created alias erp/1,erp/2")
            // Each is found by each of its keys.
            #expect(try await self.told(server, "key=I7").count == 2)
            #expect(try await self.told(server, "key=erp/2").count == 1)
        }
    }

    @Test func `it is asked by kind, key, actor and time, page by page, and exported whole`() async throws {
        try await TestServer.run { server async throws in
            for number in 0..<12 {
                let caller = server.called(by: number.isMultiple(of: 3) ? "one" : "two")
                let kind = number.isMultiple(of: 2) ? "items" : "locations"
                _ = try await caller.put("/v1/\(kind)/X\(number)", "{\"name\":\"X\"}")
            }
            #expect(try await told(server, "actor=one").count == 4)
            #expect(try await told(server, "actor=one&kind=item").count == 2)
            #expect(try await told(server, "key=X3").count == 1)
            #expect(try await told(server, "key=X3&kind=item") == [])
            let all = try await entries(server)
            let middle = try #require(all[5]["at"]?.string)
            #expect(try await entries(server, "from=\(middle)").count == 6)
            #expect(try await entries(server, "to=\(middle)").count == 6)
            var cursor = ""
            var paged: [Int64] = []
            repeat {
                let page = try await server.get("/v1/audit?limit=5\(cursor)")
                paged += page.json?["auditEntries"]?.elements?.compactMap { $0["sequence"]?.integer } ?? []
                cursor = page.json?["nextCursor"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(paged == Array((1...12).reversed()))

            let export = try await server.get("/v1/audit?kind=item", headers: [.accept: "application/x-ndjson"])
            #expect(export.headers[.contentType] == "application/x-ndjson")
            let lines = export.body.split(separator: "\n").map { try? JSONDocument(parsing: Array($0.utf8)).root }
            #expect(lines.count == 6 && lines.allSatisfy { $0?["kind"]?.string == "item" })
            for bad in ["kind=x", "key=", "from=yesterday", "includeTotal=true", "cursor=nonsense", "other=1"] {
                #expect(try await server.get("/v1/audit?\(bad)").status == 400, "\(bad)")
            }
        }
    }
}

import Inventory
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// A rejected line's exception closes by itself once the line comes as it was meant.
@Suite struct MendedLineTests {
    private func withShop(
        _ path: PostgresBatchStore.WritePath = TestShop.usualPath,
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run(path: path) { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            try await server.shop.addLocation("L")
            try await body(server)
        }
    }

    private func line(_ event: String, _ sku: String = "A", _ quantity: String = "1") -> String {
        """
        {"eventId":"\(event)","type":"sale","sku":"\(sku)","location":"L","quantity":\(quantity)}
        """
    }

    private func send(
        _ server: TestServer, _ lines: String..., source: String = "till", isAtomic: Bool = false
    ) async throws -> [String?] {
        let answer = try await server.post(
            "/v1/movements",
            "{\"source\":\"\(source)\",\"atomic\":\(isAtomic),\"lines\":[\(lines.joined(separator: ","))]}")
        return answer.json?["results"]?.elements?.map { $0["verdict"]?.string } ?? []
    }

    private func rejections(_ server: TestServer, _ status: String = "open") async throws -> [JSONValue] {
        try #require(
            try await server.get("/v1/exceptions?type=rejectedLine&status=\(status)").json?["exceptions"]?.elements)
    }

    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `the same event id, sent as it was meant, closes the exception`(path: PostgresBatchStore.WritePath)
        async throws
    {
        try await withShop(path) { server async throws in
            // The names and balances are known here from now on, so that the fast way is open.
            #expect(try await send(server, line("warm"), line("warm2")) == ["applied", "applied"])
            #expect(try await send(server, line("e", "A", "0")) == ["rejected"])
            #expect(try await send(server, line("e", "A", "-2")) == ["rejected"])
            #expect(try await send(server, line("f", "A", "0")) == ["rejected"])
            #expect(try await rejections(server).count == 3)
            // Neither another event id nor another source mends it.
            #expect(try await send(server, line("g")) == ["applied"])
            #expect(try await send(server, line("e"), source: "other") == ["applied"])
            #expect(try await rejections(server).count == 3)
            #expect(try await send(server, line("e")) == ["applied"])
            let left = try await rejections(server)
            #expect(left.map { $0["eventId"]?.string } == ["f"])
            let closed = try await rejections(server, "resolved")
            #expect(closed.map { $0["eventId"]?.string } == ["e", "e"])
            #expect(closed.allSatisfy { $0["resolution"]?.string == "a line with its event id was applied" })
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a line that is mended in the same request leaves nothing open`() async throws {
        try await withShop { server async throws in
            let verdicts = try await send(server, line("e", "A", "0"), line("e"), line("e", "A", "7"))
            #expect(verdicts == ["rejected", "applied", "rejected"])
            // The last says something else of what is in the ledger now: that is for a person.
            let open = try await rejections(server)
            #expect(open.map { $0["problem"]?["code"]?.string ?? $0["problem"]?.string } == ["eventIdReused"])
        }
    }

    @Test(arguments: PostgresBatchStore.WritePath.allCases)
    func `a line that comes in a wrong form once more is settled by the sound one's next repeat`(
        path: PostgresBatchStore.WritePath
    ) async throws {
        try await withShop(path) { server async throws in
            #expect(try await send(server, line("e")) == ["applied"])
            #expect(try await send(server, line("e", "A", "0")) == ["rejected"])
            #expect(try await send(server, line("e", "A", "7")) == ["rejected"])
            #expect(try await send(server, line("e")) == ["duplicate"])
            // What it says otherwise under that event id is for a person still.
            let open = try await rejections(server)
            #expect(open.map { $0["problem"]?["code"]?.string ?? $0["problem"]?.string } == ["eventIdReused"])
            #expect(try await send(server, line("e", "A", "0"), line("e")) == ["rejected", "duplicate"])
            #expect(try await rejections(server).count == 1)
            #expect(try await server.shop.onHand("A", "L") == -1)
        }
    }

    @Test func `a mended line that is parked closes it once it is applied`() async throws {
        try await withShop { server async throws in
            #expect(try await send(server, line("e", "NEW", "0")) == ["rejected"])
            #expect(try await send(server, line("e", "NEW")) == ["parked"])
            #expect(try await rejections(server).count == 1)
            _ = try await server.put("/v1/items/NEW", "{\"name\":\"New\"}")
            _ = try await server.shop.facts.applyParked(.all, stepsMax: 10)
            #expect(try await server.shop.onHand("NEW", "L") == -1)
            #expect(try await rejections(server).isEmpty)
        }
    }

    @Test func `a refused batch mends nothing, and an event id that is none never matches`() async throws {
        try await withShop { server async throws in
            _ = try await send(server, line("e", "A", "0"))
            _ = try await send(server, line("e"), line("x", "A", "0"), isAtomic: true)
            #expect(try await rejections(server).count == 1)
            let long = String(repeating: "x", count: 5_000)
            #expect(try await send(server, line(long)) == ["rejected"])
            #expect(try await rejections(server).count == 2)
        }
    }

    // MARK: - Files

    private static let mapping = """
        kind: counts
        delimiter: ";"
        fields: { sku: "{Artikel}", location: "{Filiale}", quantity: "{Menge}", asOf: "{Stand}" }
        """

    private func night(_ server: TestServer, _ day: Int, _ rows: String...) async throws -> [String: Int64]? {
        let body = rows.map { "\($0);2026-01-\(day)T22:00:00Z\n" }.joined()
        return try await server.importFile(
            "Artikel;Filiale;Menge;Stand\n\(body)", "kind=counts&source=erp&mapping=night"
        ).importCounts
    }

    @Test func `the same bad row of tomorrow's file is the same exception, and a sound one closes it`() async throws {
        try await withShop { server async throws in
            _ = try await server.putMapping("night", Self.mapping)
            #expect(try await night(server, 10, "A;L;none", "B;L;4") == ["rejected": 1, "applied": 1])
            let first = try #require(try await rejections(server).first)
            #expect(try await night(server, 11, "A;L;none", "B;L;3") == ["rejected": 1, "applied": 1])
            let again = try await rejections(server)
            #expect(again.map { $0["id"]?.string } == [first["id"]?.string])
            #expect(again[0]["openedAt"]?.string == first["openedAt"]?.string)
            // As it was sent last.
            #expect(again[0]["line"]?.string?.contains("2026-01-11") == true)
            // Wrong in another way, which is kept too.
            #expect(try await night(server, 12, "A;L;many", "B;L;3") == ["rejected": 1, "applied": 1])
            #expect(try await rejections(server).count == 2)
            #expect(try await night(server, 13, "A;L;5", "B;L;3") == ["applied": 2])
            #expect(try await rejections(server).isEmpty)
            #expect(try await rejections(server, "resolved").count == 2)
            #expect(try await server.shop.onHand("A", "L") == 5)
        }
    }

    @Test func `a sound row does not mend the bad one beside it`() async throws {
        try await withShop { server async throws in
            _ = try await server.putMapping("night", Self.mapping)
            // Two bins of one item.
            for (day, rows) in [
                (10, ["A;L;none", "A;L;4"]), (11, ["A;L;none", "A;L;4"]), (12, ["A;L;4", "A;L;none"]),
            ] {
                // They add up, so without one nothing is known of it.
                #expect(try await night(server, day, rows[0], rows[1]) == ["rejected": 2])
                #expect(try await rejections(server).count == 2, "night \(day)")
            }
            #expect(try await night(server, 13, "A;L;4", "A;L;2") == ["applied": 2])
            #expect(try await rejections(server).isEmpty)
        }
    }
}

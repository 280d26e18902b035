import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// One thing has several names, and rows of a file are of one thing whichever of them they use.
@Suite struct ImportRowNamesTests {
    private static let gtin = "4006381333931"

    /// Item `A` is `A-1` of system `own` and a GTIN, location `L` is `P` of `own`; 42 units of `A` are at `L`.
    private func withNames(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await withStock(42) { server async throws in
            try await server.shop.addAlias("own", "A-1", "A")
            try await server.shop.addAlias("gtin", Self.gtin, "A")
            let alias = "{\"codeSystem\":\"own\",\"code\":\"P\",\"location\":\"L\"}"
            #expect(try await server.send(.put, "/v1/location-aliases", alias).status == 201)
            try await body(server)
        }
    }

    /// The same item and place in other words: a header, a row that cannot be read and one that can.
    static let namings: [(header: String, bad: String, sound: String)] = [
        ("sku,location,quantity,asOf", "A,L,x,T", "A,L,12,T"),
        ("sku,code,codeSystem,location,quantity,asOf", "A,,,L,x,T", ",A-1,own,L,12,T"),
        ("sku,code,codeSystem,location,quantity,asOf", ",A-1,own,L,x,T", "A,,,L,12,T"),
        ("code,codeSystem,location,quantity,asOf", "\(gtin),gtin,L,x,T", "0\(gtin),gtin,L,12,T"),
        ("sku,location,locationCode,codeSystem,quantity,asOf", "A,L,,,x,T", "A,,P,own,12,T"),
        // Which instant it is of cannot be read: it may be any.
        ("sku,location,quantity,asOf", "A,L,30,2026-02-31T00:00:00Z", "A,L,12,T"),
        // It names two, and may be of either.
        ("sku,code,codeSystem,location,quantity,asOf", "B,A-1,own,L,30,T", "A,,,L,12,T"),
    ]

    private static func file(_ naming: (header: String, bad: String, sound: String), badFirst: Bool) -> String {
        let rows = badFirst ? [naming.bad, naming.sound] : [naming.sound, naming.bad]
        return ([naming.header] + rows.map { $0.replacing("T", with: "2026-10-01T00:00:00Z", maxReplacements: 1) })
            .joined(separator: "\n") + "\n"
    }

    @Test(arguments: namings.indices, [true, false])
    func `a row that cannot be read leaves its item alone, whatever the others call it`(
        naming: Int, badFirst: Bool
    ) async throws {
        try await withNames { server async throws in
            let done = try await server.importFile(
                Self.file(Self.namings[naming], badFirst: badFirst), "kind=counts&source=wms")
            #expect(done.importCounts == ["rejected": 2], "\(Self.namings[naming])")
            let report = try await server.report(done["id"]?.string)
            let left = report.first { $0["code"]?.string == "itemNotWhole" }
            #expect(left?["line"]?.integer == (badFirst ? 3 : 2), "\(report)")
            #expect(left?["detail"]?.string?.hasPrefix("line \(badFirst ? 2 : 3) of") == true)
            #expect(try await server.shop.onHand("A", "L") == 42)
        }
    }

    @Test func `rows of one item, place and instant add up, whatever they call any of the three`() async throws {
        try await withNames { server async throws in
            let file = """
                sku,code,codeSystem,location,locationCode,quantity,asOf
                A,,,L,,30,2026-10-01T00:00:00Z
                ,A-1,own,L,,5,2026-10-01T02:00:00+02:00
                A,,own,,P,4,2026-10-01T00:00:00Z
                ,A-1,own,,P,2,2026-09-30T20:00:00-04:00

                """
            let done = try await server.importFile(file, "kind=counts&source=wms")
            let report = try await server.report(done["id"]?.string)
            #expect(done.importCounts == ["applied": 4], "\(report)")
            // What was there was received after the count's instant, and comes on top.
            let lines = try await server.get("/v1/movements?sku=A&location=L&source=wms").json?["movements"]
            let events = Set((lines?.elements ?? []).compactMap { $0["eventId"]?.string })
            #expect(events.count == 1, "\(events)")
            #expect(try await server.importFile(file, "kind=counts&source=wms").importCounts == ["duplicate": 4])
        }
    }

    @Test func `rows of another item, place or instant are counted beside one that cannot be read`() async throws {
        try await withNames { server async throws in
            let rows = [
                "A,L,x,2026-10-01T00:00:00Z", "B,L,2,2026-10-01T00:00:00Z", "A,M,7,2026-10-01T00:00:00Z",
                "A,L,9,2026-10-02T00:00:00Z",
            ]
            let file = "sku,location,quantity,asOf\n\(rows.joined(separator: "\n"))\n"
            let done = try await server.importFile(file, "kind=counts&source=wms")
            #expect(done.importCounts["rejected"] == 1, "\(done.importCounts)")
            let report = try await server.report(done["id"]?.string)
            #expect(!report.contains { $0["code"]?.string == "itemNotWhole" })
        }
    }

    @Test(arguments: namings.indices)
    func `of book figures nothing is compared, and the ledger stays, where one row of several cannot be read`(
        naming: Int
    ) async throws {
        try await withNames { server async throws in
            _ = try await server.put("/v1/sources/erp", "{\"authority\":\"authoritative\"}")
            _ = try await server.put("/v1/reconciliation-rules/all", "{\"autoCorrectUnits\":1000}")
            for dryRun in [true, false] {
                let done = try await server.importFile(
                    Self.file(Self.namings[naming], badFirst: naming % 2 == 0),
                    "kind=bookFigures&source=erp&dryRun=\(dryRun)")
                #expect(done.importCounts == ["rejected": 2], "\(Self.namings[naming]) \(done.importCounts)")
                let report = try await server.report(done["id"]?.string)
                #expect(report.contains { $0["code"]?.string == "itemNotWhole" }, "\(report)")
                #expect(try await server.shop.onHand("A", "L") == 42)
            }
            // Mended, it is a whole figure again.
            let mended = try await server.importFile(
                "sku,location,quantity,asOf\nA,L,30,2026-11-01T00:00:00Z\nA,L,12,2026-11-01T00:00:00Z\n",
                "kind=bookFigures&source=erp")
            #expect(mended.importCounts["rejected"] == nil, "\(mended.importCounts)")
        }
    }

    @Test(arguments: [
        ("sku,location,quantity\nA,L,x", "sku,location,quantity\nA,L,12"),
        ("sku,location,quantity\nA,L,x", "code,codeSystem,location,quantity\nA-1,own,L,12"),
        ("code,codeSystem,location,quantity\nA-1,own,L,x", "sku,location,quantity\nA,L,12"),
        (
            "code,codeSystem,location,quantity\n\(gtin),gtin,L,x",
            "code,codeSystem,location,quantity\n0\(gtin),gtin,L,12"
        ),
        ("sku,location,quantity\nA,L,x", "sku,locationCode,codeSystem,quantity\nA,P,own,12"),
        ("sku,location,quantity,bucket\nA,L,x,", "sku,location,quantity,bucket\nA,L,12,onHand"),
    ])
    func `a sound row in a later file closes a bad row's exception, whatever it calls the item and the place`(
        bad: String, sound: String
    ) async throws {
        try await withNames { server async throws in
            func open() async throws -> Int? {
                let list = try await server.get("/v1/exceptions?type=rejectedLine&status=open").json
                return list?["exceptions"]?.elements?.count
            }
            #expect(try await server.importFile(bad + "\n", "kind=counts&source=wms").importCounts == ["rejected": 1])
            #expect(try await open() == 1)
            let done = try await server.importFile(sound + "\n", "kind=counts&source=wms")
            #expect(done.importCounts == ["applied": 1])
            #expect(try await open() == 0)
        }
    }

    @Test func `a bad row whose code was mapped to nothing is mended by a row with this code once it is`() async throws
    {
        try await withNames { server async throws in
            let bad = "code,codeSystem,location,quantity\nnew,own,L,x\n"
            #expect(try await server.importFile(bad, "kind=counts&source=wms").importCounts == ["rejected": 1])
            try await server.shop.addAlias("own", "new", "A")
            let sound = bad.replacing("x\n", with: "12\n")
            #expect(try await server.importFile(sound, "kind=counts&source=wms").importCounts == ["applied": 1])
            let list = try await server.get("/v1/exceptions?type=rejectedLine&status=open").json
            #expect(list?["exceptions"]?.elements?.isEmpty == true)
        }
    }

    @Test func `a rule without an id is known by its item and place, whatever they are called`() async throws {
        try await withNames { server async throws in
            func rules() async throws -> [Int64?] {
                let list = try await server.get("/v1/safety-stock-rules?sku=A").json?["safetyStockRules"]
                return (list?.elements ?? []).map { $0["quantity"]?.integer }
            }
            let kind = "kind=safetyStockRules"
            _ = try await server.importFile("sku,location,quantity\nA,L,8\n", kind)
            let byCode = "code,codeSystem,locationCode,quantity\nA-1,own,P,2\n"
            #expect(try await server.importFile(byCode, kind).importCounts == ["stored": 1])
            #expect(try await rules() == [2])
            #expect(try await server.importFile(byCode, kind).importCounts == ["unchanged": 1])
            let gtin = "code,codeSystem,location,quantity\n0\(Self.gtin),gtin,L,3\n"
            #expect(try await server.importFile(gtin, kind).importCounts == ["stored": 1])
            #expect(try await rules() == [3])

            let header = "sku,code,codeSystem,location,quantity\n"
            let both = try await server.importFile(header + "A,,,L,3\n,A-1,own,L,4\n", kind)
            #expect(both.importCounts == ["conflict": 2])
            #expect(try await rules() == [3])
            let same = try await server.importFile(header + ",A-1,own,L,5\nA,,,L,5\n,\(Self.gtin),gtin,L,5\n", kind)
            #expect(same.importCounts == ["stored": 1, "skipped": 2])
            #expect(try await rules() == [5])
            // One with an id keeps it.
            let named = "id,code,codeSystem,location,quantity\nmine,A-1,own,L,1\n"
            #expect(try await server.importFile(named, kind).importCounts == ["stored": 1])
            #expect(try await server.get("/v1/safety-stock-rules/mine").json?["quantity"]?.integer == 1)
            let lines = "{\"quantity\":6,\"scope\":{\"code\":\"A-1\",\"codeSystem\":\"own\",\"location\":\"L\"}}\n"
            let json = try await server.importFile(lines, kind, type: "application/x-ndjson")
            #expect(json.importCounts == ["stored": 1])
            #expect(try await rules().sorted { ($0 ?? 0) < ($1 ?? 0) } == [1, 6])
        }
    }

    @Test func `what is wrong with two names for one thing is said in whole words`() async throws {
        try await withNames { server async throws in
            let rules = try await server.importFile(
                "sku,code,codeSystem,group,location,quantity\nA,A-1,own,,L,1\nA,,,g,L,1\n", "kind=safetyStockRules")
            let report = try await server.report(rules["id"]?.string)
            #expect(
                report[0]["detail"]?.string?.contains("value 'A-1': code and sku are both given") == true, "\(report)")
            #expect(report[1]["detail"]?.string?.contains("group and location are both given") == true, "\(report)")
        }
    }
}

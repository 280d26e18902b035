import StrictJSON
import TestSupport
import Testing

/// What stands beside a file, such as its code system, holds for JSON lines as it does for rows of CSV.
@Suite struct ImportNamesTests {
    private static let json = "application/x-ndjson"

    private func shop(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            _ = try await server.put("/v1/aliases", #"{"codeSystem":"erp","code":"100","sku":"A"}"#)
            for (code, location) in [("01", "L"), ("02", "M")] {
                _ = try await server.put(
                    "/v1/location-aliases", #"{"codeSystem":"erp","code":"\#(code)","location":"\#(location)"}"#)
            }
            try await body(server)
        }
    }

    @Test func `aliases of JSON lines are of the import's code system, unless they name one`() async throws {
        try await shop { server async throws in
            let lines = """
                {"code":"7","sku":"A"}
                {"code":"8","codeSystem":null,"sku":"A","unitsPerCode":12}
                {"codeSystem":"wms","code":"9","sku":"B"}
                """
            let done = try await server.importFile(lines, "kind=aliases&codeSystem=pos", type: Self.json)
            let doneReport = try await server.report(done["id"]?.string)
            #expect(done.importCounts == ["stored": 3], "\(doneReport)")
            let found = try await server.get("/v1/aliases?codeSystem=pos").json?["aliases"]
            #expect(found?.elements?.compactMap { $0["code"]?.string } == ["7", "8"])
            #expect(try await server.get("/v1/aliases?codeSystem=wms").json?["aliases"]?.elements?.count == 1)
            // The same file as rows of CSV is the same.
            let rows = "code,sku,unitsPerCode,codeSystem\n7,A,,\n8,A,12,\n9,B,,wms\n"
            #expect(try await server.importFile(rows, "kind=aliases&codeSystem=pos").importCounts == ["unchanged": 3])
            let places = try await server.importFile(
                #"{"code":"x","location":"L"}"#, "kind=locationAliases&codeSystem=pos", type: Self.json)
            #expect(places.importCounts == ["stored": 1])
            // With none beside it there is none.
            let bare = try await server.importFile(#"{"code":"5","sku":"A"}"#, "kind=aliases", type: Self.json)
            #expect(bare.importCounts == ["rejected": 1])
        }
    }

    /// The rows of CSV and the JSON lines of each kind that may name items and locations by codes.
    @Test(arguments: [
        (
            "safetyStockRules", "code,locationCode,quantity\n100,01,3\n",
            #"{"scope":{"code":"100","locationCode":"01"},"quantity":3}"#,
            "/v1/safety-stock-rules?sku=A&location=L", "safetyStockRules"
        ),
        (
            "thresholds", "id,code,quantity\nt,100,3\n", #"{"id":"t","scope":{"code":"100"},"quantity":3}"#,
            "/v1/thresholds?sku=A", "thresholds"
        ),
        (
            "expectedSupply", "id,code,locationCode,quantity,expectedAt\ns,100,01,3,2099-01-01T00:00:00Z\n",
            #"{"id":"s","code":"100","locationCode":"01","quantity":3,"expectedAt":"2099-01-01T00:00:00Z"}"#,
            "/v1/expected-supply?sku=A&location=L", "expectedSupply"
        ),
        (
            "transfers", "reference,fromCode,toCode,code,quantity\nt,01,02,100,3\n",
            #"{"reference":"t","fromCode":"01","toCode":"02","lines":[{"code":"100","quantity":3}]}"#,
            "/v1/transfers?reference=t", "transfers"
        ),
    ])
    func `codes are of the import's code system in both formats`(
        kind: String, rows: String, line: String, path: String, list: String
    ) async throws {
        try await shop { server async throws in
            let done = try await server.importFile(rows, "kind=\(kind)&codeSystem=erp")
            let doneReport = try await server.report(done["id"]?.string)
            #expect(done.importCounts == ["stored": 1], "\(doneReport)")
            let again = try await server.importFile(line, "kind=\(kind)&codeSystem=erp", type: Self.json)
            let againReport = try await server.report(again["id"]?.string)
            #expect(again.importCounts == ["unchanged": 1], "\(againReport)")
            #expect(try await server.get(path).json?[list]?.elements?.count == 1)
            // By ids and skus nothing is to be completed.
            let unknown = line.replacing(#""locationCode":"01""#, with: #""locationCode":"99""#)
                .replacing(#""fromCode":"01""#, with: #""fromCode":"99""#)
            guard unknown != line else { return }
            let refused = try await server.importFile(unknown, "kind=\(kind)&codeSystem=erp", type: Self.json)
            #expect(refused.importCounts == ["rejected": 1])
            let report = try await server.report(refused["id"]?.string)
            #expect(report[0]["code"]?.string == "unknownLocationCode")
            #expect(report[0]["detail"]?.string?.contains("is mapped to no location in code system 'erp'") == true)
        }
    }
}

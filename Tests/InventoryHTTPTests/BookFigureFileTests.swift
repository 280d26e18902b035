import Hummingbird
import InventoryHTTP
import InventoryImport
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Files of what another system computes: compared with the ledger, corrected or flagged by rule and authority.
@Suite struct BookFigureFileTests {
    private static let received = "2026-01-10T10:00:00Z"
    private static let at = "2026-01-10T20:00:00Z"

    /// Main Street has 40 of everything, which its till reported past the night's instant.
    private func shop(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server async throws in
            for sku in ["tea", "sugar", "rice", "salt"] { try await server.shop.addItem(sku) }
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            let lines = ["tea", "sugar", "rice", "salt"].map {
                """
                {"eventId":"R-\($0)","type":"receipt","sku":"\($0)","location":"L","quantity":40,"occurredAt":"\(Self.received)"}
                """
            }
            _ = try await server.send(
                .post, "/v1/movements", "{\"source\":\"wms\",\"lines\":[\(lines.joined(separator: ","))]}")
            _ = try await server.send(.put, "/v1/sources/erp", #"{"authority":"authoritative","codeSystem":"sap"}"#)
            _ = try await server.send(
                .put, "/v1/reconciliation-rules/erp", #"{"source":"erp","autoCorrectUnits":5,"toleranceUnits":0}"#)
            try await body(server)
        }
    }

    /// `tea` in two bins agrees, `sugar` is two short, `rice` 25, and of `cocoa` and `Köln` nobody knows.
    private static let file = """
        sku,location,quantity,asOf
        tea,L,30,\(at)
        sugar,L,38,\(at)
        rice,L,15,\(at)
        cocoa,L,1,\(at)
        tea,Köln,1,\(at)
        tea,L,10,\(at)
        """

    @Test func `a dry run says what would be corrected or flagged, and writes nothing`() async throws {
        try await shop { server async throws in
            let tables = [
                "movement", "exception", "reconciliation", "reconciliation_line", "reconciliation_place", "commit_log",
                "source", "import_figure", "pending_alarm",
            ]
            var before: [Int64] = []
            for table in tables { before.append(try await server.shop.count(table)) }
            let dry = try await server.importFile(Self.file, "kind=bookFigures&source=erp&dryRun=true")
            #expect(dry["state"]?.string == "done" && dry["problem"]?.isNull == true)
            #expect(dry.importCounts == ["matched": 2, "corrected": 1, "variance": 1, "unknown": 2])
            let report = try await server.report(dry["id"]?.string)
            #expect(report.map { $0["line"]?.integer } == [3, 4, 5, 6])
            #expect(report[0]["detail"]?.string == "the file says 38, the ledger 40; would be corrected by -2")
            #expect(report[1]["detail"]?.string?.contains("would be an exception, off by -25; ") == true)
            #expect(report[2]["code"]?.string == "unknownSku" && report[3]["code"]?.string == "unknownLocation")
            for (table, count) in zip(tables, before) {
                #expect(try await server.shop.count(table) == count, "\(table)")
            }
            // A source that nobody knows is not made either.
            let unknown = try await server.importFile(Self.file, "kind=bookFigures&source=nobody&dryRun=true")
            #expect(unknown.importCounts == ["matched": 2, "variance": 2, "unknown": 2])
            #expect(try await server.get("/v1/sources/nobody").status == 404)
        }
    }

    @Test func `what the dry run said comes true, once`() async throws {
        try await shop { server async throws in
            let done = try await server.importFile(Self.file, "kind=bookFigures&source=erp")
            #expect(done.importCounts == ["matched": 2, "corrected": 1, "variance": 1, "unknown": 2])
            #expect(done["recordsDone"]?.integer == 6 && done["recordsTotal"]?.integer == 6)
            #expect(try await server.shop.onHand("sugar", "L") == 38)
            #expect(try await server.shop.onHand("rice", "L") == 40)
            #expect(try await server.shop.count("import_figure") == 0)
            let open = try await server.get("/v1/exceptions?type=reconciliationVariance").json?["exceptions"]
            #expect(open?.elements?.count == 1 && open?[0]?["sku"]?.string == "rice")
            let again = try await server.importFile(Self.file, "kind=bookFigures&source=erp")
            #expect(again.importCounts == ["duplicate": 4, "unknown": 2])
            #expect(try await server.shop.onHand("sugar", "L") == 38)
        }
    }

    @Test func `JSON lines take the import's own source, as rows of CSV do`() async throws {
        try await shop { server async throws in
            let lines = """
                {"sku":"tea","location":"L","quantity":40,"asOf":"\(Self.at)"}
                {"sku":"rice","location":"L","quantity":1,"asOf":"\(Self.at)","source":"wms"}
                """
            let done = try await server.importFile(lines, "kind=bookFigures&source=erp", type: "application/x-ndjson")
            #expect(done.importCounts == ["matched": 1, "variance": 1])
            #expect(
                try await server.get("/v1/reconciliations?source=erp").json?["reconciliations"]?.elements?.count == 1)
            #expect(
                try await server.get("/v1/reconciliations?source=wms").json?["reconciliations"]?.elements?.count == 1)
        }
    }

    @Test func `figures by article codes and plant codes of an ERP, negative ones too`() async throws {
        try await shop { server async throws in
            try await server.shop.addAlias("sap", "000000000000004711", "tea")
            try await server.shop.addAlias("sap", "CASE", "tea", units: 6)
            _ = try await server.send(
                .put, "/v1/location-aliases", #"{"codeSystem":"sap","code":"P001","location":"L"}"#)
            _ = try await server.putMapping(
                "mb52",
                """
                kind: bookFigures
                delimiter: ";"
                numbers: { decimal: ",", grouping: ".", minus: trailing }
                fields: { code: "{MATNR}", locationCode: "{WERKS}", quantity: "{LABST}", asOf: "\(Self.at)" }
                """)
            let file =
                "MATNR;WERKS;LABST\n000000000000004711;P001;42,000\nCASE;P001;1\n000000000000004711;P001;8,000-\nX;P001;1\nCASE;P9;1\n"
            let done = try await server.importFile(file, "kind=bookFigures&source=erp&mapping=mb52")
            #expect(done.importCounts == ["matched": 3, "unknown": 2])
            let report = try await server.report(done["id"]?.string)
            #expect(report.map { $0["code"]?.string } == ["unknownCode", "unknownLocationCode"])
            #expect(report[1]["detail"]?.string?.hasPrefix("column 'WERKS' (locationCode), value 'P9'") == true)
            // The API takes plant codes as well.
            let posted = """
                {"source":"erp","eventId":"n1","asOf":"\(Self.at)","lines":[
                {"code":"CASE","locationCode":"P001","quantity":6},{"sku":"tea","location":"L","quantity":4},
                {"sku":"tea","locationCode":"P9","quantity":4}]}
                """
            let answer = try await server.send(.post, "/v1/reconciliations", posted)
            #expect(answer.json?["summary"]?["matched"]?.integer == 1)
            #expect(answer.json?["lines"]?[0]?["problem"]?.string?.contains("location alias") == true)
        }
    }

    @Test func `figures of a great file are compared by place, and a kill between two places loses none`() async throws
    {
        try await shop { server async throws in
            for number in 0..<40 { try await server.shop.addLocation("S\(number)") }
            var file = "sku,location,quantity,asOf\n"
            // Each place's rows are spread over the whole file.
            for bin in 0..<30 { for place in 0..<40 { file += "salt,S\(place),\(bin % 2),\(Self.at)\n" } }
            let id = try #require(
                try await server.sendFile(Array(file.utf8), "kind=bookFigures&source=erp").json?["id"]?.string)
            let stopped = ImportService(
                store: FailingImportStore(base: server.shop.importStore, placesMax: 7),
                mappings: server.shop.importStore, reader: FileImportReader(), targets: server.shop.importTargets,
                logger: quiet)
            #expect(try await !stopped.runNext())
            try await server.shop.runSQL(
                "update import set lease_until = null, state = 'waiting' where state = 'running'")
            #expect(try await server.shop.count("import_figure") == 33 * 30)
            while try await server.imports.runNext() {}
            let done = try #require(try await server.get("/v1/imports/\(id)").json)
            #expect(done["state"]?.string == "done")
            #expect(done.importCounts == ["variance": 40 * 30])
            #expect(try await server.shop.count("reconciliation") == 40)
            let open = try await server.get("/v1/exceptions?type=reconciliationVariance&includeTotal=true").json
            #expect(open?["total"]?.integer == 40)
        }
    }
}

import Foundation
import StrictJSON
import TestSupport
import Testing

/// A dry run of facts says what would come of the file: the same verdicts, codes and counts, and nothing is written.
@Suite struct DryRunTests {
    /// Tables that the files here are written to, and that a dry run leaves as they are.
    private static let tables = [
        "movement", "balance", "event_key", "parked_line", "exception", "pending_alarm", "source", "commit_log",
        "actor",
        "import_reading",
    ]

    private func shop(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await withStock(5) { server async throws in
            _ = try await server.put("/v1/sources/erp", #"{"codeSystem":"gtin"}"#)
            _ = try await server.put("/v1/aliases", #"{"codeSystem":"gtin","code":"4006381333931","sku":"A"}"#)
            #expect(try await server.reserve(lines: [("B", 4)]).status == 201)
            _ = try await server.facts(sale("known"))
            _ = try await server.post(
                "/v1/counts",
                #"{"source":"wms","eventId":"c","location":"M","countedAt":"2026-01-15T20:00:00Z","lines":[{"sku":"A","quantity":3}]}"#
            )
            try await body(server)
        }
    }

    private func rows(_ shop: TestShop) async throws -> [String: Int64] {
        var rows: [String: Int64] = [:]
        for table in Self.tables { rows[table] = try await shop.count(table) }
        return rows
    }

    private func expectSame(
        _ file: String, _ query: String, _ server: TestServer, type: String = "text/csv", _ wanted: [String: Int64]
    ) async throws {
        let before = try await rows(server.shop)
        let dry = try await server.importFile(file, "\(query)&dryRun=true", type: type)
        #expect(try await rows(server.shop) == before, "\(query): something was written")
        let said = try await server.report(dry["id"]?.string)
        let real = try await server.importFile(file, query, type: type)
        let came = try await server.report(real["id"]?.string)
        #expect(dry.importCounts == wanted, "\(said)")
        #expect(real.importCounts == wanted, "\(came)")
        for name in ["line", "verdict", "code", "eventId", "detail"] {
            func values(_ lines: [JSONValue]) -> [String] {
                lines.map { line in line[name].map { String(decoding: $0.raw, as: UTF8.self) } ?? "" }
            }
            #expect(values(said) == values(came), "\(name)")
        }
        // Now that it was imported it would be known.
        let again = try await server.importFile(file, "\(query)&dryRun=true", type: type)
        let repeated = try await server.importFile(file, query, type: type)
        #expect(again.importCounts == repeated.importCounts)
    }

    @Test func `movements: every verdict is that of the real run`() async throws {
        try await shop { server async throws in
            let file = """
                eventId,type,sku,code,location,locationCode,quantity,occurredAt
                1,sale,A,,L,,1,
                2,sale,nope,,L,,1,
                3,sale,,4006381333931,L,,1,
                4,sale,,4006381333932,L,,1,
                5,sale,,12345670,L,,1,
                6,sale,A,,nowhere,,1,
                7,sale,A,,,0815,1,
                8,sale,A,,L,,0,
                9,sale,B,,L,,3,
                1,sale,A,,L,,1,
                1,sale,A,,L,,2,
                10,sale,A,,M,,1,2026-01-15T10:00:00Z
                11,sale,nope,,L,,1,
                11,sale,nope,,L,,1,

                """
            try await expectSame(
                file, "kind=movements&source=erp", server,
                [
                    "applied": 2, "parked": 7, "rejected": 2, "appliedUncovered": 1, "duplicate": 1,
                    "recordedBeforeCount": 1,
                ])
        }
    }

    @Test func `lines of a source that nobody knows, as JSON, and ids that the ledger has`() async throws {
        try await shop { server async throws in
            let lines = """
                {"eventId":"1","type":"receipt","sku":"A","location":"L","quantity":2,"source":"new"}
                {"eventId":"1","type":"receipt","sku":"A","location":"L","quantity":2,"source":"newer"}
                {"eventId":"1","type":"receipt","sku":"A","location":"L","quantity":2,"source":"new"}
                {"eventId":"2","type":"receipt","code":"1","location":"L","quantity":2,"source":"newer"}
                {"eventId":"known","type":"sale","sku":"A","location":"L","quantity":1,"source":"till"}
                {"eventId":"o","type":"opening","sku":"B","location":"M","quantity":9,"source":"till"}
                """
            try await expectSame(
                lines, "kind=movements", server, type: "application/x-ndjson",
                ["applied": 3, "duplicate": 2, "rejected": 1])
        }
    }

    @Test(arguments: ["counts", "snapshots"])
    func `counts: what is not known, what a later count has seen, and rows that add up`(kind: String) async throws {
        try await shop { server async throws in
            let file = """
                sku,location,quantity,asOf
                A,L,4,2026-01-16T20:00:00Z
                A,L,2,2026-01-16T20:00:00Z
                nope,L,4,2026-01-16T20:00:00Z
                A,nowhere,4,2026-01-16T20:00:00Z
                B,L,x,2026-01-16T20:00:00Z
                B,L,3,2026-01-16T20:00:00Z
                A,M,9,2026-01-14T20:00:00Z

                """
            let before = try await rows(server.shop)
            let dry = try await server.importFile(file, "kind=\(kind)&source=wms&dryRun=true")
            #expect(try await rows(server.shop) == before)
            let real = try await server.importFile(file, "kind=\(kind)&source=wms")
            #expect(dry.importCounts == real.importCounts)
            #expect(real.importCounts["parked"] == 2 && real.importCounts["rejected"] == 2, "\(real.importCounts)")
            // Imported before, it is known, whether one only looks or not.
            let looked = try await server.importFile(file, "kind=\(kind)&source=wms&dryRun=true")
            let repeated = try await server.importFile(file, "kind=\(kind)&source=wms")
            #expect(looked.importCounts == repeated.importCounts)
            #expect(looked.importCounts["duplicate"] == 3, "\(looked.importCounts)")
        }
    }

    /// Batches have 2,000 records.
    @Test func `an event id is taken by any line before, however far`() async throws {
        try await shop { server async throws in
            var file = "eventId,type,sku,location,quantity\n"
            for number in 0..<2_500 { file += "n\(number),receipt,\(number % 2 == 0 ? "A" : "nope"),L,1\n" }
            file += "n0,receipt,A,L,1\nn0,receipt,A,L,2\nn1,receipt,nope,L,1\n"
            let wanted: [String: Int64] = ["applied": 1_250, "parked": 1_251, "duplicate": 1, "rejected": 1]
            try await expectSame(file, "kind=movements&source=erp", server, wanted)
        }
    }
}

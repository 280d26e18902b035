import Foundation
import Hummingbird
import InventoryHTTP
import StrictJSON
import TestSupport
import Testing

/// Files of figures: how their rows, and files of one instant, come together.
@Suite struct SnapshotFileTests {
    private static let at = "2026-01-10T20:00:00Z"

    private func shop(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B", "C"] { try await server.shop.addItem(sku) }
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            try await body(server)
        }
    }

    @Test func `rows of one item, location and instant add up, wherever they stand in the file`() async throws {
        try await shop { server async throws in
            try await server.shop.addAlias("gtin", "4006381333931", "A", units: 6)
            // More rows between them than are applied together.
            let between = (0..<2_500).map { "x\($0),C,M,0,2026-01-09T\(String(format: "%02d", $0 % 24)):00:00Z\n" }
            let file =
                "bin,sku,location,quantity,asOf\nr1,A,L,30,\(Self.at)\nr1,B,L,5,\(Self.at)\nr1,A,M,1,\(Self.at)\n"
                + between.joined() + "r2,A,L,12,\(Self.at)\nr3,A,L,0,\(Self.at)\nr1,A,L,7,2026-01-10T19:00:00Z\n"
            let done = try await server.importFile(file, "kind=snapshots&source=wms")
            let counts = done.importCounts
            #expect(Set(counts.keys) == ["applied", "recordedBeforeCount"] && counts.values.reduce(0, +) == 2_506)
            #expect(try await server.shop.onHand("A", "L") == 42)
            #expect(try await server.shop.onHand("B", "L") == 5)
            #expect(try await server.shop.onHand("A", "M") == 1)
            // A code of the same item is the same item.
            let codes = "code,location,quantity,asOf\n4006381333931,L,2,\(Self.at)\n4006381333931,L,1,\(Self.at)\n"
            _ = try await server.importFile(codes, "kind=snapshots&source=wms&codeSystem=gtin")
            #expect(try await server.shop.onHand("A", "L") == 18)
        }
    }

    @Test func `rows without an instant are of the file's arrival, and add up too`() async throws {
        try await shop { server async throws in
            let file = "sku,location,quantity\nA,L,30\nA,L,12\n"
            #expect(try await server.importFile(file, "kind=snapshots&source=wms").importCounts == ["applied": 2])
            #expect(try await server.shop.onHand("A", "L") == 42)
            #expect(try await server.importFile(file, "kind=snapshots&source=wms").importCounts == ["duplicate": 2])
        }
    }

    @Test func `a mended file wins, the first sent again does not, and each row that overrules is named`() async throws
    {
        try await shop { server async throws in
            let first = "sku,location,quantity,asOf\nA,L,30,\(Self.at)\nA,L,12,\(Self.at)\nB,L,5,\(Self.at)\n"
            let mended = first.replacing("A,L,30", with: "A,L,20")
            _ = try await server.importFile(first, "kind=snapshots&source=wms")
            let second = try await server.importFile(mended, "kind=snapshots&source=wms")
            #expect(second.importCounts == ["applied": 3])
            #expect(try await server.shop.onHand("A", "L") == 32)
            let report = try await server.report(second["id"]?.string)
            #expect(report.map { $0["line"]?.integer } == [2, 3, 4])
            #expect(report.allSatisfy { $0["code"]?.string == "note" && $0["verdict"]?.string == "applied" })
            #expect(report.allSatisfy { $0["detail"]?.string?.hasPrefix("overrules the count 'snapshots/") == true })
            for (file, count) in [(first, 3), (mended, 3)] as [(String, Int64)] {
                let again = try await server.importFile(file, "kind=snapshots&source=wms")
                #expect(again.importCounts == ["duplicate": count])
            }
            #expect(try await server.shop.onHand("A", "L") == 32)
        }
    }

    @Test func `the first file read in another way comes after itself, and still before the mended one`() async throws {
        try await shop { server async throws in
            let mapping = { (column: String) in
                "kind: snapshots\nfields: { sku: \"{sku}\", location: L, quantity: \"{\(column)}\", asOf: \"\(Self.at)\" }"
            }
            _ = try await server.putMapping("wrong", mapping("ordered"))
            _ = try await server.putMapping("right", mapping("stock"))
            let file = "sku,ordered,stock\nA,99,5\n"
            for (id, units) in [("wrong", 99), ("right", 5), ("wrong", 5)] as [(String, Int64)] {
                _ = try await server.importFile(file, "kind=snapshots&source=wms&mapping=\(id)")
                #expect(try await server.shop.onHand("A", "L") == units)
            }
            _ = try await server.importFile("sku,ordered,stock\nA,99,6\n", "kind=snapshots&source=wms&mapping=right")
            #expect(try await server.shop.onHand("A", "L") == 6)
            _ = try await server.putMapping("right", mapping("stock") + "\ndefaults: { quantity: 0 }")
            let overruled = try await server.importFile(file, "kind=snapshots&source=wms&mapping=right")
            #expect(overruled.importCounts == ["recordedBeforeCount": 1])
            #expect(try await server.shop.onHand("A", "L") == 6)
        }
    }

    @Test func `a file with a column for each store is imported once for each mapping`() async throws {
        try await shop { server async throws in
            let file = "SKU,\"L, Main\",M\nA,6,40\nB,not stocked,1\nC,0,not stocked\n"
            for (column, location) in [("L, Main", "L"), ("M", "M")] {
                let yaml = """
                    kind: snapshots
                    fields: { sku: "{SKU}", location: \(location), quantity: "{\(column)}", asOf: "\(Self.at)" }
                    skip: [{ column: "\(column)", equals: not stocked, because: not stocked there }]
                    """
                #expect(try await server.putMapping("store-\(location)", yaml).status == 201)
                let query = "kind=snapshots&source=shop&mapping=store-\(location)"
                #expect(try await server.importFile(file, query).importCounts == ["applied": 2, "skipped": 1])
                #expect(try await server.importFile(file, query).importCounts == ["duplicate": 2, "skipped": 1])
            }
            #expect(try await server.shop.onHand("A", "L") == 6)
            #expect(try await server.shop.onHand("A", "M") == 40)
            #expect(try await server.shop.onHand("B", "M") == 1)
        }
    }

    @Test func `the report speaks of the file's columns and values`() async throws {
        try await shop { server async throws in
            let yaml = """
                kind: snapshots
                delimiter: ";"
                time: { format: "dd.MM.yyyy", zone: Europe/Berlin }
                fields: { sku: "{Artikel}", location: "{Filiale}", quantity: "{Menge}", asOf: "{Stand}" }
                """
            _ = try await server.putMapping("night", yaml)
            let long = String(repeating: "9", count: 80)
            let file = """
                Artikel;Filiale;Menge;Stand
                A;L;1.234;10.01.2026
                A;L;5;31.02.2026
                Z;L;5;10.01.2026
                A;Köln;5;10.01.2026
                A;L;-5;10.01.2026
                A;L;\(long);10.01.2026
                ;L;5;10.01.2026
                """
            let done = try await server.importFile(file, "kind=snapshots&source=erp&mapping=night")
            #expect(done.importCounts == ["rejected": 5, "parked": 2])
            let details = try await server.report(done["id"]?.string).map { $0["detail"]?.string ?? "" }
            let words: [[String]] = [
                ["column 'Menge' (quantity), value '1.234': can be read in two ways", "in the mapping"],
                ["column 'Stand' (asOf), value '31.02.2026': is no time", "dd.MM.yyyy"],
                ["column 'Artikel' (sku), value 'Z': no item"],
                ["column 'Filiale' (location), value 'Köln': no location"],
                ["column 'Menge' (quantity), value '-5': must be a whole number from 0"],
                ["value '\(long.prefix(50))' and more: "], ["column 'Artikel' (sku), value '': is required"],
            ]
            try #require(details.count == words.count)
            for (detail, words) in zip(details, words) {
                for word in words { #expect(detail.contains(word), "\(detail)") }
            }
            #expect(try await server.shop.onHand("A", "L") == 0)
            // Nothing of what cannot be read is lost.
            let kept = try await server.get("/v1/exceptions?type=rejectedLine").json?["exceptions"]?.elements
            #expect(kept?.count == 5)
        }
    }

    @Test func `a code that a spreadsheet has rounded becomes no alias`() async throws {
        try await shop { server async throws in
            let file = "code,sku\n4.00638E+12,A\n4.00638E+12,B\n4006381333931,C\n"
            let done = try await server.importFile(file, "kind=aliases&codeSystem=gtin")
            #expect(done.importCounts == ["rejected": 2, "stored": 1])
            let put = try await server.put(
                "/v1/aliases", "{\"codeSystem\":\"gtin\",\"code\":\"4.00638E+12\",\"sku\":\"A\"}")
            #expect(put.status == 400 && put.body.contains("/code"))
            // Another system's codes are its own affair.
            let other = try await server.put(
                "/v1/aliases", "{\"codeSystem\":\"erp\",\"code\":\"4.00638E+12\",\"sku\":\"A\"}")
            #expect(other.status == 201)
        }
    }
}

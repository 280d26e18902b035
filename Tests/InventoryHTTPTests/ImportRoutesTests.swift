import Foundation
import Hummingbird
import InventoryHTTP
import InventoryService
import StrictJSON
import TestSupport
import Testing

@Suite struct ImportRoutesTests {
    @Test func `master data comes in by CSV and JSON lines, and again changes nothing`() async throws {
        try await TestServer.run { server async throws in
            let items = "sku,name,unit\nA,Apple,each\nB,\"Beans, dried\",gram\n,nameless,each\nA,Apple,each\nC,,each\n"
            let first = try await server.importFile(items, "kind=items&name=items.csv")
            #expect(first["state"]?.string == "done" && first["name"]?.string == "items.csv")
            #expect(first["recordsTotal"]?.integer == 5 && first["recordsDone"]?.integer == 5)
            #expect(first.importCounts == ["stored": 2, "rejected": 2, "skipped": 1])
            #expect(first["skippedBecause"]?[0]?["reason"]?.string == "named by an earlier record of the file")
            let lines = try await server.report(first["id"]?.string)
            #expect(lines.map { $0["line"]?.integer } == [4, 6])
            #expect(lines[0]["raw"]?.string == ",nameless,each" && lines[0]["code"]?.string == "malformedRecord")
            #expect(lines[0]["detail"]?.string == "column 'sku', value '': is required")
            #expect(try await server.importFile(items, "kind=items").importCounts["unchanged"] == 2)
            #expect(try await server.get("/v1/items/A").json?["version"]?.integer == 1)

            let places = """
                {"id":"L","name":"Store","coordinates":{"latitude":52.5,"longitude":13.4},"priority":3}
                {"id":"M","name":"Other","colour":"red"}
                """
            let located = try await server.importFile(places, "kind=locations", type: "application/x-ndjson")
            #expect(located.importCounts == ["stored": 1, "rejected": 1])
            #expect(
                try await server.report(located["id"]?.string)[0]["detail"]?.string == "/colour is not a known field")
            #expect(try await server.get("/v1/locations/L").json?["coordinates"]?["latitude"]?.number == 52.5)
            // One that is there keeps what people have set since.
            let renamed = places.replacing("Store", with: "Renamed")
            let again = try await server.importFile(renamed, "kind=locations", type: "application/x-ndjson")
            #expect(again.importCounts == ["unchanged": 1, "rejected": 1])
            #expect(try await server.get("/v1/locations/L").json?["name"]?.string == "Store")

            let codes = "code,sku,unitsPerCode\n96385074,A,12\n4006381333931,Z,1\n"
            let mapped = try await server.importFile(codes, "kind=aliases&codeSystem=gtin")
            #expect(mapped.importCounts == ["stored": 1, "rejected": 1])
            #expect(try await server.report(mapped["id"]?.string)[0]["code"]?.string == "unknownSku")
            #expect(try await server.importFile(codes, "kind=aliases&codeSystem=gtin").importCounts["unchanged"] == 1)
            let alias = try await server.get("/v1/aliases?codeSystem=gtin&code=96385074")
            #expect(alias.json?["aliases"]?[0]?["unitsPerCode"]?.integer == 12)
            #expect(alias.json?["aliases"]?[0]?["version"]?.integer == 1)
        }
    }

    @Test func `snapshots are counts as of their time, named by the file and the record`() async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            try await server.shop.addLocation("L")
            let file = """
                sku,location,quantity,asOf
                A,L,12,2026-01-10T20:00:00Z
                B,L,0,2026-01-10T20:00:00Z
                A,L,-1,2026-01-10T21:00:00Z
                Z,L,4,2026-01-10T20:00:00Z
                """
            let first = try await server.importFile(file, "kind=snapshots&source=wms")
            #expect(first.importCounts == ["applied": 2, "rejected": 1, "parked": 1])
            _ = try await server.facts(
                "{\"eventId\":\"s\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":2,\"occurredAt\":\"2026-01-10T21:30:00Z\"}"
            )
            #expect(try await server.shop.onHand("A", "L") == 10)
            let again = try await server.importFile(file, "kind=snapshots&source=wms")
            #expect(again.importCounts == ["duplicate": 2, "rejected": 1, "parked": 1])
            #expect(try await server.shop.onHand("A", "L") == 10)
            let ledger = try await server.get("/v1/movements?sku=A&source=wms")
            #expect(ledger.json?["movements"]?[0]?["eventId"]?.string?.hasPrefix("snapshots/") == true)
            // Without a source, nothing can be meant.
            let without = try await server.importFile(file, "kind=snapshots")
            #expect(without["state"]?.string == "failed" && without["problem"]?["code"]?.string == "badMapping")
        }
    }

    @Test func `a JSON line costs itself at most, and history says nothing of who is alive`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            func line(_ id: String, _ more: String) -> String {
                "{\"eventId\":\"\(id)\",\"type\":\"receipt\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"x\":\(more)}\n"
            }
            // As deep as a text may be, and one line deeper than that in an array.
            let deep = String(repeating: "[", count: 31) + String(repeating: "]", count: 31)
            // Three of these have more values than one text may have.
            let wide = "[\(String(repeating: "0,", count: 400_000))0]"
            let file =
                line("1", "1") + line("2", deep) + line("3", "2") + line("4", wide) + line("5", wide) + line("6", wide)
            // Packed, so that all of them are read together.
            let job = try await server.importFile(
                try gzipped(Array(file.utf8)), "kind=movements&source=till", type: "application/gzip")
            #expect(job["state"]?.string == "done")
            #expect(job.importCounts == ["applied": 2, "rejected": 4])
            let lines = try await server.report(job["id"]?.string)
            #expect(lines.map { $0["line"]?.integer } == [2, 4, 5, 6])
            // The wide ones are sound, and longer than a line may be.
            let codes = lines.map { $0["code"]?.string }
            #expect(codes == ["malformedRecord", "malformedLine", "malformedLine", "malformedLine"])
            #expect(try await server.shop.onHand("A", "L") == 2)
            let place = try await server.get("/v1/locations/L").json
            #expect(place?["lastHeardAt"] != nil && place?["lastHeardAt"]?.string == nil, "history was taken for life")
        }
    }

    @Test func `of a file with something wrong with the whole, nothing is applied`() async throws {
        try await TestServer.run { server async throws in
            let rows = (0..<3_000).map { "S\($0),item \($0)\n" }.joined()
            let whole = Array("sku,name\n\(rows)".utf8)
            let packed = try gzipped(whole)
            var damaged = packed
            damaged[packed.count / 2] ^= 0xFF
            for (bytes, code, line) in [
                (Array(packed.dropLast(100)), "truncatedGzip", nil), (damaged, "damagedGzip", nil),
                (whole + Array("\"open,x\n".utf8), "unclosedQuote", 3_002),
                (Array("sku;name\n\(rows)".utf8), "missingColumn", nil), ([0xFF, 0xFE, 0x73, 0], "notText", nil),
            ] as [([UInt8], String, Int64?)] {
                let job = try await server.importFile(bytes, "kind=items", type: "application/octet-stream")
                #expect(job["state"]?.string == "failed")
                #expect(job["problem"]?["code"]?.string == code && job["problem"]?["line"]?.integer == line, "\(code)")
                #expect(job["problem"]?["detail"]?.string?.contains("/tmp") == false)
            }
            #expect(try await server.shop.count("item") == 0)
            #expect(try await server.shop.count("import_chunk") == 0)
            let job = try await server.importFile(packed, "kind=items", type: "application/gzip")
            #expect(job.importCounts == ["stored": 3_000])
        }
    }

    @Test func `what cannot be meant is refused before anything is received`() async throws {
        try await TestServer.run { server async throws in
            let file = Array("sku,name\nA,x\n".utf8)
            #expect(try await server.sendFile(file, "").parameters == ["kind"])
            #expect(try await server.sendFile(file, "kind=stock").parameters == ["kind"])
            #expect(try await server.sendFile(file, "kind=items&colour=red").parameters == ["colour"])
            #expect(try await server.sendFile(file, "kind=items&mapping=none").code == "unknownReference")
            #expect(try await server.sendFile(file, "kind=items", type: "application/json").status == 415)
            #expect(try await server.sendFile([], "kind=items").code == "invalidRequest")
            #expect(try await server.sendFile(file, "kind=movements&source=holdfast").parameters == ["source"])
            _ = try await server.putMapping("m", "kind: items\nfields: {sku: \"{a}\", name: \"{a}\"}")
            #expect(try await server.sendFile(file, "kind=locations&mapping=m").parameters == ["mapping"])
            #expect(try await server.shop.count("import") == 0)
            #expect(try await server.get("/v1/imports/0123").status == 404)
        }
        var limits = HTTPLimits()
        limits.importBytesMax = 2_000_000
        try await TestServer.run(limits: limits) { server async throws in
            let large = [UInt8](repeating: 0x61, count: 3_000_000)
            #expect(try await server.sendFile(large, "kind=items").status == 413)
            #expect(try await server.shop.count("import") == 0)
            #expect(try await server.shop.count("import_chunk") == 0)
        }
    }

    @Test func `the same key and file is one import, and another file with it is refused`() async throws {
        try await TestServer.run { server async throws in
            let file = Array("sku,name\nA,x\n".utf8)
            let first = try await server.sendFile(file, "kind=items", headers: keyed("k"))
            let again = try await server.sendFile(file, "kind=items", headers: keyed("k"))
            #expect(again.status == 202 && again.json?["id"]?.string == first.json?["id"]?.string)
            let other = try await server.sendFile(file + file, "kind=items", headers: keyed("k"))
            #expect(other.status == 422 && other.code == "idempotencyKeyReused")
            let elsewhere = try await server.sendFile(file, "kind=items&name=x", headers: keyed("k"))
            #expect(elsewhere.code == "idempotencyKeyReused")
            #expect(try await server.shop.count("import") == 1)
            _ = try await server.sendFile(file, "kind=items", headers: keyed("l"))
            let page = try await server.get("/v1/imports?limit=1&includeTotal=true")
            #expect(page.json?["total"]?.integer == 2)
            let next = try await server.get("/v1/imports?limit=1&cursor=\(page.json?["nextCursor"]?.string ?? "")")
            #expect(next.json?["imports"]?[0]?["id"]?.string == first.json?["id"]?.string)
        }
    }

    @Test func `mappings are kept, checked and replaced`() async throws {
        try await TestServer.run { server async throws in
            let yaml =
                "kind: items\nfields: { sku: \"{code|upper}\", name: \"{title}\" }\ndelimiter: \";\"\nencoding: iso-8859-1\n"
            #expect(try await server.putMapping("m", yaml).status == 201)
            #expect(try await server.putMapping("m", yaml).json?["version"]?.integer == 1)
            let changed = try await server.putMapping(
                "m", yaml + "skip: [{ column: code, equals: x, because: none }]\n")
            #expect(changed.status == 200 && changed.json?["version"]?.integer == 2)
            for bad in [
                "kind: stock", "a: [",
                "kind: items\nfields: {sku: a, name: b}\nskip: [{column: a, listedIn: {file: /etc/passwd, column: a}, because: c}]",
            ] {
                let answer = try await server.putMapping("bad", bad)
                #expect(answer.status == 400 && answer.code == "invalidRequest", "\(bad)")
            }
            let list = try await server.get("/v1/import-mappings")
            #expect(list.json?["importMappings"]?.elements?.count == 1)
            #expect(list.json?["importMappings"]?[0]?["text"]?.string?.hasPrefix("kind: items") == true)
            let job = try await server.importFile(
                Array("code;title\na1;Caf".utf8) + [0xE9] + Array("\nx;y\n".utf8), "kind=items&mapping=m")
            #expect(job.importCounts == ["stored": 1, "skipped": 1] && job["mapping"]?.string == "m")
            #expect(try await server.get("/v1/items/A1").json?["name"]?.string == "Café")
            #expect(try await server.send(.delete, "/v1/import-mappings/m").status == 204)
            #expect(try await server.get("/v1/import-mappings/m").status == 404)
            let wrong = try await server.send(.put, "/v1/import-mappings/m", yaml)
            #expect(wrong.status == 415)
        }
    }

    @Test func `the report comes in pages, by verdict, and as CSV`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addLocation("L")
            let lines = (1...5).map { "e\($0),sale,Z,L,\($0 == 3 ? "none" : "1")\n" }.joined()
            let job = try await server.importFile(
                "eventId,type,sku,location,quantity\n\(lines)short\n", "kind=movements&source=till")
            #expect(job.importCounts == ["parked": 4, "rejected": 2] && job["reportedLines"]?.integer == 6)
            let id = job["id"]?.string
            #expect(try await server.report(id, "verdict=rejected").map { $0["line"]?.integer } == [4, 7])
            let page = try await server.get("/v1/imports/\(id ?? "")/report?limit=4")
            #expect(page.json?["lines"]?.elements?.map { $0["eventId"]?.string } == ["e1", "e2", "e3", "e4"])
            let rest = try await server.report(id, "limit=4&cursor=\(page.json?["nextCursor"]?.string ?? "")")
            #expect(rest.map { $0["code"]?.string } == ["unknownSku", "fieldCount"])
            let csv = try await server.get("/v1/imports/\(id ?? "")/report", headers: [.accept: "text/csv"])
            #expect(csv.headers[.contentType]?.hasPrefix("text/csv") == true)
            #expect(csv.body.split(separator: "\r\n").count == 7)
            #expect(csv.body.contains("\"e1,sale,Z,L,1\""))
        }
    }
}

/// A gzip file with the content.
func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
    let path = "/tmp/holdfast-gzip-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-c", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(data)
}

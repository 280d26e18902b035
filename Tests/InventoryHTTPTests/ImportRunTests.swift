import Foundation
import Hummingbird
import Inventory
import InventoryHTTP
import InventoryImport
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Whole imports: the walk with invoices, and what happens to one that is cut off.
@Suite struct ImportRunTests {
    /// In the manner of the Online Retail data, which is not the project's to carry.
    private static let invoices = """
        InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
        536365,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
        536365,85123a,WHITE HANGING HEART,2,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
        536365,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
        536370,POST,POSTAGE,3,2010-12-01 08:45:00,18.0,12583.0,France
        536371,22086,,80,2010-12-01 09:00:00,2.55,13748.0,United Kingdom
        C536379,D,Discount,-1,2010-12-01 09:41:00,27.5,14527.0,United Kingdom
        C536391,22086,,-24,2010-12-01 10:24:00,0.29,17548.0,United Kingdom
        536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom
        536415,22139,"RETROSPOT ""TEA"" SET, 3",0,2010-12-01 11:53:00,0.0,,United Kingdom
        536589,21777,damaged,-10,2010-12-01 16:50:00,0.0,,United Kingdom
        536590,POST,POSTAGE,1,2011-05-01 08:45:00,18.0,12583.0,France
        536591,POST,POSTAGE,1,2011-05-01 08:46:00,18.0,12583.0,France
        536592,M,Manual,1,2011-05-01 08:46:00,18.0,12583.0,France

        """

    @Test func `invoices become sales, returns and write-offs, once, and odd codes one exception each`() async throws {
        try await TestServer.run { server async throws in
            for name in ["location", "items", "aliases", "movements"] {
                #expect(try await server.putMapping(name, try projectMapping("online-retail-\(name)")).status == 201)
            }
            let packed = try gzipped(Array(Self.invoices.utf8))
            for (name, kind) in [("location", "locations"), ("items", "items"), ("aliases", "aliases")] {
                let job = try await server.importFile(packed, "kind=\(kind)&mapping=\(name)", type: "application/gzip")
                #expect(job["state"]?.string == "done" && job.importCounts["rejected"] == nil)
            }
            #expect(try await server.get("/v1/items/22086").json?["name"]?.string == "22086")
            let first = try await server.importFile(
                packed, "kind=movements&mapping=movements", type: "application/gzip")
            #expect(first.importCounts == ["applied": 7, "parked": 5, "skipped": 1])
            // Computed apart from the service: cancellations and write-offs both have negative quantities.
            var units: [String: Int64] = [:]
            for line in Self.invoices.split(separator: "\n").dropFirst()
            where line.contains("85123") || line.contains(",2") {
                let fields = line.replacing("\"RETROSPOT \"\"TEA\"\" SET, 3\"", with: "x").split(
                    separator: ",", omittingEmptySubsequences: false)
                let sku = fields[1].uppercased()
                guard sku.first?.isNumber == true, let quantity = Int64(fields[3]) else { continue }
                units[sku, default: 0] += fields[0].first != "C" && quantity < 0 ? quantity : -quantity
            }
            #expect(units == ["85123A": -14, "22086": -56, "22139": -56, "21777": -10])
            for (sku, expected) in units { #expect(try await server.shop.onHand(sku, "online-retail") == expected) }
            let ledger = try await server.get("/v1/movements?sku=22086")
            #expect(ledger.json?["movements"]?.elements?.map { $0["type"]?.string } == ["sale", "return"])
            #expect(ledger.json?["movements"]?[1]?["eventId"]?.string == "7")
            #expect(ledger.json?["movements"]?[1]?["reference"]?.string == "C536391")
            let lost = try await server.get("/v1/movements?sku=21777")
            #expect(lost.json?["movements"]?[0]?["counterAccount"]?.string == "writeOff")
            // In winter London has the time of Greenwich.
            #expect(lost.json?["movements"]?[0]?["occurredAt"]?.string == "2010-12-01T16:50:00Z")
            let exceptions = try await server.get("/v1/exceptions?type=unknownCode")
            #expect(exceptions.json?["exceptions"]?.elements?.count == 3, "POST, D and M")

            let again = try await server.importFile(
                packed, "kind=movements&mapping=movements", type: "application/gzip")
            #expect(again.importCounts == ["duplicate": 7, "parked": 5, "skipped": 1])
            for (sku, expected) in units { #expect(try await server.shop.onHand(sku, "online-retail") == expected) }
            #expect(
                try await server.get("/v1/exceptions?type=unknownCode").json?["exceptions"]?.elements?.count == 3)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `an import that is cut off goes on, by whoever is next, with every line's effect once`() async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            try await server.shop.addLocation("L")
            let count = 9_000
            let lines = (1...count).map {
                "e\($0),receipt,\($0.isMultiple(of: 1_000) ? "Z" : $0.isMultiple(of: 2) ? "A" : "B"),L,1\n"
            }
            let created = try await server.sendFile(
                Array("eventId,type,sku,location,quantity\n\(lines.joined())".utf8), "kind=movements&source=till")
            let id = try #require(created.json?["id"]?.string)
            let store = PostgresImportStore(pools: server.shop.pools)
            for stop in 1...2 {
                let job = try #require(try await store.claimNext(by: "victim-\(stop)"))
                #expect(job.id.text == id)
                try await runUntilLost(job, lines.joined(), server, by: "victim-\(stop)")
                let done = try #require(try await store.importJob(job.id)).progress.recordsDone
                #expect(done == Int64(stop) * 2_000)
            }
            while try await server.imports.runNext() {}
            let job = try #require(try await server.get("/v1/imports/\(id)").json)
            #expect(job["state"]?.string == "done" && job["recordsDone"]?.integer == Int64(count))
            #expect(job.importCounts["parked"] == 9)
            // Each of the two left a batch behind whose position was not written, or a part of it: it was sent again.
            let repeated = job.importCounts["duplicate", default: 0]
            #expect(repeated <= 2 * 1_998)
            #expect(job.importCounts["applied", default: 0] == Int64(count - 9) - repeated)
            #expect(try await server.report(id).count == 9)
            #expect(try await server.shop.onHand("B", "L") == 4_500)
            #expect(try await server.shop.onHand("A", "L") == 4_491)
            #expect(try await server.shop.count("import_chunk") == 0)
            #expect(try await server.shop.prove().isProved)
        }
    }

    /// Runs an import until somebody else has it: after its first batch, and with the second one applied.
    private func runUntilLost(
        _ job: StoredImport, _ lines: String, _ server: TestServer, by worker: String
    ) async throws {
        let path = "/tmp/holdfast-import-test-\(UUID().uuidString)"
        try Data("eventId,type,sku,location,quantity\n\(lines)".utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = ImportFile(
            path: path, mappingFolder: nil, order: job.order, digest: try #require(job.digest))
        let end = await server.imports.runner.run(job, file, by: worker) { progress in
            guard progress.progress.recordsDone > job.progress.recordsDone else { return }
            // As if its lease had run out while it was away.
            try? await server.shop.runSQL("update import set worker = null, state = 'waiting', lease_until = null")
        }
        #expect(end == .lost)
    }

    /// However slow the machine is, no lease that somebody has now runs out by itself.
    private func keepLeases(_ server: TestServer) async throws {
        try await server.shop.runSQL(
            "update import set lease_until = lease_until + interval '1 hour' where state = 'running'")
    }

    @Test func `two processes do not take one import`() async throws {
        try await TestServer.run { server async throws in
            for name in ["a", "b"] { _ = try await server.sendFile(Array("sku,name\n\(name),x\n".utf8), "kind=items") }
            let store = PostgresImportStore(pools: server.shop.pools)
            let first = try #require(try await store.claimNext(by: "one"))
            try await keepLeases(server)
            let second = try #require(try await store.claimNext(by: "two"))
            try await keepLeases(server)
            #expect(first.id != second.id)
            #expect(try await store.claimNext(by: "three") == nil)
            #expect(try await store.renew(first.id, by: "two") == false)
            // A lease that ran out is anybody's.
            try await server.shop.runSQL("update import set lease_until = clock_timestamp() - interval '1 second'")
            #expect(try await store.claimNext(by: "three")?.id == first.id)
            #expect(try await store.advance(first.id, to: ImportProgress(), [], without: nil, by: "one") == false)
        }
    }

    @Test func `a body that was received is nobody's to discard, and saying so again changes nothing`() async throws {
        try await TestServer.run { server async throws in
            let store = server.imports.store
            let created = try await server.sendFile(Array("sku,name\nA,x\n".utf8), "kind=items")
            let id = ImportID(stored: try #require(created.json?["id"]?.string))
            let digest = try #require(try await store.importJob(id)?.digest)
            // As after an answer that was lost: the caller takes back what it believes unfinished.
            try await store.discard(id)
            #expect(try await server.shop.count("import_chunk") == 1)
            guard case .accepted(let again) = try await store.received(id, digest: digest, key: nil) else {
                Issue.record("received once, and refused the second time")
                return
            }
            #expect(again.state == .waiting)
            #expect(try await server.imports.runNext())
            #expect(try await server.get("/v1/items/A").status == 200)
        }
    }

    @Test func `a body that is not kept as it was received is a problem and not a short import`() async throws {
        try await TestServer.run { server async throws in
            let rows = (0..<200_000).map { "S\($0),x\n" }.joined()
            let created = try await server.sendFile(Array("sku,name\n\(rows)".utf8), "kind=items")
            let id = try #require(created.json?["id"]?.string)
            try await server.shop.runSQL("delete from import_chunk where seq = 1")
            #expect(try await server.imports.runNext())
            let job = try await server.get("/v1/imports/\(id)").json
            #expect(job?["state"]?.string == "failed" && job?["problem"]?["code"]?.string == "damagedBody")
            #expect(try await server.shop.count("item") == 0)
            #expect(try await server.shop.count("import_chunk") == 0)
        }
    }

    @Test func `an import that cannot be run now waits while others run`() async throws {
        try await TestServer.run { server async throws in
            for name in ["a", "b"] { _ = try await server.sendFile(Array("sku,name\n\(name),x\n".utf8), "kind=items") }
            let store = server.imports.store
            let first = try #require(try await store.claimNext(by: "one"))
            try await store.release(first.id, afterSeconds: 3_600, by: "one")
            let second = try #require(try await store.claimNext(by: "one"))
            try await keepLeases(server)
            #expect(second.id != first.id)
            #expect(try await store.claimNext(by: "two") == nil)
            try await store.release(second.id, afterSeconds: 0, by: "one")
            #expect(try await store.claimNext(by: "two")?.id == second.id)
        }
    }

    @Test func `what cannot be printed is kept as something that can`() async throws {
        let problem = ImportProblem(code: "missingColumn", detail: "a\0b" + String(repeating: "x", count: 9_000))
        #expect(problem.detail.hasPrefix("a\u{FFFD}b") && problem.detail.count == 4_096)
        try await TestServer.run { server async throws in
            // Behind the bytes by which a binary file is told.
            let file = "sku,\(String(repeating: "x", count: 80)),name\u{0}\u{1B}\nA,x,y\n"
            let job = try await server.importFile(file, "kind=items")
            #expect(job["state"]?.string == "failed" && job["problem"]?["code"]?.string == "missingColumn")
            let yaml =
                "kind: items\nfields: {sku: \"{sku}\", name: \"{name}\"}\nskip: [{column: sku, equals: A, because: \"n\\0ul\"}]"
            #expect(try await server.putMapping("m", yaml).status == 201)
            let skipped = try await server.importFile("sku,name\nA,x\n", "kind=items&mapping=m")
            #expect(skipped["state"]?.string == "done")
            #expect(skipped["skippedBecause"]?[0]?["reason"]?.string == "n\u{FFFD}ul")
        }
    }

    @Test func `bodies that never came to an end are deleted`() async throws {
        try await TestServer.run { server async throws in
            var reception = try await server.imports.receive(ImportOrder(kind: .items))
            try await reception.write([UInt8](repeating: 0x61, count: 2_500_000))
            let store = server.imports.store
            #expect(try await server.shop.count("import_chunk") == 2)
            #expect(try await store.deleteStale(afterSeconds: 3_600) == 0)
            try await server.shop.runSQL("update import set touched_at = touched_at - interval '2 hours'")
            #expect(try await store.deleteStale(afterSeconds: 3_600) == 1)
            #expect(try await server.shop.count("import_chunk") == 0)
        }
    }

    @Test func `a file of this machine starts over when it is imported again after its end`() async throws {
        try await TestServer.run { server async throws in
            let path = "/tmp/holdfast-import-test-\(UUID().uuidString)"
            try Data("sku,name\nA,x\nB,y\nB\n".utf8).write(to: URL(filePath: path))
            defer { try? FileManager.default.removeItem(atPath: path) }
            let (digest, bytes) = try ImportService.digest(of: path)
            let file = ImportFile(path: path, mappingFolder: nil, order: ImportOrder(kind: .items), digest: digest)
            var ids: Set<String> = []
            for stored in [2, 0] as [Int64] {
                let ended = try await server.imports.runLocal(file, bytes: bytes, onWaiting: {}, onProgress: { _ in })
                #expect(ended?.end == .done)
                let id = try #require(ended?.id)
                ids.insert(id.text)
                let job = try #require(try await server.imports.store.importJob(id))
                #expect(job.progress.counts[.stored] == stored && job.progress.counts[.unchanged] == 2 - stored)
                #expect(job.progress.reported == 1)
                #expect(try await server.report(id.text).count == 1)
            }
            #expect(ids.count == 1)
            // Where somebody is at work on it, nobody else begins.
            let id = ImportID(stored: ids.first ?? "")
            let store = server.imports.store
            let order = ImportOrder(kind: .items)
            #expect(try await store.claim(id, order, bytes: bytes, digest: digest, by: "one") != nil)
            try await keepLeases(server)
            #expect(try await store.claim(id, order, bytes: bytes, digest: digest, by: "two") == nil)
        }
    }
}

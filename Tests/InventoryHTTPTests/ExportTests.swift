import Foundation
import Hummingbird
import HummingbirdTesting
import Inventory
import InventoryHTTP
import InventoryPostgres
import InventoryService
import LibPQ
import StrictJSON
import TestSupport
import Testing

/// Days of the ledger and of balances, as a data lake fetches them.
@Suite struct ExportTests {
    private static let names = ["onHand", "damaged", "inspection", "suspect", "inTransit", "reserved"]

    /// The days that are closed. Something of PostgreSQL's own may hold the last one open for a moment.
    private static func closedDays(_ server: TestServer, _ count: Int) async throws -> [JSONValue] {
        var days: [JSONValue] = []
        let areClosed = try await eventually {
            let list = try await server.get("/v1/exports/ledger?includeTotal=true")
            days = list.json?["days"]?.elements ?? []
            guard days.count >= count else { return false }
            #expect(list.json?["total"]?.integer == Int64(days.count))
            return true
        }
        #expect(areClosed, "\(count) days never closed")
        return areClosed ? days : []
    }

    private static func lines(_ bytes: [UInt8]) throws -> [JSONValue] {
        try bytes.split(separator: 0x0A).map { try JSONDocument(parsing: Array($0)).root }
    }

    private static func day(_ server: TestServer, _ kind: String, _ day: String, packed: Bool = false) async throws
        -> [UInt8]
    {
        let headers: HTTPFields = packed ? [.acceptEncoding: "gzip"] : [:]
        let bytes = try await server.client.execute(uri: "/v1/exports/\(kind)/\(day)", method: .get, headers: headers) {
            #expect($0.status == .ok && $0.headers[.contentType] == "application/x-ndjson")
            #expect($0.headers[.contentEncoding] == (packed ? "gzip" : nil))
            return Array($0.body.readableBytesView)
        }
        return try TestServer.content(bytes)
    }

    /// Facts, holds and a count of one day.
    private static func trade(_ server: TestServer, _ day: Int) async throws {
        let shop = server.shop
        for (index, sku) in ["A", "B", "C"].enumerated() {
            for location in ["L", "M"] where (index + day) % 3 != 0 || location == "L" {
                _ = try await shop.send([
                    .receipt("r\(day) \(sku) \(location)", sku, at: location, Int64(5 + index + day)),
                    .sale("s\(day) \(sku) \(location)", sku, at: location, 2),
                ])
            }
        }
        _ = try await server.hold("A", at: "L", 1 + day, seconds: 7_200)
        _ = try await server.facts(
            "{\"eventId\":\"d\(day)\",\"type\":\"stateChange\",\"sku\":\"B\",\"location\":\"L\",\"quantity\":1,"
                + "\"fromBucket\":\"onHand\",\"toBucket\":\"damaged\",\"attributes\":{\"note\":\"öl\"}}")
    }

    private static func run(
        days: Int, _ body: @escaping @Sendable (TestServer, _ closed: [String]) async throws -> Void
    ) async throws {
        try await TestServer.run(clock: .settable) { server async throws in
            for sku in ["A", "B", "C"] { try await server.shop.addItem(sku) }
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            #expect(try await server.get("/v1/exports/ledger").json?["days"]?.elements?.isEmpty == true)
            // From noon on, so that no day ends in the middle of its trade.
            let now = Timestamp.now().microseconds / 1_000_000 % 86_400
            try await server.shop.advanceClock(bySeconds: (86_400 + 43_200 - now) % 86_400)
            for day in 0..<days {
                try await trade(server, day)
                try await server.shop.advanceClock(bySeconds: 86_400)
            }
            let closed = try await closedDays(server, days).compactMap { $0["day"]?.string }
            #expect(closed.count == days)
            try await body(server, closed)
        }
    }

    @Test func `the exported lines are the ledger, and fold to every day's balances`() async throws {
        try await Self.run(days: 3) { server, closed async throws in
            var folded: [String: [String: Int64]] = [:]
            var versions: [String: Int64] = [:]
            var sequences: [Int64] = []
            for day in closed {
                let lines = try Self.lines(try await Self.day(server, "ledger", day))
                for line in lines {
                    let key = "\(line["sku"]?.string ?? "") \(line["location"]?.string ?? "")"
                    #expect(line["recordedAt"]?.string?.hasPrefix(day) == true)
                    // A balance's lines are in their order, none missing.
                    #expect(line["version"]?.integer == (versions[key] ?? 0) + 1, "\(key)")
                    versions[key] = line["version"]?.integer
                    sequences.append(try #require(line["sequence"]?.integer))
                    Self.fold(line, into: &folded[key, default: [:]])
                }
                let balances = try Self.lines(try await Self.day(server, "balances", day, packed: true))
                var shown: [String: [String: Int64]] = [:]
                for balance in balances {
                    #expect(balance["day"]?.string == day)
                    let key = "\(balance["sku"]?.string ?? "") \(balance["location"]?.string ?? "")"
                    shown[key] = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, balance[$0]?.integer ?? -1) })
                    #expect(balance["version"]?.integer == versions[key])
                }
                let filled = folded.mapValues { figures in
                    Dictionary(uniqueKeysWithValues: Self.names.map { ($0, figures[$0] ?? 0) })
                }
                #expect(shown == filled, "\(day)")
            }
            #expect(sequences.count == Int(try await server.shop.count("movement")))
            #expect(Set(sequences).count == sequences.count)
            let now = try await server.shop.allFigures()
            for (key, figures) in now {
                #expect(figures == Self.names.map { folded[key]?[$0] ?? 0 }, "\(key)")
            }
            #expect(now.count == folded.count)
            // The same objects as the ledger's list.
            let list =
                try await server.get("/v1/movements?sku=B&location=L&limit=1000").json?["movements"]?.elements ?? []
            let exported = try Self.lines(try await Self.day(server, "ledger", closed[0]))
                .filter { $0["sku"]?.string == "B" && $0["location"]?.string == "L" }
            #expect(
                exported.count == 3 && list.prefix(3).elementsEqual(exported) { $0.canonicalText == $1.canonicalText })
        }
    }

    private static func fold(_ line: JSONValue, into figures: inout [String: Int64]) {
        let units = line["units"]?.integer ?? 0
        if let bucket = line["bucket"]?.string { figures[bucket, default: 0] += units }
        if let other = line["counterAccount"]?.string, names.contains(other) { figures[other, default: 0] -= units }
        figures["reserved", default: 0] += line["reservedDelta"]?.integer ?? 0
    }

    @Test func `a closed day stays what it is, and the list knows it once it was exported`() async throws {
        try await Self.run(days: 2) { server, closed async throws in
            let day = closed[0]
            let unknown = try await server.get("/v1/exports/ledger?limit=1")
            #expect(unknown.json?["days"]?[0]?["lines"]?.isNull == true)
            var before: [String: [UInt8]] = [:]
            for kind in ["ledger", "balances"] { before[kind] = try await Self.day(server, kind, day) }
            try await Self.trade(server, 9)
            for kind in ["ledger", "balances"] {
                let bytes = try #require(before[kind])
                #expect(try await Self.day(server, kind, day, packed: true) == bytes, "\(kind)")
                let first = try await server.get("/v1/exports/\(kind)?limit=1")
                let known = try #require(first.json?["days"]?[0])
                #expect(known["lines"]?.integer == Int64(bytes.count { $0 == 0x0A }))
                #expect(known["bytes"]?.integer == Int64(bytes.count))
                #expect(known["sha256"]?.string == sha256(bytes).withBytes { $0.hexadecimal })
                #expect((known["firstSequence"]?.integer == nil) == (kind == "balances"))
                let cursor = try #require(first.json?["nextCursor"]?.string)
                let second = try await server.get("/v1/exports/\(kind)?limit=1&cursor=\(cursor)")
                #expect(second.json?["days"]?[0]?["day"]?.string == closed[1])
                #expect(second.json?["nextCursor"]?.isNull == true)
                let file = try await server.client.execute(
                    uri: "/v1/exports/\(kind)/\(day)", method: .get, headers: [.accept: "application/octet-stream"]
                ) {
                    #expect(
                        $0.headers[.contentType] == "application/octet-stream" && $0.headers[.contentEncoding] == nil)
                    return Array($0.body.readableBytesView)
                }
                #expect(file.starts(with: [0x1F, 0x8B]))
                #expect(try TestServer.content(file) == bytes)
                let one = try await server.get("/v1/exports/\(kind)/\(day)")
                let tag = try #require(one.headers[.eTag])
                #expect(try await server.get("/v1/exports/\(kind)/\(day)", headers: [.ifNoneMatch: tag]).status == 304)
            }
        }
    }

    @Test func `days that are open, were never or are no days are not exported`() async throws {
        try await Self.run(days: 1) { server, closed async throws in
            let day = try #require(ExportDay(closed[0]))
            for other in [day.number + 1, day.number - 1, day.number + 400] {
                #expect(try await server.get("/v1/exports/ledger/\(ExportDay(other))").status == 404)
            }
            for text in ["2026-02-30", "today", "2026-1-1", "20260101"] {
                #expect(try await server.get("/v1/exports/balances/\(text)").parameters == ["day"], "\(text)")
            }
            #expect(try await server.get("/v1/exports/ledger?from=2026-01-01").parameters == ["from"])
        }
    }

    @Test func `a transaction that may still record something on a day keeps it open`() async throws {
        try await withDatabase(clock: .settable) { database in
            try await withShop(on: database) { shop async throws in
                try await shop.addItem("A")
                try await shop.addLocation("L")
                _ = try await shop.send([.receipt("r", at: "L", 3)])
                try await shop.advanceClock(bySeconds: 3 * 86_400)
                let store = PostgresExportStore(pools: shop.pools)
                func isClosed() async throws -> Bool {
                    let span = try #require(try await store.span())
                    return span.first <= span.lastClosed
                }
                // Its beginning is by the real clock, on the first day.
                let wasClosed = try await whileHeld(
                    "insert into config_epoch (only_row, epoch) values (true, 0) on conflict do nothing; "
                        + "select pg_current_xact_id(); lock table import_mapping in access exclusive mode",
                    on: database
                ) {
                    let closed = try await isClosed()
                    _ = try await shop.count("import_mapping")
                    return closed
                }
                #expect(!wasClosed)
                #expect(try await eventually { try await isClosed() })
            }
        }
    }

    @Test func `a line that appears on a closed day is noticed`() async throws {
        try await Self.run(days: 1) { server, closed async throws in
            _ = try await Self.day(server, "ledger", closed[0])
            try await server.shop.runSQL(
                """
                insert into movement
                select (jsonb_populate_record(m, jsonb_build_object(
                    'version', 1000, 'recorded_at', m.recorded_at + interval '1 microsecond'))).*
                from movement m order by sequence desc limit 1
                """)
            // The answer has no end.
            await #expect(throws: (any Error).self) {
                try await server.client.execute(uri: "/v1/exports/ledger/\(closed[0])", method: .get) { _ in }
            }
        }
    }
}

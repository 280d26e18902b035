import Foundation
import HTTPTypes
import Hummingbird
import Inventory
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Questions to the ledger by type, reference and actor, and its pages as CSV.
@Suite struct LedgerFilterTests {
    private static func run(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            for number in 0..<24 {
                let line = """
                    {"eventId":"e\(number)","type":"\(number % 3 == 0 ? "receipt" : "sale")",
                     "sku":"\(number % 2 == 0 ? "A" : "B")","location":"\(number % 4 < 2 ? "L" : "M")","quantity":1,
                     "reference":"R\(number / 6)","occurredAt":"2026-01-15T10:\(10 + number):00Z"}
                    """
                let caller = number < 10 ? server : server.called(by: number % 2 == 0 ? "ann" : "bob")
                #expect(try await caller.facts(line).status == 200)
            }
            try await body(server)
        }
    }

    /// The numbers of the events that a question finds, page by page.
    private static func found(_ server: TestServer, _ query: String) async throws -> [Int] {
        var (numbers, cursor): ([Int], String?) = ([], nil)
        repeat {
            let path = "/v1/movements?limit=4&\(query)\(cursor.map { "&cursor=\($0)" } ?? "")"
            let answer = try await server.get(path)
            let lines = try #require(answer.json?["movements"]?.elements, "\(path): \(answer.body)")
            numbers += lines.compactMap { $0["eventId"]?.string.flatMap { Int($0.dropFirst()) } }
            cursor = answer.json?["nextCursor"]?.string
        } while cursor != nil
        return numbers
    }

    @Test func `ledger filters by type, reference and actor find what matches all of them`() async throws {
        try await Self.run { server async throws in
            let all = 0..<24
            #expect(try await Self.found(server, "type=receipt") == all.filter { $0 % 3 == 0 })
            #expect(try await Self.found(server, "type=sale&location=L") == all.filter { $0 % 3 != 0 && $0 % 4 < 2 })
            #expect(try await Self.found(server, "type=hold") == [])
            #expect(try await Self.found(server, "reference=R2") == Array(12..<18))
            #expect(try await Self.found(server, "reference=R2&sku=A&type=sale") == [14, 16])
            #expect(try await Self.found(server, "reference=none") == [])
            #expect(try await Self.found(server, "actor=ann") == all.filter { $0 >= 10 && $0 % 2 == 0 })
            #expect(try await Self.found(server, "actor=bob&reference=R3&location=M") == [19, 23])
            #expect(try await Self.found(server, "actor=nobody") == [])
            #expect(try await Self.found(server, "eventId=e7&type=sale&reference=R1") == [7])
            #expect(try await Self.found(server, "eventId=e7&type=receipt") == [])
            let span = "basis=occurred&from=2026-01-15T10:15:00Z&to=2026-01-15T10:30:00Z"
            #expect(try await Self.found(server, "\(span)&type=receipt") == [6, 9, 12, 15, 18])
            #expect(try await Self.found(server, "\(span)&reference=R0") == [5])
            #expect(try await server.get("/v1/movements?type=sales").parameters == ["type"])
        }
    }

    @Test func `the newest lines come first when that is asked, with every filter and page by page`() async throws {
        try await Self.run { server async throws in
            for query in [
                "location=L", "sku=A", "type=receipt", "type=sale&location=L", "reference=R2",
                "reference=R2&sku=A&type=sale",
                "actor=ann", "actor=bob&reference=R3&location=M", "eventId=e7", "type=hold", "reference=none",
                "basis=occurred&from=2026-01-15T10:15:00Z&to=2026-01-15T10:30:00Z&type=receipt", "limit=100",
                "source=till", "from=2020-01-01T00:00:00Z", "from=2999-01-01T00:00:00Z", "to=2020-01-01T00:00:00Z",
            ] {
                let query = query == "limit=100" ? "basis=recorded" : query
                let oldest = try await Self.found(server, query)
                #expect(try await Self.found(server, "\(query)&order=oldest") == oldest, "\(query)")
                #expect(try await Self.found(server, "\(query)&order=newest") == oldest.reversed(), "\(query)")
            }
            // What is recorded meanwhile is not among the pages to come.
            let first = try await server.get("/v1/movements?order=newest&limit=2")
            let cursor = try #require(first.json?["nextCursor"]?.string)
            _ = try await server.facts(receipt("late", "A", "L", 1))
            let second = try await server.get("/v1/movements?order=newest&limit=2&cursor=\(cursor)")
            #expect(second.json?["movements"]?.elements?.map { $0["eventId"]?.string } == ["e21", "e20"])
            #expect(try await server.get("/v1/movements?limit=2&cursor=\(cursor)").parameters == ["cursor"])
            #expect(try await server.get("/v1/movements?order=up").parameters == ["order"])
            let csv = try await server.get("/v1/movements?order=newest&limit=2", headers: [.accept: "text/csv"])
            let rows = csv.body.split(separator: "\r\n").dropFirst()
            #expect(rows.count == 2 && rows.first?.contains(",late,") == true && rows.last?.contains(",e23,") == true)
            let next = HTTPField.Name("Link").flatMap { csv.headers[$0] }
            #expect(next?.contains("order=newest") == true)
        }
    }

    @Test(arguments: [LedgerFilter.Order.oldest, .newest])
    func `a search that takes its time goes on where it was`(order: LedgerFilter.Order) async throws {
        try await Self.run { server async throws in
            // It stops behind each stretch of time, so that nearly every page is short.
            let hasty = PostgresLedgerStore(pools: server.shop.pools, searchTime: .zero)
            var filter = LedgerFilter()
            filter.kind = .receipt
            filter.order = order
            var (events, pages): ([String], Int) = ([], 0)
            var after: LedgerPosition?
            repeat {
                let page = try await hasty.lines(filter, after: after, limit: 3).get()
                #expect(page.entries.count <= 3)
                events += page.entries.map(\.line.eventID.text)
                (after, pages) = (page.next, pages + 1)
            } while after != nil && pages < 10_000
            let receipts = (0..<24).filter { $0 % 3 == 0 }.map { "e\($0)" }
            #expect(events == (order == .oldest ? receipts : receipts.reversed()))
            #expect(pages > 3)
        }
    }

    @Test func `a page of the ledger as CSV says what its JSON says, and where the next one is`() async throws {
        try await Self.run { server async throws in
            var (path, records): (String?, [[String]]) = ("/v1/movements?type=sale&limit=5", [])
            while let next = path {
                let answer = try await server.get(next, headers: [.accept: "text/csv"])
                #expect(answer.status == 200 && answer.headers[.contentType] == "text/csv; charset=utf-8")
                let lines = answer.body.split(separator: "\r\n").map { line in
                    line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                }
                #expect(lines.count <= 6)
                records += records.isEmpty ? lines : Array(lines.dropFirst())
                path = HTTPField.Name("Link").flatMap { answer.headers[$0] }
                    .flatMap { $0.firstMatch(of: /^<(.+)>; rel="next"$/).map { String($0.1) } }
            }
            let json = try await server.get("/v1/movements?type=sale&limit=1000").json?["movements"]?.elements ?? []
            #expect(json.count == 16 && records.count == 17)
            let names = try #require(records.first)
            for (line, record) in zip(json, records.dropFirst()) {
                let values = Dictionary(uniqueKeysWithValues: zip(names, record))
                #expect(values.count == names.count && record.count == names.count)
                for name in [
                    "type", "sku", "location", "bucket", "occurredAt", "recordedAt", "eventId", "reference", "chain",
                ] {
                    #expect(values[name] == line[name]?.string, "\(name)")
                }
                #expect(values["actor"] == line["actor"]?.string ?? "")
                #expect(values["units"] == "-1" && values["sequence"] == line["sequence"]?.integer.map { "\($0)" })
                #expect(values["onHandAfter"] == line["balanceAfter"]?["onHand"]?.integer.map { "\($0)" })
            }
        }
    }
}

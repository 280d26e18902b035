import Foundation
import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

/// Facts that are late, odd or told in another spelling: each is kept, and none stands in the way of another.
@Suite struct OddFactsTests {
    private func sale(_ event: String, _ location: String = "L", at instant: String? = nil, more: String = "") -> String
    {
        let occurred = instant.map { ",\"occurredAt\":\"\($0)\"" } ?? ""
        return """
            {"eventId":"\(event)","type":"sale","sku":"A","location":"\(location)","quantity":1\(occurred)\(more)}
            """
    }

    @Test(arguments: ["1970-01-01T00:00:07Z", "1970-01-01T00:00:00Z", "1999-12-31T23:59:59Z"])
    func `a till whose clock is decades behind sells like any other`(old: String) async throws {
        try await withStock(50) { server async throws in
            #expect(try await server.facts(sale("old/1", at: old)).verdicts == ["applied"])
            #expect(try await server.facts(sale("new/1")).verdicts == ["applied"])
            #expect(try await server.facts(sale("old/2", at: old), sale("new/2")).verdicts == ["applied", "applied"])
            #expect(try await server.available("A") == 46)
            // The other way round, and beside a promise that is handed over.
            #expect(try await server.facts(sale("new/3", "M"), sale("old/3", "M", at: old)).verdicts.count == 2)
            let id = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            let told = try await server.act("fulfil", id, "{\"occurredAt\":\"\(old)\"}")
            #expect(told.status == 200, "\(told.body)")
            #expect(try await server.shop.prove().isProved)
        }
    }

    /// More members of a line: each is JSON by its grammar, and cannot be read.
    private static let unreadable: [String] = {
        func nested(_ levels: Int) -> String {
            let (open, close) = (String(repeating: "[", count: levels), String(repeating: "]", count: levels))
            return #""attributes":{"a":\#(open)\#(close)}"#
        }
        return [
            #""note":"\ud800""#, #""attributes":{"note":"\udc00\udc00"}"#, #""\ud83d\u0041":1"#, nested(40),
            nested(9_000),
        ]
    }()

    @Test(arguments: unreadable)
    func `a line that no program can read spoils no other`(more: String) async throws {
        try await withStock(50) { server async throws in
            let bad = sale("bad", more: "," + more)
            let answer = try await server.facts(sale("one"), bad, sale("two"))
            #expect(answer.status == 200 && answer.verdicts == ["applied", "rejected", "applied"], "\(answer.body)")
            let result = answer.json?["results"]?[1]
            #expect(result?["eventId"]?.string == "bad")
            #expect(result?["problem"]?["code"]?.string == "malformedLine")
            #expect(result?["problem"]?["detail"]?.string?.contains("cannot be read") == true, "\(answer.body)")
            // It is kept as it was sent, and settled by a line that can be read.
            let open = try await server.get("/v1/exceptions?type=rejectedLine&status=open").json?["exceptions"]
            #expect(open?.elements?.count == 1 && open?[0]?["eventId"]?.string == "bad")
            #expect(try await server.facts(sale("bad")).verdicts == ["applied"])
            #expect(
                try await server.get("/v1/exceptions?type=rejectedLine&status=open").json?["exceptions"]?.elements?
                    .isEmpty == true)
            // Around the lines it is the body's own fault.
            let around = try await server.facts(sale("three"), more: ",\"x\":{\(more)}")
            #expect(around.status == 400 && around.json?["code"]?.string == "invalidRequest", "\(around.body)")
            #expect(try await server.available("A") == 47)
            // All or nothing is what was asked for then.
            let atomic = try await server.facts(sale("four"), bad, more: ",\"atomic\":true")
            #expect(atomic.status == 409 && atomic.json?["code"]?.string == "batchRefused", "\(atomic.body)")
        }
    }

    @Test func `a count with a line that no program can read keeps its others, and a single half is no pair`()
        async throws
    {
        try await withStock(50) { server async throws in
            let count = try await server.post(
                "/v1/counts",
                #"{"source":"wms","eventId":"c","location":"L","lines":[{"sku":"A","quantity":7},"#
                    + #"{"sku":"B","quantity":8,"note":"\ud800"}]}"#)
            #expect(count.verdicts == ["applied", "rejected"], "\(count.body)")
            #expect(try await server.available("A") == 7)
            // A pair is one character, and text.
            let pair = sale("pair", more: #","reference":"\ud83d\ude00""#)
            #expect(try await server.facts(pair).verdicts == ["applied"])
        }
    }

    @Test func `attributes in another order or spacing are the same line`() async throws {
        try await withStock { server async throws in
            let first = sale("s", more: #","attributes":{"till":"7","lines":[1,2.50],"vat":{"a":1,"b":null}}"#)
            let again = sale(
                "s", more: #", "attributes" : { "vat":{"b":null,"a":1.0}, "lines":[ 1, 25e-1 ], "till":"7" }"#)
            let other = sale("s", more: #","attributes":{"till":"8","lines":[1,2.5],"vat":{"a":1,"b":null}}"#)
            #expect(try await server.facts(first).verdicts == ["applied"])
            #expect(try await server.facts(again).verdicts == ["duplicate"])
            #expect(try await server.facts(other).verdicts == ["rejected"])
            // What was sent is what is kept.
            let ledger = try await server.get("/v1/movements?sku=A&location=L&source=till&eventId=s")
            #expect(ledger.body.contains(#""lines":[1,2.50]"#), "\(ledger.body)")
        }
    }

    @Test func `a location that an open transfer leaves from cannot be deleted`() async throws {
        try await withStock { server async throws in
            try await server.shop.addLocation("E")
            let draft = try await server.send(
                .post, "/v1/transfers", #"{"from":"E","to":"M","lines":[{"id":"1","sku":"A","quantity":4}]}"#,
                headers: keyed("t"))
            #expect(draft.status == 201, "\(draft.body)")
            let refused = try await server.send(.delete, "/v1/locations/E")
            #expect(refused.status == 409 && refused.json?["code"]?.string == "resourceInUse", "\(refused.body)")
            #expect(try await server.send(.post, "/v1/transfers/\(try draft.id)/cancel").status == 200)
            #expect(try await server.send(.delete, "/v1/locations/E").status == 204)
        }
    }

    @Test func `a pickup code that was given to another order meanwhile is given anew, and kept`() async throws {
        try await withStock(clock: .settable) { server async throws in
            let hold = try await server.reserve(lines: [("A", 1)], more: ",\"expiresInSeconds\":300")
            let id = try hold.id
            let code = try #require(hold.json?["pickup"]?["code"]?.string)
            try await server.passExpiry(of: id)
            _ = try await server.act("confirm", try await server.reserve(lines: [("B", 1)]).id)
            // Written down as ended, its code is free for others.
            try await server.shop.runSQL("update reservation set is_open = false where pickup_code = '\(code)'")
            try await server.shop.runSQL(
                "update reservation set pickup_code = '\(code)' where is_open and state = 'confirmed'")
            let confirmed = try await server.act("confirm", id)
            #expect(confirmed.status == 200, "\(confirmed.body)")
            let given = try #require(confirmed.json?["pickup"]?["code"]?.string)
            #expect(given != code)
            let read = try await server.get("/v1/reservations/\(id)")
            #expect(read.json?["pickup"]?["code"]?.string == given)
        }
    }
}

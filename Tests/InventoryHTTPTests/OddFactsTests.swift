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

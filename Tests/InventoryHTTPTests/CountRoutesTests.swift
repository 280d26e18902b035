import Hummingbird
import Inventory
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

@Suite struct CountRoutesTests {
    private func shop(_ server: TestServer) async throws {
        for sku in ["A", "B", "C"] { try await server.shop.addItem(sku) }
        for place in ["L", "M"] { try await server.shop.addLocation(place) }
        try await server.shop.addAlias("gtin", "04006381333931", "A", units: 6)
    }

    private func receipt(_ event: String, _ sku: String, _ quantity: Int, at: String) -> String {
        """
        {"eventId":"\(event)","type":"receipt","sku":"\(sku)","location":"L","quantity":\(quantity),"occurredAt":"\(at)"}
        """
    }

    @Test func `a count states what is there, and says what it found`() async throws {
        try await TestServer.run { server async throws in
            try await shop(server)
            _ = try await server.facts(receipt("r", "A", 20, at: "2026-01-10T08:00:00Z"))
            let answer = try await server.post(
                "/v1/counts",
                """
                {"source":"scanner","eventId":"C-1","location":"L","countedAt":"2026-01-10T20:00:00Z","shift":"late",
                 "lines":[{"sku":"A","quantity":5},{"code":"4006381333931","codeSystem":"gtin","quantity":2},
                          {"sku":"B","quantity":3},{"sku":"Z","quantity":1},{"sku":"C","quantity":-1}]}
                """)
            #expect(answer.status == 200)
            let verdicts = answer.json?["results"]?.elements?.map { $0["verdict"]?.string }
            #expect(verdicts == ["applied", "applied", "applied", "parked", "rejected"])
            #expect(answer.json?["results"]?[0]?["eventId"]?.string == "C-1")
            #expect(answer.json?["results"]?[4]?["problem"]?["pointer"]?.string == "/quantity")
            #expect(answer.json?["warnings"]?.elements?.count == 1)
            // Single units and two cases of six.
            #expect(try await server.shop.onHand("A", "L") == 17)
            let id = try #require(answer.json?["id"]?.string)
            let count = try await server.get("/v1/counts/\(id)?includeTotal=true")
            #expect(count.json?["state"]?.string == "applied")
            #expect(count.json?["lines"]?[0]?["expected"]?.integer == 20)
            #expect(count.json?["lines"]?[0]?["variance"]?.integer == -3)
            #expect(count.json?["total"]?.integer == 2)
            #expect(count.json?["summary"]?["accuracy"]?.number == 0)
            // The item comes later; the line was never lost.
            try await server.shop.addItem("Z")
            #expect(try await server.shop.onHand("Z", "L") == 1)
            let again = try await server.get("/v1/counts/\(id)?limit=1")
            let second = try await server.get(
                "/v1/counts/\(id)?limit=5&cursor=\(again.json?["nextCursor"]?.string ?? "")")
            #expect(second.json?["lines"]?.elements?.map { $0["sku"]?.string } == ["B", "Z"])
            let ledger = try await server.get("/v1/movements?source=scanner&eventId=C-1")
            #expect(ledger.json?["movements"]?.elements?.count == 4)
            #expect(ledger.json?["movements"]?[0]?["count"]?.string == id)
            #expect(ledger.json?["movements"]?[0]?["eventId"]?.string == "C-1")
        }
    }

    @Test func `sent again a count is a duplicate, and changed it is rejected and kept`() async throws {
        try await TestServer.run { server async throws in
            try await shop(server)
            let body = """
                {"source":"s","eventId":"C","location":"L","lines":[{"sku":"A","quantity":5},{"sku":"A","quantity":1}]}
                """
            #expect(try await server.post("/v1/counts", body).json?["summary"]?["applied"]?.integer == 2)
            #expect(try await server.shop.onHand("A", "L") == 6)
            #expect(try await server.post("/v1/counts", body).json?["summary"]?["duplicate"]?.integer == 2)
            let changed = try await server.post(
                "/v1/counts",
                "{\"source\":\"s\",\"eventId\":\"C\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":9}]}")
            #expect(changed.json?["results"]?[0]?["problem"]?["code"]?.string == "eventIdReused")
            #expect(changed.json?["id"]?.string == nil)
            // The id of the count is taken for facts too, and the other way round.
            let fact = try await server.facts(sale("C"), source: "s")
            #expect(fact.json?["results"]?[0]?["problem"]?["code"]?.string == "eventIdReused")
            #expect(try await server.facts(sale("F"), source: "s").json?["summary"]?["applied"]?.integer == 1)
            let taken = try await server.post(
                "/v1/counts",
                "{\"source\":\"s\",\"eventId\":\"F\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":9}]}")
            #expect(taken.json?["results"]?[0]?["verdict"]?.string == "rejected")
            #expect(try await server.shop.onHand("A", "L") == 5)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a line may have been counted at an instant of its own`() async throws {
        try await TestServer.run { server async throws in
            try await shop(server)
            _ = try await server.facts(receipt("r", "A", 5, at: "2026-01-10T12:00:00Z"))
            let body = { (complete: Bool) in
                """
                {"source":"s","eventId":"C\(complete)","location":"L","countedAt":"2026-01-10T10:00:00Z","complete":\(complete),
                 "lines":[{"sku":"A","quantity":2,"countedAt":"2026-01-10T14:00:00Z"},{"sku":"B","quantity":3}]}
                """
            }
            let answer = try await server.post("/v1/counts", body(false))
            #expect(answer.json?["summary"]?["applied"]?.integer == 2)
            #expect(try await server.shop.onHand("A", "L") == 2)
            let times = try await server.get("/v1/movements?source=s&eventId=Cfalse").json?["movements"]?.elements
            #expect(times?.map { $0["occurredAt"]?.string } == ["2026-01-10T14:00:00Z", "2026-01-10T10:00:00Z"])
            let complete = try await server.post("/v1/counts", body(true))
            #expect(complete.json?["results"]?[0]?["problem"]?["pointer"]?.string == "/countedAt")
        }
    }

    @Test func `a complete count says that what it does not list was not there`() async throws {
        try await TestServer.run { server async throws in
            try await shop(server)
            _ = try await server.facts(
                receipt("r1", "A", 4, at: "2026-01-10T08:00:00Z"), receipt("r2", "B", 5, at: "2026-01-10T08:00:00Z"))
            let answer = try await server.post(
                "/v1/counts",
                """
                {"source":"s","eventId":"C","location":"L","countedAt":"2026-01-10T20:00:00Z","complete":true,
                 "lines":[{"sku":"A","quantity":4}]}
                """)
            #expect(answer.json?["notListed"]?.integer == 1)
            #expect(try await server.shop.onHand("A", "L") == 4)
            #expect(try await server.shop.onHand("B", "L") == 0)
            // First heard of later, and of a time before the count.
            let late = try await server.facts(receipt("r3", "C", 9, at: "2026-01-10T09:00:00Z"))
            #expect(late.json?["results"]?[0]?["verdict"]?.string == "recordedBeforeCount")
            #expect(try await server.shop.onHand("C", "L") == 0)
            let lines = try await server.get("/v1/movements?sku=C&location=L").json?["movements"]
            #expect(lines?.elements?.map { $0["type"]?.string } == ["receipt", "variance"])
            #expect(lines?[1]?["source"]?.string == "holdfast")
            #expect(lines?[1]?["count"]?.string == answer.json?["id"]?.string)
            #expect(lines?[1]?["occurredAt"]?.string == "2026-01-10T20:00:00Z")
            let accuracy = try await server.get("/v1/count-accuracy?by=item&location=L&includeTotal=true")
            #expect(accuracy.json?["accuracies"]?.elements?.map { $0["variance"]?.integer } == [0, -5, -9])
            let store = try await server.get("/v1/count-accuracy")
            #expect(store.json?["accuracies"]?[0]?["linesExact"]?.integer == 1)
        }
    }

    @Test func `a complete count leaves alone what it lists on a line that is rejected`() async throws {
        try await TestServer.run { server async throws in
            try await shop(server)
            try await server.shop.addAlias("case", "B6", "B", units: 6)
            _ = try await server.facts(
                receipt("r1", "A", 4, at: "2026-01-10T08:00:00Z"), receipt("r2", "B", 5, at: "2026-01-10T08:00:00Z"))
            let body = """
                {"source":"s","eventId":"C","location":"L","countedAt":"2026-01-10T20:00:00Z","complete":true,
                 "lines":[{"sku":"A","quantity":-4},{"code":"B6","codeSystem":"case","quantity":1.5},
                          {"sku":"C","quantity":"many"},{"quantity":1}]}
                """
            let answer = try await server.post("/v1/counts", body)
            #expect(answer.verdicts == ["rejected", "rejected", "rejected", "rejected"])
            #expect(answer.json?["leftAlone"]?.integer == 3, "\(answer.body)")
            #expect(answer.json?["notListed"]?.integer == 0)
            #expect(try await server.shop.onHand("A", "L") == 4)
            #expect(try await server.shop.onHand("B", "L") == 5)
            // Also where its first line comes later, of a time before the count.
            let late = try await server.facts(receipt("r3", "C", 9, at: "2026-01-10T09:00:00Z"))
            #expect(late.json?["results"]?[0]?["verdict"]?.string == "applied")
            #expect(try await server.shop.onHand("C", "L") == 9)
            let sold = try await server.facts(
                #"{"eventId":"s1","type":"sale","sku":"A","location":"L","quantity":1,"occurredAt":"2026-01-10T10:00:00Z"}"#
            )
            #expect(sold.json?["results"]?[0]?["verdict"]?.string == "applied")
            #expect(try await server.shop.onHand("A", "L") == 3)
            #expect(try await server.post("/v1/counts", body).json?["leftAlone"]?.integer == 3)
            let count = try await server.get("/v1/counts/\(try answer.id)")
            #expect(count.json?["leftAlone"]?.integer == 3)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `a complete count with a line that is parked ends at what was counted once the code is known`()
        async throws
    {
        try await TestServer.run { server async throws in
            try await shop(server)
            _ = try await server.facts(
                receipt("r1", "A", 4, at: "2026-01-10T08:00:00Z"), receipt("r2", "B", 5, at: "2026-01-10T08:00:00Z"))
            let answer = try await server.post(
                "/v1/counts",
                """
                {"source":"s","eventId":"C","location":"L","countedAt":"2026-01-10T20:00:00Z","complete":true,
                 "lines":[{"sku":"A","quantity":4},{"code":"new","codeSystem":"case","quantity":3}]}
                """)
            #expect(answer.verdicts == ["applied", "parked"])
            // Whose code it is nobody can know yet; more than was counted is never offered.
            #expect(try await server.shop.onHand("B", "L") == 0)
            try await server.shop.addAlias("case", "new", "B")
            #expect(try await server.shop.onHand("B", "L") == 3)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `count lines among movements, of other buckets too, settle what they name`() async throws {
        try await TestServer.run { server async throws in
            try await shop(server)
            let answer = try await server.facts(
                receipt("r", "A", 9, at: "2026-01-10T08:00:00Z"),
                "{\"eventId\":\"x\",\"type\":\"stateChange\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":2,"
                    + "\"fromBucket\":\"onHand\",\"toBucket\":\"suspect\",\"occurredAt\":\"2026-01-10T09:00:00Z\"}",
                "{\"eventId\":\"c\",\"type\":\"count\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":8,"
                    + "\"countedAt\":\"2026-01-10T20:00:00Z\"}",
                "{\"eventId\":\"d\",\"type\":\"count\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"bucket\":\"damaged\"}",
                "{\"eventId\":\"e\",\"type\":\"count\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"bucket\":\"suspect\"}",
                "{\"eventId\":\"f\",\"type\":\"count\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,"
                    + "\"countedAt\":\"2026-01-10T20:00:00Z\",\"occurredAt\":\"2026-01-10T21:00:00Z\"}")
            #expect(
                answer.json?["results"]?.elements?.map { $0["verdict"]?.string }
                    == ["applied", "applied", "applied", "applied", "rejected", "rejected"])
            let balance = try await server.get("/v1/availability/A/L").json
            #expect(balance?["onHand"]?.integer == 8)
            #expect(balance?["suspect"]?.integer == 0)
            #expect(balance?["damaged"]?.integer == 1)
            #expect(balance?["lastCountedAt"]?.string == "2026-01-10T20:00:00Z")
            // Two that were not found are settled by the count; the shelf had one more than thought.
            let line = try await server.get("/v1/movements?source=till&eventId=c").json?["movements"]?[0]
            let count = try await server.get("/v1/counts/\(line?["count"]?.string ?? "")").json
            #expect(count?["lines"]?[0]?["variance"]?.integer == 1)
            #expect(count?["lines"]?[0]?["suspectSettled"]?.integer == 2)
        }
    }

    @Test func `what was there at an instant is answered by all that is known now`() async throws {
        try await TestServer.run { server async throws in
            try await shop(server)
            _ = try await server.facts(receipt("r", "A", 9, at: "2026-01-10T08:00:00Z"))
            _ = try await server.facts(receipt("s", "A", 5, at: "2026-01-08T08:00:00Z"))
            func onHand(_ at: String) async throws -> Int64? {
                try await server.get("/v1/availability/A/L?basis=occurred&asOf=\(at)").json?["onHand"]?.integer
            }
            #expect(try await onHand("2026-01-08T07:59:59Z") == 0)
            #expect(try await onHand("2026-01-08T08:00:00Z") == 5)
            #expect(try await onHand("2026-01-10T08:00:00Z") == 14)
            let item = try await server.get("/v1/availability/A?basis=occurred&asOf=2026-01-09T00:00:00Z")
            #expect(item.json?["locations"]?[0]?["onHand"]?.integer == 5)
            #expect(item.json?["locations"]?[0]?["availableToSell"]?.integer == nil)
            #expect(try await server.get("/v1/availability/A/L?basis=occurred&asOf=2999-01-01T00:00:00Z").status == 400)
            // Nobody had heard of the item then.
            #expect(try await server.get("/v1/availability/A/L?asOf=2026-01-09T00:00:00Z").status == 404)
            #expect(
                try await server.get("/v1/availability/A/L?basis=occurred&channel=web").parameters == ["basis"])
            #expect(try await server.get("/v1/availability/X/L?basis=occurred").status == 404)
            #expect(try await server.get("/v1/availability/B/M?basis=occurred").json?["onHand"]?.integer == 0)
        }
    }

    @Test func `what to count is ranked, and each place on the list says why`() async throws {
        try await TestServer.run { server async throws in
            try await shop(server)
            _ = try await server.facts(
                receipt("a", "A", 100, at: "2026-01-10T08:00:00Z"), receipt("b", "B", 3, at: "2026-01-10T08:00:00Z"),
                sale("c", "C", "2"))
            _ = try await server.post(
                "/v1/counts",
                "{\"source\":\"s\",\"eventId\":\"1\",\"location\":\"L\",\"lines\":[{\"sku\":\"A\",\"quantity\":100}]}")
            let list = try await server.get("/v1/locations/L/count-list").json?["items"]?.elements
            #expect(list?.map { $0["sku"]?.string } == ["C", "B", "A"])
            #expect(list?[0]["reason"]?.string?.contains("the balance is -2, below zero") == true)
            #expect(list?[1]["reason"]?.string == "never counted; 3 units offered for sale")
            let causes = list?.prefix(3).map { $0["causes"]?.elements?.compactMap(\.string) }
            #expect(causes == [["belowZero", "neverCounted"], ["neverCounted"], []])
            #expect(list?[2]["reason"]?.string == "counted today; 100 units offered for sale")
            #expect(try await server.get("/v1/locations/L/count-list?limit=1").json?["items"]?.elements?.count == 1)
            #expect(try await server.get("/v1/locations/X/count-list").status == 404)
        }
    }

    @Test func `when locations and sources were heard is told, also by what others heard`() async throws {
        try await TestServer.run { server async throws in
            try await shop(server)
            _ = try await server.put("/v1/sources/pos-2", "{\"locations\":[\"L\"]}")
            let before = try await server.get("/v1/availability/A/L")
            #expect(before.json?["lastHeardAt"]?.string == nil)
            let sent = ContinuousClock.now
            _ = try await server.facts(receipt("a", "A", 1, at: "2026-01-10T08:00:00Z"), source: "pos-1")
            let after = try await server.get("/v1/availability/A/L")
            let took = sent.duration(to: .now).components.seconds
            let heard = try #require(after.json?["lastHeardAt"]?.string.flatMap(Timestamp.init(rfc3339:)))
            let asOf = try #require(after.json?["asOf"]?.string.flatMap(Timestamp.init(rfc3339:)))
            let lag = try #require(after.json?["lagSeconds"]?.integer)
            #expect(lag == (asOf.microseconds - heard.microseconds) / 1_000_000)
            // None, unless the machine stood still.
            #expect((0...took + 1).contains(lag))
            let flush = LastSeenWriter(board: server.shop.heard, store: server.shop.lastSeenStore, logger: quiet)
            #expect(await flush.flush() != nil)
            let sources = try await server.get("/v1/locations/L/sources?includeTotal=true").json
            #expect(sources?["sources"]?.elements?.map { $0["source"]?.string } == ["pos-1", "pos-2"])
            #expect(sources?["sources"]?[0]?["heardThrough"]?.string == "2026-01-10T08:00:00Z")
            #expect(sources?["sources"]?[1]?["lastHeardAt"]?.string == nil)
            #expect(sources?["total"]?.integer == 2)
            // The figures did not change, so neither does their tag.
            #expect(after.headers[.eTag] == (try await server.get("/v1/availability/A/L")).headers[.eTag])
            let elsewhere = try await server.shop.lastSeenStore.lastHeard(since: nil)
            #expect(elsewhere.keys.map(\.text) == ["L"])
        }
    }

    @Test func `the rate of sale follows recent sales`() async throws {
        try await TestServer.run { server async throws in
            try await shop(server)
            _ = try await server.facts(sale("a", "A", "4"), sale("b", "A", at: "M", "2"))
            let all = try await server.get("/v1/items/A/rate").json
            #expect(all?["locations"]?.elements?.count == 2)
            // All on one day, the first: four and two a day.
            #expect(abs((all?["unitsPerDay"]?.number ?? 0) - 6) < 0.2)
            let one = try await server.get("/v1/items/A/rate?location=L").json
            #expect(abs((one?["unitsPerDay"]?.number ?? 0) - 4) < 0.15)
            #expect(try await server.get("/v1/items/B/rate?location=L").json?["unitsPerDay"]?.number == 0)
            #expect(try await server.get("/v1/items/X/rate").status == 404)
            #expect(try await server.get("/v1/items/A/rate?location=X").code == "unknownReference")
        }
    }

    @Test func `a count takes the location's code, and waits for one that nobody knows`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            func count(_ event: String, _ complete: Bool) async throws -> TestServer.Answer {
                try await server.send(
                    .post, "/v1/counts",
                    """
                    {"source":"scanner","eventId":"\(event)","codeSystem":"sap","locationCode":"P1","complete":\(complete),
                    "lines":[{"sku":"A","quantity":7}]}
                    """)
            }
            let parked = try await count("C1", false)
            #expect(parked.status == 200 && parked.json?["id"]?.isNull == true)
            #expect(parked.json?["results"]?[0]?["verdict"]?.string == "parked")
            #expect(parked.json?["results"]?[0]?["problem"]?["code"]?.string == "unknownLocationCode")
            let refused = try await count("C2", true)
            #expect(refused.status == 422 && refused.json?["code"]?.string == "unknownReference")
            #expect(try await server.shop.count("stock_count") == 0)
            _ = try await server.send(
                .put, "/v1/location-aliases", #"{"codeSystem":"sap","code":"P1","location":"L"}"#)
            #expect(try await server.shop.onHand("A", "L") == 7)
            #expect(try await count("C1", false).json?["results"]?[0]?["verdict"]?.string == "duplicate")
            let known = try await count("C2", true)
            #expect(known.json?["results"]?[0]?["verdict"]?.string == "applied" && known.json?["id"]?.string != nil)
        }
    }
}

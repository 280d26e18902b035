import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

@Suite struct ReconciliationRoutesTests: BookFigures {
    @Test func `it says of each figure whether it is ours, on its way, off or unknown`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            _ = try await server.facts(
                fact("B", 2, "2026-01-10T19:58:00Z", type: "sale"), fact("A", 1, "2026-01-11T09:00:00Z", type: "sale"))
            let lines = """
                {"sku":"A","quantity":8},{"code":"4006381333931","codeSystem":"gtin","quantity":2},
                {"sku":"B","quantity":5},{"sku":"C","quantity":-4},{"sku":"Z","quantity":1},
                {"code":"x","quantity":1},{"sku":"D","location":"nowhere","quantity":1}
                """
            let answer = try await server.post("/v1/reconciliations", figures("1", lines))
            #expect(answer.status == 201, "\(answer.body)")
            #expect(answer.json?["state"]?.string == "done")
            // 8 and two cases of six are the 20 of the instant; what was sold the next day has no part in it.
            #expect(
                statuses(answer) == ["B": "explained", "C": "variance", "Z": "unknown", "x": "unknown", "D": "unknown"])
            let summary = answer.json?["summary"]
            #expect(summary?["lines"]?.integer == 6)
            #expect(summary?["matched"]?.integer == 1)
            #expect(summary?["unknown"]?.integer == 3)
            #expect(summary?["unitsTheirs"]?.integer == 21)
            #expect(summary?["unitsOurs"]?.integer == 30)
            #expect(summary?["absoluteVariance"]?.integer == 11)
            let explained = answer.json?["lines"]?[0]
            #expect(explained?["because"]?.string == "theirsBehind")
            #expect(explained?["changesInFlight"]?.integer == 1)
            #expect(explained?["figureAt"]?.string == "2026-01-10T19:57:59.999999Z")
            #expect(answer.json?["lines"]?[1]?["difference"]?.integer == -11)
            let id = try #require(answer.json?["id"]?.string)
            let path = "/v1/reconciliations/\(id)"
            let all = try await server.get("\(path)?limit=2&includeTotal=true")
            #expect(all.json?["total"]?.integer == 6)
            #expect(all.json?["lines"]?.elements?.map { $0["sku"]?.string } == ["A", "B"])
            let rest = try await server.get("\(path)?limit=9&cursor=\(all.json?["nextCursor"]?.string ?? "")")
            #expect(rest.json?["lines"]?.elements?.count == 4)
            #expect(rest.json?["nextCursor"]?.isNull == true)
            #expect(statuses(try await server.get("\(path)?status=variance")) == ["C": "variance"])
            #expect(try await server.get("\(path)?status=wrong").parameters == ["status"])
            #expect(try await server.get("/v1/reconciliations/none").status == 404)
            #expect(try await server.get("/v1/reconciliations/\(String(repeating: "0", count: 32))").status == 404)

            let exact = try await server.post("/v1/reconciliations", figures("2", lines, ",\"inFlightSeconds\":0"))
            #expect(statuses(exact)["B"] == "variance")
        }
    }

    @Test func `the answer's page goes on behind its cursor`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            let answer = try await server.post(
                "/v1/reconciliations?limit=1",
                figures(
                    "1", "{\"sku\":\"A\",\"quantity\":1},{\"sku\":\"B\",\"quantity\":5},{\"sku\":\"C\",\"quantity\":1}")
            )
            #expect(statuses(answer) == ["A": "variance"])
            let (id, cursor) = (answer.json?["id"]?.string ?? "", answer.json?["nextCursor"]?.string ?? "")
            let next = try await server.get("/v1/reconciliations/\(id)?status=notMatched&cursor=\(cursor)")
            #expect(statuses(next) == ["C": "variance"])
        }
    }

    @Test func `sent again it answers what was found then, and other figures under its id are refused`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            let body = figures("1", "{\"sku\":\"A\",\"quantity\":19}")
            let first = try await server.post("/v1/reconciliations", body)
            #expect(first.status == 201)
            _ = try await server.facts(fact("A", 1, "2026-01-09T09:00:00Z", type: "sale"))
            let again = try await server.post("/v1/reconciliations", body)
            #expect(again.status == 200)
            #expect(again.body == first.body)
            let other = try await server.post("/v1/reconciliations", figures("1", "{\"sku\":\"A\",\"quantity\":18}"))
            #expect(other.status == 422)
            #expect(other.code == "idempotencyKeyReused")
            #expect(other.pointers == ["/eventId"])
            // A fact of the same event id is something else.
            let list = try await server.get("/v1/reconciliations?source=wms&location=L&includeTotal=true")
            #expect(list.json?["total"]?.integer == 1)
            #expect(list.json?["reconciliations"]?[0]?["summary"]?["variance"]?.integer == 1)
            #expect(
                try await server.get("/v1/reconciliations?location=M").json?["reconciliations"]?.elements?.count == 0)
            _ = try await server.post("/v1/reconciliations", figures("2", "{\"sku\":\"A\",\"quantity\":19}"))
            let newest = try await server.get("/v1/reconciliations?limit=1")
            #expect(newest.json?["reconciliations"]?[0]?["eventId"]?.string == "2")
            let older = try await server.get(
                "/v1/reconciliations?cursor=\(newest.json?["nextCursor"]?.string ?? "")&limit=1")
            #expect(older.json?["reconciliations"]?[0]?["eventId"]?.string == "1")
        }
    }

    @Test func `a complete one says that what it does not list was not there`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            let answer = try await server.post(
                "/v1/reconciliations",
                figures("1", "{\"sku\":\"A\",\"quantity\":20}", ",\"complete\":true,\"inFlightSeconds\":0"))
            #expect(statuses(answer) == ["B": "variance", "C": "variance"])
            #expect(answer.json?["summary"]?["lines"]?.integer == 3)
            let empty = try await server.post(
                "/v1/reconciliations", figures("2", "", ",\"complete\":true,\"inFlightSeconds\":0"))
            #expect(empty.json?["summary"]?["variance"]?.integer == 3)
            #expect(empty.json?["summary"]?["absoluteVariance"]?.integer == 32)
        }
    }

    @Test func `small variances are corrected for a source with the authority, and for no other`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            _ = try await server.facts(fact("A", 3, "2026-01-11T09:00:00Z", type: "sale"))
            let rule = try await server.put(
                "/v1/reconciliation-rules/all", "{\"autoCorrectUnits\":2,\"tolerancePercent\":20}")
            #expect(rule.status == 201)
            _ = try await server.put(
                "/v1/reconciliation-rules/L", "{\"autoCorrectUnits\":2,\"location\":\"L\"}")
            let lines = "{\"sku\":\"A\",\"quantity\":22},{\"sku\":\"B\",\"quantity\":8},{\"sku\":\"C\",\"quantity\":7}"
            let advisory = try await server.post("/v1/reconciliations", figures("1", lines, ",\"correct\":true"))
            #expect(statuses(advisory) == ["A": "variance", "B": "variance"])
            #expect(advisory.json?["warnings"]?.elements?.count == 1)
            #expect(advisory.json?["lines"]?[0]?["rule"]?.string == "L")
            #expect(try await server.shop.onHand("A", "L") == 17)
            let open = try await server.get("/v1/exceptions?type=reconciliationVariance&includeTotal=true")
            #expect(open.json?["total"]?.integer == 2)
            #expect(
                open.json?["exceptions"]?[0]?["actions"]?.elements?.compactMap(\.string) == [
                    "recount", "correct", "dismiss",
                ])
            #expect(
                open.json?["exceptions"]?[0]?["links"]?[1]?["href"]?.string
                    == "/v1/reconciliations/\(advisory.json?["id"]?.string ?? "")")

            _ = try await server.put("/v1/sources/wms", "{\"authority\":\"authoritative\"}")
            let unasked = try await server.post("/v1/reconciliations", figures("2", lines))
            #expect(statuses(unasked) == ["A": "variance", "B": "variance"])
            let corrected = try await server.post("/v1/reconciliations", figures("3", lines, ",\"correct\":true"))
            #expect(statuses(corrected) == ["A": "corrected", "B": "variance"])
            #expect(corrected.json?["warnings"]?.elements?.isEmpty == true)
            // The three that were sold later are gone from the corrected figure too.
            #expect(try await server.shop.onHand("A", "L") == 19)
            let ledger = try await server.get("/v1/movements?sku=A&location=L&source=holdfast")
            let line = ledger.json?["movements"]?[0]
            #expect(line?["occurredAt"]?.string == "2026-01-10T20:00:00Z")
            #expect(line?["reason"]?.string == "reconciliation")
            #expect(line?["reference"]?.string == corrected.json?["id"]?.string)
            #expect(line?["sequence"]?.integer == corrected.json?["lines"]?[0]?["sequence"]?.integer)
            // That of A has closed by itself.
            let left = try await server.get("/v1/exceptions?type=reconciliationVariance")
            #expect(left.json?["exceptions"]?.elements?.map { $0["sku"]?.string } == ["B"])
            #expect(left.json?["exceptions"]?[0]?["units"]?.integer == 3)
            let resolved = try await server.post(
                "/v1/exceptions/\(left.json?["exceptions"]?[0]?["id"]?.string ?? "")/resolve",
                "{\"action\":\"correct\",\"delta\":3,\"reason\":\"found in the back\"}")
            #expect(resolved.status == 200)
            #expect(try await server.shop.onHand("B", "L") == 8)
            #expect(try await server.shop.prove().isProved)
        }
    }

    @Test func `what somebody counted at the instant is not corrected, and the line says so`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            _ = try await server.put("/v1/sources/wms", "{\"authority\":\"authoritative\"}")
            _ = try await server.put("/v1/reconciliation-rules/all", "{\"autoCorrectUnits\":5}")
            let count = try await server.post(
                "/v1/counts",
                """
                {"source":"scanner","eventId":"c","location":"L","countedAt":"2026-01-12T20:00:00Z",
                 "lines":[{"sku":"A","quantity":7}]}
                """)
            #expect(count.status == 200, "\(count.body)")
            let answer = try await server.post(
                "/v1/reconciliations",
                """
                {"source":"wms","eventId":"r","asOf":"2026-01-12T20:00:00Z","correct":true,
                 "lines":[{"sku":"A","location":"L","quantity":9}]}
                """)
            #expect(statuses(answer) == ["A": "variance"], "\(answer.body)")
            #expect(answer.json?["lines"]?[0]?["problem"]?.string?.contains("counted it at asOf") == true)
            #expect(try await server.shop.onHand("A", "L") == 7)
        }
    }

    @Test func `what was counted at the very instant is not corrected`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            _ = try await server.put("/v1/sources/wms", "{\"authority\":\"authoritative\"}")
            _ = try await server.put("/v1/reconciliation-rules/all", "{\"autoCorrectUnits\":9}")
            _ = try await server.post(
                "/v1/counts",
                """
                {"source":"scanner","eventId":"C","location":"L","countedAt":"2026-01-10T20:00:00Z","lines":[{"sku":"A","quantity":20}]}
                """)
            let answer = try await server.post(
                "/v1/reconciliations",
                figures("1", "{\"sku\":\"A\",\"quantity\":19},{\"sku\":\"B\",\"quantity\":4}", ",\"correct\":true"))
            #expect(statuses(answer) == ["A": "variance", "B": "corrected"])
        }
    }

    @Test func `what cannot be meant is refused with pointers, and nothing is kept`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            func post(_ body: String) async throws -> TestServer.Answer {
                try await server.post("/v1/reconciliations", body)
            }
            let line = "{\"sku\":\"A\",\"quantity\":1}"
            let wrong = try await post(
                """
                {"source":"holdfast","asOf":"yesterday","complete":true,"inFlightSeconds":-1,"colour":"red",
                 "lines":[{"sku":"A","quantity":1.5},{"quantity":2000000000,"sku":"A","size":1},7]}
                """)
            #expect(wrong.status == 400)
            #expect(
                Set(wrong.pointers) == [
                    "/source", "/eventId", "/asOf", "/location", "/inFlightSeconds", "/colour", "/lines/0/quantity",
                    "/lines/0/location", "/lines/1/quantity", "/lines/1/location", "/lines/1/size", "/lines/2",
                ])
            #expect(
                try await post("{\"source\":\"w\",\"eventId\":\"1\",\"lines\":[\(line)],\"location\":\"L\"}").pointers
                    == ["/asOf"])
            let future =
                "{\"source\":\"w\",\"eventId\":\"1\",\"asOf\":\"2999-01-01T00:00:00Z\",\"location\":\"L\",\"lines\":[\(line)]}"
            #expect(try await post(future).pointers == ["/asOf"])
            #expect(try await post(figures("1", "")).pointers == ["/lines"])
            let elsewhere = "{\"sku\":\"A\",\"location\":\"M\",\"quantity\":1}"
            #expect(try await post(figures("1", elsewhere, ",\"complete\":true")).pointers == ["/lines/0/location"])
            let nowhere = try await post(
                "{\"source\":\"w\",\"eventId\":\"1\",\"asOf\":\"2026-01-10T20:00:00Z\",\"location\":\"N\",\"complete\":true,\"lines\":[]}"
            )
            #expect(nowhere.status == 422)
            #expect(nowhere.code == "unknownReference")
            let many = Array(repeating: line, count: ReconciliationService.linesMax + 1).joined(separator: ",")
            let tooMany = try await post(figures("1", many))
            #expect(tooMany.status == 422)
            #expect(tooMany.code == "limitExceeded")
            #expect(try await server.shop.count("reconciliation") == 0)
            #expect(try await server.shop.count("reconciliation_line") == 0)
        }
    }

    @Test func `one rule of a scope, with versions, and what it names stays`() async throws {
        try await TestServer.run { server async throws in
            try await prepare(server)
            _ = try await server.put("/v1/sources/wms", "{}")
            let path = "/v1/reconciliation-rules/wms-L"
            let created = try await server.put(
                path, "{\"source\":\"wms\",\"location\":\"M\",\"toleranceUnits\":2,\"tolerancePercent\":5}")
            #expect(created.status == 201)
            #expect(created.json?["autoCorrectUnits"]?.integer == 0)
            let changed = try await server.put(path, "{\"source\":\"wms\",\"location\":\"M\",\"toleranceUnits\":3}")
            #expect(changed.status == 200)
            #expect(changed.headers[.eTag] == "\"2\"")
            #expect(changed.json?["tolerancePercent"]?.integer == 0)
            let second = try await server.put(
                "/v1/reconciliation-rules/other", "{\"source\":\"wms\",\"location\":\"M\"}")
            #expect(second.status == 409)
            #expect(second.code == "resourceInUse")
            #expect(try await server.put("/v1/reconciliation-rules/all", "{}").status == 201)
            #expect(try await server.put("/v1/reconciliation-rules/all2", "{}").status == 409)
            let unknown = try await server.put("/v1/reconciliation-rules/x", "{\"source\":\"nobody\"}")
            #expect(unknown.code == "unknownReference")
            #expect(unknown.pointers == ["/source"])
            let wrong = try await server.put(
                "/v1/reconciliation-rules/x", "{\"tolerancePercent\":101,\"toleranceUnits\":-1,\"tolerance\":1}")
            #expect(Set(wrong.pointers) == ["/tolerancePercent", "/toleranceUnits", "/tolerance"])
            let list = try await server.get("/v1/reconciliation-rules?includeTotal=true&limit=1")
            #expect(list.json?["total"]?.integer == 2)
            #expect(list.json?["reconciliationRules"]?[0]?["id"]?.string == "all")
            #expect(try await server.send(.delete, "/v1/locations/M").code == "resourceInUse")
            #expect(try await server.send(.delete, "/v1/sources/wms").code == "resourceInUse")
            #expect(try await server.send(.delete, path).status == 204)
            #expect(try await server.get(path).status == 404)
            #expect(try await server.send(.delete, "/v1/locations/M").status == 204)
            #expect(try await server.send(.delete, "/v1/sources/wms").status == 204)
        }
    }
}

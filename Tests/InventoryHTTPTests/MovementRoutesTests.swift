import Foundation
import Hummingbird
import Inventory
import InventoryHTTP
import StrictJSON
import TestSupport
import Testing

@Suite struct MovementRoutesTests {
    @Test func `a sale is answered with its verdict and the balance`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            let answer = try await server.facts(sale("s"), sale("s"), sale("p", "Z"))
            #expect(answer.status == 200)
            let results = answer.json?["results"]
            #expect(results?[0]?["verdict"]?.string == "applied")
            #expect(results?[0]?["firstVerdict"]?.isNull == true)
            #expect(results?[0]?["availability"]?["onHand"]?.integer == -1)
            #expect(results?[0]?["availability"]?["version"]?.integer == 1)
            #expect(results?[1]?["verdict"]?.string == "duplicate")
            #expect(results?[1]?["sequence"]?.integer == results?[0]?["sequence"]?.integer)
            #expect(results?[2]?["verdict"]?.string == "parked")
            #expect(results?[2]?["problem"]?["code"]?.string == "unknownSku")
            #expect(answer.json?["summary"]?["applied"]?.integer == 1)
            #expect(answer.json?["summary"]?["parked"]?.integer == 1)
        }
    }

    /// Every one is that line's own verdict; its neighbours are applied.
    static let badLines: [(line: String, pointer: String)] = [
        ("1", ""), ("null", ""), ("[]", ""),
        ("{\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}", "/eventId"),
        (sale("x", "A", at: "L", "0"), "/quantity"), (sale("x", "A", at: "L", "-1"), "/quantity"),
        (sale("x", "A", at: "L", "1.5"), "/quantity"), (sale("x", "A", at: "L", "1e-3"), "/quantity"),
        (sale("x", "A", at: "L", "\"1\""), "/quantity"), (sale("x", "A", at: "L", "1000000001"), "/quantity"),
        (sale("x", "A", at: "L", "99999999999999999999"), "/quantity"), (sale("x", "A", at: "L", "null"), "/quantity"),
        (sale("x", "a/b"), "/sku"), (sale("x", ""), "/sku"), (sale("x", " a"), "/sku"), (sale("x", "a\\u0000"), "/sku"),
        (sale("x", String(repeating: "s", count: 65)), "/sku"), (sale("x", "A", at: ""), "/location"),
        (sale(String(repeating: "e", count: 129)), "/eventId"), (sale("a\\nb"), "/eventId"),
        ("{\"eventId\":\"x\",\"type\":\"gift\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}", "/type"),
        ("{\"eventId\":\"x\",\"type\":\"sale\",\"location\":\"L\",\"quantity\":1}", "/sku"),
        (
            "{\"eventId\":\"x\",\"type\":\"sale\",\"sku\":\"A\",\"code\":\"1\",\"location\":\"L\",\"quantity\":1}",
            "/code"
        ),
        (
            "{\"eventId\":\"x\",\"type\":\"adjustment\",\"sku\":\"A\",\"location\":\"L\",\"delta\":0,\"reason\":\"r\"}",
            "/delta"
        ),
        ("{\"eventId\":\"x\",\"type\":\"adjustment\",\"sku\":\"A\",\"location\":\"L\",\"delta\":1}", "/reason"),
        (
            "{\"eventId\":\"x\",\"type\":\"stateChange\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"fromBucket\":\"onHand\",\"toBucket\":\"onHand\"}",
            "/toBucket"
        ),
        (
            "{\"eventId\":\"x\",\"type\":\"receipt\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"bucket\":\"inTransit\"}",
            "/bucket"
        ),
        (
            "{\"eventId\":\"x\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"occurredAt\":\"yesterday\"}",
            "/occurredAt"
        ),
        (
            "{\"eventId\":\"x\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"expectedVersion\":1}",
            "/expectedVersion"
        ),
        (
            "{\"eventId\":\"x\",\"eventId\":\"y\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}",
            "/eventId"
        ),
        (
            "{\"eventId\":\"x\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"attributes\":{\"a\":1,\"a\":2}}",
            "/attributes/a"
        ),
        (
            "{\"eventId\":\"x\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"attributes\":\"\(String(repeating: "x", count: 10))\"}",
            "/attributes"
        ),
    ]

    @Test func `what is wrong in a line is that line's verdict and is kept`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            for (index, bad) in Self.badLines.enumerated() {
                let answer = try await server.facts(sale("before\(index)"), bad.line, sale("after\(index)"))
                #expect(answer.status == 200, "\(bad.line)")
                let results = answer.json?["results"]
                #expect(results?[0]?["verdict"]?.string == "applied", "\(bad.line)")
                #expect(results?[1]?["verdict"]?.string == "rejected", "\(bad.line)")
                #expect(results?[1]?["problem"]?["pointer"]?.string == bad.pointer, "\(bad.line)")
                #expect(results?[2]?["verdict"]?.string == "applied", "\(bad.line)")
            }
            let count = Int64(Self.badLines.count)
            #expect(try await server.shop.onHand("A", "L") == -2 * count)
            #expect(try await server.shop.count("exception where raw is not null") == count)
        }
    }

    @Test(arguments: [
        ("{\"lines\":[\(sale("s"))]}", 400, "/source"), ("{\"source\":\"till\"}", 400, "/lines"),
        ("{\"source\":\"till\",\"lines\":[]}", 400, "/lines"), ("{\"source\":\"till\",\"lines\":{}}", 400, "/lines"),
        ("{\"source\":\"a/b\",\"lines\":[\(sale("s"))]}", 400, "/source"),
        ("{\"source\":\"holdfast\",\"lines\":[\(sale("s"))]}", 400, "/source"),
        ("{\"source\":\"till\",\"atomic\":1,\"lines\":[\(sale("s"))]}", 400, "/atomic"), ("[]", 400, ""),
        ("{", 400, ""),
        ("{\"source\":\"till\",\"lines\":[\(sale("s")),]}", 400, ""), ("", 400, ""),
    ])
    func `an unreadable envelope is a 400 that says where`(body: String, status: Int, pointer: String) async throws {
        try await TestServer.run { server async throws in
            let answer = try await server.post("/v1/movements", body)
            #expect(answer.status == status)
            #expect(answer.code == "invalidRequest")
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(answer.pointers == [pointer])
            #expect(try await server.shop.count("exception") == 0)
        }
    }

    @Test func `a line with a NUL in a string harms neither the batch nor the database`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            let nul = "\\u0000"
            let answer = try await server.facts(
                sale("ok1"), sale(nul), "{\"eventId\":\"x\",\"\(nul)\":1,\"\(nul)\":2}",
                "{\"eventId\":\"y\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"attributes\":{\"\(nul)\":1,\"\(nul)\":2}}",
                sale("ok2"))
            #expect(answer.status == 200)
            #expect(answer.json?["summary"]?["applied"]?.integer == 2)
            #expect(answer.json?["summary"]?["rejected"]?.integer == 3)
            #expect(try await server.shop.count("exception") == 3)
        }
    }

    @Test func `a line over its bound is rejected and its beginning kept`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            let answer = try await server.facts(
                "{\"eventId\":\"big\",\"x\":\"\(String(repeating: "é", count: 40_000))\"}", sale("s"))
            #expect(answer.json?["results"]?[0]?["verdict"]?.string == "rejected")
            #expect(answer.json?["results"]?[0]?["eventId"]?.string == "big")
            #expect(answer.json?["results"]?[1]?["verdict"]?.string == "applied")
        }
    }

    @Test func `a forged cursor is refused`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.facts(sale("1"), sale("2"))
            let cursor = try #require(try await server.get("/v1/movements?limit=1").json?["nextCursor"]?.string)
            let padded = cursor.replacing("-", with: "+").replacing("_", with: "/")
            let data = try #require(
                Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.count % 4) % 4)))
            let parts = String(decoding: data, as: UTF8.self).split(separator: "\u{1F}")
            for key in ["\(Int64.min) 1 1", "\(Int64.max) 1 1", "1 99999999999 1", "1 1", "x"] {
                let forged = Data("\(parts[0])\u{1F}\(key)".utf8).base64EncodedString()
                    .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
                #expect(try await server.get("/v1/movements?limit=1&cursor=\(forged)").status == 400, "\(key)")
            }
        }
    }

    @Test func `five thousand lines are taken and one more is too many`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            let lines = (0..<5_000).map { sale("e\($0)") }
            let taken = try await server.post(
                "/v1/movements", "{\"source\":\"t\",\"lines\":[\(lines.joined(separator: ","))]}")
            #expect(taken.status == 200)
            #expect(taken.json?["summary"]?["applied"]?.integer == 5_000)
            #expect(taken.json?["results"]?[0]?["availability"]?.isNull == true, "only asked for beyond 100 lines")
            #expect(try await server.shop.onHand("A", "L") == -5_000)
            let more = (lines + [sale("one more")]).joined(separator: ",")
            let refused = try await server.post("/v1/movements", "{\"source\":\"t\",\"lines\":[\(more)]}")
            #expect(refused.status == 422)
            #expect(refused.code == "limitExceeded")
        }
    }

    @Test func `an unknown field is ignored and named`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            let line =
                "{\"eventId\":\"s\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1,\"cashier\":7}"
            let answer = try await server.facts(line, more: ",\"shift\":2")
            #expect(answer.json?["results"]?[0]?["verdict"]?.string == "applied")
            #expect(answer.json?["results"]?[0]?["warnings"]?[0]?.string?.contains("'cashier'") == true)
            #expect(answer.json?["warnings"]?[0]?.string?.contains("'shift'") == true)
        }
    }

    @Test func `an atomic batch with a bad line is refused with a result per line`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            let answer = try await server.facts(sale("a"), sale("b", "A", at: "L", "0"), more: ",\"atomic\":true")
            #expect(answer.status == 409)
            #expect(answer.code == "batchRefused")
            #expect(answer.pointers == ["/lines/1/quantity"])
            #expect(answer.json?["results"]?[0]?["verdict"]?.string == "notApplied")
            #expect(answer.json?["results"]?[1]?["verdict"]?.string == "rejected")
            #expect(try await server.shop.count("event_key") == 0)
        }
    }

    @Test func `the ledger is read back line by line, with cursors that only fit their own question`() async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            try await server.shop.addLocation("L")
            _ = try await server.facts(
                "{\"eventId\":\"r\",\"type\":\"return\",\"disposition\":\"damaged\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":2,\"occurredAt\":\"2026-01-15T10:45:00Z\",\"reference\":\"R1\",\"attributes\":{\"b\":[1]}}",
                sale("s1"), sale("s2"))
            let page = try await server.get("/v1/movements?sku=A&limit=2")
            let first = page.json?["movements"]?[0]
            #expect(first?["type"]?.string == "return")
            #expect(first?["bucket"]?.string == "damaged")
            #expect(first?["counterAccount"]?.string == "customer")
            #expect(first?["units"]?.integer == 2)
            #expect(first?["occurredAt"]?.string == "2026-01-15T10:45:00Z")
            #expect(first?["attributes"]?["b"]?[0]?.integer == 1)
            #expect(first?["balanceAfter"]?["damaged"]?.integer == 2)
            let cursor = try #require(page.json?["nextCursor"]?.string)
            let next = try await server.get("/v1/movements?sku=A&limit=2&cursor=\(cursor)")
            #expect(next.json?["movements"]?.elements?.compactMap { $0["eventId"]?.string } == ["s2"])
            #expect(next.json?["nextCursor"]?.isNull == true)
            for bad in [
                "/v1/movements?location=L&cursor=\(cursor)", "/v1/movements?sku=A&cursor=AAAA",
                "/v1/movements?sku=A&cursor=!",
            ] {
                let refused = try await server.get(bad)
                #expect(refused.status == 400, "\(bad)")
                #expect(refused.parameters == ["cursor"], "\(bad)")
            }
            #expect(try await server.get("/v1/movements?sku=nothing").code == "unknownReference")
            #expect(try await server.get("/v1/movements?from=yesterday").parameters == ["from"])
            #expect(try await server.get("/v1/movements?skew=A").parameters == ["skew"])
            #expect(try await server.get("/v1/movements?limit=0").parameters == ["limit"])
            #expect(try await server.get("/v1/movements?limit=1001").parameters == ["limit"])
        }
    }
}

@Suite struct BodyTests {
    @Test func `a body that is not declared as JSON is a 415`() async throws {
        try await TestServer.run { server async throws in
            let answer = try await server.send(
                .post, "/v1/movements", "source=x", headers: [.contentType: "application/x-www-form-urlencoded"])
            #expect(answer.status == 415)
            #expect(answer.code == "unsupportedMediaType")
        }
    }

    @Test func `a body in another charset or coding is a 415 that says so`() async throws {
        try await TestServer.run { server async throws in
            let body = "{\"source\":\"till\",\"lines\":[]}"
            for type in ["application/json; charset=utf-16", "application/json;charset=\"latin1\""] {
                let answer = try await server.send(.post, "/v1/movements", body, headers: [.contentType: type])
                #expect(answer.status == 415, "\(type)")
            }
            let utf8 = try await server.send(
                .post, "/v1/movements", body, headers: [.contentType: "application/json; charset=UTF-8"])
            #expect(utf8.status != 415)
            for path in ["/v1/movements", "/v1/availability-queries"] {
                let packed = try await server.send(
                    .post, path, body, headers: [.contentType: "application/json", .contentEncoding: "gzip"])
                #expect(packed.status == 415 && packed.headers[.acceptEncoding] == "identity", "\(packed.body)")
            }
        }
    }

    @Test func `a body over the limit is a 413, declared or not`() async throws {
        var limits = HTTPLimits()
        limits.bulkBodyBytesMax = 1_000
        try await TestServer.run(limits: limits) { server async throws in
            let answer = try await server.post("/v1/movements", String(repeating: " ", count: 1_001))
            #expect(answer.status == 413)
            #expect(answer.code == "payloadTooLarge")
        }
    }

    @Test func `bodies are bounded together, and what was refused can be sent again`() async throws {
        var limits = HTTPLimits()
        limits.bodiesBytesMax = 200
        try await TestServer.run(limits: limits) { server async throws in
            let large = "{\"name\":\"\(String(repeating: "x", count: 199))\"}"
            let answer = try await server.put("/v1/items/A", large)
            #expect(answer.status == 503)
            #expect(answer.code == "overloaded")
            for number in 0..<10 {
                #expect(try await server.put("/v1/items/I\(number)", "{\"name\":\"x\"}").status == 201)
            }
        }
    }

    @Test func `before the database was reached everything but health and docs is a 503`() async throws {
        try await TestServer.run(hasStarted: false, isReady: false) { server async throws in
            let answer = try await server.get("/v1/items")
            #expect(answer.status == 503)
            #expect(answer.code == "overloaded")
            #expect(answer.headers[.retryAfter] == "1")
            #expect(try await server.get("/health/ready").status == 503)
            #expect(try await server.get("/health/live").status == 200)
            #expect(try await server.get("/docs").status == 200)
        }
    }

    @Test func `an unknown path is a problem too`() async throws {
        try await TestServer.run { server async throws in
            let answer = try await server.get("/v1/nothing")
            #expect(answer.status == 404)
            #expect(answer.code == "notFound")
        }
    }

    @Test func `a wrong method is a 405 that names the right ones`() async throws {
        try await TestServer.run { server async throws in
            let answer = try await server.send(.delete, "/v1/items/A")
            #expect(answer.status == 405)
            #expect(answer.code == "methodNotAllowed")
            #expect(answer.headers[.allow] == "GET, HEAD, PATCH, PUT")
        }
    }
}

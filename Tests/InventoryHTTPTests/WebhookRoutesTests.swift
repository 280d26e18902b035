import Hummingbird
import Inventory
import InventoryService
import StrictJSON
import TestSupport
import Testing

@Suite struct WebhookRoutesTests {
    private static let url = "https://shop.example.com/events"
    private static let body = #"{"url":"\#(url)"}"#

    @Test func `a webhook is made, read, changed and deleted`() async throws {
        try await TestServer.run { server async throws in
            let made = try await server.put("/v1/webhooks/shop", Self.body)
            #expect(made.status == 201)
            #expect(made.headers[.cacheControl] == "no-store")
            let secret = try #require(made.json?["secret"]?.string)
            #expect(WebhookSecret(secret) != nil)
            // As it is already: nothing is changed, and the secret is not said again.
            let again = try await server.put("/v1/webhooks/shop", Self.body)
            #expect(again.status == 200)
            #expect(again.json?["secret"]?.isNull == true)
            #expect(again.headers[.eTag] == "\"1\"")
            let changed = try await server.put(
                "/v1/webhooks/shop", #"{"url":"\#(Self.url)","batchSize":50,"types":["count.recorded"]}"#,
                headers: [.ifMatch: "\"1\""])
            #expect(changed.json?["version"]?.integer == 2)
            #expect(try await server.put("/v1/webhooks/shop", Self.body, headers: [.ifMatch: "\"1\""]).status == 412)
            let read = try await server.get("/v1/webhooks/shop")
            #expect(read.json?["batchSize"]?.integer == 50)
            #expect(read.json?["delivery"]?["state"]?.string == "active")
            let list = try await server.get("/v1/webhooks?includeTotal=true")
            #expect(list.json?["webhooks"]?.elements?.count == 1 && list.json?["total"]?.integer == 1)
            for answer in [again, changed, read, list] { #expect(!answer.body.contains("whsec_")) }
            #expect(try await server.send(.delete, "/v1/webhooks/shop").status == 204)
            #expect(try await server.get("/v1/webhooks/shop").status == 404)
            for table in ["webhook_secret", "webhook_state", "webhook_set_aside", "webhook_delivery"] {
                #expect(try await server.shop.count(table) == 0)
            }
            let audit = try await server.get("/v1/audit?kind=webhook&key=shop")
            let actions = audit.json?["auditEntries"]?.elements?.compactMap { $0["action"]?.string }
            #expect(actions == ["deleted", "changed", "created"])
            #expect(!audit.body.contains(secret))
        }
    }

    @Test(arguments: [
        (#"{}"#, "/url"), (#"{"url":"http://shop.example.com/"}"#, "/url"), (#"{"url":"https://10.0.0.1/"}"#, "/url"),
        (#"{"url":"https://[::1]/"}"#, "/url"), (#"{"url":"https://u:p@shop.example.com/"}"#, "/url"),
        (#"{"url":"\#(url)","types":["sale.completed"]}"#, "/types/0"),
        (#"{"url":"\#(url)","batchSize":0}"#, "/batchSize"),
        (#"{"url":"\#(url)","batchSize":101}"#, "/batchSize"), (#"{"url":"\#(url)","startAfter":"x"}"#, "/startAfter"),
        (#"{"url":"\#(url)","secret":"whsec_x"}"#, "/secret"),
    ])
    func `what cannot be meant is refused`(body: String, pointer: String) async throws {
        try await TestServer.run(allowsPrivateWebhooks: false) { server async throws in
            let answer = try await server.put("/v1/webhooks/shop", body)
            #expect(answer.status == 400)
            #expect(answer.pointers == [pointer])
        }
    }

    @Test func `a webhook gets what the client that put it may read`() async throws {
        try await TestServer.runAsking { server async throws in
            let integrator = server.with(try await server.key("integrator", [.integrator]))
            let operations = server.with(try await server.key("ops", [.operator]))
            let managing = server.with(try await server.key("managing", [], [.webhooksManage]))
            let till = server.with(try await server.key("till", [.till]))
            let bound = server.with(try await server.key("bound", [.integrator], locations: ["L"]))
            #expect(try await till.put("/v1/webhooks/shop", Self.body).status == 403)
            #expect(try await bound.put("/v1/webhooks/shop", Self.body).status == 403)
            // The scope to manage webhooks is not one to read the feed.
            #expect(try await managing.put("/v1/webhooks/shop", Self.body).status == 403)
            let made = try await operations.put("/v1/webhooks/shop", Self.body)
            #expect(made.json?["client"]?.string == "ops")
            #expect(try await server.shop.count("webhook where reads_reservations") == 1)
            // Who turns it to another address gets no more than its own.
            let taken = try await integrator.put("/v1/webhooks/shop", Self.body)
            #expect(taken.json?["client"]?.string == "integrator")
            #expect(try await server.shop.count("webhook where reads_reservations") == 0)
        }
    }

    @Test func `a request for a secret that is sent again makes no second one`() async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/webhooks/shop", Self.body)
            func rotate(_ body: String, _ key: String = "1") async throws -> TestServer.Answer {
                try await server.send(.post, "/v1/webhooks/shop/secrets", body, headers: keyed(key))
            }
            let first = try await rotate("{}")
            let secret = try #require(first.json?["secret"]?.string)
            let again = try await rotate("{}")
            #expect(again.status == 201 && again.json?["secret"]?.isNull == true, "\(again.body)")
            #expect(!again.body.contains(secret) && again.json?["secrets"]?.elements?.count == 2)
            #expect(try await rotate(#"{"overlapSeconds":1}"#).code == "idempotencyKeyReused")
            #expect(try await server.shop.count("webhook_secret") == 2)
            #expect(try await rotate(#"{"overlapSeconds":0}"#, "2").json?["secret"]?.string != nil)
        }
    }

    @Test func `a secret is replaced, and shown once`() async throws {
        try await TestServer.run { server async throws in
            let first = try #require(try await server.put("/v1/webhooks/shop", Self.body).json?["secret"]?.string)
            let rotated = try await server.post("/v1/webhooks/shop/secrets", #"{"overlapSeconds":600}"#)
            #expect(rotated.status == 201)
            let second = try #require(rotated.json?["secret"]?.string)
            #expect(first != second && !rotated.body.contains(first))
            let lives = try #require(rotated.json?["secrets"]?.elements)
            #expect(lives.count == 2 && lives[0]["validUntil"]?.isNull == true && lives[1]["validUntil"]?.string != nil)
            let refused = try await server.post("/v1/webhooks/shop/secrets", "{}")
            #expect(refused.status == 409 && refused.code == "resourceInUse")
            let ended = try await server.post("/v1/webhooks/shop/secrets", #"{"overlapSeconds":0}"#)
            #expect(ended.json?["secrets"]?.elements?.count == 1)
            #expect(try await server.shop.count("webhook_secret") == 1)
            #expect(try await server.post("/v1/webhooks/other/secrets", "{}").status == 404)
        }
    }

    @Test func `what is asked of a webhook that there is not is not found`() async throws {
        try await TestServer.run { server async throws in
            for path in ["deliveries", "dead-letters"] {
                #expect(try await server.get("/v1/webhooks/none/\(path)").status == 404)
            }
            for path in ["ping", "secrets", "resume"] {
                #expect(try await server.post("/v1/webhooks/none/\(path)", "{}").status == 404)
            }
            #expect(try await server.post("/v1/webhooks/none/replay", #"{"deadLetters":true}"#).status == 404)
            #expect(try await server.send(.delete, "/v1/webhooks/none").status == 404)
        }
    }

    @Test(arguments: [
        (#"{}"#, 400), (#"{"after":"x"}"#, 400), (#"{"after":"1","from":"2026-01-15T10:00:00Z"}"#, 400),
        (#"{"to":"2026-01-15T10:00:00Z"}"#, 400), (#"{"after":"2","through":"1"}"#, 422), (#"{"after":"9999"}"#, 422),
        (#"{"from":"2026-01-15T10:00:00Z","to":"2026-01-15T09:00:00Z"}"#, 400),
    ])
    func `a range that cannot be meant is refused`(body: String, status: Int) async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/webhooks/shop", Self.body)
            #expect(try await server.post("/v1/webhooks/shop/replay", body).status == status)
        }
    }

    @Test func `there are only so many webhooks`() async throws {
        try await TestServer.run { server async throws in
            for number in 0..<Webhook.countMax {
                #expect(try await server.put("/v1/webhooks/w\(number)", Self.body).status == 201)
            }
            let refused = try await server.put("/v1/webhooks/more", Self.body)
            #expect(refused.status == 409 && refused.code == "resourceInUse")
        }
    }
}

import Hummingbird
import Inventory
import InventoryPostgres
import InventoryService
import StrictJSON
import TestSupport
import Testing

@Suite struct APIKeyRoutesTests {
    private static let till = """
        {"client":"pos-367","name":"Tills of 367","roles":["till"],"scopes":["counts:write"],"locations":["367"],\
        "sources":["pos-367"],"certificate":"\(String(repeating: "AB:", count: 31))AB","expiresAt":"2099-01-01T00:00:00Z"}
        """

    @Test func `a key is made, shown once, listed without its text, and opens what its roles say`() async throws {
        try await TestServer.runAsking { server async throws in
            let admin = server.with(try await server.key("ops", [.operator]))
            try await server.shop.addLocation("367")
            let made = try await admin.post("/v1/api-keys", Self.till)
            #expect(made.status == 201)
            #expect(made.headers[.cacheControl] == "no-store")
            let text = try #require(made.json?["key"]?.string)
            let id = try #require(made.json?["apiKey"]?["id"]?.string)
            #expect(made.headers[.location] == "/v1/api-keys/\(id)")
            #expect(text.hasPrefix("hfk_\(id)_"))
            #expect(made.json?["apiKey"]?["createdBy"]?.string == "ops")
            let read = try await admin.get("/v1/api-keys/\(id)")
            #expect(read.json?["state"]?.string == "valid")
            #expect(read.json?["certificate"]?.string == String(repeating: "ab", count: 32))
            let list = try await admin.get("/v1/api-keys?client=pos-367&includeTotal=true")
            #expect(list.json?["total"]?.integer == 1)
            for answer in [read, list] { #expect(!answer.body.contains(String(text.suffix(43)))) }
            let stored = try await server.shop.count("api_key")
            #expect(stored == 2)
            // The till may now read, and may not make keys.
            let till = server.with(text)
            #expect(try await till.get("/v1/items").status == 200)
            let refused = try await till.get("/v1/api-keys")
            #expect(refused.status == 403)
            #expect(refused.code == "forbidden")
            #expect(refused.headers[.wwwAuthenticate]?.contains(#"scope="admin""#) == true)
        }
    }

    @Test func `a client changes over to a new key while the old one is good, and has two at most`() async throws {
        try await TestServer.runAsking { server async throws in
            let admin = server.with(try await server.key("ops", [.operator]))
            try await server.shop.addLocation("367")
            let first = try await admin.post("/v1/api-keys", Self.till)
            let firstID = try #require(first.json?["apiKey"]?["id"]?.string)
            let firstText = try #require(first.json?["key"]?.string)
            let second = try await admin.post("/v1/api-keys/\(firstID)/rotate", #"{"overlapSeconds":600}"#)
            #expect(second.status == 201)
            let secondText = try #require(second.json?["key"]?.string)
            let secondID = try #require(second.json?["apiKey"]?["id"]?.string)
            // It has the same rights, and the certificate goes with it.
            for name in ["roles", "scopes", "locations", "sources", "name", "client", "certificate"] {
                #expect(
                    second.json?["apiKey"]?[name].map { "\($0.raw)" }
                        == first.json?["apiKey"]?[name].map { "\($0.raw)" },
                    "\(name)")
            }
            for text in [firstText, secondText] { #expect(try await server.with(text).get("/v1/items").status == 200) }
            let third = try await admin.post("/v1/api-keys/\(secondID)/rotate", "{}")
            #expect(third.status == 409)
            #expect(third.code == "resourceInUse")
            // Ended at once where it is revoked; again changes nothing.
            for _ in 0..<2 {
                let revoked = try await admin.post("/v1/api-keys/\(firstID)/revoke", "{}")
                #expect(revoked.json?["state"]?.string == "revoked")
            }
            let gone = try await server.with(firstText).get("/v1/items")
            #expect(gone.status == 401)
            #expect(gone.headers[.wwwAuthenticate]?.contains(#"error="invalid_token""#) == true)
            #expect(try await server.with(secondText).get("/v1/items").status == 200)
            #expect(try await admin.post("/v1/api-keys/\(firstID)/rotate", "{}").code == "illegalTransition")
            let now = try await admin.post("/v1/api-keys/\(secondID)/rotate", #"{"overlapSeconds":0}"#)
            #expect(now.status == 201)
            #expect(try await server.with(secondText).get("/v1/items").status == 401)
        }
    }

    @Test func `a request for a key that is sent again makes no second one, and is not shown the first again`()
        async throws
    {
        try await TestServer.runAsking { server async throws in
            let admin = server.with(try await server.key("ops", [.operator]))
            try await server.shop.addLocation("367")
            func make(_ body: String, _ key: String, _ who: TestServer? = nil) async throws -> TestServer.Answer {
                try await (who ?? admin).send(.post, "/v1/api-keys", body, headers: keyed(key))
            }
            let first = try await make(Self.till, "1")
            let id = try #require(first.json?["apiKey"]?["id"]?.string)
            let text = try #require(first.json?["key"]?.string)
            let again = try await make(Self.till, "1")
            #expect(again.status == 201 && again.json?["apiKey"]?["id"]?.string == id, "\(again.body)")
            #expect(again.json?["key"]?.isNull == true && !again.body.contains(String(text.suffix(43))))
            #expect(again.headers[.location] == "/v1/api-keys/\(id)" && again.headers[.cacheControl] == "no-store")
            #expect(try await server.shop.count("api_key") == 2)
            let other = Self.till.replacing("Tills of 367", with: "Others")
            let reused = try await make(other, "1")
            #expect(reused.status == 422 && reused.code == "idempotencyKeyReused", "\(reused.body)")
            // Another client's key is another.
            let boss = server.with(try await server.key("boss", [.operator]))
            let mine = "{\"client\":\"shop\",\"roles\":[\"storefront\"]}"
            #expect(try await make(mine, "1", boss).json?["key"]?.string != nil)
            // A refusal is decided afresh.
            let certificate = Self.till.replacing("pos-367\",\"name", with: "pos-368\",\"name")
            #expect(try await make(certificate, "2").code == "resourceInUse")
            #expect(try await admin.post("/v1/api-keys/\(id)/revoke", "{}").status == 200)
            #expect(try await make(certificate, "2").json?["key"]?.string != nil)
            // As it is now, and not as it was made.
            #expect(try await make(Self.till, "1").json?["apiKey"]?["state"]?.string == "revoked")
        }
    }

    @Test func `a rotation that is sent again is answered with what it made, without the text`() async throws {
        try await TestServer.runAsking { server async throws in
            let admin = server.with(try await server.key("ops", [.operator]))
            try await server.shop.addLocation("367")
            let id = try #require(try await admin.post("/v1/api-keys", Self.till).json?["apiKey"]?["id"]?.string)
            func rotate(_ body: String) async throws -> TestServer.Answer {
                try await admin.send(.post, "/v1/api-keys/\(id)/rotate", body, headers: keyed("r"))
            }
            let first = try await rotate(#"{"overlapSeconds":0}"#)
            #expect(first.json?["key"]?.string != nil)
            // The old one has ended, so a second rotation would be refused.
            let again = try await rotate(#"{"overlapSeconds":0}"#)
            #expect(again.status == 201 && again.json?["key"]?.isNull == true, "\(again.body)")
            #expect(again.json?["apiKey"]?["id"]?.string == first.json?["apiKey"]?["id"]?.string)
            #expect(try await rotate(#"{"overlapSeconds":1}"#).code == "idempotencyKeyReused")
            #expect(try await server.shop.count("api_key") == 3)
        }
    }

    @Test func `a key whose answer was lost is made once, and the audit says so once`() async throws {
        try await withShop { shop async throws in
            let text = APIKeyText.draw()
            let new = NewAPIKey(client: ClientID(stored: "a"), grant: AccessGrant(roles: [.till]))
            let first = try await shop.apiKeys.create(new, text, by: nil).get()
            #expect(try await shop.apiKeys.create(new, text, by: nil).get() == first)
            let next = APIKeyText.draw()
            let second = try await shop.apiKeys.rotate(first.id, to: next, overlapSeconds: 60, by: nil).get()
            let again = try await shop.apiKeys.rotate(first.id, to: next, overlapSeconds: 60, by: nil)
            #expect(try again.get() == second)
            #expect(try await shop.count("api_key") == 2)
            // Made, changed and made.
            #expect(try await shop.count("audit_entry") == 3)
        }
    }

    @Test(arguments: [
        ("{}", 400), (#"{"client":"a"}"#, 400), (#"{"client":"a","roles":["king"]}"#, 400),
        (#"{"client":"a","roles":["till","till"]}"#, 400), (#"{"client":"a","scopes":["all"]}"#, 400),
        (#"{"client":"","roles":["till"]}"#, 400), (#"{"client":"a","roles":["till"],"extra":1}"#, 400),
        (#"{"client":"a","roles":["till"],"expiresAt":"2001-01-01T00:00:00Z"}"#, 400),
        (#"{"client":"a","roles":["till"],"certificate":"ab"}"#, 400),
        (#"{"client":"a","roles":["till"],"locations":["a/b"]}"#, 400),
        (#"{"client":"pos x/1","roles":["till"]}"#, 400), (#"{"client":"..","roles":["till"]}"#, 400),
        (#"{"client":"\#(String(repeating: "a", count: 65))","roles":["till"]}"#, 400),
        (#"{"client":"a","roles":["till"],"locations":["nowhere"]}"#, 422),
        (#"{"client":"a","roles":["till"],"sources":["not-heard-yet"]}"#, 201),
        (#"{"client":"a","roles":["till"],"locations":[]}"#, 201), (#"{"client":"a","scopes":["admin"]}"#, 201),
        (#"{"client":"auth0|42@clients","roles":["till"],"locations":null}"#, 201),
    ])
    func `what cannot be meant is refused`(body: String, status: Int) async throws {
        try await TestServer.runAsking { server async throws in
            let admin = server.with(try await server.key("ops", [.operator]))
            let answer = try await admin.post("/v1/api-keys", body)
            #expect(answer.status == status, "\(answer.body)")
            // One mistake is one problem.
            #expect(status == 201 || answer.pointers.count == 1, "\(answer.body)")
            for id in ["x", "aaaaaaaaaaaaaaaa", "%2F"] {
                for action in ["", "/rotate", "/revoke"] {
                    let path = "/v1/api-keys/\(id)\(action)"
                    let found = action.isEmpty ? try await admin.get(path) : try await admin.post(path, "{}")
                    #expect(found.status == 404, "\(path)")
                }
            }
        }
    }

    @Test func `a key is not bound to a location that is not there`() async throws {
        try await TestServer.runAsking { server async throws in
            let admin = server.with(try await server.key("ops", [.operator]))
            try await server.shop.addLocation("L")
            let answer = try await admin.post(
                "/v1/api-keys", #"{"client":"a","roles":["till"],"locations":["L","M"],"sources":["s"]}"#)
            #expect(answer.code == "unknownReference" && answer.pointers == ["/locations/1"], "\(answer.body)")
            #expect(try await admin.get("/v1/api-keys?client=a").json?["apiKeys"]?.elements?.isEmpty == true)
        }
    }

    @Test func `without a good credential nothing is told but how to get one`() async throws {
        try await TestServer.runAsking { server async throws in
            let good = try await server.key("a", [.analyst])
            let (id, secret) = (good.dropFirst(4).prefix(16), good.suffix(43))
            let long = String(repeating: "x", count: 20_000)
            for sent in [
                nil, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer \(good)x", "Bearer hfk_\(id)_",
                "Bearer hfk_\(id)_\(secret.reversed())", "Bearer hfk_aaaaaaaaaaaaaaaa_\(secret)", "Bearer a.b.c",
                "Bearer \(long)", "Bearer \(good) \(good)", "bearer", good,
            ] as [String?] {
                var anyone = server
                anyone.caller = sent.map { [.authorization: $0] } ?? [:]
                let answer = try await anyone.get("/v1/items")
                #expect(answer.status == 401, "\(sent?.prefix(60) ?? "nothing")")
                #expect(answer.code == "unauthenticated")
                #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
                #expect(!answer.body.contains(secret) && !answer.body.contains("xxxx"))
                // What there is is open to nobody, and what there is not is told by nobody's path.
                #expect(try await anyone.post("/v1/movements", "not JSON").status == 401)
                #expect(try await anyone.get("/health/live").status == 200)
            }
            var twice = server
            twice.caller = [.authorization: "Bearer \(good)"]
            twice.caller.append(.init(name: .authorization, value: "Bearer \(good)"))
            #expect(try await twice.get("/v1/items").status == 401)
            for scheme in ["bearer", "BEARER"] {
                var cased = server
                cased.caller = [.authorization: "\(scheme) \(good)"]
                #expect(try await cased.get("/v1/items").status == 200)
            }
        }
    }
}

import Foundation
import Hummingbird
import OpenAPIContract
import StrictJSON
import TestSupport
import Testing
import Yams

/// `PATCH` with JSON merge patches changes single fields of master data.
@Suite struct PatchTests {
    private static let hours = #"{"monday":[{"opens":"08:00","closes":"20:00"}]}"#
    private static let store = """
        {"name":"Mitte","coordinates":{"latitude":52.5219,"longitude":13.4132},"timeZone":"Europe/Berlin",\
        "openingHours":\(hours),"leadTimeMinutes":60,"dailyCapacity":5,"priority":1,\
        "costPerShipment":{"amount":390,"currency":"EUR"},"pickupWindowHours":72,"latePickup":"release",\
        "silenceLimitSeconds":300,"lagBuffer":true,"capabilities":["pickup"]}
        """

    @Test func `a location's patch changes what it names and keeps all else`() async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/locations/mitte", Self.store)
            let before = try await server.get("/v1/locations/mitte")
            let paused = try await server.patch("/v1/locations/mitte", #"{"status":"paused"}"#)
            #expect(paused.status == 200)
            #expect(paused.headers[.eTag] == "\"2\"")
            let expected = before.body.replacing(#""status":"active""#, with: #""status":"paused""#)
                .replacing(#""version":1"#, with: #""version":2"#)
            #expect(paused.body == expected)
            let more = try await server.patch(
                "/v1/locations/mitte",
                #"{"status":null,"leadTimeMinutes":null,"coordinates":{"latitude":50},"openingHours":{"sunday":[]}}"#)
            #expect(more.json?["status"]?.string == "active")
            #expect(more.json?["leadTimeMinutes"]?.isNull == true)
            #expect(more.json?["coordinates"]?["latitude"]?.number == 50)
            #expect(more.json?["coordinates"]?["longitude"]?.number == 13.4132)
            #expect(more.json?["openingHours"]?["monday"]?.elements?.count == 1)
            #expect(more.json?["dailyCapacity"]?.integer == 5)
        }
    }

    @Test func `a group's patch changes what it names and keeps all else`() async throws {
        try await TestServer.run { server async throws in
            for id in ["A", "B"] { _ = try await server.put("/v1/locations/\(id)", #"{"name":"Store"}"#) }
            _ = try await server.put("/v1/location-groups/g", #"{"name":"G","channel":"web","locations":["A","B"]}"#)
            let named = try await server.patch("/v1/location-groups/g", #"{"name":"North"}"#)
            #expect(named.json?["name"]?.string == "North")
            #expect(named.json?["channel"]?.string == "web")
            #expect(named.json?["locations"]?.elements?.count == 2)
            let less = try await server.patch("/v1/location-groups/g", #"{"locations":["B"],"channel":null}"#)
            #expect(less.json?["locations"]?.elements?.compactMap(\.string) == ["B"])
            #expect(less.json?["channel"]?.isNull == true)
            let unknown = try await server.patch("/v1/location-groups/g", #"{"locations":["nowhere"]}"#)
            #expect(unknown.status == 422)
            #expect(unknown.pointers == ["/locations/0"])
        }
    }

    @Test func `a source's patch changes what it names and keeps all else`() async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/locations/A", #"{"name":"Store"}"#)
            let labels =
                #"[{"prefixes":["28"],"articleFrom":3,"articleTo":7,"valueFrom":8,"valueTo":12,"kind":"weight"}]"#
            _ = try await server.put(
                "/v1/sources/till", "{\"codeSystem\":\"erp\",\"locations\":[\"A\"],\"labels\":\(labels)}")
            let changed = try await server.patch("/v1/sources/till", #"{"name":"Tills","authority":"authoritative"}"#)
            #expect(changed.status == 200)
            #expect(changed.json?["name"]?.string == "Tills")
            #expect(changed.json?["authority"]?.string == "authoritative")
            #expect(changed.json?["codeSystem"]?.string == "erp")
            #expect(changed.json?["locations"]?.elements?.count == 1)
            #expect(changed.json?["labels"]?[0]?["decimals"]?.integer == 3)
            #expect(try await server.patch("/v1/sources/holdfast", #"{"name":"Mine"}"#).status == 400)
        }
    }

    @Test func `an item's patch changes what it names and keeps all else, the parts of a kit too`() async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/items/part", #"{"name":"Part","unit":"gram"}"#)
            let kit = #"{"name":"Kit","components":[{"sku":"part","quantity":3}]}"#
            _ = try await server.put("/v1/items/kit", kit)
            let recalled = try await server.patch("/v1/items/kit", #"{"status":"stopSale"}"#)
            #expect(recalled.json?["status"]?.string == "stopSale")
            #expect(recalled.json?["components"]?[0]?["quantity"]?.integer == 3)
            let part = try await server.patch("/v1/items/part", #"{"status":"discontinued"}"#)
            #expect(part.json?["unit"]?.string == "gram")
            let item = try await server.patch("/v1/items/kit", #"{"components":null}"#)
            #expect(item.json?["components"]?.elements?.isEmpty == true)
        }
    }

    @Test(arguments: ["safety-stock-rules", "thresholds", "ring-fences"])
    func `a rule's patch changes what it names and keeps all else`(path: String) async throws {
        try await TestServer.run { server async throws in
            for id in ["A", "B"] { _ = try await server.put("/v1/locations/\(id)", #"{"name":"Store"}"#) }
            _ = try await server.put("/v1/items/x", #"{"name":"X"}"#)
            _ = try await server.put("/v1/aliases", #"{"codeSystem":"erp","code":"7","sku":"x"}"#)
            let more = path == "ring-fences" ? ",\"priority\":7" : ""
            _ = try await server.put(
                "/v1/\(path)/r", "{\"scope\":{\"location\":\"A\",\"channel\":\"web\"},\"quantity\":2\(more)}")
            let moved = try await server.patch("/v1/\(path)/r", #"{"quantity":4,"scope":{"location":"B"}}"#)
            #expect(moved.status == 200)
            #expect(moved.json?["quantity"]?.integer == 4)
            #expect(moved.json?["scope"]?["location"]?.string == "B")
            #expect(moved.json?["scope"]?["channel"]?.string == "web")
            if path == "ring-fences" { #expect(moved.json?["priority"]?.integer == 7) }
            let wide = try await server.patch(
                "/v1/\(path)/r", #"{"scope":{"location":null,"code":"7","codeSystem":"erp"}}"#)
            #expect(wide.json?["scope"]?["location"]?.isNull == true)
            #expect(wide.json?["scope"]?["sku"]?.string == "x")
            let both = try await server.patch("/v1/\(path)/r", #"{"scope":{"code":"7","codeSystem":"erp"}}"#)
            #expect(both.pointers == ["/scope/code"])
        }
    }

    /// Each path with a body that makes it, and a patch.
    private static let resources: [(path: String, body: String, patch: String)] = [
        ("/v1/locations/A", store, #"{"leadTimeMinutes":60,"openingHours":\#(hours)}"#),
        ("/v1/location-groups/g", #"{"name":"G","locations":["A"]}"#, #"{"locations":["A"]}"#),
        ("/v1/sources/till", #"{"name":"Till"}"#, #"{"name":"Till","codeSystem":null}"#),
        ("/v1/items/x", #"{"name":"X"}"#, #"{"name":"X","status":"active"}"#),
        ("/v1/safety-stock-rules/r", #"{"scope":{},"quantity":1}"#, #"{"quantity":1}"#),
        ("/v1/thresholds/r", #"{"scope":{"location":"A"},"quantity":1}"#, #"{"scope":{"location":"A"}}"#),
        ("/v1/ring-fences/r", #"{"scope":{"channel":"web"},"quantity":1}"#, #"{"priority":null}"#),
    ]

    @Test func `a patch that changes nothing changes no version and no epoch`() async throws {
        try await TestServer.run { server async throws in
            for resource in Self.resources { _ = try await server.put(resource.path, resource.body) }
            let epoch = "generate_series(1, (select epoch from config_epoch))"
            let epochs = try await server.shop.count(epoch)
            let changes = try await server.shop.count("commit_log")
            for resource in Self.resources {
                let before = try await server.get(resource.path)
                for patch in ["{}", resource.patch] {
                    let answer = try await server.patch(resource.path, patch)
                    #expect(answer.status == 200, "\(resource.path): \(answer.body)")
                    #expect(answer.headers[.eTag] == before.headers[.eTag], "\(resource.path): \(patch)")
                    #expect(answer.body == before.body, "\(resource.path): \(patch)")
                }
            }
            #expect(try await server.shop.count(epoch) == epochs)
            #expect(try await server.shop.count("commit_log") == changes)
        }
    }

    @Test func `what is not there is 404, another media type 415, and what a PUT refuses is refused`() async throws {
        try await TestServer.run { server async throws in
            for resource in Self.resources {
                #expect(try await server.patch(resource.path, "{}").status == 404, "\(resource.path)")
            }
            for resource in Self.resources {
                _ = try await server.put(resource.path, resource.body)
                let json = try await server.send(.patch, resource.path, "{}")
                #expect(json.status == 415)
                #expect(json.body.contains("application/merge-patch+json"))
                #expect(json.headers.first { $0.name.canonicalName == "accept-patch" } != nil)
                let unknown = try await server.patch(resource.path, #"{"colour":"red"}"#)
                #expect(unknown.pointers == ["/colour"], "\(resource.path)")
                let twice = try await server.patch(resource.path, #"{"name":"a","name":"b"}"#)
                #expect(twice.pointers == ["/name"], "\(resource.path)")
                #expect(try await server.patch(resource.path, #"["name"]"#).status == 400)
                #expect(try await server.patch(resource.path, "{").status == 400)
            }
            let nameless = try await server.patch("/v1/items/x", #"{"name":null}"#)
            #expect(nameless.pointers == ["/name"])
        }
    }

    @Test func `If-Match of an older version is 412, and of the version there is obeyed`() async throws {
        try await TestServer.run { server async throws in
            for resource in Self.resources {
                _ = try await server.put(resource.path, resource.body)
                let field = resource.body.contains("quantity") ? #"{"quantity":9}"# : #"{"name":"Other"}"#
                let stale = try await server.patch(resource.path, field, headers: [.ifMatch: "\"7\""])
                #expect(stale.status == 412, "\(resource.path)")
                #expect(try await server.patch(resource.path, field, headers: [.ifMatch: "\"1\""]).status == 200)
                #expect(try await server.patch(resource.path, field, headers: [.ifMatch: "\"1\""]).status == 412)
                #expect(try await server.patch(resource.path, field, headers: [.ifMatch: "*"]).status == 200)
            }
        }
    }

    @Test func `of patches of different fields at once none is lost`() async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/locations/A", #"{"name":"Store"}"#)
            let patches = [
                #"{"leadTimeMinutes":1}"#, #"{"dailyCapacity":2}"#, #"{"priority":3}"#, #"{"pickupWindowHours":4}"#,
                #"{"silenceLimitSeconds":50}"#, #"{"lagBuffer":true}"#, #"{"kind":"warehouse"}"#, #"{"mode":"shadow"}"#,
            ]
            try await withThrowingTaskGroup(of: Int.self) { tasks in
                for patch in patches {
                    tasks.addTask {
                        try await server.onOwnConnection { try await $0.patch("/v1/locations/A", patch).status }
                    }
                }
                for try await status in tasks { #expect(status == 200) }
            }
            let after = try await server.get("/v1/locations/A").json
            #expect(after?["version"]?.integer == 9)
            #expect(after?["leadTimeMinutes"]?.integer == 1)
            #expect(after?["dailyCapacity"]?.integer == 2)
            #expect(after?["priority"]?.integer == 3)
            #expect(after?["pickupWindowHours"]?.integer == 4)
            #expect(after?["silenceLimitSeconds"]?.integer == 50)
            #expect(after?["lagBuffer"]?.boolean == true)
            #expect(after?["kind"]?.string == "warehouse")
            #expect(after?["mode"]?.string == "shadow")
        }
    }

    @Test func `of sixteen clients that patch one item at once none is sent away`() async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/items/A", #"{"name":"A"}"#)
            try await withThrowingTaskGroup(of: Int.self) { tasks in
                for number in 1...16 {
                    tasks.addTask {
                        try await server.onOwnConnection {
                            try await $0.patch("/v1/items/A", "{\"name\":\"A \(number)\"}").status
                        }
                    }
                }
                for try await status in tasks { #expect(status == 200) }
            }
            #expect(try await server.get("/v1/items/A").json?["version"]?.integer == 17)
        }
    }

    @Test func `every patch that the contract shows is taken`() async throws {
        let text = String(decoding: OpenAPIContract.bytes, as: UTF8.self)
        let document = try #require(try Yams.load(yaml: text) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        var shown: [(path: String, patch: String)] = []
        for resource in Self.resources {
            let folder = resource.path.prefix(through: try #require(resource.path.lastIndex(of: "/")))
            let path = try #require(
                paths.keys.first {
                    $0.hasPrefix(folder + "{") && $0.hasSuffix("}") && $0.split(separator: "/").count == 3
                })
            let operation = try #require(paths[path]?["patch"] as? [String: Any], "\(path)")
            let content = (operation["requestBody"] as? [String: Any])?["content"] as? [String: [String: Any]]
            let media = try #require(content?["application/merge-patch+json"])
            for example in try #require(media["examples"] as? [String: [String: Any]]).values {
                let data = try JSONSerialization.data(withJSONObject: try #require(example["value"]))
                shown.append((resource.path, String(decoding: data, as: UTF8.self)))
            }
        }
        #expect(shown.count > 10)
        try await TestServer.run { [shown] server async throws in
            try await server.shop.addLocation("367")
            for resource in Self.resources { _ = try await server.put(resource.path, resource.body) }
            for (path, patch) in shown {
                let answer = try await server.patch(path, patch)
                #expect(answer.status == 200, "\(path) \(patch): \(answer.body)")
            }
        }
    }
}

extension TestServer {
    func patch(_ path: String, _ body: String, headers: HTTPFields = [:]) async throws -> Answer {
        var headers = headers
        headers[.contentType] = "application/merge-patch+json"
        return try await send(.patch, path, body, headers: headers)
    }
}

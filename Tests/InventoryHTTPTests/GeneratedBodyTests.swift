import Foundation
import Hummingbird
import OpenAPIContract
import StrictJSON
import TestSupport
import Testing
import Yams

/// Clients that are generated from the contract send every default and every null that it names. Each must mean the same
/// as the field left out.
@Suite struct GeneratedBodyTests {
    @Test func `each default and each null of a body is as good as the field left out`() async throws {
        try await TestServer.run { server async throws in
            let contract = try RequestContract()
            try await contract.stock(server)
            let reservation = try await server.reserve(lines: [("1082185", 1)], at: "367", more: ",\"confirm\":true").id
            var checked = 0
            for request in contract.requests {
                let id = request.path.hasPrefix("/v1/reservations/") ? reservation : "X1"
                let path = request.path.replacing(/\{[a-z]+\}/, with: id)
                // A second time it changes nothing, or is refused: the variants are held against that.
                _ = try await send(server, request.method, path, request.body)
                let plain = try await send(server, request.method, path, request.body)
                #expect(plain.status != 400, "\(request.operation): \(plain.body)")
                for variant in contract.variants(of: request) {
                    let answer = try await send(server, request.method, path, variant.body)
                    let what: Comment = "\(request.operation) with \(variant.name): \(answer.body.prefix(1_000))"
                    #expect(answer.status == plain.status, what)
                    #expect(answer.code == plain.code, what)
                    #expect(verdicts(answer) == verdicts(plain), what)
                    #expect(!answer.body.contains("is not known"), what)
                    checked += 1
                }
            }
            #expect(checked > 200)
        }
    }

    @Test func `a pickup may say that nothing must be left, and a dismissal that one code is one unit`() async throws {
        try await withStock { server async throws in
            let more = ",\"minimumLeft\":0,\"objective\":null,\"maxSplits\":null,\"group\":null,\"shipTo\":null"
            #expect(try await server.reserve(lines: [("A", 1)], more: more).status == 201)
            let left = try await server.reserve(lines: [("A", 1)], more: ",\"minimumLeft\":1")
            #expect(left.pointers == ["/minimumLeft"])
            _ = try await server.facts(sale("odd", "unheard-of"))
            let open = try await server.get("/v1/exceptions?status=open&type=unknownSku")
            let id = try #require(open.json?["exceptions"]?[0]?["id"]?.string)
            let dismissal =
                "{\"action\":\"dismiss\",\"reason\":\"a typing error\",\"sku\":null,\"line\":null,\"unitsPerCode\":"
            let twelve = try await server.post("/v1/exceptions/\(id)/resolve", dismissal + "12}")
            #expect(twelve.pointers == ["/unitsPerCode"])
            #expect(try await server.post("/v1/exceptions/\(id)/resolve", dismissal + "1}").status == 200)
        }
    }

    @Test func `a sale with the defaults of other facts is the same sale, and nothing in it is unknown`() async throws {
        try await withStock { server async throws in
            _ = try await server.facts(sale("s"))
            let defaults = ",\"bucket\":\"onHand\",\"disposition\":\"sellable\",\"excludesReady\":false,\"delta\":null}"
            let full = try await server.facts(String(sale("s").dropLast()) + defaults)
            let result = full.json?["results"]?[0]
            #expect(result?["verdict"]?.string == "duplicate")
            #expect(result?["warnings"]?.elements?.isEmpty == true)
            let damaged = try await server.facts(String(sale("t").dropLast()) + ",\"disposition\":\"damaged\"}")
            #expect(damaged.json?["results"]?[0]?["warnings"]?.elements?.count == 1)
        }
    }

    private func send(
        _ server: TestServer, _ method: HTTPRequest.Method, _ path: String, _ body: [String: Any]
    ) async throws -> TestServer.Answer {
        let text = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
        let answer = try await server.send(method, path, text, headers: keyed(UUID().uuidString))
        // A client has two keys at most, and units that one variant holds are there again for the next.
        if path == "/v1/api-keys", answer.status == 201 {
            let id = try #require(answer.json?["apiKey"]?["id"]?.string)
            _ = try await server.post("/v1/api-keys/\(id)/revoke", "{}")
        }
        if path == "/v1/reservations", answer.status == 201 { _ = try await server.act("release", try answer.id, "{}") }
        return answer
    }

    private func verdicts(_ answer: TestServer.Answer) -> [String] {
        (answer.json?["results"]?.elements ?? answer.lines).compactMap { $0["verdict"]?.string }
    }
}

/// The bodies that the contract shows, and what may be added to them without saying more.
private struct RequestContract {
    struct Request {
        let operation: String
        let method: HTTPRequest.Method
        let path: String
        let body: [String: Any]
        let schema: [String: Any]
    }

    let requests: [Request]
    private let schemas: [String: [String: Any]]

    init() throws {
        let text = String(decoding: OpenAPIContract.bytes, as: UTF8.self)
        let document = try #require(try Yams.load(yaml: text) as? [String: Any])
        let components = try #require(document["components"] as? [String: Any])
        schemas = try #require(components["schemas"] as? [String: [String: Any]])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        var found: [Request] = []
        for (path, item) in paths {
            for (method, operation) in item {
                guard let operation = operation as? [String: Any], let id = operation["operationId"] as? String,
                    let content = (operation["requestBody"] as? [String: Any])?["content"] as? [String: [String: Any]],
                    let media = content["application/json"]
                else { continue }
                let schema = try #require(media["schema"] as? [String: Any])
                let named = (media["examples"] as? [String: [String: Any]] ?? [:]).sorted { $0.key < $1.key }
                let examples = named.map { $0.value["value"] } + (media["example"].map { [$0] } ?? [])
                for body in examples {
                    found.append(
                        Request(
                            operation: id, method: try #require(HTTPRequest.Method(method.uppercased())), path: path,
                            body: try #require(body as? [String: Any]), schema: schema))
                }
            }
        }
        requests = found.sorted { $0.operation < $1.operation }
    }

    /// Makes every item and place that the examples name, with stock of each at each.
    func stock(_ server: TestServer) async throws {
        var skus: Set<String> = ["1082185"]
        var places: Set<String> = ["367"]
        for request in requests {
            collect(request.body, ["sku"], &skus)
            collect(request.body, ["location", "from", "to", "toLocation"], &places)
        }
        // `from` and `to` are also times and buckets.
        places = places.filter { !$0.contains(":") && !["onHand", "damaged", "vendor"].contains($0) }
        for sku in skus { try await server.shop.addItem(sku) }
        for place in places { try await server.shop.addLocation(place) }
        for sku in skus {
            let lines = places.map { receipt("stock/\(sku)/\($0)", sku, $0, 1_000) }
            _ = try await server.post(
                "/v1/movements", "{\"source\":\"stock\",\"lines\":[\(lines.joined(separator: ","))]}")
        }
    }

    private func collect(_ value: Any, _ names: Set<String>, _ found: inout Set<String>) {
        if let members = value as? [String: Any] {
            for (name, inner) in members {
                if names.contains(name), let text = inner as? String { found.insert(text) }
                collect(inner, names, &found)
            }
        } else if let elements = value as? [Any] {
            for element in elements { collect(element, names, &found) }
        }
    }

    /// The body with one such field more, each alone, and with all of them.
    func variants(of request: Request) -> [(name: String, body: [String: Any])] {
        var names: [String] = []
        let all = filled(request.body, request.schema, "", only: nil, &names)
        var unused: [String] = []
        let single = Set(names).sorted().map { name in
            (name, filled(request.body, request.schema, "", only: name, &unused) as? [String: Any] ?? [:])
        }
        return single + (names.isEmpty ? [] : [("all defaults and nulls", all as? [String: Any] ?? [:])])
    }

    /// - Parameter only: the path of the one field that is added; nil for all.
    private func filled(
        _ value: Any, _ schema: [String: Any], _ at: String, only: String?, _ names: inout [String]
    ) -> Any {
        let schema = resolved(schema)
        if let elements = value as? [Any], let items = schema["items"] as? [String: Any] {
            return elements.map { filled($0, items, at, only: only, &names) }
        }
        guard var members = value as? [String: Any], let properties = schema["properties"] as? [String: [String: Any]]
        else { return value }
        for (name, property) in properties {
            let path = "\(at)/\(name)"
            if let inner = members[name] {
                members[name] = filled(inner, property, path, only: only, &names)
            } else if let added = property["default"] ?? resolved(property)["default"] ?? null(resolved(property)) {
                names.append(path)
                if only == nil || only == path { members[name] = added }
            }
        }
        return members
    }

    private func null(_ schema: [String: Any]) -> Any? {
        (schema["type"] as? [Any])?.contains { $0 as? String == "null" } == true ? NSNull() : nil
    }

    private func resolved(_ schema: [String: Any]) -> [String: Any] {
        guard let name = (schema["$ref"] as? String)?.split(separator: "/").last else { return schema }
        return resolved(schemas[String(name)] ?? [:])
    }
}

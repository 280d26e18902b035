import Foundation
import Hummingbird
import Inventory
import InventoryHTTP
import InventoryPostgres
import InventoryService
import Logging
import OpenAPIContract
import StrictJSON
import TestSupport
import Testing
import Yams

/// Holds openapi.yaml and the program together, both ways.
@Suite struct ContractTests {
    private struct Operation: Hashable {
        let method: String
        let path: String
    }

    private func document() throws -> [String: Any] {
        let text = String(decoding: OpenAPIContract.bytes, as: UTF8.self)
        return try #require(try Yams.load(yaml: text) as? [String: Any])
    }

    private func operations() throws -> [(operation: Operation, body: [String: Any])] {
        let paths = try #require(try document()["paths"] as? [String: [String: Any]])
        return paths.flatMap { path, item in
            item.compactMap { method, body in
                guard let body = body as? [String: Any], body["operationId"] != nil else { return nil }
                return (Operation(method: method.uppercased(), path: path), body)
            }
        }
    }

    @Test func `the contract in the program is the file of the project`() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../openapi.yaml").standardizedFileURL
        #expect(Array(try Data(contentsOf: file)) == OpenAPIContract.bytes)
    }

    @Test func `every route is documented and every documented operation has a route`() async throws {
        try await withShop { shop in
            let services = HTTPServices(
                facts: shop.clientFacts, master: shop.master, rules: shop.masterStore,
                views: shop.views, ledger: shop.ledger, audit: shop.audit,
                counts: shop.counts, exceptions: shop.exceptions,
                reservations: shop.reservations, transfers: shop.transfers, reconciliations: shop.reconciliations,
                discrepancies: shop.reconciliationStore, reconciliationRules: shop.masterStore, heard: shop.heard,
                lastSeenStore: shop.lastSeenStore, apiKeys: APIKeyService(store: shop.apiKeys),
                events: EventFeed(store: shop.eventStore, render: EventJSON.bytes), snapshots: shop.eventStore,
                feeds: shop.masterStore, exports: PostgresExportStore(pools: shop.pools),
                pastExports: PostgresPastExportStore(pools: shop.pools),
                kpis: PostgresKPIStore(pools: shop.pools), proofs: shop.proof, hasStarted: { true },
                isReady: { true })
            let routes = Set(
                try holdfastRoutes(services).router.routes.map {
                    Operation(method: $0.method.rawValue, path: $0.path.description)
                })
            // The viewer's own files are no part of the contract.
            let internals: Set = [Operation(method: "GET", path: "/docs/{file}")]
            let documented = Set(try operations().map(\.operation))
            #expect(routes.subtracting(internals) == documented)
        }
    }

    @Test func `operation ids are there and each is used once`() throws {
        let ids = try operations().compactMap { $0.body["operationId"] as? String }
        #expect(ids.count == Set(ids).count)
        #expect(ids.count == 163)
    }

    @Test func `every code that the program answers is documented, and no other`() throws {
        let schemas = try #require(
            (try document()["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]])
        #expect(Set(try #require(schemas["ProblemCode"]?["enum"] as? [String])) == Set(ProblemCodes.all))
        let lines = try #require(schemas["LineProblemCode"]?["enum"] as? [String])
        #expect(Set(lines) == Set(LineProblem.Code.allCases.map(\.rawValue)))
        let verdicts = try #require(schemas["Verdict"]?["enum"] as? [String])
        #expect(Set(verdicts) == Set(Verdict.allCases.map(\.name)))
    }

    @Test func `no schema offers a choice of shapes`() throws {
        let text = String(decoding: OpenAPIContract.bytes, as: UTF8.self)
        for word in ["oneOf:", "anyOf:", "allOf:"] { #expect(!text.contains(word)) }
    }

    /// A request example that the service cannot read would teach integrators a mistake.
    @Test func `every request example is read by the service`() async throws {
        let examples = try requestExamples()
        #expect(examples.count > 10)
        try await TestServer.run { server async throws in
            for sku in ["1082185", "A"] { try await server.shop.addItem(sku) }
            for (number, (operation, text)) in examples.enumerated() {
                let path = operation.path.replacing(/\{[a-z]+\}/, with: "X1")
                let method = try #require(HTTPRequest.Method(operation.method))
                let answer = try await server.send(
                    method, path, text, headers: keyed("example-\(number)"))
                #expect(![400, 413, 415, 500, 503].contains(answer.status), "\(operation): \(text): \(answer.body)")
                #expect(!answer.body.contains("malformedLine"), "\(operation): \(text): \(answer.body)")
            }
        }
    }

    private func requestExamples() throws -> [(operation: Operation, text: String)] {
        try operations().flatMap { operation, body in
            guard let content = (body["requestBody"] as? [String: Any])?["content"] as? [String: [String: Any]],
                let media = content["application/json"]
            else { return [(operation: Operation, text: String)]() }
            var examples = (media["examples"] as? [String: [String: Any]])?.compactMap { $0.value["value"] } ?? []
            if let example = media["example"] { examples.append(example) }
            #expect(!examples.isEmpty, "\(operation) has no request example")
            return try examples.map {
                (operation, String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self))
            }
        }
    }

    /// One that must be given has it where it is filled in for whoever tries it; one that may be, in its schema.
    @Test func `every parameter has an example`() throws {
        let shared = try #require(
            (try document()["components"] as? [String: Any])?["parameters"] as? [String: [String: Any]])
        let paths = try #require(try document()["paths"] as? [String: [String: Any]])
        var parameters = shared.map { (place: $0.key, body: $0.value) }
        for (path, item) in paths {
            let lists = [item["parameters"]] + item.values.map { ($0 as? [String: Any])?["parameters"] }
            for body in lists.compactMap({ $0 as? [[String: Any]] }).joined() where body["$ref"] == nil {
                parameters.append((place: path, body: body))
            }
        }
        #expect(parameters.count > 100)
        for (place, body) in parameters {
            let isFilledIn = body["example"] != nil || body["examples"] != nil
            let isShown = (body["schema"] as? [String: Any])?["examples"] != nil
            let isRequired = body["required"] as? Bool ?? false
            #expect(isFilledIn || isShown && !isRequired, "\(place): \(body["name"] ?? "")")
        }
    }

    @Test func `every JSON answer of the contract has an example`() throws {
        for (operation, body) in try operations() {
            let responses = try #require(body["responses"] as? [String: [String: Any]])
            for (status, response) in responses {
                // A shared response has its examples where it is defined, and the document's own check sees them.
                guard let content = response["content"] as? [String: [String: Any]] else { continue }
                for (type, media) in content where type.contains("json") {
                    #expect(media["example"] != nil || media["examples"] != nil, "\(operation) \(status)")
                }
            }
        }
    }
}

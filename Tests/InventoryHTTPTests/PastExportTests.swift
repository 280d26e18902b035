import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Inventory
import StrictJSON
import TestSupport
import Testing

/// What was shown of every item is what is shown of each of them. Random histories are checked by `TimeTravelTests`.
@Suite struct PastExportTests {
    /// Holds exports of an instant against the answers about single items.
    static func check(
        _ server: TestServer, _ asOf: String, skus: [String], at locations: [String], _ label: String
    ) async throws {
        for more in ["", "&channel=web", "&method=pickup&group=G", "&channel=app&method=ship"] {
            let path = "/v1/exports/availability?asOf=\(asOf)\(more)"
            var (expected, sums): ([String], [String]) = ([], [])
            let items = try await rows(server, "\(path)&by=item")
            for sku in skus {
                let item = try await server.get("/v1/availability/\(sku)?asOf=\(asOf)\(more)").json
                expected += (item?["locations"]?.elements ?? []).map(row)
                let isShown = items.contains { $0["sku"]?.string == sku }
                if try await hadStock(server, sku, locations, asOf, isShown: isShown) {
                    sums.append("\(sku) \(item?["availableToSell"]?.integer ?? -1) \(item?["band"]?.string ?? "")")
                }
            }
            #expect(try await rows(server, path).map(row) == expected, "\(label): \(path)")
            let told = items.map {
                "\($0["sku"]?.string ?? "") \($0["availableToSell"]?.integer ?? -1) \($0["band"]?.string ?? "")"
            }
            #expect(told == sums, "\(label): \(path)&by=item")
        }
        for location in locations {
            let path = "/v1/exports/availability?asOf=\(asOf)&location=\(location)&channel=web"
            var expected: [String] = []
            let found = try await rows(server, path)
            for sku in skus {
                let isShown = found.contains { $0["sku"]?.string == sku }
                guard try await hadStock(server, sku, [location], asOf, isShown: isShown) else { continue }
                let path = "/v1/availability/\(sku)/\(location)?asOf=\(asOf)&channel=web"
                if let balance = try await server.get(path).json { expected.append(row(balance)) }
            }
            #expect(found.map(row) == expected, "\(label): \(path)")
        }
        var occurred: [String] = []
        for sku in skus {
            let item = try await server.get("/v1/availability/\(sku)?asOf=\(asOf)&basis=occurred").json
            occurred += (item?["locations"]?.elements ?? []).map(row)
        }
        let path = "/v1/exports/availability?asOf=\(asOf)&basis=occurred"
        #expect(try await rows(server, path).map(row) == occurred, "\(label): \(path)")
    }

    /// Whether the item had a ledger line at one of the locations by then. Of the kit `K`, whether `A` had, of which it always
    /// is made; it may be shown for another part, too.
    private static func hadStock(
        _ server: TestServer, _ sku: String, _ locations: [String], _ asOf: String, isShown: Bool
    ) async throws -> Bool {
        var had = false
        for location in locations {
            let path = "/v1/availability/\(sku == "K" ? "A" : sku)/\(location)?asOf=\(asOf)"
            if try await server.get(path).json?["version"]?.integer ?? 0 > 0 { had = true }
        }
        return had || sku == "K" && isShown
    }

    private static func row(_ value: JSONValue) -> String {
        [
            "sku", "location", "onHand", "reserved", "safetyStock", "damaged", "inspection", "suspect", "inTransit",
            "ringFencedForOthers", "ringFencedForChannel", "availableToSell", "shortfall", "band", "eligible",
            "version",
            "lastCountedAt", "lastHeardAt", "lagSeconds", "asOf",
        ].map { "\($0)=\(value[$0]?.canonicalText ?? "missing")" }.joined(separator: " ")
    }

    private static func rows(_ server: TestServer, _ path: String) async throws -> [JSONValue] {
        try await text(server, path).split(separator: "\n").map { try JSONDocument(parsing: Array($0.utf8)).root }
    }

    private static func text(_ server: TestServer, _ path: String, _ headers: HTTPFields = [:]) async throws -> String {
        try await server.client.execute(uri: path, method: .get, headers: headers) { response in
            #expect(response.status == .ok, "\(path): \(String(buffer: response.body))")
            return String(decoding: try TestServer.content(Array(response.body.readableBytesView)), as: UTF8.self)
        }
    }

    @Test func `an export goes on behind the last item that came whole, and is the same as CSV and packed`()
        async throws
    {
        try await withStock { server async throws in
            _ = try await server.reserve(lines: [("A", 2)], at: "L", more: ",\"confirm\":true")
            _ = try await server.put("/v1/safety-stock-rules/s", #"{"scope":{"sku":"B"},"quantity":2}"#)
            let now = try #require(try await server.get("/v1/availability/A/L").json?["asOf"]?.string)
            _ = try await server.facts(sale("later", "A"))
            let path = "/v1/exports/availability?asOf=\(now)"
            let all = try await Self.rows(server, path)
            #expect(all.map { "\($0["sku"]?.string ?? "") \($0["location"]?.string ?? "")" } == ["A L", "A M", "B L"])
            #expect(all.compactMap { $0["availableToSell"]?.integer } == [3, 3, 3])
            #expect(try await Self.rows(server, "\(path)&after=A").map(Self.row) == all.suffix(1).map(Self.row))
            #expect(try await Self.rows(server, "\(path)&after=B").isEmpty)
            let csv = try await Self.text(server, path, [.accept: "text/csv"]).split(separator: "\r\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            for (line, record) in zip(all, csv.dropFirst()) {
                for (name, value) in zip(csv[0], record) {
                    let field = line[name]
                    let told = field?.string ?? field?.integer.map { "\($0)" } ?? field?.boolean.map { "\($0)" } ?? ""
                    #expect(value == told, "\(name)")
                }
            }
            #expect(csv.count == 4)
            #expect(try await Self.text(server, path, [.acceptEncoding: "gzip"]) == Self.text(server, path))
        }
    }

    @Test func `an export of the past is refused of the future, and of what nobody had heard of`() async throws {
        try await withStock { server async throws in
            let path = "/v1/exports/availability"
            let now = try #require(try await server.get("/v1/availability/A/L").json?["asOf"]?.string)
            #expect(try await server.get(path).parameters == ["asOf"])
            #expect(try await server.get("\(path)?asOf=2999-01-01T00:00:00Z").parameters == ["asOf"])
            for unknown in ["group=X", "location=X", "after=X", "basis=occurred&location=X"] {
                #expect(try await server.get("\(path)?asOf=\(now)&\(unknown)").code == "unknownReference", "\(unknown)")
            }
            #expect(try await server.get("\(path)?asOf=\(now)&basis=occurred&channel=web").parameters == ["basis"])
            #expect(try await server.get("\(path)?asOf=\(now)&basis=occurred&by=item").parameters == ["by"])
            #expect(try await Self.rows(server, "\(path)?asOf=2020-01-01T00:00:00Z").isEmpty)
        }
    }
}

import Foundation
import Hummingbird
import HummingbirdTesting
import InventoryService
import StrictJSON
import Testing

extension TestServer {
    /// Sends a file and runs its import to the end.
    /// - Returns: the import as it is then.
    func importFile(
        _ bytes: [UInt8], _ query: String, type: String = "text/csv", headers: HTTPFields = [:]
    ) async throws -> JSONValue {
        let created = try await sendFile(bytes, query, type: type, headers: headers)
        #expect(created.status == 202, "\(created.body)")
        let id = created.json?["id"]?.string ?? "?"
        #expect(created.headers[.location] == "/v1/imports/\(id)")
        while try await imports.runNext() {}
        return try #require(try await get("/v1/imports/\(id)").json)
    }

    func importFile(_ text: String, _ query: String, type: String = "text/csv") async throws -> JSONValue {
        try await importFile(Array(text.utf8), query, type: type)
    }

    func sendFile(
        _ bytes: [UInt8], _ query: String, type: String = "text/csv", headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        headers.append(contentsOf: caller)
        headers[.contentType] = type
        return try await client.execute(
            uri: "/v1/imports?\(query)", method: .post, headers: headers, body: .init(bytes: bytes)
        ) { response in
            Answer(.post, "/v1/imports", response)
        }
    }

    func putMapping(_ id: String, _ yaml: String) async throws -> Answer {
        try await send(.put, "/v1/import-mappings/\(id)", yaml, headers: [.contentType: "application/yaml"])
    }

    func report(_ id: String?, _ query: String = "") async throws -> [JSONValue] {
        try #require(try await get("/v1/imports/\(id ?? "?")/report?\(query)").json?["lines"]?.elements)
    }
}

extension JSONValue {
    /// An import's counts that are not 0.
    var importCounts: [String: Int64] {
        var counts: [String: Int64] = [:]
        for (name, value) in self["counts"]?.members ?? [] {
            if let count = value.integer, count > 0 { counts[name.string ?? "?"] = count }
        }
        return counts
    }
}

/// A mapping of the project.
func projectMapping(_ name: String) throws -> String {
    try String(
        contentsOf: URL(filePath: #filePath).appending(path: "../../../Mappings/\(name).yaml").standardizedFileURL,
        encoding: .utf8)
}

import Foundation
import Hummingbird
import HummingbirdTesting
import Inventory
import InventoryImport
import NIOCore
import Testing

/// A feed as it came, and as a CSV reader reads it.
struct FetchedFeed {
    let status: Int
    let tag: String
    let contentEncoding: String?
    let bytes: [UInt8]
    let text: [UInt8]
    let columns: [String]
    let rows: [[String: String]]
}

extension TestServer {
    func feed(_ path: String, headers: HTTPFields = [:], separator: UInt8 = 0x2C) async throws -> FetchedFeed {
        var headers = headers
        headers.append(contentsOf: caller)
        let (status, sent, bytes) = try await client.execute(uri: path, method: .get, headers: headers) {
            ($0.status.code, $0.headers, Array($0.body.readableBytesView))
        }
        let encoding = sent[.contentEncoding]
        // Its own check of what the contract says.
        let answer = Answer(
            .get, path, status: status, headers: sent,
            body: encoding == nil ? String(decoding: bytes, as: UTF8.self) : "-")
        var (columns, rows, text): ([String], [[String: String]], [UInt8]) = ([], [], [])
        if status == 200 {
            text = try Self.content(bytes)
            (columns, rows) = try Self.records(text, separator)
        }
        return FetchedFeed(
            status: answer.status, tag: sent[.eTag] ?? "", contentEncoding: encoding, bytes: bytes, text: text,
            columns: columns, rows: rows)
    }

    /// Asks again until the feed is unchanged since the last answer. At once, but for what other databases of the cluster did at
    /// that moment.
    func unchangedFeed(_ path: String, _ tag: String) async throws -> FetchedFeed {
        var answer = try await feed(path, headers: [.ifNoneMatch: tag])
        for _ in 0..<20 where answer.status == 200 {
            answer = try await feed(path, headers: [.ifNoneMatch: answer.tag])
        }
        return answer
    }

    /// What is packed, or as it is.
    static func content(_ bytes: [UInt8]) throws -> [UInt8] {
        try withBytesInFile(bytes) { path in
            let file = try FileBytes(path: path)
            var content: [UInt8] = []
            while let next = try file.next() { content += next }
            return content
        }
    }

    private static func records(
        _ text: [UInt8], _ separator: UInt8
    ) throws -> (columns: [String], rows: [[String: String]]) {
        try withBytesInFile(text) { path in
            let reader = try CSVReader(FileBytes(path: path), delimiter: separator)
            var rows: [[String: String]] = []
            while let record = try reader.next() {
                guard case .fields(let fields) = record else {
                    Issue.record("\(record)")
                    continue
                }
                rows.append(Dictionary(uniqueKeysWithValues: zip(reader.columns, fields)))
            }
            return (reader.columns, rows)
        }
    }

    private static func withBytesInFile<T>(_ bytes: [UInt8], _ body: (String) throws -> T) throws -> T {
        let path = "/tmp/holdfast-feed-test-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    /// A hold for pickup that is not confirmed.
    func hold(_ sku: String, at location: String, _ quantity: Int, seconds: Int) async throws -> Answer {
        let answer = try await send(
            .post, "/v1/reservations",
            """
            {"owner":"o","method":"pickup","location":"\(location)","expiresInSeconds":\(seconds),\
            "lines":[{"id":"1","sku":"\(sku)","quantity":\(quantity)}]}
            """, headers: keyed("hold \(sku) \(location) \(quantity)"))
        #expect(answer.status == 201, "\(answer.body)")
        return answer
    }
}

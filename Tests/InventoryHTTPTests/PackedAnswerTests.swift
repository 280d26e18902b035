import Hummingbird
import HummingbirdTesting
import Inventory
import InventoryService
import NIOCore
import StrictJSON
import TestSupport
import Testing

/// Answers of more than a kilobyte are packed for clients that take gzip.
@Suite struct PackedAnswerTests {
    private struct Sent {
        let status: Int
        let headers: HTTPFields
        let bytes: [UInt8]
    }

    private func get(_ server: TestServer, _ path: String, _ coding: String?, tag: String? = nil) async throws -> Sent {
        var headers: HTTPFields = [:]
        if let coding { headers[.acceptEncoding] = coding }
        if let tag { headers[.ifNoneMatch] = tag }
        return try await server.client.execute(uri: path, method: .get, headers: headers) {
            Sent(status: $0.status.code, headers: $0.headers, bytes: Array($0.body.readableBytesView))
        }
    }

    @Test(arguments: [
        "/v1/locations", "/v1/storefront/availability/A", "/v1/availability/A", "/openapi.yaml", "/v1/items",
    ])
    func `a long answer is packed when that is asked for, and says the same`(path: String) async throws {
        try await TestServer.run { server async throws in
            try await server.shop.addItem("A")
            for number in 0..<30 {
                try await server.shop.addItem("item-\(number)")
                try await server.shop.addLocation("store-\(number)")
                _ = try await server.facts(receipt("in/\(number)", "A", "store-\(number)", 5))
            }
            let plain = try await get(server, path, nil)
            #expect(plain.status == 200 && plain.headers[.contentEncoding] == nil && plain.bytes.count > 1_024)
            #expect(plain.headers[values: .vary].contains { $0.contains("Accept-Encoding") })
            for coding in ["gzip", "deflate, gzip;q=0.9", "*"] {
                let packed = try await get(server, path, coding)
                #expect(
                    packed.headers[.contentEncoding] == "gzip" && packed.bytes.count < plain.bytes.count / 2,
                    "\(coding)")
                #expect(packed.headers[.contentLength] == "\(packed.bytes.count)")
                let text = String(decoding: try TestServer.content(packed.bytes), as: UTF8.self)
                #expect(Self.still(text) == Self.still(String(decoding: plain.bytes, as: UTF8.self)), "\(coding)")
                #expect(packed.headers[.eTag] == plain.headers[.eTag])
                if let tag = packed.headers[.eTag] {
                    #expect(try await get(server, path, coding, tag: tag).status == 304)
                }
            }
            for coding in ["identity", "gzip;q=0", "br"] {
                let sent = try await get(server, path, coding)
                #expect(sent.headers[.contentEncoding] == nil, "\(coding)")
            }
        }
    }

    /// Without instants, which move on.
    private static func still(_ text: String) -> String {
        text.replacing(/"(asOf|lastHeardAt)":"[^"]*"/, with: "").replacing(/"lagSeconds":[0-9.]+/, with: "")
    }

    @Test func `a short answer is not packed, and a long problem is`() async throws {
        try await withStock { server async throws in
            let short = try await get(server, "/v1/availability/A/L", "gzip")
            #expect(short.headers[.contentEncoding] == nil && short.bytes.count < 1_024)
            let lines = (0..<40).map { _ in "{\"sku\":1}" }.joined(separator: ",")
            let (status, headers, bytes) = try await server.client.execute(
                uri: "/v1/availability-queries", method: .post,
                headers: [.contentType: "application/json", .acceptEncoding: "gzip"],
                body: ByteBuffer(string: "{\"pairs\":[\(lines)]}")
            ) { ($0.status.code, $0.headers, Array($0.body.readableBytesView)) }
            #expect(status == 400 && headers[.contentEncoding] == "gzip")
            let problem = try JSONDocument(parsing: TestServer.content(bytes)).root
            #expect(problem["code"]?.string == "invalidRequest")
        }
    }
}

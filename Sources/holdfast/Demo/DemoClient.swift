import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import StrictJSON

/// A client of the API, as anybody could write one.
struct DemoClient: Sendable {
    let base: String

    struct Refused: Error, CustomStringConvertible {
        let request: String
        let status: UInt
        let body: String

        var description: String { "\(request) was answered \(status): \(body)" }
    }

    private static let answerBytesMax = 64 << 20
    /// While the service starts or is overloaded.
    private static let attemptsMax = 60

    func get(_ path: String) async throws -> JSONValue { try await send("GET", path, nil) }

    func put(_ path: String, _ body: (inout JSONWriter) -> Void) async throws -> JSONValue {
        try await send("PUT", path, Self.text(body))
    }

    func post(_ path: String, _ body: (inout JSONWriter) -> Void) async throws -> JSONValue {
        try await send("POST", path, Self.text(body))
    }

    /// A request that counts once however often it is sent.
    /// - Returns: nil when it is refused with 409.
    func post(
        _ path: String, key: String, _ body: (inout JSONWriter) -> Void = { $0.object { _ in } }
    ) async throws -> JSONValue? {
        do {
            return try await send("POST", path, Self.text(body), key: key)
        } catch let refused as Refused where refused.status == 409 {
            return nil
        }
    }

    private static func text(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        body(&writer)
        return writer.bytes
    }

    /// Sends again what was answered 503, as the contract asks clients to.
    /// - Parameter isNew: replaces nothing that is there.
    func send(
        _ method: String, _ path: String, _ body: [UInt8]?, key: String? = nil, isNew: Bool = false,
        type: String = "application/json"
    ) async throws -> JSONValue {
        for attempt in 1... {
            var request = HTTPClientRequest(url: base + path)
            request.method = .init(rawValue: method)
            // The shared client takes what is packed, but gives up where that is much smaller than what it stands for, as figures
            // that are mostly zero are.
            request.headers.add(name: "accept-encoding", value: "identity")
            if let key { request.headers.add(name: "idempotency-key", value: key) }
            if isNew { request.headers.add(name: "if-none-match", value: "*") }
            if let body {
                request.headers.add(name: "content-type", value: type)
                request.body = .bytes(ByteBuffer(bytes: body))
            }
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
            let answer = try await response.body.collect(upTo: Self.answerBytesMax)
            let bytes = Array(answer.readableBytesView)
            if response.status.code == 503, attempt < Self.attemptsMax {
                try await Task.sleep(for: .milliseconds(500))
                continue
            }
            guard (200..<300).contains(response.status.code) else {
                throw Refused(
                    request: "\(method) \(path)", status: response.status.code,
                    body: String(decoding: bytes.prefix(2_000), as: UTF8.self))
            }
            return try JSONDocument(parsing: bytes).root
        }
        preconditionFailure("the loop ends by returning or throwing")
    }
}

extension String {
    /// For one element of a path.
    var pathElement: String { addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? self }
}

extension JSONValue {
    /// The value of a member; nil when there is none.
    subscript(_ name: String) -> JSONValue? { members?.first { $0.name.string == name }?.value }
}

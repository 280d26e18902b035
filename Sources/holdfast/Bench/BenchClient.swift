import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import StrictJSON

/// Sends what a measurement asks for, over connections that stay open.
struct BenchClient: Sendable {
    let base: String
    private let token: String?
    private let http: HTTPClient

    private static let timeout: TimeAmount = .seconds(30)
    private static let answerBytesMax = 64 << 20

    init(base: String, token: String?, connections: Int) {
        self.base = base
        self.token = token
        var settings = HTTPClient.Configuration()
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        settings.httpVersion = .http1Only
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    func close() async throws { try await http.shutdown() }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// - Returns: the status and the body.
    func send(_ request: BenchRequest) async throws -> (status: Int, body: [UInt8]) {
        var sent = HTTPClientRequest(url: base + request.path)
        sent.method = .init(rawValue: request.method)
        if let token { sent.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let key = request.key { sent.headers.add(name: "idempotency-key", value: key) }
        if let body = request.body {
            sent.headers.add(name: "content-type", value: request.contentType)
            sent.body = .bytes(ByteBuffer(string: body))
        }
        let response: HTTPClientResponse
        do {
            response = try await http.execute(sent, timeout: Self.timeout)
        } catch {
            throw Unreachable(error, at: base) ?? error
        }
        let body = try await response.body.collect(upTo: Self.answerBytesMax)
        return (Int(response.status.code), Array(body.readableBytesView))
    }

    /// - Throws: `Failed`, where it is not answered with a success.
    func json(_ request: BenchRequest) async throws -> JSONValue {
        let (status, body) = try await send(request)
        guard (200..<300).contains(status) else {
            throw Failed(
                description: "\(request.method) \(request.path) was answered \(status): "
                    + String(decoding: body.prefix(500), as: UTF8.self))
        }
        return try JSONDocument(parsing: body).root
    }
}

/// One request of a measurement.
struct BenchRequest: Sendable {
    var method = "GET"
    let path: String
    var body: String?
    var key: String?
    var contentType = "application/json"

    /// Figures that one list asks for.
    static let pairsPerList = 100
    /// Lines of a till that was offline.
    static let linesPerQueue = 500
}

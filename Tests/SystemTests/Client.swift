import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import StrictJSON
import TestSupport
import Testing

/// Speaks HTTP to a program. Nothing is repeated here: what a test repeats, it repeats itself.
struct Client: Sendable {
    let base: String

    /// A process that was killed refuses at once, and its turn is over: the library would try it again for long.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(2)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    struct Answer: Sendable {
        let status: UInt
        let body: [UInt8]

        var json: JSONValue? { try? JSONDocument(parsing: body).root }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// - Parameter key: for a request that is to count once.
    func send(
        _ method: String, _ path: String, _ body: String? = nil, key: String? = nil, type: String = "application/json"
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = .init(rawValue: method)
        if let key { request.headers.add(name: "idempotency-key", value: key) }
        if let body {
            request.headers.add(name: "content-type", value: type)
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await Self.http.execute(request, timeout: .seconds(20))
        let collected = try await response.body.collect(upTo: 64 << 20)
        let answer = Answer(status: response.status.code, body: Array(collected.readableBytesView))
        let headers = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        let problems = AnswerContract.shared.problems(
            method, path, status: Int(answer.status), headers: headers, body: answer.body)
        #expect(problems == [], "\(method) \(path) answered \(answer.status): \(answer.text.prefix(2_000))")
        return answer
    }

    /// 0 while nobody listens.
    func status(_ path: String) async throws -> UInt { (try? await send("GET", path))?.status ?? 0 }
}

extension JSONValue {
    subscript(_ name: String) -> JSONValue? { members?.first { $0.name.string == name }?.value }
}

import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

extension TestServer {
    /// Runs `body` with a connection of its own to the same server, over which `send` and what is made of it go. A
    /// connection's requests are answered one after the other, so what has to meet at the server comes over several.
    func onOwnConnection<T: Sendable>(_ body: (TestServer) async throws -> T) async throws -> T {
        let connection = TestClient(
            host: "localhost", port: try #require(client.port), configuration: .init(timeout: .seconds(60)))
        connection.connect()
        var own = self
        own.connection = connection
        do {
            let result = try await body(own)
            try await connection.shutdown()
            return result
        } catch {
            try? await connection.shutdown()
            throw error
        }
    }
}

extension TestClient {
    func answer(
        _ method: HTTPRequest.Method, _ path: String, _ body: ByteBuffer?, headers: HTTPFields
    ) async throws -> TestServer.Answer {
        var headers = headers
        headers[.connection] = "keep-alive"
        let answer = try await execute(
            .init(path, method: method, authority: "localhost", headers: headers, body: body))
        return TestServer.Answer(
            method, path, status: answer.head.status.code, headers: answer.head.headerFields,
            body: answer.body.map { String(buffer: $0) } ?? "")
    }
}

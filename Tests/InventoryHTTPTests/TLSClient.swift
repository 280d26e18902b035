import AsyncHTTPClient
import InventoryHTTP
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing

/// A client that knows the authority of a test, and nobody else's.
enum TLSClient {
    struct Answer {
        let text: String
        let status: Int
        let isHTTP2: Bool
    }

    /// - Parameters:
    ///   - versions: of TLS, the lowest and the highest.
    ///   - certificate: the name of the client's own, if it shows one.
    static func configuration(
        _ certificates: TestCertificates, versions: (TLSVersion, TLSVersion) = (.tlsv12, .tlsv13),
        http: HTTPClient.Configuration.HTTPVersion = .automatic, certificate: String? = nil
    ) throws -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificates.path("ca")))
        (tls.minimumTLSVersion, tls.maximumTLSVersion) = versions
        if let certificate {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificates.path(certificate))
                .map { .certificate($0) }
            tls.privateKey = .privateKey(
                try NIOSSLPrivateKey(file: certificates.path("\(certificate)-key"), format: .pem))
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = http
        configuration.timeout.connect = .seconds(20)
        return configuration
    }

    static func with<Result: Sendable>(
        _ configuration: HTTPClient.Configuration, _ body: (HTTPClient) async throws -> Result
    ) async throws -> Result {
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let result = try await body(client)
            try await client.shutdown()
            return result
        } catch {
            try await client.shutdown()
            throw error
        }
    }
}

extension HTTPClient {
    /// - Parameter closing: asks for the end of the connection behind the answer.
    func get(_ path: String, port: Int, closing: Bool = false) async throws -> TLSClient.Answer {
        var request = HTTPClientRequest(url: "https://localhost:\(port)\(path)")
        if closing { request.headers.add(name: "Connection", value: "close") }
        let response = try await execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 4 << 20)
        return TLSClient.Answer(
            text: String(buffer: body), status: Int(response.status.code), isHTTP2: response.version == .http2)
    }
}

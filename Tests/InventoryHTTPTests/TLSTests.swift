import AsyncHTTPClient
import Foundation
import InventoryHTTP
import NIOSSL
import Testing

@Suite struct TLSTests {
    private static func options(
        _ certificates: TestCertificates, clientCA: String? = nil, log: LogRecorder = LogRecorder()
    ) throws -> ConnectionOptions {
        var files = certificates.files
        files.clientCA = clientCA.map(certificates.path)
        var options = ConnectionOptions()
        options.certificates = try ServerCertificates(files, logger: log.logger)
        return options
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func `TLS 1_2 and 1_3 are spoken`(version: TLSVersion) async throws {
        let certificates = try TestCertificates()
        try certificates.makeAuthority()
        try certificates.make()
        try await EchoServer.run(connections: try Self.options(certificates)) { port in
            let configuration = try TLSClient.configuration(certificates, versions: (version, version))
            let answer = try await TLSClient.with(configuration) { try await $0.get("/client", port: port) }
            #expect(answer.text == "127.0.0.1 -")
        }
    }

    @Test func `TLS 1_1 is not spoken`() async throws {
        let certificates = try TestCertificates()
        try certificates.makeAuthority()
        try certificates.make()
        try await EchoServer.run(connections: try Self.options(certificates)) { port in
            let configuration = try TLSClient.configuration(certificates, versions: (.tlsv1, .tlsv11))
            await #expect(throws: (any Error).self) {
                try await TLSClient.with(configuration) { try await $0.get("/client", port: port) }
            }
        }
    }

    @Test(arguments: [HTTPClient.Configuration.HTTPVersion.automatic, .http1Only])
    func `the handshake agrees on HTTP 2 with who speaks it, and on HTTP 1 with others`(
        version: HTTPClient.Configuration.HTTPVersion
    ) async throws {
        let certificates = try TestCertificates()
        try certificates.makeAuthority()
        try certificates.make()
        try await EchoServer.run(connections: try Self.options(certificates)) { port in
            try await TLSClient.with(try TLSClient.configuration(certificates, http: version)) { client in
                let small = try await client.get("/client", port: port)
                #expect(small.isHTTP2 == (version == .automatic))
                let large = try await client.get("/large", port: port)
                #expect(large.text.utf8.count == 1 << 20)
            }
        }
    }

    @Test func `a client may show a certificate, and a wrong one does not come in`() async throws {
        let certificates = try TestCertificates()
        try certificates.makeAuthority()
        try certificates.makeAuthority("others")
        try certificates.make()
        try certificates.make("till")
        try certificates.make("stranger", by: "others")
        try await EchoServer.run(connections: try Self.options(certificates, clientCA: "ca")) { port in
            for version in [TLSVersion.tlsv12, .tlsv13] {
                func answer(_ name: String?) async throws -> TLSClient.Answer {
                    let configuration = try TLSClient.configuration(
                        certificates, versions: (version, version), certificate: name)
                    return try await TLSClient.with(configuration) { try await $0.get("/client", port: port) }
                }
                #expect(try await answer(nil).text == "127.0.0.1 -")
                let fingerprint = try certificates.fingerprint("till")
                #expect(try await answer("till").text == "127.0.0.1 \(fingerprint)")
                await #expect(throws: (any Error).self) { try await answer("stranger") }
            }
        }
    }

    @Test func `who does not end its handshake, or does not begin it, is let go`() async throws {
        let certificates = try TestCertificates()
        try certificates.makeAuthority()
        try certificates.make()
        var limits = HTTPLimits()
        limits.handshakeWithin = .milliseconds(300)
        try await EchoServer.run(limits: limits, connections: try Self.options(certificates)) { port in
            for beginning in ["", "\u{16}\u{3}\u{1}\u{0}"] {
                let connection = try RawConnection(port: port, answerWithin: 20)
                connection.say(beginning)
                #expect(await connection.answers().isClosed)
            }
            // Who does not know of TLS.
            let plain = try RawConnection(port: port, answerWithin: 20)
            plain.say("GET /client HTTP/1.1\r\nHost: a\r\n\r\n")
            let answers = await plain.answers()
            #expect(answers.isClosed)
            #expect(answers.statuses == [])
        }
    }

    @Test func `everything that is wrong with the files is said at once`() throws {
        let certificates = try TestCertificates()
        try "no certificate".write(toFile: certificates.path("server"), atomically: true, encoding: .utf8)
        var files = certificates.files
        files.clientCA = certificates.path("none")
        let error = #expect(throws: UnusableTLSFiles.self) { try ServerCertificates(files, logger: quiet) }
        #expect(error?.faults.map(\.file) == [.certificate, .key, .clientCA])
    }

    @Test func `a key that is another certificate's is not taken`() throws {
        let certificates = try TestCertificates()
        try certificates.makeAuthority()
        try certificates.make()
        try certificates.make("other")
        try certificates.copy("other-key", to: "server-key")
        let error = #expect(throws: UnusableTLSFiles.self) { try ServerCertificates(certificates.files, logger: quiet) }
        #expect(error?.faults.map(\.file) == [.key])
    }

    @Test func `an expired certificate is served, with a warning`() throws {
        let certificates = try TestCertificates()
        try certificates.makeExpired()
        let log = LogRecorder()
        _ = try ServerCertificates(certificates.files, logger: log.logger)
        #expect(log.alarming.count == 1)
        #expect(log.alarming.first?.contains("expired") == true)
    }
}

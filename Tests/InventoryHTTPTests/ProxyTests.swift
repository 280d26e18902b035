import AsyncHTTPClient
import Foundation
import InventoryHTTP
import Testing

/// Whose requests they are that come through proxies.
@Suite struct ProxyTests {
    private static func options(
        _ trusted: [String], header: TrustedProxies.Header = .xForwardedFor, protocol usesProxyProtocol: Bool = false
    ) -> ConnectionOptions {
        var options = ConnectionOptions()
        options.proxies = TrustedProxies(trusted.compactMap { AddressRange($0) }, header: header)
        options.usesProxyProtocol = usesProxyProtocol
        return options
    }

    /// The address that the service takes for the client's when somebody on this machine sends `text`.
    private static func address(
        _ options: ConnectionOptions, before: [UInt8] = [], headers: String = ""
    ) async throws -> String? {
        let found = Found()
        try await EchoServer.run(connections: options) { port in
            let connection = try RawConnection(port: port, answerWithin: 20)
            connection.say(
                before + Array("GET /client HTTP/1.1\r\nHost: a\r\n\(headers)Connection: close\r\n\r\n".utf8))
            let answers = await connection.answers()
            await found.set(
                answers.statuses == [200]
                    ? answers.text.components(separatedBy: "\r\n\r\n").last?.split(separator: " ").first.map(
                        String.init)
                    : nil)
        }
        return await found.value
    }

    private actor Found {
        var value: String?
        func set(_ value: String?) { self.value = value }
    }

    @Test(arguments: [
        ("", "127.0.0.1"),
        ("X-Forwarded-For: 203.0.113.7\r\n", "203.0.113.7"),
        ("X-Forwarded-For: 203.0.113.7:4711\r\n", "203.0.113.7"),
        ("X-Forwarded-For: 2001:db8::1\r\n", "2001:db8::1"),
        ("X-Forwarded-For: [2001:db8::1]:4711\r\n", "2001:db8::1"),
        // What a client wrote itself stands on the left.
        ("X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n", "203.0.113.7"),
        ("X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.7\r\n", "203.0.113.7"),
        // Trusted ones in between.
        ("X-Forwarded-For: 198.51.100.1, 203.0.113.7, 10.1.2.3\r\n", "203.0.113.7"),
        ("X-Forwarded-For: 10.9.9.9, 10.1.2.3\r\n", "10.9.9.9"),
        // Where nobody can tell any more, it is the last proxy that can be named.
        ("X-Forwarded-For: unknown\r\n", "127.0.0.1"),
        ("X-Forwarded-For: 203.0.113.7, nonsense, 10.1.2.3\r\n", "10.1.2.3"),
        // The header that is not looked at.
        ("Forwarded: for=203.0.113.7\r\n", "127.0.0.1"),
    ])
    func `the nearest address that no trusted proxy has is the client's`(headers: String, client: String) async throws {
        #expect(try await Self.address(Self.options(["127.0.0.0/8", "10.0.0.0/8"]), headers: headers) == client)
    }

    @Test(arguments: [
        ("Forwarded: for=203.0.113.7\r\n", "203.0.113.7"),
        ("Forwarded: For=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.1\r\n", "2001:db8::1"),
        ("Forwarded: for=198.51.100.1, for=203.0.113.7;by=10.0.0.1, for=10.0.0.1\r\n", "203.0.113.7"),
        ("Forwarded: proto=https;for=\"203.0.113.7:80\"\r\n", "203.0.113.7"),
        ("Forwarded: for=_hidden\r\n", "127.0.0.1"),
        ("Forwarded: for=198.51.100.1, by=10.0.0.1\r\n", "127.0.0.1"),
        // A quote that a client left open does not swallow what a proxy wrote on a line of its own.
        ("Forwarded: for=\"198.51.100.1\r\nForwarded: for=203.0.113.7\r\n", "203.0.113.7"),
        ("Forwarded: for=\"198.51.100.1, for=203.0.113.7\r\n", "127.0.0.1"),
        ("X-Forwarded-For: 203.0.113.7\r\n", "127.0.0.1"),
    ])
    func `Forwarded is read where the proxy writes it`(headers: String, client: String) async throws {
        let options = Self.options(["127.0.0.1", "10.0.0.1"], header: .forwarded)
        #expect(try await Self.address(options, headers: headers) == client)
    }

    @Test func `who is no trusted proxy says nothing about itself`() async throws {
        for trusted in [[], ["10.0.0.0/8"], ["127.0.0.2"]] {
            let headers = "X-Forwarded-For: 203.0.113.7\r\nForwarded: for=203.0.113.7\r\n"
            #expect(try await Self.address(Self.options(trusted), headers: headers) == "127.0.0.1")
        }
    }

    // MARK: - The PROXY protocol

    private static let binaryStart: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

    private static func binary(_ command: UInt8, _ family: UInt8, _ addresses: [UInt8]) -> [UInt8] {
        binaryStart + [command, family, UInt8(addresses.count >> 8), UInt8(addresses.count & 255)] + addresses
    }

    @Test(arguments: [
        (Array("PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n".utf8), "203.0.113.7"),
        (Array("PROXY TCP6 2001:db8::1 2001:db8::2 4711 443\r\n".utf8), "2001:db8::1"),
        (Array("PROXY UNKNOWN\r\n".utf8), "127.0.0.1"),
        (binary(0x21, 0x11, [203, 0, 113, 7, 10, 0, 0, 1, 0, 80, 1, 187]), "203.0.113.7"),
        // With something added to the addresses.
        (binary(0x21, 0x11, [203, 0, 113, 7, 10, 0, 0, 1, 0, 80, 1, 187, 4, 0, 1, 0]), "203.0.113.7"),
        (
            binary(0x21, 0x21, [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 31) + [1]), "2001:db8::"
        ),
        // The proxy itself, to see whether the service lives.
        (binary(0x20, 0, []), "127.0.0.1"),
    ])
    func `the PROXY protocol says who connects`(header: [UInt8], client: String) async throws {
        let options = Self.options(["127.0.0.1"], protocol: true)
        #expect(try await Self.address(options, before: header) == client)
    }

    /// A balancer that passes TLS on: its own line comes before the handshake, in clear.
    @Test(arguments: [
        (Array("PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n".utf8), "203.0.113.7"),
        (binary(0x21, 0x11, [203, 0, 113, 7, 10, 0, 0, 1, 0, 80, 1, 187]), "203.0.113.7"),
    ])
    func `the PROXY protocol stands before TLS`(header: [UInt8], client: String) async throws {
        let certificates = try TestCertificates()
        try certificates.makeAuthority()
        try certificates.make()
        var options = Self.options(["127.0.0.1"], protocol: true)
        options.certificates = try ServerCertificates(certificates.files, logger: quiet)
        try await EchoServer.run(connections: options) { port in
            let relay = try ProxyRelay(to: port, header: header)
            for http in [HTTPClient.Configuration.HTTPVersion.http1Only, .automatic] {
                try await TLSClient.with(try TLSClient.configuration(certificates, http: http)) { connection in
                    for _ in 0..<2 {
                        let answer = try await connection.get("/client", port: relay.port)
                        #expect(answer.status == 200 && answer.text.hasPrefix("\(client) "), "\(answer.text)")
                        #expect(answer.isHTTP2 == (http == .automatic))
                    }
                }
            }
            // Straight to it, with TLS and without the line, nobody is served; nor is what says it after the handshake began.
            await #expect(throws: (any Error).self) {
                try await TLSClient.with(try TLSClient.configuration(certificates)) {
                    try await $0.get("/client", port: port)
                }
            }
        }
    }

    @Test(arguments: [
        [], Array("PROXY TCP4 203.0.113.7\r\n".utf8), Array("PROXY TCP4 a b 1 2\r\n".utf8),
        Array("PROXY TCP4 203.0.113.7 10.0.0.1 4711 99999\r\n".utf8),
        Array("PROXY \(String(repeating: "x", count: 200))".utf8), binary(0x31, 0x11, []), binary(0x21, 0x11, [1, 2]),
        binaryStart + [0x21, 0x11, 0xff, 0xff],
    ])
    func `without its line a trusted proxy is not served`(header: [UInt8]) async throws {
        let options = Self.options(["127.0.0.1"], protocol: true)
        #expect(try await Self.address(options, before: header) == nil)
    }

    @Test func `others are served without the line, and not with it`() async throws {
        let options = Self.options(["10.0.0.0/8"], protocol: true)
        #expect(try await Self.address(options) == "127.0.0.1")
        let line = Array("PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n".utf8)
        #expect(try await Self.address(options, before: line) == nil)
        // Off, it means nothing, whoever sends it.
        #expect(try await Self.address(Self.options(["127.0.0.1"]), before: line) == nil)
    }

    @Test func `headers behind the line are believed where it names a trusted proxy`() async throws {
        let options = Self.options(["127.0.0.1", "10.0.0.0/8"], protocol: true)
        for (address, client) in [("10.0.0.9", "203.0.113.7"), ("198.51.100.1", "198.51.100.1")] {
            let line = Array("PROXY TCP4 \(address) 10.0.0.1 4711 443\r\n".utf8)
            let headers = "X-Forwarded-For: 203.0.113.7\r\n"
            #expect(try await Self.address(options, before: line, headers: headers) == client)
        }
    }

    @Test(arguments: ["10.0.0.1/8", "10.0.0.0/33", "10.0.0", "::1/129", "a", "", "10.0.0.0/", "fe80::1%eth0"])
    func `what is no range of addresses is not taken for one`(text: String) {
        #expect(AddressRange(text) == nil)
    }
}

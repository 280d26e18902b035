import Foundation
import Testing

/// What a hangup takes up, on the real program: a renewed certificate, and the keys of an issuer whose set is a file.
@Suite struct HangupTests {
    /// A certificate for this machine that nobody but itself has signed.
    private func makeCertificate(_ folder: String, _ name: String) async throws {
        let made = try await runCommand([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(folder)/\(name)-key.pem",
            "-out", "\(folder)/\(name).pem",
        ])
        try #require(made.status == 0)
    }

    private func put(_ file: String, as other: String) throws {
        try Data(contentsOf: URL(filePath: file)).write(to: URL(filePath: other), options: .atomic)
    }

    /// A token of an issuer of its own, whose keys are in its folder.
    private func token(of folder: String) async throws -> String {
        let program = try Program(["token", "--client", "till", "--role", "till"], ["DATA_DIR": folder])
        #expect(try await program.exitStatus() == 0)
        return program.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// - Returns: the status, or 0 where the certificate is not that of `known`.
    private func status(_ port: String, _ token: String, trusting known: String) async throws -> Int {
        let asked = try await runCommand([
            "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", known, "-H",
            "Authorization: Bearer \(token)", "https://localhost:\(port)/v1/access",
        ])
        return Int(asked.output) ?? -1
    }

    @Test func `a hangup takes up a new certificate and new keys, and bad ones leave the old`() async throws {
        try await withFolder { folder in
            for name in ["one", "two"] { try await makeCertificate(folder, name) }
            let (first, second) = (try await token(of: "\(folder)/a"), try await token(of: "\(folder)/b"))
            func serveKeys(_ issuer: String) throws {
                try put("\(folder)/\(issuer)/development-jwks.json", as: "\(folder)/jwks.json")
            }
            func serveCertificate(_ name: String, key: String? = nil) throws {
                try put("\(folder)/\(name).pem", as: "\(folder)/server.pem")
                try put("\(folder)/\(key ?? name)-key.pem", as: "\(folder)/server-key.pem")
            }
            try serveKeys("a")
            try serveCertificate("one")
            let program = try Program(
                ["serve"],
                [
                    "DATA_DIR": "\(folder)/data", "HTTP_PORT": "0", "HTTP_HOST": "localhost", "AUTH_MODE": "token",
                    "AUTH_ISSUER": "urn:holdfast:development", "AUTH_AUDIENCE": "holdfast",
                    "AUTH_JWKS": "\(folder)/jwks.json", "TLS_CERTIFICATE": "\(folder)/server.pem",
                    "TLS_KEY": "\(folder)/server-key.pem",
                ])
            let port = try #require(try await program.address().split(separator: ":").last.map(String.init))
            let (one, two) = ("\(folder)/one.pem", "\(folder)/two.pem")
            try await program.wait("the database") { try await status(port, first, trusting: one) == 200 }
            #expect(try await status(port, second, trusting: one) == 401)
            #expect(try await status(port, first, trusting: two) == 0)

            // What does not fit together is not taken up, and is said; nor is a set of keys that is none.
            try serveCertificate("two", key: "one")
            try "nonsense".write(toFile: "\(folder)/jwks.json", atomically: true, encoding: .utf8)
            program.signal(SIGHUP)
            try await program.wait("the alarm") {
                program.text.contains("certificate") && program.text.contains("keys not read after a hangup")
            }
            #expect(try await status(port, first, trusting: one) == 200)

            try serveCertificate("two")
            try serveKeys("b")
            program.signal(SIGHUP)
            // Sooner than by themselves: keys would be read again within a minute, and the old ones be good until then.
            try await program.wait("new keys and a new certificate", 30) {
                let (new, old) = (
                    try await status(port, second, trusting: two), try await status(port, first, trusting: two)
                )
                return new == 200 && old == 401
            }
            #expect(try await status(port, second, trusting: one) == 0)
            program.signal(SIGTERM)
            #expect(try await program.exitStatus() == 0, "\(program.text.suffix(2_000))")
        }
    }
}

import AccessTokens
import Foundation
import Inventory
import InventoryService
import Testing

@Suite struct JWTVerifierTests {
    private func denial(_ token: String, _ verifier: JWTVerifier) async -> AccessDenial? {
        do throws(AccessDenial) {
            _ = try await verifier.verify(token)
            return nil
        } catch {
            return error
        }
    }

    private func isInvalid(_ denial: AccessDenial?) -> Bool { if case .invalid = denial { true } else { false } }

    @Test func `a good token says who calls, for whom, and what they may do`() async throws {
        let issuer = try TestIssuer()
        let (verifier, _) = issuer.verifier()
        let token = try await issuer.token(
            TestIssuer.claims([
                "roles": "[\"till\",\"nobody\"]", "scope": "\"counts:write unknown:scope\"",
                "holdfast_locations": "[\"367\"]", "holdfast_sources": "[\"pos-367\"]",
            ]))
        let verified = try await verifier.verify(token)
        #expect(verified.caller.client?.text == "store-app")
        #expect(verified.caller.actor?.text == "maria via store-app")
        #expect(verified.caller.scopes == Scopes([.countsWrite, .availabilityRead, .movementsWrite]))
        #expect(verified.caller.binding.locations == [LocationID(stored: "367")])
        #expect(verified.caller.binding.sources == [SourceID(stored: "pos-367")])
        // A client that acts for itself, as another kind of issuer names it, and scopes as a list.
        let own = try await verifier.verify(
            try await issuer.token(
                TestIssuer.claims([
                    "client_id": nil, "azp": "\"maria\"", "scope": nil, "scp": "[\"events:read\"]",
                    "aud": "[\"other\",\"holdfast\"]",
                ])))
        #expect(own.caller.actor?.text == "maria")
        #expect(own.caller.scopes == Scopes([.eventsRead]))
        #expect(own.caller.binding == .none)
    }

    @Test(
        arguments: [
            ["aud": "\"other\""], ["aud": nil], ["aud": "[\"other\"]"], ["aud": "7"],
            ["iss": "\"https://issuer.example/\""],
            ["iss": nil], ["exp": "1700000000"], ["exp": nil], ["exp": "\"never\""], ["exp": "1e300"],
            ["nbf": "4102444800"],
            ["nbf": "\"x\""], ["iat": "4102444800"], ["sub": nil, "client_id": nil], ["client_id": "7"],
            ["client_id": "\"\""],
            ["holdfast_locations": "7"], ["holdfast_locations": "[7]"], ["holdfast_sources": "null"],
            ["sub": "\"\\u0007\""],
        ] as [[String: String?]])
    func `a token that says something else is refused`(changes: [String: String?]) async throws {
        let issuer = try TestIssuer()
        let (verifier, _) = issuer.verifier()
        let token = try await issuer.token(TestIssuer.claims(changes))
        #expect(isInvalid(await denial(token, verifier)), "\(changes)")
    }

    @Test(arguments: [
        "{\"alg\":\"none\",\"typ\":\"at+jwt\",\"kid\":\"one\"}",
        "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"one\"}",
        "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"one\"}", "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"one\"}",
        "{\"alg\":\"ES256\",\"kid\":\"one\"}", "{\"typ\":\"at+jwt\",\"kid\":\"one\"}",
        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"other\"}",
        "{\"alg\":\"ES256\",\"alg\":\"ES256\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"one\",\"crit\":[\"exp\"]}", "[]", "{",
    ])
    func `a header that is not that of an access token is refused`(header: String) async throws {
        let issuer = try TestIssuer()
        let (verifier, _) = issuer.verifier()
        #expect(isInvalid(await denial(try await issuer.token(header: header), verifier)))
    }

    @Test func `what is taken apart, changed or said twice is refused`() async throws {
        let issuer = try TestIssuer()
        let (verifier, _) = issuer.verifier()
        let good = try await issuer.token()
        #expect(await denial(good, verifier) == nil)
        let parts = good.split(separator: ".").map(String.init)
        let admin = TestIssuer.encoded(TestIssuer.claims(["scope": "\"admin\""]))
        let twice = TestIssuer.claims().dropLast() + ",\"scope\":\"admin\"}"
        for bad in [
            "", ".", "..", "a.b.c", "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).", "\(good).\(parts[2])",
            "\(parts[0]).\(admin).\(parts[2])", "\(good)=", good.uppercased(), try await issuer.token(String(twice)),
            try await issuer.token("{}"), try await issuer.token("not JSON"),
        ] {
            #expect(isInvalid(await denial(bad, verifier)), "\(bad.prefix(40))")
        }
    }

    @Test func `a clock may be off by as much as is set, and no more`() async throws {
        let issuer = try TestIssuer()
        let (verifier, _) = issuer.verifier()
        let now = Int64(Date().timeIntervalSince1970)
        let inside = TestIssuer.claims(["exp": "\(now - 5)", "nbf": "\(now + 5)", "iat": "\(now + 5)"])
        #expect(await denial(try await issuer.token(inside), verifier) == nil)
        for claims in [["exp": "\(now - 3_600)"], ["nbf": "\(now + 3_600)"]] as [[String: String?]] {
            #expect(isInvalid(await denial(try await issuer.token(TestIssuer.claims(claims)), verifier)))
        }
    }

    @Test func `keys change twice without a restart, and those taken away are good no longer`() async throws {
        let issuer = try TestIssuer()
        let (verifier, keys) = issuer.verifier()
        let first = try await issuer.token(signedBy: "one")
        #expect(await denial(first, verifier) == nil)
        let generation = verifier.generation
        try issuer.rotate(to: ["one", "two"])
        try await keys.refresh()
        let second = try await issuer.token(signedBy: "two")
        #expect(await denial(second, verifier) == nil)
        #expect(await denial(first, verifier) == nil)
        try issuer.rotate(to: ["two", "three"])
        try await keys.refresh()
        #expect(isInvalid(await denial(first, verifier)))
        #expect(await denial(second, verifier) == nil)
        #expect(await denial(try await issuer.token(signedBy: "three"), verifier) == nil)
        // What was remembered of before is asked again.
        #expect(verifier.generation > generation + 1)
        try await keys.refresh()
    }

    @Test func `a key that is not known is looked for by the request that names it`() async throws {
        let issuer = try TestIssuer()
        let (verifier, _) = issuer.verifier()
        // Nothing was read yet, in the background or otherwise.
        #expect(await denial(try await issuer.token(), verifier) == nil)
    }

    @Test func `without any keys nobody can tell, and a broken set leaves the one before`() async throws {
        let issuer = try TestIssuer()
        let token = try await issuer.token()
        try FileManager.default.removeItem(at: issuer.file)
        let (blind, _) = issuer.verifier()
        let unavailable = await denial(token, blind)
        guard case .unavailable = unavailable else {
            Issue.record("\(String(describing: unavailable))")
            return
        }
        try issuer.rotate(to: ["one"])
        let (verifier, keys) = issuer.verifier()
        try await keys.refresh()
        for broken in ["", "{", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}"] {
            try Data(broken.utf8).write(to: issuer.file, options: .atomic)
            await #expect(throws: (any Error).self) { try await keys.refresh() }
            #expect(await denial(token, verifier) == nil)
        }
    }

    @Test func `odd and weak keys are left out and the others serve`() async throws {
        let issuer = try TestIssuer()
        let weak = "{\"kty\":\"RSA\",\"kid\":\"weak\",\"e\":\"AQAB\",\"n\":\"\(String(repeating: "A1", count: 64))\"}"
        try issuer.rotate(
            to: ["one"],
            more: [
                weak, "{\"kty\":\"oct\",\"kid\":\"secret\",\"k\":\"c2VjcmV0\"}", "{\"kty\":\"new\"}", "7",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"bad\",\"x\":\"AA\",\"y\":\"AA\"}",
            ])
        let (verifier, _) = issuer.verifier()
        #expect(await denial(try await issuer.token(), verifier) == nil)
        for id in ["weak", "secret", "bad"] {
            let header = "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"\(id)\"}"
            #expect(isInvalid(await denial(try await issuer.token(header: header), verifier)))
        }
    }

    @Test func `tokens for development are good where their key is trusted`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dev-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let grant = AccessGrant(
            roles: [.till], scopes: Scopes([.countsWrite]),
            binding: AccessBinding(locations: [LocationID(stored: "367")], sources: nil))
        let token = try await DevelopmentTokens(folder: folder.path).token(
            client: ClientID(stored: "pos"), grant: grant, seconds: 60)
        // Another process takes the same key.
        let again = try DevelopmentTokens(folder: folder.path)
        let (verifier, _) = try TestIssuer().verifier(again.settings)
        let caller = try await verifier.verify(token).caller
        #expect(caller.client?.text == "pos")
        #expect(caller.scopes == grant.allScopes)
        #expect(caller.binding == grant.binding)
        let file = folder.appending(path: "development-key.pem").path
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let (other, _) = try TestIssuer().verifier()
        #expect(isInvalid(await denial(token, other)))
    }
}

import AccessTokens
import Foundation
import InventoryService
import JWTKit
import Logging

/// An issuer whose key set is a file, and who signs whatever a test wants.
final class TestIssuer {
    let folder: URL
    private var signers: [(id: String, key: ES256PrivateKey)] = []

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "issuer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try rotate(to: ["one"])
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var file: URL { folder.appending(path: "jwks.json") }

    var settings: TokenSettings {
        TokenSettings(issuer: "https://issuer.example", audience: "holdfast", keys: .file(file.path))
    }

    func verifier(_ settings: TokenSettings? = nil) -> (JWTVerifier, IssuerKeys) {
        let keys = IssuerKeys(
            settings ?? self.settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return (JWTVerifier([keys]), keys)
    }

    /// Publishes these keys and no others; those that were there stay as they are.
    func rotate(to ids: [String], more: [String] = []) throws {
        signers = ids.map { id in signers.first { $0.id == id } ?? (id, ES256PrivateKey()) }
        try write(signers.map { jwk($0.id, $0.key) } + more)
    }

    func write(_ keys: [String]) throws {
        try Data("{\"keys\":[\(keys.joined(separator: ","))]}".utf8).write(to: file, options: .atomic)
    }

    private func jwk(_ id: String, _ key: ES256PrivateKey) -> String {
        let (x, y) = key.publicKey.parameters ?? ("", "")
        return "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"\(id)\",\"x\":\"\(Self.url(x))\",\"y\":\"\(Self.url(y))\"}"
    }

    static func url(_ base64: String) -> String {
        base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func encoded(_ text: String) -> String { url(Data(text.utf8).base64EncodedString()) }

    /// What a good token says.
    static func claims(_ changes: [String: String?] = [:]) -> String {
        let now = Int64(Date().timeIntervalSince1970)
        var claims: [String: String?] = [
            "iss": "\"https://issuer.example\"", "aud": "\"holdfast\"", "sub": "\"maria\"",
            "client_id": "\"store-app\"", "iat": "\(now)", "exp": "\(now + 600)", "scope": "\"movements:write\"",
        ]
        for (name, value) in changes { claims[name] = value }
        return "{" + claims.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",") + "}"
    }

    /// - Parameters:
    ///   - header: nil for that of a good token.
    ///   - id: of the key that signs.
    func token(_ claims: String = TestIssuer.claims(), header: String? = nil, signedBy id: String = "one") async throws
        -> String
    {
        guard let key = signers.first(where: { $0.id == id })?.key else { throw CocoaError(.keyValueValidation) }
        let header = header ?? "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"\(id)\"}"
        let signed = "\(Self.encoded(header)).\(Self.encoded(claims))"
        let signer = try await JWTKeyCollection().add(ecdsa: key, kid: "key").getKey(for: "key", alg: "ES256")
        let signature = try signer.sign(Data(signed.utf8))
        return "\(signed).\(Self.url(Data(signature).base64EncodedString()))"
    }
}

import Foundation
package import Inventory
import JWTKit

/// Tokens for development, signed with a key of the service's own. Who can read the key's file can do everything, so it is
/// for loopback only.
package struct DevelopmentTokens: Sendable {
    package static let issuer = "urn:holdfast:development"
    package static let audience = "holdfast"
    package static let secondsAllowed: ClosedRange<Int64> = 1...30 * 24 * 3_600
    private static let keyID = "development"

    private let key: ES256PrivateKey
    private let publicFile: URL

    /// Takes the key of `folder`, and makes one where there is none.
    /// - Throws: when the files can be neither read nor written.
    package init(folder: String) throws {
        let folder = URL(filePath: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "development-key.pem")
        publicFile = folder.appending(path: "development-jwks.json")
        if let text = try? String(contentsOf: file, encoding: .utf8) {
            key = try ES256PrivateKey(pem: text)
        } else {
            key = ES256PrivateKey()
            // Readable by its owner from its first byte on.
            guard
                FileManager.default.createFile(
                    atPath: file.path, contents: Data(key.pemRepresentation.utf8),
                    attributes: [.posixPermissions: 0o600])
            else { throw CocoaError(.fileWriteUnknown) }
        }
        try Data(keySet.utf8).write(to: publicFile, options: .atomic)
    }

    /// What the service verifies them with.
    package var settings: TokenSettings {
        TokenSettings(
            issuer: Self.issuer, audience: Self.audience, keys: .file(publicFile.path), algorithms: ["ES256"])
    }

    private var keySet: String {
        let (x, y) = key.publicKey.parameters ?? ("", "")
        func url(_ text: String) -> String {
            text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        return """
            {"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"\(Self.keyID)","x":"\(url(x))","y":"\(url(y))"}]}
            """
    }

    private struct Payload: JWTPayload {
        let iss: String
        let aud: String
        let sub: String
        let client_id: String
        let iat: Int64
        let exp: Int64
        let jti: String
        let scope: String
        let roles: [String]
        let holdfast_locations: [String]?
        let holdfast_sources: [String]?

        func verify(using algorithm: some JWTAlgorithm) {}
    }

    /// - Parameter seconds: until it expires, within `secondsAllowed`.
    package func token(
        client: ClientID, subject: ClientID? = nil, grant: AccessGrant, seconds: Int64
    ) async throws -> String {
        let now = Int64(Date().timeIntervalSince1970)
        let payload = Payload(
            iss: Self.issuer, aud: Self.audience, sub: (subject ?? client).text, client_id: client.text, iat: now,
            exp: now + seconds, jti: UUID().uuidString, scope: grant.scopes.description,
            roles: grant.roles.map(\.rawValue), holdfast_locations: grant.binding.locations?.map(\.text).sorted(),
            holdfast_sources: grant.binding.sources?.map(\.text).sorted())
        var header = JWTHeader()
        header.typ = "at+jwt"
        let keys = JWTKeyCollection()
        await keys.add(ecdsa: key, kid: JWKIdentifier(string: Self.keyID))
        return try await keys.sign(payload, kid: JWKIdentifier(string: Self.keyID), header: header)
    }
}

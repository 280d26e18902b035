import Foundation

/// An issuer of tokens, and what its tokens have to say to be good here.
package struct TokenSettings: Sendable, Hashable {
    /// Where the issuer's public keys are.
    package enum Keys: Sendable, Hashable {
        /// Named by the issuer's metadata: OpenID Connect Discovery 1.0, or RFC 8414.
        case discovery
        /// An `https` URL; `http` on loopback only.
        case url(String)
        /// A file, read again when it changes.
        case file(String)
    }

    /// What `iss` has to be, byte for byte.
    package var issuer: String
    /// What `aud` has to be, or to hold.
    package var audience: String
    package var keys: Keys
    /// As `alg` names them (RFC 7518). Never `none`, and never one whose key is a shared secret.
    package var algorithms: Set<String>
    /// How far the issuer's clock may be off ours.
    package var skewSeconds: Int64
    /// What `typ` may be, in small letters and without `application/`; the empty text stands for a token without.
    package var types: Set<String>

    package static let algorithmsOffered = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    ]
    package static let algorithmsDefault: Set<String> = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
    package static let skewSecondsAllowed: ClosedRange<Int64> = 0...300
    package static let skewSecondsDefault: Int64 = 30
    /// RFC 9068, section 2.1: so that an identity token is no access token.
    package static let typesDefault: Set<String> = ["at+jwt"]

    package init(
        issuer: String, audience: String, keys: Keys = .discovery, algorithms: Set<String> = algorithmsDefault,
        skewSeconds: Int64 = skewSecondsDefault, types: Set<String> = typesDefault
    ) {
        self.issuer = issuer
        self.audience = audience
        self.keys = keys
        self.algorithms = algorithms
        self.skewSeconds = skewSeconds
        self.types = types
    }

    /// Whether keys may be read at an address: those that come over a line that others can write on are nobody's.
    package static func isSafe(_ url: String) -> Bool {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else { return false }
        switch parts.scheme {
        case "https": return true
        case "http": return ["127.0.0.1", "::1", "[::1]", "localhost"].contains(host)
        default: return false
        }
    }
}

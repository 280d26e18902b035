import Foundation
import JWTKit
import StrictJSON

/// The public keys of an issuer (RFC 7517), as far as they are of use: for signatures, by an algorithm that is allowed, and
/// strong enough. Others are left out, so that one odd key does not lock everybody out.
struct IssuerKeySet: Sendable {
    /// One key with one algorithm.
    struct Key: Sendable {
        let id: String?
        let algorithm: String
        let verifier: any JWTAlgorithm
    }

    let keys: [Key]
    /// What came in, to tell whether it changed.
    let bytes: [UInt8]

    static let bytesMax = 256 << 10
    /// A set of more is not read on.
    static let keysMax = 100
    /// Of an RSA modulus (RFC 7518, section 3.3).
    private static let modulusBitsMin = 2_048

    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    init(_ bytes: [UInt8], algorithms: Set<String>) async throws(Unreadable) {
        self.bytes = bytes
        guard bytes.count <= Self.bytesMax else {
            throw Unreadable(description: "the key set is longer than \(Self.bytesMax) bytes")
        }
        guard let sent = try? JSONDocument(parsing: bytes).root.member("keys")?.elements else {
            throw Unreadable(description: "the key set is not JSON with keys (RFC 7517)")
        }
        var keys: [Key] = []
        for key in sent.prefix(Self.keysMax) {
            for algorithm in Self.algorithms(of: key) where algorithms.contains(algorithm) {
                guard let verifier = await Self.verifier(key, algorithm) else { continue }
                keys.append(Key(id: key.member("kid")?.string, algorithm: algorithm, verifier: verifier))
            }
        }
        guard !keys.isEmpty else {
            throw Unreadable(description: "the key set has no key that verifies one of the algorithms allowed")
        }
        self.keys = keys
    }

    /// Those that a signature by `algorithm` may be of. A token that names no key may be of any.
    func keys(_ id: String?, _ algorithm: String) -> [Key] {
        keys.filter { (id == nil || $0.id == id) && $0.algorithm == algorithm }
    }

    /// Which algorithms a key verifies: its own, or all of its type. A shared secret (`oct`) verifies none here.
    private static func algorithms(of key: JSONValue) -> [String] {
        if let use = key.member("use")?.string, use != "sig" { return [] }
        let ofType: [String] =
            switch (key.member("kty")?.string, key.member("crv")?.string) {
            case ("RSA", _) where modulusBits(key) >= modulusBitsMin:
                ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
            case ("EC", "P-256"): ["ES256"]
            case ("EC", "P-384"): ["ES384"]
            case ("EC", "P-521"): ["ES512"]
            case ("OKP", "Ed25519"): ["EdDSA"]
            default: []
            }
        guard let own = key.member("alg")?.string else { return ofType }
        return ofType.contains(own) ? [own] : []
    }

    private static func modulusBits(_ key: JSONValue) -> Int {
        let modulus = key.member("n")?.string.flatMap { CompactToken.decoded($0.utf8) } ?? []
        return modulus.drop { $0 == 0 }.count * 8
    }

    private static func verifier(_ key: JSONValue, _ algorithm: String) async -> (any JWTAlgorithm)? {
        guard var jwk = try? JSONDecoder().decode(JWK.self, from: Data(key.raw)) else { return nil }
        jwk.keyIdentifier = "key"
        jwk.algorithm = JWK.Algorithm(rawValue: algorithm)
        // Only ever to verify.
        jwk.privateExponent = nil
        jwk.prime1 = nil
        jwk.prime2 = nil
        let collection = JWTKeyCollection()
        guard (try? await collection.add(jwk: jwk)) != nil else { return nil }
        return try? await collection.getKey(for: "key", alg: algorithm)
    }
}

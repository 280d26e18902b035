package import InventoryService
import JWTKit
import StrictJSON

/// Verifies access tokens of the issuers that are set.
package struct JWTVerifier: TokenVerifier {
    private let issuers: [IssuerKeys]

    package init(_ issuers: [IssuerKeys]) { self.issuers = issuers }

    package var generation: Int { issuers.reduce(0) { $0 + $1.generation } }

    package func verify(_ token: String) async throws(AccessDenial) -> VerifiedToken {
        let token = try CompactToken(token)
        guard let issuer = issuers.first(where: { $0.settings.issuer == token.claims.member("iss")?.string }) else {
            throw .invalid("the token is of another issuer")
        }
        let settings = issuer.settings
        guard settings.algorithms.contains(token.algorithm) else {
            throw .invalid("the token is signed by an algorithm that is not allowed here")
        }
        guard settings.types.contains(token.type) else {
            throw .invalid("the token's typ is not that of an access token (RFC 9068)")
        }
        // Before the keys are read: what is verified with older keys is verified again.
        var generation = generation
        var isSigned = issuer.known.map { $0.isSigned(token) } ?? false
        if !isSigned {
            // By a key that is new, perhaps; a token need not say by which.
            await issuer.refreshIfDue()
            generation = self.generation
            guard let keys = issuer.known else {
                throw .unavailable("the keys of the token's issuer cannot be read right now")
            }
            isSigned = keys.isSigned(token)
        }
        guard isSigned else { throw .invalid("the token's signature is not that of its issuer") }
        let claims = try TokenClaims(token.claims, settings, now: .now())
        return VerifiedToken(caller: claims.caller, expiresAt: claims.expiresAt, generation: generation)
    }
}

extension IssuerKeySet {
    fileprivate func isSigned(_ token: CompactToken) -> Bool {
        keys(token.keyID, token.algorithm).contains { key in
            (try? key.verifier.verify(token.signature, signs: token.signed)) ?? false
        }
    }
}

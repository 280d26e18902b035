package import Inventory

/// Why nobody is known to be there. No text of it repeats what was sent.
package enum AccessDenial: Error, Sendable, Hashable {
    /// Neither a token nor a key nor a certificate.
    case missing
    /// Not one `Authorization: Bearer`, or a text that can be neither a token nor a key.
    case malformed(String)
    /// Was read, and is not good here: says why.
    case invalid(String)
    /// Cannot be told now: the store of keys, or the issuer's keys, cannot be reached. Says nothing about the client.
    case unavailable(String)
}

/// What a token says, after it was verified.
package struct VerifiedToken: Sendable {
    package let caller: Caller
    package let expiresAt: Timestamp
    /// Rises when keys of the issuer come or go: what was verified before is verified again.
    package let generation: Int

    package init(caller: Caller, expiresAt: Timestamp, generation: Int) {
        self.caller = caller
        self.expiresAt = expiresAt
        self.generation = generation
    }
}

/// Verifies access tokens of an issuer.
package protocol TokenVerifier: Sendable {
    /// - Parameter token: no longer than `Authenticator.credentialBytesMax`.
    func verify(_ token: String) async throws(AccessDenial) -> VerifiedToken
    /// Changes when the issuer's keys do.
    var generation: Int { get }
}

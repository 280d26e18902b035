package import Inventory

/// Tells who is behind a request's credentials. What it was told it remembers for seconds, so that most requests cost one
/// hash, and so that a database that is away makes nobody a stranger: keys that were good stay good for
/// `keptWithoutStoreSeconds`, and of others it says that it cannot tell.
package final class Authenticator: Sendable {
    private let keys: any APIKeyStore
    private let tokens: (any TokenVerifier)?
    private let uses: APIKeyUses
    private let known = RememberedCallers()
    /// Apart from those known, so that a flood of guesses pushes nobody out.
    private let refused = RememberedCallers()
    private let milliseconds: @Sendable () -> Int64

    /// Of a token or a key, in bytes.
    package static let credentialBytesMax = 8_192
    /// Until a key is looked up again, and so the time that a revocation takes to be obeyed.
    package static let keyFreshSeconds: Int64 = 5
    package static let tokenFreshSeconds: Int64 = 300
    package static let refusalFreshSeconds: Int64 = 2
    package static let keptWithoutStoreSeconds: Int64 = 300

    /// - Parameters:
    ///   - tokens: nil where there is no issuer.
    ///   - milliseconds: of a clock that only goes forward.
    package init(
        keys: any APIKeyStore, tokens: (any TokenVerifier)?, uses: APIKeyUses,
        milliseconds: @escaping @Sendable () -> Int64 = Authenticator.uptime
    ) {
        self.keys = keys
        self.tokens = tokens
        self.uses = uses
        self.milliseconds = milliseconds
    }

    package static let uptime: @Sendable () -> Int64 = {
        let now = ContinuousClock.now - start
        return now.components.seconds * 1_000 + now.components.attoseconds / 1_000_000_000_000_000
    }
    private static let start = ContinuousClock.now

    /// - Parameter bearer: what stands after `Bearer `.
    package func caller(bearer: String) async throws(AccessDenial) -> Caller {
        guard bearer.utf8.count <= Self.credentialBytesMax else {
            throw .malformed("the token is longer than \(Self.credentialBytesMax) bytes")
        }
        let credential = Self.digest(bearer: bearer)
        if let key = APIKeyText(bearer) {
            return try await caller(credential) { () throws(StoreError) in
                guard let found = try await keys.presented(key.id), found.hash == key.hash else { return nil }
                return found
            }
        }
        // A key is no token, and is not taken to the issuer's keys as one.
        guard !bearer.hasPrefix(APIKeyText.prefix) else { throw .invalid("no key has this form; copy all of it") }
        return try await caller(credential, token: bearer)
    }

    /// - Parameter certificate: SHA-256 of a client certificate (DER) whose owner has proved to have its key.
    package func caller(certificate: Digest) async throws(AccessDenial) -> Caller {
        try await caller(Self.digest(certificate: certificate)) { () throws(StoreError) in
            try await keys.presented(certificate: certificate)
        }
    }

    // MARK: - At once

    /// What a token or key is known by here.
    /// - Parameter bearer: what stands after `Bearer `.
    /// - Returns: nil where it is too long to be one.
    package func known(bearer: String) -> KnownBearer? {
        guard bearer.utf8.count <= Self.credentialBytesMax else { return nil }
        return KnownBearer(digest: Self.digest(bearer: bearer), isKey: bearer.hasPrefix(APIKeyText.prefix))
    }

    /// Whom `caller` would find without asking anybody; nil also where it would find nobody.
    package func rememberedCaller(_ bearer: KnownBearer) -> Caller? {
        guard let generation = bearer.isKey ? 0 : tokens?.generation else { return nil }
        return rememberedCaller(bearer.digest, generation)
    }

    package func rememberedCaller(certificate: Digest) -> Caller? {
        rememberedCaller(Self.digest(certificate: certificate), 0)
    }

    private func rememberedCaller(_ credential: Digest, _ generation: Int) -> Caller? {
        known.fresh(credential, now: milliseconds(), generation: generation).flatMap { try? used($0) }
    }

    private static func digest(bearer: String) -> Digest { sha256(Array(bearer.utf8)) }

    /// Certificates are public: a text with the same bytes must not stand for one.
    private static func digest(certificate: Digest) -> Digest {
        sha256(Array("certificate".utf8) + certificate.bytes)
    }

    /// A key that this process ended is good here no longer; others notice within `keyFreshSeconds`.
    package func forget(_ key: APIKeyID) { known.forget(key: key) }

    // MARK: - Keys

    private func caller(
        _ credential: Digest, _ look: () async throws(StoreError) -> PresentedKey?
    ) async throws(AccessDenial) -> Caller {
        let now = milliseconds()
        if case .fresh(let entry) = refused.find(credential, now: now, generation: 0) {
            return try entry.caller.get()
        }
        var before: RememberedCallers.Entry?
        switch known.find(credential, now: now, generation: 0) {
        case .fresh(let entry): return try used(entry)
        case .stale(let entry): before = entry
        case .none: break
        }
        let found: PresentedKey?
        let forgotten = known.forgotten
        do {
            found = try await look()
        } catch {
            guard let before else { throw .unavailable("keys cannot be looked up right now") }
            known.askLater(credential)
            return try used(before)
        }
        let entry = entry(of: found, now: now)
        if case .failure = entry.caller {
            if let key = before?.key { known.forget(key: key) }
            refused.remember(entry, for: credential)
        } else {
            known.remember(entry, for: credential, unlessSince: forgotten)
        }
        return try used(entry)
    }

    private func entry(of found: PresentedKey?, now: Int64) -> RememberedCallers.Entry {
        func refusal(_ why: String) -> RememberedCallers.Entry {
            let until = now + Self.refusalFreshSeconds * 1_000
            return .init(
                caller: .failure(.invalid(why)), freshUntil: until, usableUntil: until, generation: 0, key: nil)
        }
        // Whoever does not have its secret is not told whether a key is there.
        guard let found else { return refusal("the key is not known") }
        switch found.key.state(at: found.now) {
        case .revoked: return refusal("the key was revoked")
        case .expired: return refusal("the key has expired; rotate it sooner next time")
        case .valid: break
        }
        let left = found.key.expiresAt.map { ($0.microseconds - found.now.microseconds) / 1_000 } ?? .max / 2
        return .init(
            caller: .success(found.key.caller), freshUntil: now + min(left, Self.keyFreshSeconds * 1_000),
            usableUntil: now + min(left, Self.keptWithoutStoreSeconds * 1_000), generation: 0, key: found.key.id)
    }

    private func used(_ entry: RememberedCallers.Entry) throws(AccessDenial) -> Caller {
        if let key = entry.key { uses.note(key) }
        return try entry.caller.get()
    }

    // MARK: - Tokens

    private func caller(_ credential: Digest, token: String) async throws(AccessDenial) -> Caller {
        guard let tokens else {
            throw .invalid("no issuer of tokens is set; use an API key, or set HOLDFAST_AUTH_ISSUER")
        }
        let now = milliseconds()
        let generation = tokens.generation
        if case .fresh(let entry) = known.find(credential, now: now, generation: generation) {
            return try entry.caller.get()
        }
        if case .fresh(let entry) = refused.find(credential, now: now, generation: generation) {
            return try entry.caller.get()
        }
        do {
            let verified = try await tokens.verify(token)
            let left = (verified.expiresAt.microseconds - Timestamp.now().microseconds) / 1_000
            let until = now + min(left, Self.tokenFreshSeconds * 1_000)
            known.remember(
                .init(
                    caller: .success(verified.caller), freshUntil: until, usableUntil: until,
                    generation: verified.generation, key: nil), for: credential)
            return verified.caller
        } catch {
            if case .unavailable = error { throw error }
            let until = now + Self.refusalFreshSeconds * 1_000
            refused.remember(
                .init(
                    caller: .failure(error), freshUntil: until, usableUntil: until, generation: tokens.generation,
                    key: nil), for: credential)
            throw error
        }
    }
}

/// What a token or key comes to, so that one who sends it again is found without it: a hash of it, and no secret.
package struct KnownBearer: Sendable {
    fileprivate let digest: Digest
    fileprivate let isKey: Bool
}

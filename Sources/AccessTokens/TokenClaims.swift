import Inventory
import InventoryService
import StrictJSON

/// What a token with a good signature says of its client, and until when (RFC 9068, section 2.2).
struct TokenClaims {
    let caller: Caller
    let expiresAt: Timestamp

    /// - Throws: what is wrong with it, without anything of it.
    init(_ claims: JSONValue, _ settings: TokenSettings, now: Timestamp) throws(AccessDenial) {
        guard Self.texts(claims.member("aud"))?.contains(settings.audience) == true else {
            throw .invalid("the token is for another audience; ask its issuer for one for this service")
        }
        let skew = settings.skewSeconds * 1_000_000
        guard let expiresAt = Self.time(claims.member("exp")) else { throw .invalid("the token has no exp") }
        guard now.microseconds < expiresAt.microseconds + skew else {
            throw .invalid("the token has expired; get a new one")
        }
        for name in ["nbf", "iat"] {
            guard let value = claims.member(name) else { continue }
            guard let time = Self.time(value), time.microseconds <= now.microseconds + skew else {
                throw .invalid("the token is not valid yet (\(name)); compare the clocks")
            }
        }
        self.expiresAt = Timestamp(microseconds: expiresAt.microseconds + skew)
        let subject = try Self.client(claims.member("sub"), "sub")
        // Not every issuer follows RFC 9068: `azp` is what OpenID Connect calls it.
        let named = try Self.client(claims.member("client_id"), "client_id")
        let party = try Self.client(claims.member("azp"), "azp")
        guard let client = named ?? party ?? subject else {
            throw .invalid("the token names no client: neither client_id nor sub")
        }
        let locations = try Self.bound(claims, "holdfast_locations")
        let sources = try Self.bound(claims, "holdfast_sources")
        caller = Caller(
            client: client, subject: subject, scopes: Self.scopes(claims),
            binding: AccessBinding(
                locations: locations.map { Set($0.map(LocationID.init(stored:))) },
                sources: sources.map { Set($0.map(SourceID.init(stored:))) }))
    }

    private static func client(_ value: JSONValue?, _ name: String) throws(AccessDenial) -> ClientID? {
        guard let value, !value.isNull else { return nil }
        guard let text = value.string, let client = try? ClientID(text) else {
            throw .invalid("the token's \(name) is not a text of 1 to \(ClientKind.lengthMax) printable characters")
        }
        return client
    }

    /// `scope` as RFC 8693 has it, or `scp` as a list; and what the roles stand for. What is not known gives nothing.
    private static func scopes(_ claims: JSONValue) -> Scopes {
        let named =
            (claims.member("scope")?.string?.split(separator: " ").map(String.init) ?? [])
            + (texts(claims.member("scp")) ?? []).flatMap { $0.split(separator: " ").map(String.init) }
        let roles = (texts(claims.member("roles")) ?? []).compactMap(Role.init(rawValue:))
        return roles.reduce(Scopes(named.compactMap(Scope.init(rawValue:)))) { $0.union($1.scopes) }
    }

    /// Nil where the claim is not there. A claim that cannot be read binds to nothing rather than to everything: it is refused.
    private static func bound(_ claims: JSONValue, _ name: String) throws(AccessDenial) -> [String]? {
        guard let value = claims.member(name) else { return nil }
        guard let texts = texts(value), texts.count <= AccessBinding.valuesMax else {
            throw .invalid("the token's \(name) is not a list of up to \(AccessBinding.valuesMax) texts")
        }
        return texts
    }

    /// One text, or a list of texts; nil for anything else.
    private static func texts(_ value: JSONValue?) -> [String]? {
        guard let value else { return nil }
        if let text = value.string { return [text] }
        guard let elements = value.elements else { return nil }
        let texts = elements.compactMap(\.string)
        return texts.count == elements.count ? texts : nil
    }

    /// Seconds since 1970, fractions allowed (RFC 7519, section 2).
    private static func time(_ value: JSONValue?) -> Timestamp? {
        guard let seconds = value?.number, (0...253_402_300_799).contains(seconds) else { return nil }
        return Timestamp(microseconds: Int64(seconds * 1_000_000))
    }
}

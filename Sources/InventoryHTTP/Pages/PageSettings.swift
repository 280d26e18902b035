/// How people sign in on the pages. They carry no secret: what a page may see is what its user's token or key may.
package struct PageSettings: Sendable, Hashable {
    /// The issuer and the name under which it knows the pages; nil: people sign in by API key.
    package var issuer: Issuer?

    package struct Issuer: Sendable, Hashable {
        /// An `https` URL, as tokens name it in `iss`.
        package var url: String
        /// The `client_id` of a public client: code flow with PKCE, no secret.
        package var clientID: String
        /// Whom its tokens are for.
        package var audience: String
        /// What is asked for, separated by spaces.
        package var scope: String
        /// Origins beside the issuer's own where its endpoints are, as browsers name them.
        package var origins: [String]

        package init(url: String, clientID: String, audience: String, scope: String = "openid", origins: [String] = [])
        {
            self.url = url
            self.clientID = clientID
            self.audience = audience
            self.scope = scope
            self.origins = origins
        }

        /// Scheme, host and port of `url`.
        var origin: String {
            guard let scheme = url.firstRange(of: "://") else { return url }
            return String(url[..<scheme.upperBound] + url[scheme.upperBound...].prefix { !"/?#".contains($0) })
        }
    }

    package init(issuer: Issuer? = nil) { self.issuer = issuer }
}

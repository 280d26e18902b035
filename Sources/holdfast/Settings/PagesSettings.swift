import AccessTokens
import InventoryHTTP

/// What the settings say about the pages for people.
struct PagesSettings: Sendable {
    /// Whether the process serves them.
    var isOn = true
    var settings = PageSettings()

    init() {}

    /// - Parameter issuer: whose tokens the service takes; nil for API keys only.
    init(_ read: SettingsReader, issuer: TokenSettings?) {
        isOn = read.isOn("pages") ?? isOn
        let client = read.text("signin.client.id").flatMap { $0.isEmpty ? nil : $0 }
        let scope = read.text("signin.scope")
        let origins = read.words("signin.origins")
        for origin in origins ?? [] where origin.wholeMatch(of: /https?:\/\/[a-z0-9.\-\[\]:]+/) == nil {
            read.refuse(
                "signin.origins",
                "'\(origin)' is not an origin; name each as browsers do, such as https://login.example, in small letters "
                    + "and without a slash at its end")
        }
        for (key, isSet) in [
            ("signin.client.id", client != nil), ("signin.scope", scope != nil), ("signin.origins", origins != nil),
        ] where isSet && issuer == nil {
            read.refuse(key, "is of no use without HOLDFAST_AUTH_ISSUER")
        }
        guard let issuer, let client else {
            for (key, isSet) in [("signin.scope", scope != nil), ("signin.origins", origins != nil)]
            where isSet && issuer != nil {
                read.refuse(key, "is of no use without HOLDFAST_SIGNIN_CLIENT_ID")
            }
            return
        }
        settings.issuer = PageSettings.Issuer(
            url: issuer.issuer, clientID: client, audience: issuer.audience, scope: scope ?? "openid",
            origins: origins ?? [])
    }

    /// Nil where the process serves none.
    var served: PageSettings? { isOn ? settings : nil }
}

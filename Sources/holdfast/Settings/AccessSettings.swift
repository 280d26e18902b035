import AccessTokens
import Foundation

/// Who may call.
struct AccessSettings: Sendable {
    enum Mode: String, Sendable, CaseIterable {
        /// Anybody who reaches the service: on loopback only.
        case open
        /// Whoever has a token or an API key.
        case token
    }

    var mode = Mode.open
    /// Nil: API keys only.
    var issuer: TokenSettings?
    /// Whether tokens that `holdfast token` makes are good.
    var takesDevelopmentTokens = false

    init() {}

    init(_ read: SettingsReader, host: String) {
        let isLoopback = Self.isLoopback(host)
        if let text = read.text("auth.mode") {
            if let known = Mode(rawValue: text) {
                mode = known
            } else {
                read.refuse("auth.mode", "'\(text)' is not a mode; use open or token")
            }
        }
        if mode == .open, !isLoopback {
            read.refuse(
                "http.host",
                "'\(host)' is not a loopback address, and with HOLDFAST_AUTH_MODE=open anybody who reaches it may "
                    + "change stock; set HOLDFAST_AUTH_MODE=token, or use 127.0.0.1 or ::1")
        }
        takesDevelopmentTokens = read.isOn("auth.development") ?? false
        if takesDevelopmentTokens, !isLoopback {
            read.refuse(
                "auth.development",
                "who can read the key in the data directory could do everything; it is for loopback addresses only")
        }
        issuer = Self.issuer(read)
        if mode == .open, issuer != nil || takesDevelopmentTokens {
            read.refuse("auth.mode", "is open, so nobody's token is looked at; set it to token")
        }
    }

    private static func issuer(_ read: SettingsReader) -> TokenSettings? {
        let audience = read.text("auth.audience")
        let keys = read.text("auth.jwks")
        let algorithms = read.words("auth.algorithms")
        let skew = read.number("auth.skew.seconds", in: TokenSettings.skewSecondsAllowed)
        let types = read.words("auth.token.types")
        guard let issuer = read.text("auth.issuer"), !issuer.isEmpty else {
            for (key, isSet) in [
                ("auth.audience", audience != nil), ("auth.jwks", keys != nil), ("auth.algorithms", algorithms != nil),
                ("auth.token.types", types != nil),
            ] where isSet {
                read.refuse(key, "is of no use without HOLDFAST_AUTH_ISSUER")
            }
            return nil
        }
        var settings = TokenSettings(issuer: issuer, audience: audience ?? "")
        if settings.audience.isEmpty {
            read.refuse(
                "auth.audience", "is required with an issuer: the audience that its tokens for this service name")
        }
        if let keys {
            if keys.contains("://") {
                if !TokenSettings.isSafe(keys) {
                    read.refuse("auth.jwks", "is not an https address (http is for loopback only)")
                }
                settings.keys = .url(keys)
            } else {
                settings.keys = .file(keys)
                if !FileManager.default.isReadableFile(atPath: keys) {
                    read.refuse("auth.jwks", "there is no readable file of this name")
                }
            }
        } else if !TokenSettings.isSafe(issuer) {
            read.refuse("auth.issuer", "is not an https address to find its keys at; set HOLDFAST_AUTH_JWKS too")
        }
        if let algorithms {
            let unknown = algorithms.filter { !TokenSettings.algorithmsOffered.contains($0) }
            if !unknown.isEmpty || algorithms.isEmpty {
                read.refuse(
                    "auth.algorithms",
                    "may name \(TokenSettings.algorithmsOffered.joined(separator: ", ")), and at least one of them")
            }
            settings.algorithms = Set(algorithms)
        }
        if let skew { settings.skewSeconds = skew }
        if let types {
            settings.types = Set(types.map { $0 == "none" ? "" : $0.lowercased() })
            if types.isEmpty {
                read.refuse("auth.token.types", "names none; use at+jwt, JWT, or none for tokens without")
            }
        }
        return settings
    }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.wholeMatch(of: /127(\.\d{1,3}){3}/) != nil
    }
}

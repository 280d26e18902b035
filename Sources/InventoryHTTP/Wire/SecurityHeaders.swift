import HTTPTypes

/// What every answer says to browsers and caches, as the OWASP REST Security Cheat Sheet has it.
struct SecurityHeaders: Sendable {
    /// Whether clients should never come without TLS again (RFC 6797). A proxy that ends TLS says so itself.
    let isOverTLS: Bool

    private static let contentTypeOptions = HTTPField.Name("X-Content-Type-Options")
    private static let frameOptions = HTTPField.Name("X-Frame-Options")
    private static let aYear = "max-age=31536000"

    /// - Parameter headers: of any answer.
    func add(to headers: inout HTTPFields) {
        if let name = Self.contentTypeOptions { headers[name] = "nosniff" }
        if let name = Self.frameOptions { headers[name] = "DENY" }
        // An answer that does not say who may keep it is kept by nobody.
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        if isOverTLS { headers[.strictTransportSecurity] = Self.aYear }
    }
}

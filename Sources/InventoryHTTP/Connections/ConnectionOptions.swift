/// How connections come in.
package struct ConnectionOptions: Sendable {
    /// Nil: without TLS.
    package var certificates: ServerCertificates?
    package var proxies = TrustedProxies()
    /// Connections of trusted proxies begin with a line of the PROXY protocol.
    package var usesProxyProtocol = false

    /// Connections at one time from one address that is no trusted proxy's; nil for any number.
    package var perAddressMax: Int?

    package init() {}
}

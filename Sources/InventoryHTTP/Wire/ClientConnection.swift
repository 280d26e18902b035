import Crypto

/// Who is at the other end of the connection on which a request came.
package final class ClientConnection: Sendable {
    /// Of the connection that is being served; nil where requests come without any, as in some tests.
    @TaskLocal package static var current: ClientConnection?

    /// Of the client, or of the proxy that is next to us; nil on a socket without IP addresses.
    package let address: IPAddress?
    package let certificate: ClientCertificate?
    /// Set where the other end is a proxy that is believed.
    let proxies: TrustedProxies?

    init(address: IPAddress?, certificate: ClientCertificate?, proxies: TrustedProxies) {
        self.address = address
        self.certificate = certificate
        self.proxies = address.map(proxies.trusts) == true ? proxies : nil
    }
}

/// A certificate that a client has shown, and that the authority of clients has signed.
package struct ClientCertificate: Hashable, Sendable {
    /// The SHA-256 of the certificate in DER, in lower-case hex: what `openssl x509 -fingerprint -sha256` prints, without
    /// its colons.
    package let fingerprint: String

    package init(fingerprint: String) { self.fingerprint = fingerprint }

    init(der: [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = SHA256.hash(data: der).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        fingerprint = String(decoding: bytes, as: UTF8.self)
    }
}

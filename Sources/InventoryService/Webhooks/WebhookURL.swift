import Foundation

/// An address that events may be sent to.
package struct WebhookURL: Sendable, Hashable {
    package let text: String
    package let isSecure: Bool
    /// Without brackets, as it stands in the text.
    package let host: String
    package let port: Int

    /// In bytes.
    package static let lengthMax = 2_048

    package struct Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    package init(_ text: String) throws(Invalid) {
        guard text.utf8.count <= Self.lengthMax else {
            throw Invalid(description: "is longer than \(Self.lengthMax) bytes")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), scheme == "https" || scheme == "http", let host = parts.host
        else { throw Invalid(description: "must be a URL such as https://orders.example.com/stock-events") }
        guard parts.user == nil, parts.password == nil else {
            throw Invalid(description: "must not hold a user or a password; deliveries are signed")
        }
        guard parts.fragment == nil else { throw Invalid(description: "must not have a fragment (#…)") }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        // As it stands, so that whoever reads the text finds the same host in it.
        let rest = text.dropFirst(scheme.count)
        guard Self.isPlain(bare), rest.hasPrefix("://\(bare)") || rest.hasPrefix("://[\(bare)]") else {
            throw Invalid(
                description: "has a host that is no name of letters, digits, dots and hyphens, and no address")
        }
        self.init(
            text: text, isSecure: scheme == "https", host: bare, port: parts.port ?? (scheme == "https" ? 443 : 80))
        guard (1...65_535).contains(port) else { throw Invalid(description: "has a port that is not 1 to 65535") }
    }

    /// Takes a text that was checked when it was stored.
    package init(stored text: String) {
        guard let url = try? WebhookURL(text) else { preconditionFailure("a stored URL was checked") }
        self = url
    }

    private init(text: String, isSecure: Bool, host: String, port: Int) {
        self.text = text
        self.isSecure = isSecure
        self.host = host
        self.port = port
    }

    private static func isPlain(_ host: String) -> Bool {
        guard (1...253).contains(host.utf8.count) else { return false }
        return host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"): true
            // An IPv6 address.
            case UInt8(ascii: ":"): true
            default: false
            }
        }
    }
}

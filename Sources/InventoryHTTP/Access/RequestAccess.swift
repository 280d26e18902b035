package import InventoryService

/// Whether requests are asked who sends them.
package enum RequestAccess: Sendable {
    /// Nobody is asked. For loopback only.
    case open
    /// Every request needs a token, a key or a certificate that stands for one.
    case token(Authenticator)

    var authenticator: Authenticator? {
        switch self {
        case .open: nil
        case .token(let authenticator): authenticator
        }
    }
}

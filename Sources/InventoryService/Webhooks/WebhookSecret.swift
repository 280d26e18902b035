import Crypto
import Foundation

/// What deliveries are signed with, as Standard Webhooks has it: `whsec_` and 24 to 64 random bytes in base64.
package struct WebhookSecret: Sendable, Hashable {
    package let bytes: [UInt8]

    package static let prefix = "whsec_"
    package static let bytesAllowed = 24...64
    /// Active at one time: the one in use, and the one that it takes over from.
    package static let activeMax = 2
    private static let bytesDrawn = 32

    /// - Parameter bytes: as many as `bytesAllowed` says.
    package init(stored bytes: [UInt8]) { self.bytes = bytes }

    /// - Returns: nil for what is no secret.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            Self.bytesAllowed.contains(data.count)
        else { return nil }
        bytes = Array(data)
    }

    /// A new one, at random.
    package static func draw() -> WebhookSecret {
        var generator = SystemRandomNumberGenerator()
        return WebhookSecret(
            stored: (0..<bytesDrawn).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// Shown once, to whoever made it.
    package var text: String { Self.prefix + Data(bytes).base64EncodedString() }

    /// One `v1,…` of the header.
    /// - Parameter seconds: since 1970, as `webhook-timestamp` says it.
    package func signature(of message: String, seconds: Int64, body: [UInt8]) -> String {
        var signing = HMAC<Crypto.SHA256>(key: SymmetricKey(data: bytes))
        signing.update(data: Array("\(message).\(seconds).".utf8))
        signing.update(data: body)
        return "v1," + Data(signing.finalize()).base64EncodedString()
    }
}

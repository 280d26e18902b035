import Foundation
package import Inventory

/// A key as a client sends it: `hfk_`, the id in 16 characters, `_`, and a secret of 256 random bits in base64url.
///
/// The prefix lets scanners find a key that got into a repository. A secret this long cannot be guessed, so one SHA-256
/// is all that its hash needs; slow hashes are for what people can remember.
package struct APIKeyText: Sendable {
    package let id: APIKeyID
    /// SHA-256 of the secret, which is all that is kept.
    package let hash: Digest
    /// The whole text. Shown once, to whoever made it.
    package let text: String

    package static let prefix = "hfk_"
    private static let idLength = 16
    private static let secretBytes = 32
    private static let letters = Array("abcdefghijklmnopqrstuvwxyz234567")

    /// - Returns: nil for what no key looks like.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let rest = text.dropFirst(Self.prefix.count)
        let id = rest.prefix(Self.idLength)
        let secret = rest.dropFirst(Self.idLength + 1)
        guard id.count == Self.idLength, id.allSatisfy(Self.letters.contains),
            rest.dropFirst(Self.idLength).first == "_", secret.utf8.count == 43,
            secret.utf8.allSatisfy(\.isBase64URL)
        else { return nil }
        self.id = APIKeyID(stored: String(id))
        hash = sha256(Array(secret.utf8))
        self.text = text
    }

    /// A new one, at random.
    package static func draw() -> APIKeyText {
        var generator = SystemRandomNumberGenerator()
        let id = String((0..<idLength).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] })
        let bytes = (0..<secretBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let secret = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
        guard let drawn = APIKeyText("\(prefix)\(id)_\(secret)") else {
            preconditionFailure("a key that is drawn looks like one")
        }
        return drawn
    }
}

extension UInt8 {
    /// RFC 4648, section 5.
    fileprivate var isBase64URL: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }
}

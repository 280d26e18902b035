import Foundation
import InventoryService
import StrictJSON

/// A signed token as it is sent (RFC 7515, section 7.1), taken apart and read strictly: what says a claim twice says nothing.
/// Nothing of it is believed before its signature was verified.
struct CompactToken {
    let algorithm: String
    let keyID: String?
    /// In small letters, without `application/`; empty where there is none.
    let type: String
    let claims: JSONValue
    /// What the signature is over.
    let signed: [UInt8]
    let signature: [UInt8]

    init(_ text: String) throws(AccessDenial) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.decoded(parts[0]), let payload = Self.decoded(parts[1]),
            let signature = Self.decoded(parts[2]), !signature.isEmpty
        else { throw .invalid("the token is not a signed JWT") }
        let fields = try Self.object(header)
        claims = try Self.object(payload)
        guard let algorithm = fields.member("alg")?.string else { throw .invalid("the token's header names no alg") }
        self.algorithm = algorithm
        keyID = fields.member("kid")?.string
        let type = fields.member("typ")?.string?.lowercased() ?? ""
        self.type = type.hasPrefix("application/") ? String(type.dropFirst("application/".count)) : type
        // What a token says must be understood, and is not (RFC 7515, section 4.1.11).
        guard fields.member("crit") == nil else { throw .invalid("the token's header has a critical extension") }
        signed = Array(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
        self.signature = signature
    }

    private static func object(_ bytes: [UInt8]) throws(AccessDenial) -> JSONValue {
        guard let value = try? JSONDocument(parsing: bytes).root, value.isObject, value.firstDuplicateName() == nil
        else { throw .invalid("the token's header and claims must be JSON objects that say nothing twice") }
        return value
    }

    /// - Returns: nil for what is not base64url without padding.
    static func decoded(_ text: some Collection<UInt8>) -> [UInt8]? {
        var standard = [UInt8]()
        standard.reserveCapacity(text.count + 3)
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: standard.append(byte)
            }
        }
        while standard.count % 4 != 0 { standard.append(UInt8(ascii: "=")) }
        return Data(base64Encoded: Data(standard)).map { Array($0) }
    }
}

extension JSONValue {
    func member(_ name: String) -> JSONValue? { members?.first { $0.name.string == name }?.value }
}

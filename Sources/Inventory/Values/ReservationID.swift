/// Names a reservation: a UUID of version 7 (RFC 9562), so that ids made later sort later.
package struct ReservationID: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// - Parameters:
    ///   - milliseconds: since 1970-01-01 UTC, when it is made.
    ///   - random: 74 bits of these are used.
    package init(milliseconds: UInt64, random: (UInt64, UInt64)) {
        high = milliseconds << 16 | 0x7000 | random.0 & 0x0FFF
        low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// - Returns: nil unless there are exactly 16 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// - Returns: nil unless the text is a UUID in its usual form, in lower case.
    package init?(text: String) {
        let utf8 = Array(text.utf8)
        guard utf8.count == 36 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        var nibble: UInt8?
        for (place, byte) in utf8.enumerated() {
            if [8, 13, 18, 23].contains(place) {
                guard byte == 0x2D else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x57
            default: return nil
            }
            if let first = nibble {
                bytes.append(first << 4 | digit)
                nibble = nil
            } else {
                nibble = digit
            }
        }
        self.init(bytes)
    }

    package var bytes: [UInt8] { high.bigEndianBytes + low.bigEndianBytes }

    package var description: String {
        let hex = Array(bytes.withUnsafeBytes { $0.hexadecimal }.utf8)
        let parts = [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]]
        return parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
    }

    package static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

/// Names an allocation: its reservation and its number there, from 1.
package struct AllocationID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let reservation: ReservationID
    package let number: Int16

    package init(reservation: ReservationID, number: Int16) {
        self.reservation = reservation
        self.number = number
    }

    package init?(text: String) {
        guard let point = text.lastIndex(of: "."), let id = ReservationID(text: String(text[..<point])),
            let number = Int16(text[text.index(after: point)...]), number > 0,
            "\(id).\(number)" == text
        else { return nil }
        self.init(reservation: id, number: number)
    }

    package var description: String { "\(reservation).\(number)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.reservation, left.number) < (right.reservation, right.number)
    }
}

package enum OwnerKind: ForeignTextKind {
    package static let name = "owner"
}

package enum LineKind: IdentifierKind {
    package static let name = "id"
    package static let standsInPaths = false
}

package enum RequestKeyKind: ForeignTextKind {
    package static let name = "Idempotency-Key"
    package static var lengthMax: Int { 255 }
}

/// Whom units are promised to: a shopper, a cart, an order system.
package typealias Owner = Identifier<OwnerKind>
/// Names a line within its reservation.
package typealias LineID = Identifier<LineKind>
package typealias RequestKeyText = Identifier<RequestKeyKind>

/// An `Idempotency-Key` with what it was sent for.
package struct RequestKey: Sendable, Hashable {
    package let text: RequestKeyText
    /// Of method, path and body.
    package let fingerprint: Fingerprint

    package init(text: RequestKeyText, fingerprint: Fingerprint) {
        self.text = text
        self.fingerprint = fingerprint
    }
}

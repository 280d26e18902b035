/// Names a transfer: a UUID of version 7 (RFC 9562).
package struct TransferID: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let uuid: ReservationID

    /// - Parameter uuid: drawn as those of reservations are.
    package init(_ uuid: ReservationID) { self.uuid = uuid }

    /// - Returns: nil unless there are exactly 16 bytes.
    package init?(_ bytes: [UInt8]) {
        guard let uuid = ReservationID(bytes) else { return nil }
        self.uuid = uuid
    }

    /// - Returns: nil unless the text is a UUID in its usual form, in lower case.
    package init?(text: String) {
        guard let uuid = ReservationID(text: text) else { return nil }
        self.uuid = uuid
    }

    package var bytes: [UInt8] { uuid.bytes }

    package var description: String { uuid.description }

    package static func < (left: Self, right: Self) -> Bool { left.uuid < right.uuid }

    /// As the keys of requests lead to it.
    package var asRequested: ReservationID { uuid }
}

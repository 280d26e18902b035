/// A place in the feed: that of an event, or where a reader stands, behind one. It is the event's `id`, too.
///
/// Positions are given to commits once they are visible, densely and in an order that keeps the order of each item; the
/// ordinal tells the events of one commit apart.
package struct EventCursor: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 0 before the first commit.
    package let position: Int64
    /// 0 stands before the first event of the position.
    package let ordinal: Int64

    package init(position: Int64, ordinal: Int64) {
        self.position = position
        self.ordinal = ordinal
    }

    /// Before every event that there is or will be.
    package static let beginning = EventCursor(position: 0, ordinal: 0)

    /// Behind all events of a position.
    package static func after(_ position: Int64) -> EventCursor { EventCursor(position: position, ordinal: .max) }

    /// As clients see it: `41-7`; a cursor behind a whole position is `41`.
    package var description: String { ordinal == .max ? "\(position)" : "\(position)-\(ordinal)" }

    /// - Returns: nil for anything that `description` does not make.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, let position = Self.number(parts[0]) else { return nil }
        guard parts.count == 2 else {
            self.init(position: position, ordinal: .max)
            return
        }
        guard let ordinal = Self.number(parts[1]), ordinal < .max else { return nil }
        self.init(position: position, ordinal: ordinal)
    }

    private static func number(_ digits: Substring) -> Int64? {
        guard digits.utf8.count <= 19, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(digits)
    }

    package static func < (a: EventCursor, b: EventCursor) -> Bool {
        (a.position, a.ordinal) < (b.position, b.ordinal)
    }
}

/// Where a count stands among all counts of a balance: by the instant that it states, then by who made it. Never by
/// when it arrived, so that any order of arrival comes to the same.
package struct CountPosition: Sendable, Hashable, Comparable {
    /// Everything that occurred up to and including this instant has been seen by the count.
    package let at: Timestamp
    package let source: SourceID
    /// Of the whole count, not of one of its lines.
    package let event: EventID

    package init(at: Timestamp, source: SourceID, event: EventID) {
        self.at = at
        self.source = source
        self.event = event
    }

    package static func < (left: Self, right: Self) -> Bool {
        if left.at != right.at { return left.at < right.at }
        if left.source != right.source { return left.source < right.source }
        return left.event < right.event
    }
}

package enum CountIDKind: DerivedIDKind { package static let name = "count" }

package typealias CountID = DerivedID<CountIDKind>

extension EventID {
    /// Parts the id of a count from the number of one of its lines. No client can send it: it is not printable.
    private static let separator: Character = "\u{1F}"

    /// The id under which one line of a count is kept, so that each line counts once.
    /// - Parameter line: its place in the count, or the item that the count did not list.
    package func line(_ line: String) -> EventID { EventID(stored: "\(text)\(Self.separator)\(line)") }

    /// The id of one record of a file, as a line of the count `self`. Nobody stores that count before its lines: the first
    /// line that is applied does.
    /// - Parameter number: of the record in the file.
    package func record(_ number: Int) -> EventID { line("\(Self.recordMark)\(number)") }

    private static let recordMark: Character = "@"

    /// Whether it is of a line of a count that was stored whole before any of its lines was applied.
    var isOfStoredCount: Bool {
        guard let end = text.firstIndex(of: Self.separator) else { return false }
        return text[text.index(after: end)...].first != Self.recordMark
    }

    /// As its source sent it: of a count's line, the id of the count.
    package var reported: EventID {
        guard let end = text.firstIndex(of: Self.separator) else { return self }
        return EventID(stored: String(text[..<end]))
    }
}

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

/// Names a count for ever, in every process and every order of arrival: derived from who made it and its event id.
package struct CountID: Sendable, Hashable, CustomStringConvertible {
    private let value: Fingerprint

    package init(source: SourceID, event: EventID, _ hash: Hash) {
        var writer = CanonicalWriter()
        writer.text("count")
        writer.text(source.text)
        writer.text(event.text)
        value = Fingerprint(hash(writer.finish()))
    }

    /// - Returns: nil unless there are 16 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 16, let value = Fingerprint(bytes) else { return nil }
        self.value = value
    }

    /// - Returns: nil unless the text is 32 lower-case hexadecimal digits.
    package init?(text: String) {
        guard let value = Fingerprint(hexadecimal: text) else { return nil }
        self.value = value
    }

    package var bytes: [UInt8] { value.bytes }
    package var description: String { bytes.withUnsafeBytes { $0.hexadecimal } }
}

extension EventID {
    /// Parts the id of a count from the number of one of its lines. No client can send it: it is not printable.
    private static let separator: Character = "\u{1F}"

    /// The id under which one line of a count is kept, so that each line counts once.
    /// - Parameter line: its place in the count, or the item that the count did not list.
    package func line(_ line: String) -> EventID { EventID(stored: "\(text)\(Self.separator)\(line)") }

    /// As its source sent it: of a count's line, the id of the count.
    package var reported: EventID {
        guard let end = text.firstIndex(of: Self.separator) else { return self }
        return EventID(stored: String(text[..<end]))
    }
}

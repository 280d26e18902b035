package import Inventory

/// An event that was sent again, with the same content.
package struct RepeatKey: Sendable, Hashable {
    package let location: LocationNumber
    package let source: SourceNumber
    /// Nil for those that are too many to be named.
    package let event: EventID?

    package init(location: LocationNumber, source: SourceNumber, event: EventID?) {
        self.location = location
        self.source = source
        self.event = event
    }
}

package struct Repeats: Sendable, Hashable {
    package var times: Int64
    /// When it was sent again last, by the database's clock.
    package var at: Timestamp
    /// The ledger line that it has had since the first time.
    package var sequence: Int64?

    package init(times: Int64, at: Timestamp, sequence: Int64?) {
        self.times = times
        self.at = at
        self.sequence = sequence
    }
}

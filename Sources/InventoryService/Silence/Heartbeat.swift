package import Inventory

/// A source said that it is there, and has nothing to report.
package struct Heartbeat: Sendable, Hashable {
    /// Where that counts, by id.
    package let locations: [LocationID]
    package let at: Timestamp

    package init(locations: [LocationID], at: Timestamp) {
        self.locations = locations
        self.at = at
    }

    /// Why it counts nowhere.
    package enum Rejection: Error, Sendable, Hashable {
        /// By its place among those named.
        case unknownLocation(Int)
        /// It names none, is set to report for none, and was heard at none.
        case nowhere
    }
}

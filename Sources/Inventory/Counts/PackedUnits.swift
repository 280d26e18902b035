/// Units of a balance that are packed and wait to be fetched, now and at every instant that matters: by when they were
/// packed and when they left, not by when that was told.
package struct PackedUnits: Sendable, Hashable {
    /// Those that wait.
    package private(set) var now: Int64
    private var changes: [Change]

    package struct Change: Sendable, Hashable {
        package let at: Timestamp
        /// Negative for units that wait no longer.
        package let units: Int64

        package init(at: Timestamp, units: Int64) {
            self.at = at
            self.units = units
        }
    }

    /// - Parameter changes: all of them behind the earliest instant that will be asked about.
    package init(now: Int64, changes: [Change]) {
        self.now = now
        self.changes = changes
    }

    func units(at instant: Timestamp) -> Int64 {
        changes.reduce(now) { $1.at > instant ? $0 - $1.units : $0 }
    }

    mutating func add(_ change: Change) {
        now += change.units
        changes.append(change)
    }
}

/// Where and when the number of packed units changed.
package struct PackedKey: Sendable, Hashable, Comparable {
    package let balance: BalanceKey
    package let at: Timestamp

    package init(balance: BalanceKey, at: Timestamp) {
        self.balance = balance
        self.at = at
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.balance == right.balance ? left.at < right.at : left.balance < right.balance
    }
}

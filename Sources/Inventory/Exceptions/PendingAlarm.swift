/// Something that a person may have to look at once all data that is on its way has come.
package enum PendingAlarmType: String, Sendable, Hashable, CaseIterable {
    /// The last count found something else than the ledger says.
    case countVariance
    /// More has left than was ever there.
    case negativeBalance
    /// Units left that were promised to somebody.
    case uncoveredSale
}

package struct PendingAlarmKey: Sendable, Hashable {
    package let balance: BalanceKey
    package let type: PendingAlarmType

    package init(balance: BalanceKey, type: PendingAlarmType) {
        self.balance = balance
        self.type = type
    }
}

/// Why it is watched. A pending alarm becomes an exception when every source of its location was heard past the instant, and
/// goes away with its cause.
package struct PendingAlarm: Sendable, Hashable {
    /// When the cause occurred.
    package var instant: Timestamp
    /// How far off: units found more than believed, or the balance below zero.
    package var units: Int64
    package var count: CountID?
    /// The index in `Changes.lines` of the line that brought it.
    package var line: Int
}

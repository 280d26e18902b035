/// A count that came as a single line.
package struct CountHeader: Sendable, Hashable {
    package let id: CountID
    package let source: SourceNumber
    package let position: CountPosition
    package let location: LocationID
    package let excludesReady: Bool

    package init(
        id: CountID, source: SourceNumber, position: CountPosition, location: LocationID, excludesReady: Bool
    ) {
        self.id = id
        self.source = source
        self.position = position
        self.location = location
        self.excludesReady = excludesReady
    }
}

/// One count of one balance.
package struct CountLineKey: Sendable, Hashable {
    package let balance: BalanceKey
    package let counted: CountedBucket
    package let position: CountPosition

    package init(balance: BalanceKey, counted: CountedBucket, position: CountPosition) {
        self.balance = balance
        self.counted = counted
        self.position = position
    }
}

/// Somebody shall count a balance. One counted since is done, whichever is told first.
package struct CountTask: Sendable, Hashable {
    package let reason: String
    /// When the reason came up.
    package let at: Timestamp
}

/// What a batch adds to one count of one balance. Everything in it adds up, so that the order of arrival is no matter.
package struct CountLineChange: Sendable, Hashable {
    package let id: CountID
    /// Several lines of one count may name one item: two shelves, or cases and single units.
    package var quantity: Int64 = 0
    /// The count listed the item, or its complete count has come to it.
    package var isStated = false
    package var variance: Int64 = 0
    package var suspectVariance: Int64 = 0
    /// Of the quantity, units that were packed and left out.
    package var packed: Int64 = 0
    /// When the line of what was counted was recorded, the first if there are several; nil where there is none yet.
    package var recordedAt: Timestamp?

    package init(id: CountID) { self.id = id }
}

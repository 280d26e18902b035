/// Everything that a batch is decided on, read after its balances were locked.
package struct Snapshot: Sendable {
    package var names: [Name: NameResolution]
    /// Holds every balance that a known name points to; a balance without lines is there too.
    package var balances: [BalanceKey: Balance]
    /// The event ids of the batch that are already taken.
    package var events: [EventKey: KnownEvent]
    /// The newest complete count of each location that has one. Nil when nobody asked: then nothing can be decided that
    /// writes a balance's first line.
    package var completeCounts: [LocationNumber: Timestamp]?
    /// The past of the balances that `timelineQuestions` names.
    package var timelines: [BalanceKey: Timeline] = [:]

    package init(
        names: [Name: NameResolution] = [:], balances: [BalanceKey: Balance] = [:],
        events: [EventKey: KnownEvent] = [:], completeCounts: [LocationNumber: Timestamp]? = nil
    ) {
        self.names = names
        self.balances = balances
        self.events = events
        self.completeCounts = completeCounts
    }
}

package enum NameResolution: Sendable, Hashable {
    case known(KnownName)
    case unknown(UnknownName)
}

/// What a name means.
package struct KnownName: Sendable, Hashable {
    package let key: BalanceKey
    package let sku: SKU
    package let location: LocationID
    package let unitsPerCode: UnitsPerCode
    package let itemStatus: ItemStatus
    /// The location is active and live.
    package let isEligible: Bool

    package init(
        key: BalanceKey, sku: SKU, location: LocationID, unitsPerCode: UnitsPerCode, itemStatus: ItemStatus,
        isEligible: Bool
    ) {
        self.key = key
        self.sku = sku
        self.location = location
        self.unitsPerCode = unitsPerCode
        self.itemStatus = itemStatus
        self.isEligible = isEligible
    }
}

/// Which half of a name, or both, nobody has told us about yet.
package struct UnknownName: Sendable, Hashable {
    package let isItemKnown: Bool
    package let isLocationKnown: Bool
    /// The code's system, the source's own where the line named none; nil for a sku, and when neither has one.
    package let codeSystem: CodeSystem?

    package init(isItemKnown: Bool, isLocationKnown: Bool, codeSystem: CodeSystem?) {
        self.isItemKnown = isItemKnown
        self.isLocationKnown = isLocationKnown
        self.codeSystem = codeSystem
    }
}

/// An event id that is taken, and by what.
package struct KnownEvent: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        case inLedger(Verdict, SequenceReference)
        case parked
        /// The id of a whole count, whose lines have ids of their own.
        case count
    }

    package let fingerprint: Fingerprint
    package let state: State

    package init(fingerprint: Fingerprint, state: State) {
        self.fingerprint = fingerprint
        self.state = state
    }
}

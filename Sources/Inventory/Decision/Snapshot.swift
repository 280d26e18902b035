/// Everything that a batch is decided on, read after its balances were locked.
package struct Snapshot: Sendable {
    package var names: [Name: NameResolution]
    /// Holds every balance that a known name points to; a balance without lines is there too.
    package var balances: [BalanceKey: Balance]
    /// The event ids of the batch that are already taken.
    package var events: [EventKey: KnownEvent]
    /// Open exceptions of rejected lines that were about the same as lines of the batch.
    package var rejections: [RejectedLineKey: [OpenRejection]] = [:]
    /// The newest complete count that says something of a balance, where there is one; of balances without a line. Nil when nobody asked: then nothing can be decided that
    /// writes a balance's first line.
    package var completeCounts: [BalanceKey: Timestamp]?
    /// The past of the balances that `timelineQuestions` names.
    package var timelines: [BalanceKey: Timeline] = [:]
    /// Reservations that commands act on, that sales name, or that keys lead to.
    package var reservations: [ReservationID: Reservation] = [:]
    package var requests: [RequestKeyText: KnownRequest] = [:]
    /// Transfers that commands act on, that facts name, or that keys lead to.
    package var transfers: [TransferID: Transfer] = [:]
    /// Expected supply that receipts of the batch may be, by its balance.
    package var supplies: [BalanceKey: [OpenSupply]] = [:]
    package var places: [LocationID: LocationTerms] = [:]
    /// Who belongs to the groups that sourced requests name.
    package var groups: [GroupID: Set<LocationID>] = [:]
    /// Of every owner who asks for a hold.
    package var holdings: [Owner: Holdings] = [:]
    /// Codes of open orders among those drawn.
    package var pickupCodesTaken: Set<String> = []
    /// What has ended by the batch's instant and is still in `reserved`, for balances whose `nextExpiry` has come.
    package var expired: [BalanceKey: ExpiredHolds] = [:]
    /// Of every balance that requests name and that has rules of its own.
    package var holdBacks: [BalanceKey: HoldBackRules] = [:]
    /// The open promises of balances that `Decision.promisesNeeded` names.
    package var promises: [BalanceKey: LoadedPromises] = [:]

    package init(
        names: [Name: NameResolution] = [:], balances: [BalanceKey: Balance] = [:],
        events: [EventKey: KnownEvent] = [:], completeCounts: [BalanceKey: Timestamp]? = nil
    ) {
        self.names = names
        self.balances = balances
        self.events = events
        self.completeCounts = completeCounts
    }
}

/// A key that was answered with success before.
package struct KnownRequest: Sendable, Hashable {
    package let fingerprint: Fingerprint
    package let reservation: ReservationID

    package init(fingerprint: Fingerprint, reservation: ReservationID) {
        self.fingerprint = fingerprint
        self.reservation = reservation
    }
}

/// What an owner holds unconfirmed.
package struct Holdings: Sendable, Hashable {
    package var holds: Int64 = 0
    package var units: [ItemNumber: Int64] = [:]

    package init() {}
}

/// Holds of one balance that have ended and were not taken out of `reserved` yet.
package struct ExpiredHolds: Sendable, Hashable {
    package let units: Int64
    /// The next end after them.
    package let next: Timestamp?

    package init(units: Int64, next: Timestamp?) {
        self.units = units
        self.next = next
    }
}

/// Open promises of one balance, those that are covered last first.
package struct LoadedPromises: Sendable, Hashable {
    package let promises: [OpenPromise]
    /// There are no more.
    package let isAll: Bool
    /// No more will be looked at, even if there are.
    package let isLast: Bool

    package init(_ promises: [OpenPromise], isAll: Bool, isLast: Bool = false) {
        self.promises = promises
        self.isAll = isAll
        self.isLast = isLast
    }
}

package enum NameResolution: Sendable, Hashable {
    case known(KnownName)
    case kit(KnownKit)
    case unknown(UnknownName)

    /// The balances that it means: one, or those of a kit's parts; none where it is unknown.
    package var balances: [KnownName] {
        switch self {
        case .known(let name): [name]
        case .kit(let kit): kit.parts.map(\.name)
        case .unknown: []
        }
    }
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
    /// What rules say that name just the item; nil where others do too.
    package let itemHoldBack: ItemHoldBack?
    /// What is held back there of an item that no rule names; nil where channels have rules of their own, something is
    /// fenced, or something is held back for silence.
    package let placeHoldBack: HoldBack?

    /// What is held back, where that follows from the location alone; nil where rules have to be read.
    package var holdBack: HoldBack? {
        guard let itemHoldBack, let placeHoldBack else { return nil }
        return HoldBack(
            safetyStock: itemHoldBack.safetyStock ?? placeHoldBack.safetyStock,
            threshold: itemHoldBack.threshold ?? placeHoldBack.threshold)
    }

    package init(
        key: BalanceKey, sku: SKU, location: LocationID, unitsPerCode: UnitsPerCode, itemStatus: ItemStatus,
        isEligible: Bool, itemHoldBack: ItemHoldBack? = ItemHoldBack(),
        placeHoldBack: HoldBack? = HoldBack()
    ) {
        self.key = key
        self.sku = sku
        self.location = location
        self.unitsPerCode = unitsPerCode
        self.itemStatus = itemStatus
        self.isEligible = isEligible
        self.itemHoldBack = itemHoldBack
        self.placeHoldBack = placeHoldBack
    }
}

/// An event id that is taken, and by what.
package struct KnownEvent: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        case inLedger(Verdict, SequenceReference)
        case parked
        /// The id of a whole count, whose lines have ids of their own.
        case count
        /// The id of a message of several lines, which have ids of their own.
        case message
    }

    package let fingerprint: Fingerprint
    package let state: State
    /// It is the id of a whole, and so no fact's.
    var isOfWhole: Bool { state == .count || state == .message }
    /// Who sent it first, of a parked line.
    package let actor: ActorNumber?

    package init(fingerprint: Fingerprint, state: State, actor: ActorNumber? = nil) {
        self.fingerprint = fingerprint
        self.state = state
        self.actor = actor
    }
}
